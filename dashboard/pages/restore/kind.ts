/** Of what kind the thing is that is restored, as far as the plan of today says it. Pure. */
import { type Kind, kindOf } from './choices.ts';

export interface PlannedSource {
  readonly kind: string;
  readonly name: string;
  readonly [field: string]: unknown;
}

/** Those that the component can have come from: of a source with several databases it is `shop-02`. */
export function sourcesOf(
  sources: readonly PlannedSource[],
  only: readonly string[] | undefined,
  component: string | undefined,
): readonly PlannedSource[] {
  return sources.filter(
    ({ name }) =>
      (only?.includes(name) ?? true) &&
      (component === undefined ||
        component === name ||
        (component.startsWith(name) && /^-\d{2,3}$/.test(component.slice(name.length)))),
  );
}

/** The kind that all of them have; undefined where they differ, or are of one that this console does not know. */
export function kindAmong(all: readonly { readonly kind: string }[]): Kind | undefined {
  const [first] = all;
  if (first === undefined || all.some(({ kind }) => kind !== first.kind)) return undefined;
  return kindOf(first.kind);
}

/** Where the plan names exactly one. */
export function databaseOf(sources: readonly PlannedSource[]): string | undefined {
  const names = sources.flatMap(({ databases }) => (Array.isArray(databases) ? databases : [undefined]));
  return names.length === 1 && typeof names[0] === 'string' ? names[0] : undefined;
}
