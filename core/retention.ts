/**
 * Which tier a run is, how it is stored and until when it is kept. Pure: decided once, when the run starts, from the
 * plan's completed history, so that storage class, tags and lock are set as the objects are created.
 *
 * A scheduled run is the highest tier that is due: the first of its year, else of its month, of its ISO week, of its
 * day, else hourly, by the clock of the plan's time zone. So the very first run of a plan is its yearly one. A higher
 * tier stands for the lower ones too: the yearly of 1 January is also January's monthly.
 */
import { HoldfastError } from './errors.ts';
import type { Retention } from './plan.ts';
import type { Trigger } from './ports/catalog.ts';
import type { ObjectRole, StorageClass, Tier } from './ports/vault.ts';
import { toWall } from './schedule/wall-clock.ts';

/** The tiers of scheduled runs, highest first. */
export const scheduledTiers = ['yearly', 'monthly', 'weekly', 'daily', 'hourly'] as const;
export type ScheduledTier = (typeof scheduledTiers)[number];

/**
 * What segments are written as. Deep Archive is reached by transition, after the last scheduled read, so a yearly
 * backup is written where a verification can read it at once.
 */
export const storageClasses: Record<Tier, Exclude<StorageClass, 'DEEP_ARCHIVE'>> = {
  hourly: 'STANDARD',
  daily: 'STANDARD',
  weekly: 'STANDARD_IA',
  monthly: 'GLACIER_IR',
  yearly: 'GLACIER_IR',
  manual: 'STANDARD',
};

/**
 * What an object of a backup is written as. Packs and indexes are read again by later backups, and outlive the tier of
 * the one that wrote them: an archive class would make the next run, or a restore, wait for hours.
 */
export function storageClassOf(role: ObjectRole, tier: Tier): Exclude<StorageClass, 'DEEP_ARCHIVE'> {
  return role === 'segment' ? storageClasses[tier] : 'STANDARD';
}

export interface TierRequest {
  readonly trigger: Trigger;
  /** ISO 8601 UTC. */
  readonly slot: string;
  readonly timeZone: string;
  readonly retention: Retention;
  /**
   * Completed backups of the plan, in any order: at least the newest of each tier. What is missing from it makes a
   * run's tier higher than need be, never lower: it errs towards keeping.
   */
  readonly completed: readonly { readonly slot: string; readonly tier: Tier }[];
  /** The tier that an earlier step of the same run chose; only the rest is worked out then. */
  readonly tier?: Tier;
  /** Days that a person asked for, instead of what the policy says. */
  readonly keepDays?: number | undefined;
}

export interface TierChoice {
  readonly tier: Tier;
  readonly storageClass: Exclude<StorageClass, 'DEEP_ARCHIVE'>;
  /** ISO 8601 UTC: from then on cleanup may mark it. */
  readonly expiresAt: string;
  /** Whole days from slot to expiry, rounded up. */
  readonly keepDays: number;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** ISO 8601 has four digits for the year; "10,000 yearly backups" ends here. */
const endOfTimeMs = Date.UTC(9999, 11, 31);

export function chooseTier(request: TierRequest): TierChoice {
  const tier = request.tier ?? dueTier(request);
  const expiresAt = expiresAtFor(tier, request.slot, request.retention, request.keepDays);
  return {
    tier,
    storageClass: storageClasses[tier],
    expiresAt,
    keepDays: Math.ceil((Date.parse(expiresAt) - Date.parse(request.slot)) / dayMs),
  };
}

/**
 * Until when a policy keeps a backup of that tier and slot, ISO 8601 UTC; a changed policy counts for old backups too,
 * but not for one that was asked to be kept for so many days (`keepDays`).
 */
export function expiresAtFor(tier: Tier, slot: string, retention: Retention, keepDays?: number): string {
  const slotMs = Date.parse(slot);
  if (Number.isNaN(slotMs)) throw new HoldfastError('INTERNAL', `The slot "${slot}" is not a time`);
  const endMs = keepDays === undefined ? expiryOf(tier, slotMs, retention) : slotMs + keepDays * dayMs;
  return new Date(Math.min(endOfTimeMs, endMs)).toISOString();
}

function dueTier({ trigger, slot, timeZone, retention, completed }: TierRequest): Tier {
  if (trigger !== 'schedule') return 'manual';
  const enabled = scheduledTiers.filter((tier) => retention[tier] > 0);
  for (const tier of enabled) {
    if (tier === 'hourly') return tier;
    const period = periodOf(tier, slot, timeZone);
    const stands = completed.some(
      (row) => rank(row.tier) <= rank(tier) && periodOf(tier, row.slot, timeZone) === period,
    );
    if (!stands) return tier;
  }
  // Nothing is due and hourly is off: an extra run is kept as the lowest tier there is, rather than not at all.
  // Plain days alone: daily, which is stored where it can be read and deleted at no extra price.
  return enabled.at(-1) ?? 'daily';
}

/** 0 for yearly; manual backups are ranked below all, since they stand for no period. */
function rank(tier: Tier): number {
  return tier === 'manual' ? scheduledTiers.length : scheduledTiers.indexOf(tier);
}

/** A name for the year, month, ISO week or day that `slot` falls into, on the zone's clock. */
function periodOf(tier: Exclude<ScheduledTier, 'hourly'>, slot: string, timeZone: string): string {
  const wall = new Date(toWall(timeZone, Date.parse(slot)));
  const date = wall.toISOString();
  if (tier === 'yearly') return date.slice(0, 4);
  if (tier === 'monthly') return date.slice(0, 7);
  if (tier === 'daily') return date.slice(0, 10);
  // ISO weeks begin on Monday: the Monday names the week, across the end of a year too.
  const sinceMonday = (wall.getUTCDay() + 6) % 7;
  return new Date(wall.getTime() - sinceMonday * dayMs).toISOString().slice(0, 10);
}

/**
 * A backup stands for its own tier and all lower ones, so it is kept as long as the longest of them says: with one
 * yearly and 36 monthlies, January's point is not lost after a year because it happened to be the year's first.
 */
function expiryOf(tier: Tier, slotMs: number, retention: Retention): number {
  const manual = slotMs + retention.manualDays * dayMs;
  if (tier === 'manual') return manual;
  const kept = scheduledTiers
    .slice(scheduledTiers.indexOf(tier))
    .filter((each) => retention[each] > 0)
    .map((each) => endOf(each, slotMs, retention[each]));
  if (retention.days > 0) kept.push(slotMs + retention.days * dayMs);
  // None when the policy was changed to zeros after the tier was chosen.
  return kept.length === 0 ? manual : Math.max(...kept);
}

function endOf(tier: ScheduledTier, slotMs: number, count: number): number {
  if (tier === 'hourly') return slotMs + count * hourMs;
  if (tier === 'daily') return slotMs + count * dayMs;
  if (tier === 'weekly') return slotMs + count * 7 * dayMs;
  return addMonths(slotMs, tier === 'monthly' ? count : count * 12);
}

/** The same day and time `months` later; the last of the month where there is no such day (31 January + 1). */
function addMonths(atMs: number, months: number): number {
  const at = new Date(atMs);
  const firstOfMonth = Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + months, 1);
  const first = new Date(firstOfMonth);
  const lastDay = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  const day = Math.min(at.getUTCDate(), lastDay);
  return firstOfMonth + (day - 1) * dayMs + (atMs % dayMs);
}
