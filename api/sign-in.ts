/**
 * Who calls: an access token (JWT) of Cognito or of the user's own OpenID Connect issuer. The gateway has looked at it
 * already; here it is verified again, so that a gateway that was set up wrongly opens nothing. Promises: the issuer is
 * exactly the one of the settings, the signature is by a key that it publishes and of an asymmetric algorithm, the
 * token is of now (60 s of leeway), for this API, and an access token: an ID token says who somebody is, not what a
 * program may do for them.
 */
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { type Role, roles } from '../core/control/actor.ts';
import { HoldfastError } from '../core/errors.ts';
import type { Identity, SignIn } from './deps.ts';

export interface SignInSettings {
  /** `https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_abc`; as in `iss`. */
  readonly issuer: string;
  /** Of Cognito, whose access tokens have no audience: apps that may call. */
  readonly clientIds?: readonly string[];
  /** Of any other issuer: what `aud` must contain. One of the two is there. */
  readonly audience?: string;
  readonly groupsClaim: string;
  readonly groups: Readonly<Record<Role, string>>;
  /** Default: as the issuer's discovery document says. */
  readonly jwksUrl?: string;
  /** Only on the local AWS: http on this machine is taken, too. */
  readonly allowLoopback?: boolean;
}

const algorithms = ['RS256', 'ES256', 'PS256', 'EdDSA'];
const leewaySeconds = 60;
const timeoutMs = 5_000;
/** A key that was withdrawn is trusted no longer than this. */
const keysKeptMs = 10 * 60_000;
/** An unknown key id makes the keys be fetched again, at most so often. */
const keysCooldownMs = 30_000;
/** What an ID token has and an access token does not (OpenID Connect Core 1.0, 2, 3.3.2.11; logout tokens, too). */
const idTokenClaims = ['nonce', 'at_hash', 'c_hash', 's_hash', 'events'];
/**
 * An ID token may have none of those, and then look like an access token for the same audience, as with Microsoft Entra.
 * So one of these must be there, which say what a program may do: RFC 9068, 2.2; `scp` and `cid` are Okta's, `scp`, `appid` and
 * `azpacr` Entra's, `gty` is Auth0's.
 */
const accessTokenClaims = ['scope', 'scp', 'client_id', 'cid', 'appid', 'azpacr', 'gty'];
const mostTokenCharacters = 16_384;
const mostGroups = 100;
const mostNameCharacters = 200;

/** `now` is the clock's. Keys are fetched when the first token comes. */
export function signInBy(settings: SignInSettings, now: () => Date): SignIn {
  if ((settings.clientIds === undefined) === (settings.audience === undefined)) {
    throw new HoldfastError('INVALID_INPUT', 'sign-in: either client ids (Cognito) or an audience');
  }
  let keys: Promise<JWTVerifyGetKey> | undefined;
  const keysOf = () => {
    keys ??= publishedKeys(settings).catch((thrown) => {
      // The next call asks again.
      keys = undefined;
      throw thrown;
    });
    return keys;
  };
  return async (token) => {
    if (token.length > mostTokenCharacters) throw unauthenticated('the token is too long');
    const { payload, typ } = await verified(token, await keysOf(), settings, now());
    const wrong = notForThis(payload, typ, settings);
    if (wrong) throw unauthenticated(wrong);
    return identityOf(payload, settings);
  };
}

async function verified(token: string, keys: JWTVerifyGetKey, settings: SignInSettings, currentDate: Date) {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      algorithms,
      issuer: settings.issuer,
      audience: settings.audience,
      clockTolerance: leewaySeconds,
      requiredClaims: ['exp', 'sub'],
      currentDate,
    });
    return { payload, typ: protectedHeader.typ };
  } catch (thrown) {
    throw refusal(thrown);
  }
}

