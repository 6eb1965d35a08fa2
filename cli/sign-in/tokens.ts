/** Tokens for calls of the API: given by the environment, or saved by `holdfast login` and renewed when they end. */

import { HoldfastError, hasCode } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/index.ts';
import type { Tokens } from '../api/client.ts';
import { endpointsOf, type Granted, grant } from './issuer.ts';
import type { SavedSignIn, SavedSignIns } from './saved.ts';

/** Of HOLDFAST_TOKEN: for scripts, which renew it themselves. */
export function givenToken(token: string): Tokens {
  return { current: async () => token, renewed: async () => undefined };
}

export interface SavedTokens {
  readonly api: string;
  readonly saved: SavedSignIns;
  readonly clock: Clock;
  readonly fetch: typeof fetch;
  /** Where nobody is signed in, or the sign-in is over: another one without asking anybody (the local AWS). */
  readonly silently?: (() => Promise<SavedSignIn>) | undefined;
}

/** One that ends within this time is renewed before it is used: clocks differ, and a call takes a while. */
const earlyMs = 60_000;

export function savedTokens({ api, saved, clock, fetch, silently }: SavedTokens): Tokens {
  const isOver = ({ expiresAt }: SavedSignIn) => Date.parse(expiresAt) - earlyMs <= clock.now().getTime();

  async function renewedOf(old: SavedSignIn): Promise<string | undefined> {
    if (old.refreshToken === undefined) return undefined;
    try {
      const { token } = await endpointsOf(old, fetch);
      const form = { grant_type: 'refresh_token', client_id: old.clientId, refresh_token: old.refreshToken };
      const next = signInOf(await grant(token, form, fetch), old, clock.now());
      await saved.write(next);
      return next.accessToken;
    } catch (thrown) {
      if (!hasCode(thrown, 'UNAUTHENTICATED')) throw thrown;
      // Another command may have used the refresh token up, and saved what it got.
      const now = await saved.read(api);
      return now && now.accessToken !== old.accessToken ? now.accessToken : undefined;
    }
  }

  async function anew(): Promise<string | undefined> {
    if (!silently) return undefined;
    const made = await silently();
    await saved.write(made);
    return made.accessToken;
  }

  return {
    async current() {
      const found = await saved.read(api);
      if (found && !isOver(found)) return found.accessToken;
      const token = (found && (await renewedOf(found))) ?? (await anew());
      if (token !== undefined) return token;
      throw new HoldfastError(
        'UNAUTHENTICATED',
        found ? `the sign-in of ${found.name} to ${api} is over` : `nobody is signed in to ${api}`,
        { next: 'Sign in with `holdfast login`; a script sets HOLDFAST_TOKEN.' },
      );
    },
    async renewed(refused) {
      const found = await saved.read(api);
      if (found && found.accessToken !== refused) return found.accessToken;
      return (found && (await renewedOf(found))) ?? (await anew());
    },
  };
}

/** What was granted, as it is saved; a refresh token that is not given anew stays. */
export function signInOf(
  { accessToken, refreshToken, expiresInSeconds }: Granted,
  about: Omit<SavedSignIn, 'version' | 'accessToken' | 'expiresAt'>,
  now: Date,
): SavedSignIn {
  const { api, issuer, clientId, signInDomain, name } = about;
  const refresh = refreshToken ?? about.refreshToken;
  return {
    version: 1,
    ...{ api, issuer, clientId, name, accessToken },
    ...(signInDomain !== undefined && { signInDomain }),
    expiresAt: new Date(now.getTime() + expiresInSeconds * 1000).toISOString(),
    ...(refresh !== undefined && { refreshToken: refresh }),
  };
}
