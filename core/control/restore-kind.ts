/**
 * What kind of thing a restore is about, as far as it can be told without the manifest, which who orders it mostly may
 * not open: by the plan. The function that restores looks into the manifest, and has the last word.
 */
import { hasCode, InvalidInput } from '../errors.ts';
import type { Plan, Source } from '../plan.ts';
import type { BackupRow } from '../ports/catalog.ts';
import type { RestoreFacts } from '../ports/recovery.ts';

/** What can be told of restoring a source, by its kind; FORMAT_UNKNOWN for one that this release does not have. */
export type FactsOf = (source: Pick<Source, 'kind'>) => RestoreFacts;

export interface RestoredKind {
  readonly kind: string;
  readonly facts: RestoreFacts;
  /** The one that the component came from, where there is only one that it can have come from. */
  readonly source: Source | undefined;
}

/** Undefined where the plan is not there, or its sources have changed: then nothing is known before it starts. */
export function kindOf(
  plan: Pick<Plan, 'sources'> | undefined,
  row: Pick<BackupRow, 'only'>,
  component: string | undefined,
  factsOf: FactsOf,
): RestoredKind | undefined {
  const sources = (plan?.sources ?? []).filter(
    ({ name }) =>
      (row.only?.includes(name) ?? true) && (component === undefined || isComponentOf(component, name)),
  );
  const [source, another] = sources;
  const facts = source && knownFacts(source, factsOf);
  if (!source || !facts) return undefined;
  if (sources.some(({ kind }) => kind !== source.kind)) {
    if (component !== undefined) return undefined;
    const choice = sources.map(({ name, kind }) => `${name} (${kind})`).join(', ');
    throw new InvalidInput('restore', [
      { field: 'component', allowed: `one of ${choice}, since the plan has sources of several kinds` },
    ]);
  }
  return { kind: source.kind, facts, source: another ? undefined : source };
}

function knownFacts(source: Source, factsOf: FactsOf): RestoreFacts | undefined {
  try {
    return factsOf(source);
  } catch (thrown) {
    if (hasCode(thrown, 'FORMAT_UNKNOWN')) return undefined;
    throw thrown;
  }
}

/** `shop`, and for the second and further databases of a source `shop-02`. */
function isComponentOf(component: string, source: string): boolean {
  return (
    component === source ||
    (component.startsWith(source) && /^-\d{2,3}$/.test(component.slice(source.length)))
  );
}
