/**
 * Signing in with a browser: authorization code with PKCE (RFC 7636), brought back to this machine by a redirection to a
 * loopback port (RFC 8252). Promises: the code is taken once, from the page that this command opened (state), for the
 * person that signed in there (nonce), and is of no use to who reads it on the way (PKCE).
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { decodeJwt } from 'jose';
import { HoldfastError } from '../../core/errors.ts';
import { endpointsOf, type Granted, grant, type IssuerSettings } from './issuer.ts';

export interface BrowserSignIn extends IssuerSettings {
  /** Opens the page; undefined: the person does, by the printed address. */
  readonly open?: ((url: string) => void) | undefined;
  /** Says the address, for whoever must open it by hand. */
  readonly tell: (url: string) => void;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
  /** Default: as the stack's app client allows them. */
  readonly ports?: readonly number[];
}

/** What the app client of the stack allows as places to come back to. */
export const loopbackPorts: readonly number[] = [8765, 8766, 8767, 8768, 8769];
export const callbackPath = '/callback';
/** A person looks for a password, or a second factor. */
const withinMs = 5 * 60_000;

const token = () => randomBytes(32).toString('base64url');

/** UNAUTHENTICATED when the person refuses or the answer is not to be trusted, CANCELLED after five minutes. */
export async function signInWithBrowser(asked: BrowserSignIn): Promise<Granted> {
  const { clientId, ports = loopbackPorts } = asked;
  const endpoints = await endpointsOf(asked, asked.fetch);
  const [state, nonce, verifier] = [token(), token(), token()];
  const stop = AbortSignal.any([asked.signal, AbortSignal.timeout(withinMs)]);
  const back = await listen(ports);
  try {
    const redirectUri = `http://localhost:${back.port}${callbackPath}`;
    const page = new URL(endpoints.authorize);
    const query = {
      ...{ response_type: 'code', client_id: clientId, redirect_uri: redirectUri },
      ...{ scope: 'openid email profile', state, nonce },
      // Whoever asks for it is there: the page shall not take an earlier sign-in's word for it (SIGN_IN_AGAIN).
      prompt: 'login',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(query)) page.searchParams.set(name, value);
    asked.tell(page.href);
    asked.open?.(page.href);
    const code = await back.code(state, stop);
    const granted = await grant(
      endpoints.token,
      {
        ...{ grant_type: 'authorization_code', client_id: clientId, code },
        ...{ redirect_uri: redirectUri, code_verifier: verifier },
      },
      asked.fetch,
    );
    requireSamePerson(granted, { nonce, clientId });
    return granted;
  } finally {
    back.close();
  }
}

/** It came from the token endpoint itself, over TLS: what it says needs no signature (OpenID Connect Core, 3.1.3.7). */
function requireSamePerson(
  { idToken }: Granted,
  { nonce, clientId }: { readonly nonce: string; readonly clientId: string },
): void {
  if (idToken === undefined) throw untrusted('it has no ID token');
  const claims = decodeJwt(idToken);
  const audiences = [claims.aud ?? []].flat();
  if (claims.nonce !== nonce) throw untrusted('its nonce is another one');
  if (!audiences.includes(clientId)) throw untrusted('it was made for another app');
}

interface Back {
  readonly port: number;
  code(state: string, stop: AbortSignal): Promise<string>;
  close(): void;
}

/** On the first of the ports that is free; on this machine only. */
async function listen(ports: readonly number[]): Promise<Back> {
  for (const port of ports) {
    const server = createServer();
    const isOpen = await new Promise<boolean>((done) => {
      server.once('error', () => done(false));
      server.listen(port, '127.0.0.1', () => done(true));
    });
    if (isOpen) return backAt(server, port);
  }
  throw new HoldfastError('CONFLICT', `none of the ports ${ports.join(', ')} on this machine is free`, {
    next: 'End what listens there; the sign-in comes back to one of them.',
  });
}

function backAt(server: Server, port: number): Back {
  return {
    port,
    code: (state, stop) =>
      new Promise((done, refuse) => {
        const end = (page: string, then: () => void) => {
          stop.removeEventListener('abort', aborted);
          return { page, then };
        };
        const aborted = () => refuse(stopped(stop));
        stop.addEventListener('abort', aborted);
        if (stop.aborted) aborted();
        server.on('request', (request, response) => {
          const url = new URL(request.url ?? '/', `http://localhost:${port}`);
          if (request.method !== 'GET' || url.pathname !== callbackPath) {
            response.writeHead(404).end();
            return;
          }
          // Whatever came with another state is not the answer to this page: it is waited on.
          if (!isSame(url.searchParams.get('state') ?? '', state)) {
            response.writeHead(400, headers).end(pageOf('This is not the sign-in that was asked for.'));
            return;
          }
          const code = url.searchParams.get('code');
          const { page, then } =
            code === null
              ? end('The sign-in was refused. You can close this page.', () =>
                  refuse(refused(url.searchParams.get('error'))),
                )
              : end('You are signed in. You can close this page and go back to the terminal.', () =>
                  done(code),
                );
          response.writeHead(code === null ? 403 : 200, headers).end(pageOf(page), then);
        });
      }),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  connection: 'close',
};

const pageOf = (text: string) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Holdfast</title><body style="font:16px/1.5 system-ui;margin:4rem auto;max-width:30rem;padding:0 1rem"><h1>Holdfast</h1><p>${text}</p></body></html>`;

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function refused(error: string | null): HoldfastError {
  const why = error !== null && /^[\w-]{1,60}$/.test(error) ? ` (${error})` : '';
  return new HoldfastError('UNAUTHENTICATED', `the sign-in was refused${why}`);
}

function untrusted(why: string): HoldfastError {
  return new HoldfastError('UNAUTHENTICATED', `the answer to the sign-in cannot be trusted: ${why}`, {
    next: 'Sign in again with `holdfast login`. If it repeats, check Issuer and UserPoolClientId of the stack.',
  });
}

function stopped(stop: AbortSignal): HoldfastError {
  const isLate = stop.reason instanceof DOMException && stop.reason.name === 'TimeoutError';
  return new HoldfastError(
    'CANCELLED',
    isLate ? 'nobody signed in within five minutes' : 'the sign-in was stopped',
    { next: 'Repeat `holdfast login`.' },
  );
}