/** What a signed token of the issuer still lacks to be one for this API. */
function notForThis(
  payload: JWTPayload,
  typ: string | undefined,
  settings: SignInSettings,
): string | undefined {
  const type = (typ ?? 'JWT').toLowerCase().replace(/^application\//, '');
  if (type !== 'jwt' && type !== 'at+jwt') return `the token is of type ${JSON.stringify(typ)}`;
  const { token_use: use, client_id: clientId } = payload;
  if (use !== undefined && use !== 'access') return 'it is not an access token';
  if (settings.clientIds) {
    if (use !== 'access') return 'it is not an access token';
    if (typeof clientId !== 'string' || !settings.clientIds.includes(clientId)) {
      return 'it was made for another client';
    }
  } else if (use === undefined && type !== 'at+jwt') {
    if (idTokenClaims.some((claim) => claim in payload) || isOfAnotherType(payload))
      return 'it is an ID token';
    if (!accessTokenClaims.some((claim) => claim in payload)) {
      return `nothing says that it is an access token: neither its type (at+jwt) nor any of ${accessTokenClaims.join(', ')}`;
    }
  }
  if (typeof payload.sub !== 'string' || payload.sub === '' || payload.sub.length > mostNameCharacters) {
    return 'its subject is none';
  }
  return undefined;
}

/** Keycloak says it in a claim: `ID`, `Refresh`, `Logout`; `Bearer` is what may call. */
function isOfAnotherType({ typ }: JWTPayload): boolean {
  return typeof typ === 'string' && typ.toLowerCase() !== 'bearer';
}

function identityOf(payload: JWTPayload, { groupsClaim, groups: names }: SignInSettings): Identity {
  const subject = payload.sub as string;
  const groups = groupsOf(payload[groupsClaim]);
  const role = roles.findLast((each) => groups.includes(names[each]));
  const { email, email_verified: isVerified, preferred_username: preferred, username } = payload;
  // An address that nobody checked is what the person likes to be called in the trail: somebody else, perhaps.
  const name = [isVerified === true ? email : undefined, preferred, username].find(
    (each): each is string => typeof each === 'string' && each !== '' && !/\p{Cc}/u.test(each),
  );
  return {
    subject,
    name: (name ?? subject).slice(0, mostNameCharacters),
    groups,
    role,
    authTime: instantOf(payload.auth_time),
    expiresAt: instantOf(payload.exp),
  };
}

/** Seconds since 1970 (RFC 7519, NumericDate; some gateways hand claims on as text), as ISO 8601; anything else is not said. */
function instantOf(claim: unknown): string | undefined {
  const text = typeof claim === 'number' ? String(claim) : claim;
  if (typeof text !== 'string' || !/^\d{1,12}(\.\d{1,9})?$/.test(text)) return undefined;
  const at = new Date(Number(text) * 1000);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

/** A list; or its text, `[holdfast-viewer holdfast-admin]`, as some gateways hand claims on; or one name. */
function groupsOf(claim: unknown): readonly string[] {
  const list = typeof claim === 'string' ? namesIn(claim) : Array.isArray(claim) ? claim : [];
  return list
    .filter((each): each is string => typeof each === 'string' && each !== '' && each.length <= 128)
    .slice(0, mostGroups);
}

function namesIn(text: string): readonly string[] {
  const inBrackets = /^\[(.*)\]$/s.exec(text)?.[1];
  return inBrackets === undefined ? [text] : inBrackets.split(/[\s,]+/);
}

async function publishedKeys(settings: SignInSettings): Promise<JWTVerifyGetKey> {
  const url = settings.jwksUrl ?? (await discoveredKeysUrl(settings));
  return createRemoteJWKSet(trusted(url, settings), {
    timeoutDuration: timeoutMs,
    cacheMaxAge: keysKeptMs,
    cooldownDuration: keysCooldownMs,
  });
}

async function discoveredKeysUrl(settings: SignInSettings): Promise<string> {
  const url = trusted(`${settings.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, settings);
  let found: { readonly issuer?: unknown; readonly jwks_uri?: unknown };
  try {
    const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
    if (!answer.ok) throw new Error(`it answered ${answer.status}`);
    found = (await answer.json()) as typeof found;
  } catch (cause) {
    throw unavailable('the discovery document of the issuer cannot be read', cause);
  }
  if (found.issuer !== settings.issuer) throw unavailable('the discovery document is of another issuer');
  if (typeof found.jwks_uri !== 'string') throw unavailable('the discovery document names no jwks_uri');
  return found.jwks_uri;
}

/** Keys come over TLS, or from this machine on the local AWS. */
function trusted(text: string, { allowLoopback = false }: SignInSettings): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const here = url?.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url && (url.protocol === 'https:' || (allowLoopback && here))) return url;
  throw unavailable('the keys of the issuer are not at an https URL');
}

const unauthenticated = (why: string, cause?: unknown) =>
  new HoldfastError('UNAUTHENTICATED', `The sign-in does not hold: ${why}`, { cause });
const unavailable = (why: string, cause?: unknown) =>
  new HoldfastError('SIGN_IN_UNAVAILABLE', `The sign-in cannot be checked: ${why}`, { cause });

/** Never says more of a token than which check it failed. */
function refusal(thrown: unknown): HoldfastError {
  if (thrown instanceof HoldfastError) return thrown;
  if (thrown instanceof errors.JWTExpired) return unauthenticated('the token has expired', thrown);
  if (thrown instanceof errors.JWTClaimValidationFailed) {
    return unauthenticated(`its ${thrown.claim} is not what it should be`, thrown);
  }
  if (thrown instanceof errors.JWKSNoMatchingKey) return unauthenticated('its key is not known', thrown);
  if (thrown instanceof errors.JWKSTimeout || thrown instanceof errors.JWKSInvalid) {
    return unavailable('the keys of the issuer cannot be read', thrown);
  }
  // Of jose: malformed, a forbidden algorithm, a wrong signature. Its own base class alone is an answer of the server
  // that was not 200; anything else is the network.
  if (thrown instanceof errors.JOSEError && thrown.code !== 'ERR_JOSE_GENERIC') {
    return unauthenticated('the token is not valid', thrown);
  }
  return unavailable('the keys of the issuer cannot be read', thrown);
}
