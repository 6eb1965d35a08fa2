/**
 * Signing in to the console on this machine: what Cognito's own page does in an account. Authorization code with PKCE
 * (RFC 7636, S256 alone), as Request in and Response out.
 *
 * Promises: a code is of use once, within a minute, to who has the verifier and came from the same page; nobody is sent
 * anywhere but to the addresses that the app client names; a password is right when the local AWS says so, and is not
 * kept. Who signed in is remembered until the token ends, unless `prompt=login` or `max_age` ask for the password again.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { signInPage } from './sign-in-page.ts';

export const signInPath = '/local-sign-in';

/** What somebody who gave the right password gets. */
export interface Granted {
  readonly accessToken: string;
  readonly idToken: string;
  readonly refreshToken?: string | undefined;
  readonly expiresInSeconds: number;
}

export interface LocalSignInDeps {
  readonly clientId: string;
  /** Undefined: name and password do not belong together. */
  readonly byPassword: (name: string, password: string) => Promise<Granted | undefined>;
  /** Undefined: the token is not taken any more. */
  readonly byRefreshToken: (token: string) => Promise<Granted | undefined>;
  /** Where people may be sent back to, after signing in and after signing out. */
  readonly allowed: () => Promise<{
    readonly callbacks: readonly string[];
    readonly logouts: readonly string[];
  }>;
  /** Shown on the page; names, and what they may do. */
  readonly users: readonly string[];
  readonly now: () => number;
}

const codeLivesMs = 60_000;
/** Of each, the oldest goes: it is one person's machine. */
const mostKept = 100;
/** What is remembered ends before the token does. */
const marginMs = 60_000;
const mostFormBytes = 10_000;
const cookieName = 'holdfast-local-sign-in';

const challenge = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'a S256 challenge of 43 characters');
const askedSchema = z.object({
  response_type: z.literal('code', 'code'),
  code_challenge: challenge,
  code_challenge_method: z.literal('S256', 'S256'),
  scope: z.string().regex(/(?:^| )openid(?: |$)/, 'openid'),
  state: z.string().max(2000).optional(),
  prompt: z.enum(['login', 'none', 'select_account', 'consent']).optional(),
  max_age: z.coerce.number().int().min(0).optional(),
  // The tokens are the emulator's own, which has not heard of it: better refused than left out.
  nonce: z.undefined('none: the local AWS cannot put one into its tokens').optional(),
});
type Asked = z.output<typeof askedSchema>;

interface Remembered {
  readonly granted: Granted;
  readonly signedInAtMs: number;
}
interface Waiting extends Remembered {
  readonly challenge: string;
  readonly redirectUri: string;
  readonly endsAtMs: number;
}

