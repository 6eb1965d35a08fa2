/** What cleanup remembers from run to run (the state `cleanup`), changed while the lease is held. */
import type { Catalog } from '../ports/catalog.ts';
import { readState, type State, stateSchemas } from '../state.ts';
import { mostNamed, type Run } from './context.ts';

export type CleanupState = State<'cleanup'>;

export interface Memory {
  readonly value: CleanupState;
  save(change: Partial<CleanupState>): Promise<void>;
}

export async function openMemory(
  catalog: Pick<Catalog, 'getState' | 'putState'>,
  now: string,
  onSave: () => Promise<void>,
): Promise<Memory> {
  let { value = stateSchemas.cleanup.parse({ lastRunAt: now }), revision } = await readState(
    catalog,
    'cleanup',
  );
  return {
    get value() {
      return value;
    },
    async save(change) {
      await onSave();
      const next = { ...value, ...change };
      ({ revision } = await catalog.putState('cleanup', next, revision));
      value = next;
    },
  };
}

/** What was found in the plans that this run went through takes the place of what was known of them. */
export function findingsAfter(state: CleanupState, done: ReadonlySet<string>, { tally, now }: Run) {
  const others = <T extends { readonly planId: string }>(known: readonly T[]) =>
    known.filter(({ planId }) => !done.has(planId));
  const found = <T extends { readonly planId: string }>(each: readonly T[]) =>
    each.filter(({ planId }) => done.has(planId));
  const again = new Set(tally.unusual.map(({ planId }) => planId));
  const stillRecent = state.unusual.filter(({ planId, until }) => until > now && !again.has(planId));
  return {
    unusual: [...tally.unusual, ...stillRecent].slice(0, mostNamed),
    missing: [...found(tally.missingNamed), ...others(state.missing)].slice(0, mostNamed),
    unlisted: [...found(tally.unlisted), ...others(state.unlisted)].slice(0, mostNamed),
  };
}
