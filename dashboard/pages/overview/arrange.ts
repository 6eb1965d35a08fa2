/** Which plans are shown, and in which order, by what is in the address. Pure; the rows themselves stay the same objects. */
import type { Schemas } from '../../api/use-api.ts';

export type Line = Schemas['OverviewPlan'];

export const shows = ['trouble', 'late', 'unproven', 'running', 'resting'] as const;
export type Show = (typeof shows)[number];
export const sorts = ['state', 'name', 'age', 'proven', 'latest', 'next'] as const;
export type Sort = (typeof sorts)[number];

export interface Arrangement {
  /** Part of a name or an id. */
  readonly q?: string | undefined;
  readonly show?: Show | undefined;
  readonly kind?: Line['kinds'][number] | undefined;
  /** Default: as the server has them, the worst first. */
  readonly sort?: Sort | undefined;
  readonly order?: 'asc' | 'desc' | undefined;
}

/** The order that a press on a heading begins with: what is worth looking at comes first. */
export const firstOrder: Readonly<Record<Sort, 'asc' | 'desc'>> = {
  state: 'asc',
  name: 'asc',
  age: 'desc',
  proven: 'asc',
  latest: 'desc',
  next: 'asc',
};

export function arranged(
  plans: readonly Line[],
  { q, show, kind, sort, order }: Arrangement,
  nowMs: number,
): readonly Line[] {
  const wanted = q?.trim().toLowerCase() ?? '';
  const found = plans.filter(
    (plan) =>
      (wanted === '' || `${plan.name ?? ''} ${plan.planId}`.toLowerCase().includes(wanted)) &&
      (kind === undefined || plan.kinds.includes(kind)) &&
      (show === undefined || isShown(plan, show, nowMs)),
  );
  if (sort === undefined || sort === 'state') return order === 'desc' ? found.reverse() : found;
  const value = values[sort];
  const sign = (order ?? firstOrder[sort]) === 'desc' ? -1 : 1;
  return found.sort((one, other) => {
    const [a, b] = [value(one), value(other)];
    return a === b ? 0 : a < b ? -sign : sign;
  });
}

/** Texts, so that one comparison does for all: times are ISO 8601 UTC. What is not there is the oldest, or the last. */
const values: Readonly<Record<Exclude<Sort, 'state'>, (plan: Line) => string>> = {
  name: ({ name, planId }) => (name ?? planId).toLowerCase(),
  // The older its point, the greater its age.
  age: ({ lastGood }) => inverted(lastGood?.slot ?? ''),
  proven: ({ proven }) => proven?.at ?? '',
  latest: ({ latest }) => latest?.at ?? latest?.slot ?? '',
  next: ({ nextRunAt }) => nextRunAt ?? '~',
};

/** Sorts the other way round: `2026-11-21T02:00:00Z` → how long before the year 10000. */
function inverted(iso: string): string {
  const ms = iso === '' ? 0 : Date.parse(iso);
  return String(253_402_300_800_000 - ms).padStart(15, '0');
}

function isShown(plan: Line, show: Show, nowMs: number): boolean {
  const { severity, state, enabled, paused } = plan;
  const checks: Readonly<Record<Show, boolean>> = {
    trouble: severity !== 'none',
    late: recoveryOf(plan, nowMs).isBeyond,
    unproven: plan.proven === undefined || state === 'unproven' || state === 'unverified',
    running: plan.running !== undefined,
    resting: !enabled || paused,
  };
  return checks[show];
}

export interface Recovery {
  /** Of the newest good recovery point: what would be lost if everything broke now. */
  readonly ageSeconds?: number;
  /** Older than its target, of a plan that should be making them; or there is none at all. */
  readonly isBeyond: boolean;
}

export function recoveryOf(
  plan: Pick<Line, 'lastGood' | 'targetSeconds' | 'enabled' | 'paused' | 'state'>,
  nowMs: number,
): Recovery {
  const { lastGood, targetSeconds, enabled, paused, state } = plan;
  const isDue = enabled && !paused;
  if (!lastGood) return { isBeyond: isDue && state !== 'new' && state !== 'unseen' && state !== 'running' };
  const ageSeconds = Math.max(0, (nowMs - Date.parse(lastGood.slot)) / 1000);
  return { ageSeconds, isBeyond: isDue && ageSeconds > targetSeconds };
}

/** So exact as it matters: minutes in the first two hours, then hours. */
export function roughly(seconds: number): number {
  const unit = seconds < 7_200 ? 60 : 3_600;
  return Math.max(60, Math.floor(seconds / unit) * unit);
}