export function localSignIn(deps: LocalSignInDeps): (request: Request) => Promise<Response> {
  const codes = new Map<string, Waiting>();
  const sessions = new Map<string, Remembered>();

  async function authorize(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const { searchParams: query } = url;
    const redirectUri = query.get('redirect_uri') ?? '';
    if (query.get('client_id') !== deps.clientId) return refusal('client_id is another app');
    if (!(await deps.allowed()).callbacks.includes(redirectUri)) {
      return refusal('redirect_uri is none that the app client names');
    }
    const state = query.get('state');
    const back = (answer: Readonly<Record<string, string>>) => {
      const to = new URL(redirectUri);
      for (const [name, value] of Object.entries(answer)) to.searchParams.set(name, value);
      if (state !== null) to.searchParams.set('state', state);
      return to.href;
    };
    const parsed = askedSchema.safeParse(Object.fromEntries(query));
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const description = `${issue?.path.join('.')}: ${issue?.message}`;
      return sentTo(back({ error: 'invalid_request', error_description: description }));
    }
    const asked = parsed.data;
    const grantCode = (remembered: Remembered) => {
      const code = secret();
      keep(codes, code, {
        ...remembered,
        challenge: asked.code_challenge,
        redirectUri,
        endsAtMs: deps.now() + codeLivesMs,
      });
      return back({ code });
    };
    const page = (failed?: string) =>
      signInPage({ action: `${url.pathname}${url.search}`, users: deps.users, redirectUri, failed });

    if (request.method === 'POST') {
      const site = request.headers.get('sec-fetch-site');
      if (site !== null && site !== 'same-origin') return refusal('the form was sent from another page');
      const form = await formOf(request);
      const name = form.get('name') ?? '';
      const granted = await deps.byPassword(name, form.get('password') ?? '');
      if (!granted) return page(`The local AWS does not take this password of ${name.slice(0, 50)}.`);
      const remembered = { granted, signedInAtMs: deps.now() };
      const id = secret();
      keep(sessions, id, remembered);
      return sentTo(grantCode(remembered), cookie(id));
    }
    const session = sessionOf(request, asked);
    if (session) return sentTo(grantCode(session));
    return asked.prompt === 'none' ? sentTo(back({ error: 'login_required' })) : page();
  }

  /** Who signed in before, where that is enough for what is asked. */
  function sessionOf(request: Request, { prompt, max_age: maxAge }: Asked): Remembered | undefined {
    const session = sessions.get(cookieOf(request) ?? '');
    if (!session || (prompt !== undefined && prompt !== 'none')) return undefined;
    const ageMs = deps.now() - session.signedInAtMs;
    if (ageMs > session.granted.expiresInSeconds * 1000 - marginMs) return undefined;
    // Zero means now, whatever the clock says.
    if (maxAge !== undefined && (maxAge === 0 || ageMs > maxAge * 1000)) return undefined;
    return session;
  }

  async function token(request: Request): Promise<Response> {
    const form = await formOf(request);
    if (form.get('client_id') !== deps.clientId) return tokenError('invalid_client');
    const kind = form.get('grant_type');
    if (kind === 'refresh_token') {
      const granted = await deps.byRefreshToken(form.get('refresh_token') ?? '');
      return granted ? tokens(granted, granted.expiresInSeconds) : tokenError('invalid_grant');
    }
    if (kind !== 'authorization_code') return tokenError('unsupported_grant_type');
    const code = form.get('code') ?? '';
    const waiting = codes.get(code);
    // Whatever comes of it: a code that was shown once is worth nothing.
    codes.delete(code);
    const isProven =
      waiting !== undefined &&
      waiting.endsAtMs > deps.now() &&
      waiting.redirectUri === form.get('redirect_uri') &&
      isSame(sha256(form.get('code_verifier') ?? ''), waiting.challenge);
    if (!isProven) return tokenError('invalid_grant');
    const { granted, signedInAtMs } = waiting;
    return tokens(granted, granted.expiresInSeconds - Math.round((deps.now() - signedInAtMs) / 1000));
  }

  async function logout(request: Request): Promise<Response> {
    const query = new URL(request.url).searchParams;
    const to = query.get('logout_uri') ?? query.get('post_logout_redirect_uri') ?? '';
    sessions.delete(cookieOf(request) ?? '');
    if (!(await deps.allowed()).logouts.includes(to)) {
      return refusal('logout_uri is none that the app client names; you are signed out');
    }
    return sentTo(to, cookie('', 0));
  }

  return async (request) => {
    const { method } = request;
    const path = new URL(request.url).pathname;
    if (path === `${signInPath}/authorize` && (method === 'GET' || method === 'POST'))
      return authorize(request);
    if (path === `${signInPath}/token` && method === 'POST') return token(request);
    if (path === `${signInPath}/logout` && method === 'GET') return logout(request);
    return refusal('there is no such page of the local sign-in', 404);
  };
}

const secret = () => randomBytes(32).toString('base64url');
const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url');

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= mostKept) return;
    map.delete(oldest);
  }
}

async function formOf(request: Request): Promise<URLSearchParams> {
  const text = await request.text();
  return new URLSearchParams(text.length > mostFormBytes ? '' : text);
}

function cookieOf(request: Request): string | undefined {
  const pairs = (request.headers.get('cookie') ?? '').split('; ').map((pair) => pair.split('='));
  return pairs.find(([name]) => name === cookieName)?.[1];
}

const cookie = (value: string, maxAge = 3600) => ({
  'set-cookie': `${cookieName}=${value}; Path=${signInPath}; Max-Age=${maxAge}; HttpOnly; SameSite=Lax`,
});

const noStore = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };

function sentTo(location: string, more: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status: 303, headers: { location, ...noStore, ...more } });
}

function refusal(why: string, status = 400): Response {
  const headers = { 'content-type': 'text/plain; charset=utf-8', ...noStore };
  return new Response(`Local sign-in: ${why}.\n`, { status, headers });
}

function tokens(granted: Granted, secondsLeft: number): Response {
  return Response.json(
    {
      access_token: granted.accessToken,
      id_token: granted.idToken,
      ...(granted.refreshToken !== undefined && { refresh_token: granted.refreshToken }),
      token_type: 'Bearer',
      expires_in: Math.max(1, secondsLeft),
    },
    { headers: noStore },
  );
}

const tokenError = (error: string) => Response.json({ error }, { status: 400, headers: noStore });
