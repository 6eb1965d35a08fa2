/**
 * What a page shows is in its address: filters, sort, tab, step. `const [address, go] = useAddress({ plan: text, page: text })`
 * reads it (strange values are as if absent) and changes it; `go({ plan: undefined })` takes one out.
 */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';

export type Reader<T> = (value: string) => T | undefined;
export type Readers = Readonly<Record<string, Reader<unknown>>>;
export type Address<R extends Readers> = {
  readonly [K in keyof R]?: R[K] extends Reader<infer T> ? T : never;
};

/** Anything that is not empty and of a decent length. */
export const text: Reader<string> = (value) => (value === '' || value.length > 400 ? undefined : value);

export const oneOf =
  <T extends string>(...allowed: readonly T[]): Reader<T> =>
  (value) =>
    allowed.find((each) => each === value);

export const flag: Reader<true> = (value) => (value === 'true' ? true : undefined);

/** `2026-11-21`. */
export const day: Reader<string> = (value) =>
  /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)) ? value : undefined;

export type Go<R extends Readers> = (
  change: { readonly [K in keyof R]?: string | true | undefined },
  /** `push` (a step that Back undoes) or `replace`. Default: replace. */
  how?: 'push' | 'replace',
) => void;

/** `readers` must be the same object each time: declare it outside of the component. */
export function useAddress<R extends Readers>(readers: R): readonly [Address<R>, Go<R>] {
  const search = useSearch({ strict: false }) as Readonly<Record<string, unknown>>;
  const navigate = useNavigate();
  const address = useMemo(() => {
    const found = Object.entries(readers).flatMap(([name, read]) => {
      const raw = search[name];
      const value = raw === undefined ? undefined : read(String(raw));
      return value === undefined ? [] : [[name, value] as const];
    });
    return Object.fromEntries(found) as Address<R>;
  }, [readers, search]);
  const go = useCallback<Go<R>>(
    (change, how = 'replace') => {
      void navigate({
        to: '.',
        search: ((before: Record<string, unknown>) =>
          Object.fromEntries(
            Object.entries({ ...before, ...change }).flatMap(([name, value]) =>
              value === undefined || value === '' ? [] : [[name, String(value)]],
            ),
          )) as never,
        replace: how === 'replace',
        resetScroll: false,
      });
    },
    [navigate],
  );
  return [address, go];
}
