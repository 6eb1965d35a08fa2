/** Asking the API from a page: `useApi('/v1/plans/{planId}', { params: { path: { planId } } })`, typed by its document. */
import {
  keepPreviousData,
  type UseQueryOptions,
  type UseQueryResult,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import type { ClientPathsWithMethod, MaybeOptionalInit, MethodResponse } from 'openapi-fetch';
import { createContext, useCallback, useContext } from 'react';
import type { Api } from './client.ts';
import { ApiProblem } from './problem.ts';
import type { components, paths } from './schema.ts';

export type Schemas = components['schemas'];
export type GetPath = ClientPathsWithMethod<Api, 'get'>;
export type GetInit<P extends GetPath> = MaybeOptionalInit<paths[P], 'get'>;
export type Got<P extends GetPath> = NonNullable<MethodResponse<Api, 'get', P>>;

export const ApiContext = createContext<Api | undefined>(undefined);

export function useClient(): Api {
  const api = useContext(ApiContext);
  if (!api) throw new Error('useClient outside of ApiContext');
  return api;
}

export interface AskOptions<T> {
  /** Asked only when true. Default: true. */
  readonly when?: boolean;
  /**
   * Asked again after so many milliseconds; longer while nothing changes or it fails, and not while the page is hidden.
   * Undefined or false: not by itself.
   */
  readonly every?: number | false | ((data: T | undefined) => number | false);
  /** What was there for another address stays until this one's answer is here: lists do not flicker. */
  readonly keepPrevious?: boolean;
}

/** Unchanged or failing, it is asked at most so many times less often. */
const mostBackOff = 6;

export function useApi<P extends GetPath>(
  path: P,
  init?: GetInit<P>,
  { when = true, every, keepPrevious = false }: AskOptions<Got<P>> = {},
): UseQueryResult<Got<P>, ApiProblem> {
  const api = useClient();
  const options: UseQueryOptions<unknown, ApiProblem> = {
    ...question(api, path, init),
    enabled: when,
    ...(keepPrevious && { placeholderData: keepPreviousData }),
    refetchInterval: (query) => {
      const wanted = typeof every === 'function' ? every(query.state.data as Got<P> | undefined) : every;
      if (wanted === undefined || wanted === false) return false;
      return wanted * backOff(query);
    },
  };
  // The library's types cannot follow a data type that depends on the path.
  return useQuery(options) as UseQueryResult<Got<P>, ApiProblem>;
}

/** What is asked and under which key it is kept: for a hook, or for asking before a page is there that will. */
export function question<P extends GetPath>(api: Api, path: P, init?: GetInit<P>) {
  return {
    queryKey: keyOf(path, init),
    queryFn: async ({ signal }: { readonly signal: AbortSignal }) => {
      const get = api.GET as unknown as (path: P, init: object) => Promise<{ data: Got<P> }>;
      return (await get(path, { ...(init as object | undefined), signal })).data;
    },
  };
}

function keyOf<P extends GetPath>(path: P, init?: unknown) {
  const { params } = (init ?? {}) as { readonly params?: unknown };
  return params === undefined ? ([path] as const) : ([path, params] as const);
}

const lastSeen = new WeakMap<object, { data: unknown; at: number; same: number }>();

/** 1 while it changes, growing by half with each answer that says the same (its data is then the same object) or fails. */
function backOff(query: {
  readonly state: {
    readonly data: unknown;
    readonly dataUpdatedAt: number;
    readonly errorUpdatedAt: number;
    readonly error: unknown;
  };
}): number {
  const { data, dataUpdatedAt, errorUpdatedAt, error } = query.state;
  const at = Math.max(dataUpdatedAt, errorUpdatedAt);
  const seen = lastSeen.get(query);
  if (!seen || seen.data !== data) {
    lastSeen.set(query, { data, at, same: 0 });
    return 1;
  }
  if (seen.at !== at) {
    seen.at = at;
    seen.same += error ? 2 : 1;
  }
  return Math.min(mostBackOff, 1.5 ** seen.same);
}

/**
 * Says that what was known of these paths may have changed: what is on the page is asked for again, what is on none is
 * forgotten, so that no page begins with what was true before.
 */
export function useForget(): (...starts: readonly string[]) => Promise<void> {
  const client = useQueryClient();
  return useCallback(
    async (...starts) => {
      const predicate = ({ queryKey: [path] }: { readonly queryKey: readonly unknown[] }) =>
        typeof path === 'string' && starts.some((start) => path.startsWith(start));
      client.removeQueries({ predicate, type: 'inactive' });
      await client.invalidateQueries({ predicate });
    },
    [client],
  );
}

/** Of GETs only: what may pass by itself is asked again twice. */
export function mayRetry(failures: number, error: unknown): boolean {
  if (failures >= 2 || !(error instanceof ApiProblem)) return false;
  return error.status === 0 || error.status === 429 || error.status >= 500;
}
