/** The issuer of the sign-in: where its pages are, and what it gives tokens for (OAuth 2.1 with PKCE, no client secret). */
import { z } from 'zod';
import { HoldfastError } from '../../core/errors.ts';

export interface IssuerSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** Of Cognito, where the pages are on a host of their own. */
  readonly signInDomain?: string | undefined;
}

export interface Endpoints {
  readonly authorize: string;
  readonly token: string;
  readonly revoke?: string | undefined;
}

export interface Granted {
  readonly accessToken: string;
  readonly refreshToken?: string | undefined;
  readonly idToken?: string | undefined;
  readonly expiresInSeconds: number;
}

type Fetch = typeof fetch;

const timeoutMs = 15_000;
/** Where the issuer does not say how long a token holds. */
const defaultSeconds = 300;

const documentSchema = z.object({
  issuer: z.string(),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  revocation_endpoint: z.url().optional(),
});

const grantedSchema = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  id_token: z.string().min(1).optional(),
  expires_in: z.number().positive().default(defaultSeconds),
});

/** SIGN_IN_UNAVAILABLE when the issuer does not answer, or answers for another one. */
export async function endpointsOf(settings: IssuerSettings, ask: Fetch): Promise<Endpoints> {
  const { issuer, signInDomain } = settings;
  if (signInDomain !== undefined) {
    const at = (path: string) => secure(`${signInDomain.replace(/\/$/, '')}/oauth2/${path}`);
    return { authorize: at('authorize'), token: at('token'), revoke: at('revoke') };
  }
  const url = secure(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const reply = await call(ask, url, {});
  const found = documentSchema.safeParse(reply.ok ? await reply.json().catch(() => undefined) : undefined);
  if (!found.success) throw unavailable(`${url} is not the document of an issuer (status ${reply.status})`);
  const { data } = found;
  if (data.issuer !== issuer) throw unavailable(`${url} is the document of another issuer`);
  return {
    authorize: secure(data.authorization_endpoint),
    token: secure(data.token_endpoint),
    revoke: data.revocation_endpoint && secure(data.revocation_endpoint),
  };
}

/** UNAUTHENTICATED when the issuer refuses what is given for a token. */
export async function grant(
  tokenEndpoint: string,
  form: Readonly<Record<string, string>>,
  ask: Fetch,
): Promise<Granted> {
  const reply = await call(ask, tokenEndpoint, { method: 'POST', body: new URLSearchParams(form) });
  const body: unknown = await reply.json().catch(() => undefined);
  if (reply.status >= 500) throw unavailable(`the issuer answered ${reply.status}`);
  const found = grantedSchema.safeParse(reply.ok ? body : undefined);
  if (!found.success) {
    const { error } = (body ?? {}) as { readonly error?: unknown };
    const why = typeof error === 'string' && /^[\w-]{1,60}$/.test(error) ? error : `status ${reply.status}`;
    throw new HoldfastError('UNAUTHENTICATED', `the issuer gave no token (${why})`);
  }
  const { access_token, refresh_token, id_token, expires_in } = found.data;
  return {
    accessToken: access_token,
    refreshToken: refresh_token,
    idToken: id_token,
    expiresInSeconds: expires_in,
  };
}

/** What is left of a sign-in ends at the issuer, too; false where that could not be done. */
export async function revoke(settings: IssuerSettings, refreshToken: string, ask: Fetch): Promise<boolean> {
  try {
    const { revoke: url } = await endpointsOf(settings, ask);
    if (url === undefined) return false;
    const form = { token: refreshToken, client_id: settings.clientId };
    return (await call(ask, url, { method: 'POST', body: new URLSearchParams(form) })).ok;
  } catch {
    return false;
  }
}

async function call(ask: Fetch, url: string, init: RequestInit): Promise<Response> {
  try {
    return await ask(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
  } catch (cause) {
    throw unavailable(`${new URL(url).origin} cannot be reached`, cause);
  }
}

/** Tokens travel over TLS, or stay on this machine. */
export function secure(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHere = url !== undefined && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url && (url.protocol === 'https:' || (url.protocol === 'http:' && isHere))) return text;
  throw new HoldfastError('INVALID_INPUT', `${text.slice(0, 200)} is no https address`, {
    next: 'Give an address that begins with https:// (http:// for this machine only).',
  });
}

function unavailable(why: string, cause?: unknown): HoldfastError {
  return new HoldfastError(
    'SIGN_IN_UNAVAILABLE',
    `the issuer of the sign-in does not answer as it should: ${why}`,
    {
      cause,
      next: 'Check the issuer of the stack (output Issuer) and the network, then repeat.',
    },
  );
}
