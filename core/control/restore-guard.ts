/**
 * Before a restore takes away what is there today, that is backed up: a restore point of the source that it is in, so
 * that a wrong choice can be taken back. Where no source of the plan is known to hold it, the restore is not ordered
 * before a person says that it goes without. Pure; who makes the restore point, and when, is the door's affair.
 */
import type { InputIssue } from '../errors.ts';
import type { RestoreOrder } from '../events.ts';
import type { Plan, Source } from '../plan.ts';
import type { BackupRow, PlanRow, RestoreRow } from '../ports/catalog.ts';
import type { Destruction, Protection } from '../ports/recovery.ts';
import type { Called } from './called.ts';
import type { RestoredKind } from './restore-kind.ts';
import { requestOf } from './restore-order.ts';

/** - `point`: to be made before. - `none`: goes without one, for that reason. - `impossible`: is not ordered like this. */
export type RestoreGuard =
  | {
      readonly outcome: 'point';
      readonly plan: Plan;
      readonly only: readonly string[];
      readonly label: string;
      /** What the restore point may not hold. */
      readonly doubt?: string;
    }
  | { readonly outcome: 'none'; readonly why: string }
  | { readonly outcome: 'impossible'; readonly why: string; readonly issue: InputIssue };

export interface Guarded {
  readonly order: RestoreOrder;
  /** Undefined: the restore makes something new only. */
  readonly destruction: Destruction | undefined;
  /** As it is today. */
  readonly plan: Plan | undefined;
  readonly kind: RestoredKind | undefined;
  /** A person said that what is there may be lost. */
  readonly without: boolean;
}

/** Undefined when the restore changes nothing that is there. */
export function guardOf(guarded: Guarded, called: Called): RestoreGuard | undefined {
  const { order, destruction, plan, kind, without } = guarded;
  if (!destruction) return undefined;
  if (without) {
    return {
      outcome: 'none',
      why: `What is there today is NOT backed up before (${called('withoutRestorePoint')}).`,
    };
  }
  const impossible = impossibleIn(called);
  if (!plan)
    return impossible(`plan ${order.planId} is not there any more, so nothing can be backed up before`);
  if (!kind) {
    return impossible(
      `plan ${plan.id} has no source any more that this component came from, so nothing can be backed up before`,
    );
  }
  if (!kind.source) {
    const allowed = `one of ${plan.sources.map(({ name }) => name).join(', ')}: what is replaced is backed up before`;
    return {
      outcome: 'impossible',
      why: `which source it is of must be said: ${allowed}`,
      issue: { field: 'component', allowed },
    };
  }
  const places = destruction.places.join('; ');
  const label = `before restoring ${order.backupId}`;
  const found = protectorOf(order, plan, { ...kind, source: kind.source });
  if (found?.protection === 'all') return { outcome: 'point', plan, only: [found.source.name], label };
  if (!destruction.kept) {
    return impossible(
      found
        ? `only the server can tell whether a backup of ${found.source.name} holds ${places}. Leave ${called('options.database')} out, list the databases in the plan`
        : `no source of plan ${plan.id} holds ${places}, so it cannot be backed up before`,
    );
  }
  const stays = 'What is replaced stays there under another name.';
  return found
    ? {
        outcome: 'point',
        plan,
        only: [found.source.name],
        label,
        doubt: `Only the server can tell whether it holds ${places}. ${stays}`,
      }
    : {
        outcome: 'none',
        why: `No restore point is made: no source of plan ${plan.id} holds ${places}. ${stays}`,
      };
}

/** The source of today whose backup holds what goes: rather its own, rather one that surely does. */
function protectorOf(
  order: RestoreOrder,
  plan: Plan,
  kind: RestoredKind & { readonly source: Source },
): { readonly source: Source; readonly protection: Protection } | undefined {
  const request = requestOf(order, kind);
  const own = kind.source;
  const others = plan.sources.filter((source) => source.kind === own.kind && source.name !== own.name);
  const found = [own, ...others].map((source) => ({
    source,
    protection: kind.facts.protects(source, request),
  }));
  return (
    found.find(({ protection }) => protection === 'all') ??
    found.find(({ protection }) => protection === 'unknown')
  );
}

function impossibleIn(called: Called) {
  return (why: string): RestoreGuard => {
    const way = `make one yourself (${called('makeRestorePoint')}), or when what is there may be lost: ${called('withoutRestorePoint')}`;
    return {
      outcome: 'impossible',
      why,
      issue: { field: 'restorePoint', allowed: `none can be made: ${why}; ${way}` },
    };
  };
}

/** How old a restore point may be: what changed since is lost when the restore was the wrong choice. */
const freshMs = 24 * 3_600_000;

export interface PointWanted {
  readonly plan: Pick<PlanRow, 'plan' | 'updatedAt'>;
  readonly only: readonly string[];
  readonly order: Pick<RestoreOrder, 'backupId' | 'confirmed'>;
  /** Of that plan, as far back as a restore point may be. */
  readonly restores: readonly RestoreRow[];
  readonly now: Date;
}

/**
 * Why a backup does not do as the restore point, undefined when it does: it must be one, whole, of what is replaced,
 * younger than 24 hours, of the plan as it is, and made after every other restore over the same places had ended.
 */
export function unfitPoint(
  row: BackupRow,
  { plan, only, order, restores, now }: PointWanted,
): string | undefined {
  const { backupId, trigger, status, slot, verification } = row;
  const { id } = plan.plan;
  if (row.planId !== id) return `it is of plan ${row.planId}, not of ${id}`;
  if (backupId === order.backupId) return 'it is the backup that is restored';
  if (trigger !== 'restore-point') return 'it was not made as a restore point';
  if (status !== 'completed') return `it is ${status}, not completed`;
  if (verification?.status === 'failed') return 'its last verification failed';
  const lacking = only.filter((name) => row.only !== undefined && !row.only.includes(name));
  if (lacking.length > 0) return `it holds ${row.only?.join(', ')} only, not ${lacking.join(', ')}`;
  const madeMs = Date.parse(slot);
  if (now.getTime() - madeMs >= freshMs) return `it is of ${slot}, more than 24 hours ago`;
  // Slots are whole seconds.
  if (madeMs < Math.floor(Date.parse(plan.updatedAt) / 1000) * 1000)
    return `plan ${id} has changed since it was made`;
  const over = restores.find((other) => endsMs(other) >= madeMs && sharesPlace(other, order.confirmed ?? []));
  return over && `restore ${over.restoreId} over the same place had not ended before it was made`;
}

/** Lambda keeps an event for 6 hours at most, and a function runs for 15 minutes: one that says no end is over then. */
const longestMs = 7 * 3_600_000;

/** When it can have changed something for the last time. */
function endsMs({ status, createdAt, startedAt = createdAt, completedAt }: RestoreRow): number {
  if (completedAt !== undefined) return Date.parse(completedAt);
  return status === 'waiting' ? Number.POSITIVE_INFINITY : Date.parse(startedAt) + longestMs;
}

function sharesPlace({ request }: RestoreRow, places: readonly string[]): boolean {
  const { confirmed } = request;
  return Array.isArray(confirmed) && confirmed.some((place) => places.includes(String(place)));
}
