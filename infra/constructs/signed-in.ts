/** Whose tokens the API takes: those of a user pool that the stack makes, or of an issuer that somebody has already. */
import type { UserPool, UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import { poolMetadata } from '../console-config.ts';
import type { ApiOptions } from '../options-api.ts';
import { SignIn } from './sign-in.ts';

export interface Tokens {
  readonly issuer: string;
  /** What they are for; of Cognito, whose access tokens have no audience, the client. */
  readonly audience: string;
  /** What the function is told, to look at them again. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly pool?: UserPool;
  readonly client?: UserPoolClient;
  readonly domain?: string;
  /** What a page that signs people in calls. */
  readonly origins: readonly string[];
  /** Endpoints of the issuer, where its own document need not be asked. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Of a page that people sign in to. */
export interface SignedInPage {
  readonly callbackUrls: readonly string[];
  readonly logoutUrls: readonly string[];
}

export function signInOf(
  scope: Construct,
  id: string,
  options: ApiOptions,
  { stackName, page }: { readonly stackName: string; readonly page?: SignedInPage | undefined },
): Tokens {
  const { oidc, mfa, groups, managedLogin } = options;
  if (oidc) {
    const { issuer, audience, groupsClaim, jwksUrl } = oidc;
    return {
      issuer,
      audience,
      environment: {
        HOLDFAST_ISSUER: issuer,
        HOLDFAST_AUDIENCE: audience,
        HOLDFAST_GROUPS_CLAIM: groupsClaim,
        HOLDFAST_JWKS_URL: jwksUrl,
      },
      origins: [new URL(issuer).origin],
    };
  }
  const { pool, client, domain, issuer, issuerOrigin } = new SignIn(scope, id, {
    ...{ stackName, mfa, groups, managedLogin },
    callbackUrls: [...(page?.callbackUrls ?? []), ...options.callbackUrls],
    logoutUrls: page?.logoutUrls ?? [],
  });
  const audience = client.userPoolClientId;
  return {
    issuer,
    audience,
    environment: {
      HOLDFAST_ISSUER: issuer,
      // A name that is not known before the deployment, as JSON.
      HOLDFAST_CLIENT_IDS: `["${audience}"]`,
    },
    pool,
    client,
    domain,
    origins: [issuerOrigin, `https://${domain}`],
    metadata: poolMetadata(issuer, domain),
  };
}
