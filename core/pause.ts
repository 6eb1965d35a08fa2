/**
 * Pauses, of one plan or of everything: scheduled runs make nothing, cleanup marks nothing, watch reminds once a day.
 * What a person starts by hand still runs. Whoever asks for it writes the change into the audit trail.
 */
import { HoldfastError } from './errors.ts';
import type { Catalog, Pause, PlanRow } from './ports/catalog.ts';
import { readState } from './state.ts';

export interface PauseRequest {
  /** Default: everything. */
  readonly planId?: string;
  readonly by: string;
  readonly at: string;
}

type PauseCatalog = Pick<Catalog, 'getPlan' | 'setPaused' | 'getState' | 'putState'>;

/** Why a scheduled run of this plan makes nothing now; undefined when it runs. */
export async function pauseOf(
  row: Pick<PlanRow, 'paused'>,
  catalog: Pick<Catalog, 'getState'>,
): Promise<(Pause & { readonly what: 'plan' | 'everything' }) | undefined> {
  if (row.paused) return { ...row.paused, what: 'plan' };
  const { value } = await readState(catalog, 'pause');
  return value ? { ...value, what: 'everything' } : undefined;
}

/** Pauses a plan or everything; a pause that is there already keeps its beginning and gets the new reason. */
export async function pause(
  catalog: PauseCatalog,
  request: PauseRequest & { readonly reason: string },
): Promise<Pause> {
  const { planId, at, by, reason } = request;
  if (planId === undefined) {
    const { value, revision } = await readState(catalog, 'pause');
    const made = { at: value?.at ?? at, by, reason };
    await catalog.putState('pause', made, revision);
    return made;
  }
  const before = await planRow(catalog, planId);
  const made = { at: before.paused?.at ?? at, by, reason };
  await catalog.setPaused(planId, made);
  return made;
}

/** Ends the pause of a plan or of everything; the one that was, or undefined when there was none. */
export async function resume(catalog: PauseCatalog, request: PauseRequest): Promise<Pause | undefined> {
  const { planId } = request;
  if (planId === undefined) {
    const { value, revision } = await readState(catalog, 'pause');
    if (!value) return undefined;
    await catalog.putState('pause', null, revision);
    return value;
  }
  const { paused } = await planRow(catalog, planId);
  if (!paused) return undefined;
  await catalog.setPaused(planId, undefined);
  return paused;
}

async function planRow(catalog: Pick<Catalog, 'getPlan'>, planId: string): Promise<PlanRow> {
  const row = await catalog.getPlan(planId);
  if (row) return row;
  throw new HoldfastError('PLAN_NOT_FOUND', `There is no plan ${planId}`);
}
