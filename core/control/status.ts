/**
 * Is everything well, as far as one call can see: the questions that watch asks, and what only watch can find, as it
 * found it last. Bounded in time: plans that it does not get to are said to be not seen.
 */
import type { Condition } from '../alerts.ts';
import { asHoldfastError, type HoldfastError } from '../errors.ts';
import { type PlanHealth, type SurveyDeps, survey } from '../health/survey.ts';
import type { AlertRow, Catalog } from '../ports/catalog.ts';
import { readState, type State } from '../state.ts';
import { asFound } from './as-watch-found.ts';

/** Kinds that depend on options of the stack, or on rights of watch: what watch found last counts. */
const foundByWatch: ReadonlySet<string> = new Set([
  'cleanup-stalled',
  'quota-near',
  'key-old',
  'replication-behind',
  'watch-incomplete',
]);

export type StatusDeps = SurveyDeps & { readonly catalog: Pick<Catalog, 'listOpenAlerts' | 'getState'> };

export interface Status {
  /** Nothing critical. */
  readonly isWell: boolean;
  readonly at: string;
  /** Every plan was looked at, and what watch found could be read. */
  readonly whole: boolean;
  readonly conditions: readonly Condition[];
  readonly plans: readonly Omit<PlanHealth, 'deadManUrl'>[];
  readonly pause?: State<'pause'>;
  /** When watch and cleanup last came to their end. */
  readonly watchedAt?: string;
  readonly cleanedAt?: string;
  readonly storedBytes?: number;
}

export async function statusOf(
  deps: StatusDeps,
  { now, planId, isLate }: { readonly now: Date; readonly planId?: string; readonly isLate?: () => boolean },
): Promise<Status> {
  const [seen, open, watch, cleanup, pause] = await Promise.all([
    survey(deps, { now, planId, byPerson: true, isLate }),
    orFailure(() => deps.catalog.listOpenAlerts()),
    orFailure(async () => (await readState(deps.catalog, 'watch')).value),
    orFailure(async () => (await readState(deps.catalog, 'cleanup')).value),
    orFailure(async () => (await readState(deps.catalog, 'pause')).value),
  ]);
  const conditions = merged(seen.conditions, open.value ?? [], planId);
  return {
    isWell: !conditions.some(({ severity }) => severity === 'critical'),
    at: now.toISOString(),
    whole: seen.whole && ![open, watch, cleanup, pause].some(({ failure }) => failure),
    conditions,
    plans: seen.plans.map(({ deadManUrl: _secret, ...plan }) => plan),
    pause: pause.value ?? undefined,
    watchedAt: watch.value?.completedAt,
    cleanedAt: cleanup.value?.completedAt,
    storedBytes: seen.stack.storedBytes,
  };
}

async function orFailure<T>(
  read: () => Promise<T>,
): Promise<{ readonly value?: T; readonly failure?: HoldfastError }> {
  try {
    return { value: await read() };
  } catch (thrown) {
    return { failure: asHoldfastError(thrown) };
  }
}

/** A condition that is seen now and was found by watch is the one that is seen now. */
function merged(
  seen: readonly Condition[],
  open: readonly AlertRow[],
  planId: string | undefined,
): readonly Condition[] {
  const now = new Set(seen.map(({ id }) => id));
  const more = open.filter((row) => foundByWatch.has(row.kind) && !now.has(row.conditionId)).map(asFound);
  return [...seen, ...more].filter(
    (condition) => planId === undefined || condition.planId === undefined || condition.planId === planId,
  );
}
