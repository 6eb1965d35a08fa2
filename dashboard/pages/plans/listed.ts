/** Plans as the list shows them: a row of the catalog beside what the overview says of it. Pure. */
import type { Schemas } from '../../api/use-api.ts';
import type { PlanState } from '../../kit/state-badge.tsx';

export type PlanRow = Schemas['Plan'];
export type Kind = Schemas['OverviewPlan']['kinds'][number];
export const kinds = ['postgres', 'mongodb', 'files'] as const satisfies readonly Kind[];
export const shows = ['well', 'trouble', 'resting'] as const;
export type Show = (typeof shows)[number];

export interface Listed {
  readonly row: PlanRow;
  readonly kinds: readonly Kind[];
  /** Undefined until the overview has said it. */
  readonly state: PlanState | undefined;
  readonly severity: 'none' | 'warning' | 'critical';
  readonly storedBytes: number | undefined;
}

export function listed(
  rows: readonly PlanRow[],
  overview: readonly Schemas['OverviewPlan'][],
): readonly Listed[] {
  const seen = new Map(overview.map((each) => [each.planId, each]));
  return rows.map((row) => {
    const found = seen.get(row.plan.id);
    return {
      row,
      kinds: kindsOf(row),
      state: found?.state ?? restingState(row),
      severity: found?.severity ?? 'none',
      storedBytes: found?.storedBytes ?? row.usage?.storedBytes,
    };
  });
}

export function kindsOf({ plan }: Pick<PlanRow, 'plan'>): readonly Kind[] {
  const found = new Set(plan.sources.map(({ kind }) => kind));
  return kinds.filter((kind) => found.has(kind));
}

function restingState({ plan, paused }: PlanRow): PlanState | undefined {
  if (!plan.enabled) return 'off';
  return paused ? 'paused' : undefined;
}

export interface Filter {
  readonly q?: string | undefined;
  readonly kind?: Kind | undefined;
  readonly show?: Show | undefined;
}

export function matches({ row, kinds: own, state, severity }: Listed, { q, kind, show }: Filter): boolean {
  if (kind !== undefined && !own.includes(kind)) return false;
  if (show !== undefined && show !== showOf(row, state, severity)) return false;
  if (q === undefined) return true;
  const sought = q.toLowerCase();
  const { id, name = '', sources } = row.plan;
  // A server or bucket is known by its secret's name or its own when that of the plan is forgotten.
  const places = sources.flatMap(({ name: source, secret, bucket, path }) => [source, secret, bucket, path]);
  return [id, name, ...places].some(
    (each) => typeof each === 'string' && each.toLowerCase().includes(sought),
  );
}

function showOf(
  { plan, paused }: PlanRow,
  state: PlanState | undefined,
  severity: Listed['severity'],
): Show | undefined {
  if (severity !== 'none') return 'trouble';
  if (!plan.enabled || paused || state === 'paused' || state === 'off') return 'resting';
  return state === undefined ? undefined : 'well';
}
