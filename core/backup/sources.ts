/** Which sources of the plan a run backs up, and what such a backup is called. */
import { HoldfastError, InvalidInput } from '../errors.ts';
import type { Plan, Source } from '../plan.ts';
import type { BackupRow } from '../ports/catalog.ts';
import type { SourceCategory } from '../ports/kind.ts';

/** All of them, or those that were asked for, in the plan's order. INVALID_INPUT names the sources there are. */
export function chosenSources(plan: Plan, only: readonly string[] | undefined): readonly Source[] {
  if (only === undefined) return plan.sources;
  const names = plan.sources.map(({ name }) => name);
  const unknown = only.filter((name) => !names.includes(name));
  if (only.length === 0 || unknown.length > 0) {
    throw new InvalidInput('backup', [
      { field: 'only', value: JSON.stringify(unknown).slice(0, 100), allowed: `of ${names.join(', ')}` },
    ]);
  }
  return plan.sources.filter(({ name }) => only.includes(name));
}

/** Undefined when it names every source: then it is a backup of the whole plan. */
export function partialNames(plan: Plan, only: readonly string[] | undefined): readonly string[] | undefined {
  const chosen = chosenSources(plan, only);
  return chosen.length === plan.sources.length ? undefined : chosen.map(({ name }) => name);
}

export function kindOf(categories: readonly SourceCategory[]): BackupRow['kind'] {
  const all = new Set(categories);
  const [first] = all;
  if (first === undefined) throw new HoldfastError('INTERNAL', 'a backup without a source');
  return all.size > 1 ? 'full' : first;
}
