/**
 * What kind of thing a restore is about, as far as it can be told without the manifest, which the caller mostly may
 * not open: by the plan. The function that restores looks into the manifest, and has the last word.
 */
import { kinds, restoreFactsOf } from '../adapters/kinds.ts';
import { InvalidInput } from '../core/errors.ts';
import type { Plan, Source } from '../core/plan.ts';
import type { BackupRow } from '../core/ports/catalog.ts';
import type { RestoreFacts } from '../core/ports/recovery.ts';

export interface RestoredKind {
  readonly kind: string;
  readonly driver: RestoreFacts;
  /** The one that the component came from, where there is only one that it can have come from. */
  readonly source: Source | undefined;
}

/** Undefined where the plan is not there, or its sources have changed: then nothing is known before it starts. */
export function kindOf(
  plan: Plan | undefined,
  row: Pick<BackupRow, 'only'>,
  component: string | undefined,
): RestoredKind | undefined {
  const sources = (plan?.sources ?? []).filter(
    ({ name }) =>
      (row.only?.includes(name) ?? true) && (component === undefined || isComponentOf(component, name)),
  );
  const [source, another] = sources;
  if (!source || !kinds.some(({ kind }) => kind === source.kind)) return undefined;
  if (sources.some(({ kind }) => kind !== source.kind)) {
    if (component !== undefined) return undefined;
    const choice = sources.map(({ name, kind }) => `${name} (${kind})`).join(', ');
    throw new InvalidInput('command line', [
      { field: '--component', allowed: `one of ${choice}, since the plan has sources of several kinds` },
    ]);
  }
  return {
    kind: source.kind,
    driver: restoreFactsOf(source),
    source: another ? undefined : source,
  };
}

/** `shop`, and for the second and further databases of a source `shop-02`. */
function isComponentOf(component: string, source: string): boolean {
  return (
    component === source ||
    (component.startsWith(source) && /^-\d{2,3}$/.test(component.slice(source.length)))
  );
}
