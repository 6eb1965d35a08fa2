/**
 * Who is signed in: OpenID Connect, authorization code with PKCE. Promises: tokens live in this page's memory and
 * nowhere else; what a redirect needs to remember (state and verifier, no token) is in the tab's own storage for its
 * duration; a reload asks the issuer again, which answers at once while it knows the person.
 */
import {
  ErrorResponse,
  InMemoryWebStorage,
  type User,
  UserManager,
  WebStorageStateStore,
} from 'oidc-client-ts';
import type { ConsoleConfig } from '../config.ts';

export const callbackPath = '/signed-in';
const popupPath = '/signed-in-popup.html';

/** Clocks differ by less, and it is renewed a minute before its end. */
const soonSeconds = 120;

export interface Session {
  /** The access token for the next call; undefined when nobody is signed in any more. */
  token(): string | undefined;
  /** The token is so near its end that who looks at it by another clock may take it for expired. */
  endsSoon(): boolean;
  /** Asks for another token with the refresh token; undefined when there is none to be had. */
  renew(): Promise<string | undefined>;
  /** Opens the issuer's page in a window of its own and comes back signed in anew; what is on this page stays. */
  signInAgain(): Promise<void>;
  signOut(): Promise<void>;
  /** Called with false when the session has ended, with true when there is one again. */
  onChange(listener: (signedIn: boolean) => void): () => void;
}

/**
 * The session; or undefined, and the page is on its way to the issuer. Throws what the issuer said when it sent the
 * person back without a code.
 */
export async function openSession(
  config: ConsoleConfig,
  go: (address: string) => void,
): Promise<Session | undefined> {
  const manager = managerOf(config);
  const { location } = window;
  if (location.pathname === callbackPath) {
    const user = await manager.signinRedirectCallback();
    go(ownAddress(user.url_state));
    return sessionOf(manager, user, config);
  }
  await manager.signinRedirect({ url_state: `${location.pathname}${location.search}` });
  return undefined;
}

/** Only an address of this site: what came back with a redirect is not to be trusted. */
export function ownAddress(text: string | undefined): string {
  return text?.startsWith('/') && !/^\/[/\\]/.test(text) && !text.startsWith(callbackPath) ? text : '/';
}

function managerOf(config: ConsoleConfig): UserManager {
  const { origin } = window.location;
  return new UserManager({
    authority: config.issuer,
    client_id: config.clientId,
    scope: config.scope,
    redirect_uri: `${origin}${callbackPath}`,
    popup_redirect_uri: `${origin}${popupPath}`,
    post_logout_redirect_uri: `${origin}/`,
    response_type: 'code',
    userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    stateStore: new WebStorageStateStore({ store: window.sessionStorage }),
    // By ourselves, so that there is one renewal at a time: issuers end the session when a refresh token comes twice.
    automaticSilentRenew: false,
    // Without a refresh token a hidden frame would be asked, which the page's policy forbids.
    includeIdTokenInSilentRenew: false,
    monitorSession: false,
    loadUserInfo: false,
    popupWindowFeatures: { width: 480, height: 700 },
    ...(config.metadata && {
      metadata: { ...config.metadata, issuer: config.metadata.issuer ?? config.issuer },
    }),
    ...(config.audience !== undefined && { extraQueryParams: { audience: config.audience } }),
  });
}

function sessionOf(manager: UserManager, first: User, config: ConsoleConfig): Session {
  let user: User | undefined = first;
  const listeners = new Set<(signedIn: boolean) => void>();
  const tell = () => {
    for (const listener of listeners) listener(user !== undefined);
  };
  manager.events.addUserLoaded((loaded) => {
    user = loaded;
    tell();
  });
  const ended = () => {
    user = undefined;
    tell();
  };
  let renewing: Promise<string | undefined> | undefined;
  const renewed = async () => {
    if (user?.refresh_token === undefined) {
      ended();
      return undefined;
    }
    try {
      user = (await manager.signinSilent()) ?? undefined;
      tell();
    } catch (thrown) {
      // Refused or withdrawn: the person signs in again. Anything else is the network, which comes back.
      if (thrown instanceof ErrorResponse) ended();
      return undefined;
    }
    return user?.access_token;
  };
  const renew = () => {
    renewing ??= renewed().finally(() => {
      renewing = undefined;
    });
    return renewing;
  };
  manager.events.addAccessTokenExpiring(() => void renew());
  // A computer that slept through the renewal wakes up with a token that has expired, and one to renew it with.
  manager.events.addAccessTokenExpired(() => void renew());
  return {
    token: () => (user?.expired ? undefined : user?.access_token),
    endsSoon: () => (user?.expires_in ?? 0) < soonSeconds,
    renew,
    async signInAgain() {
      const asked = config.stepUp === 'prompt' ? { prompt: 'login', max_age: 0 } : {};
      user = await manager.signinPopup(asked);
      tell();
    },
    async signOut() {
      user = undefined;
      if (await manager.metadataService.getRevocationEndpoint()) {
        // Best effort: who cannot reach the issuer must still get out of this page.
        await manager.revokeTokens(['refresh_token']).catch(() => undefined);
      }
      if (await manager.metadataService.getEndSessionEndpoint())
        await manager.signoutRedirect(signOutExtras(config));
      else window.location.assign('/');
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Cognito's page takes these instead of the standard's names. */
function signOutExtras({ clientId }: ConsoleConfig) {
  return { extraQueryParams: { client_id: clientId, logout_uri: `${window.location.origin}/` } };
}
