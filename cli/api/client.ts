/**
 * The API, typed by its own document. Promises: a call that fails throws its HoldfastError, so that what returns is the
 * answer; every call has this run's correlation id and every POST an Idempotency-Key, so that what may be repeated is,
 * within bounds, when the API is busy, away for a moment, or wants another token.
 */
import { randomUUID } from 'node:crypto';
import createClient, { type Client } from 'openapi-fetch';
import type { paths } from '../../api/schema.ts';
import { HoldfastError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/index.ts';
import { failureOf } from './problem.ts';

export interface Tokens {
  /** For the next call. UNAUTHENTICATED when nobody is signed in. */
  current(): Promise<string>;
  /** After a call with `refused` was answered 401: another one, or undefined when there is none to be had. */
  renewed(refused: string): Promise<string | undefined>;
}

export interface ApiConnection {
  /** Without a slash at its end: `https://abc.execute-api.eu-central-1.amazonaws.com`. */
  readonly address: string;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly correlationId: string;
  readonly fetch: (request: Request) => Promise<Response>;
  /** Hears why a call is repeated. */
  readonly note: (text: string) => void;
}

export type Api = Client<paths, 'application/json'> & { readonly address: string };

/** The gateway gives up after 30 s. */
const timeoutMs = 35_000;
const mostTries = 4;
const firstPauseMs = 500;
/** Told to wait for longer, a command ends and says so. */
const mostWaitMs = 30_000;

export function apiClient(connection: ApiConnection): Api {
  const { address } = connection;
  const client = createClient<paths, 'application/json'>({
    baseUrl: address,
    fetch: (request) => carried(request, connection),
  });
  return Object.assign(client, { address });
}

/** The body of an answer; failures have been thrown by then. */
export function answer<T>(result: { readonly data?: T }): T {
  return result.data as T;
}

async function carried(asked: Request, connection: ApiConnection): Promise<Response> {
  const { tokens, clock, note } = connection;
  const body = asked.body === null ? undefined : await asked.text();
  const idempotencyKey = `cli-${randomUUID()}`;
  let token = await tokens.current();
  let isRenewed = false;
  for (let tries = 1; ; tries += 1) {
    const request = requestOf(asked, body, { token, idempotencyKey, connection });
    let response: Response;
    try {
      response = await connection.fetch(request);
    } catch (thrown) {
      if (tries >= mostTries || !isRepeatable(asked)) throw unreachable(thrown, connection);
      await clock.sleep(firstPauseMs * 2 ** (tries - 1));
      continue;
    }
    if (response.ok || response.status === 304) return response;
    if (response.status === 401 && !isRenewed) {
      isRenewed = true;
      const other = await tokens.renewed(token);
      if (other !== undefined) {
        token = other;
        continue;
      }
    }
    const waitMs = waitOf(response, asked);
    if (waitMs === undefined || tries >= mostTries) throw await failureOf(response);
    if (waitMs >= 2000) note(`The API asks to wait for ${Math.ceil(waitMs / 1000)} s.`);
    await response.body?.cancel();
    await clock.sleep(waitMs);
  }
}

function requestOf(
  asked: Request,
  body: string | undefined,
  {
    token,
    idempotencyKey,
    connection,
  }: { readonly token: string; readonly idempotencyKey: string; readonly connection: ApiConnection },
): Request {
  const headers = new Headers(asked.headers);
  headers.set('authorization', `Bearer ${token}`);
  headers.set('x-correlation-id', connection.correlationId);
  if (asked.method === 'POST') headers.set('idempotency-key', idempotencyKey);
  return new Request(asked.url, {
    method: asked.method,
    headers,
    ...(body !== undefined && { body }),
    // A token must not follow a redirection to another host.
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
}

/** A PUT or DELETE says which revision it means: repeated, it may be refused for its own work. */
const isRepeatable = ({ method }: Request) => method === 'GET' || method === 'POST';

/** How long the API asks to wait before the same again; undefined when it shall not be repeated. */
function waitOf({ status, headers }: Response, asked: Request): number | undefined {
  const said = headers.get('retry-after');
  const isBusy = status === 429 || status === 503 || (status === 409 && said !== null);
  if (!isBusy || !isRepeatable(asked)) return undefined;
  const waitMs = said !== null && /^\d{1,6}$/.test(said) ? Number(said) * 1000 : firstPauseMs;
  return waitMs > mostWaitMs ? undefined : waitMs;
}

function unreachable(thrown: unknown, { address }: ApiConnection): HoldfastError {
  return new HoldfastError('API_UNREACHABLE', `the API at ${address} cannot be reached`, {
    cause: thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown,
  });
}
