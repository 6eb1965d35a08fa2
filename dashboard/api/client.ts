/**
 * The API, typed by its own document. Promises: a call that fails throws an ApiProblem, so that what returns is the
 * answer; one that was refused for its token is repeated once with another; nothing that would
 * be done twice is repeated by itself.
 */
import createClient, { type Client } from 'openapi-fetch';
import type { Session } from '../session/session.ts';
import { asProblem, problemOf } from './problem.ts';
import type { paths } from './schema.ts';

export type Api = Client<paths, 'application/json'>;

type Tokens = Pick<Session, 'token' | 'renew' | 'endsSoon'>;

/** The gateway gives up after 30 s. */
const timeoutMs = 35_000;

export function apiClient(apiUrl: string, session: Tokens): Api {
  return createClient<paths, 'application/json'>({
    baseUrl: apiUrl,
    fetch: (request) => carried(request, session),
  });
}

async function carried(asked: Request, session: Tokens): Promise<Response> {
  const body = asked.body === null ? undefined : await asked.text();
  const send = async (token: string | undefined) => {
    const headers = new Headers(asked.headers);
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    const signal = AbortSignal.any([asked.signal, AbortSignal.timeout(timeoutMs)]);
    try {
      return await fetch(asked.url, {
        ...{ method: asked.method, headers, signal },
        ...(body !== undefined && { body }),
        // A token must not follow a redirection to another host.
        redirect: 'error',
        credentials: 'omit',
        cache: 'no-store',
      });
    } catch (thrown) {
      throw asked.signal.aborted ? thrown : asProblem(thrown);
    }
  };
  let response: Response;
  try {
    response = await send(session.token() ?? (await session.renew()));
  } catch (thrown) {
    // What the gateway itself refuses, a token that has expired by its clock, comes without the headers that let this page
    // read it: it looks like no answer at all.
    const other = mayRepeat(asked) && session.endsSoon() ? await session.renew() : undefined;
    if (other === undefined) throw thrown;
    response = await send(other);
  }
  if (response.status === 401 && !asksToSignInAgain(response)) {
    const other = await session.renew();
    if (other !== undefined) response = await send(other);
  }
  if (response.ok || response.status === 304) return response;
  throw await problemOf(response);
}

/** Done twice it is done once. */
const mayRepeat = ({ method, headers, signal }: Request) =>
  !signal.aborted && (method === 'GET' || headers.has('idempotency-key'));

/** The token is good, and too long ago for what was asked (RFC 9470): another one by refreshing would be no younger. */
function asksToSignInAgain({ headers }: Response): boolean {
  return headers.get('www-authenticate')?.includes('insufficient_user_authentication') ?? false;
}
