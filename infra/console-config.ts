/** What the console reads first (`/config.json`): where the API is, and who signs people in. Nothing of it is secret. */

export interface ConsoleConfig {
  readonly stackName: string;
  /** Without a slash at its end. */
  readonly apiUrl: string;
  /** As in the tokens' `iss`. */
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  /** Asked of the issuer, where it gives access tokens for an audience only on request. */
  readonly audience?: string;
  /** Endpoints of the issuer; default: its discovery document. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Whether the issuer asks for the password again when it is told to (`prompt=login`). */
  readonly stepUp: 'prompt' | 'none';
}

/** What the stack's own client may ask for. */
export const defaultScope = 'openid email profile';

/** Of a user pool, whose pages are on a host of their own. */
export function poolMetadata(issuer: string, domain: string): Readonly<Record<string, string>> {
  const at = (path: string) => `https://${domain}/${path}`;
  return {
    issuer,
    authorization_endpoint: at('oauth2/authorize'),
    token_endpoint: at('oauth2/token'),
    revocation_endpoint: at('oauth2/revoke'),
    end_session_endpoint: at('logout'),
  };
}
