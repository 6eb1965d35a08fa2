/** Whose tokens the API takes: those of a user pool that the stack makes, or of an issuer that somebody has already. */
import type { UserPool, UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
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
}

export function signInOf(scope: Construct, id: string, options: ApiOptions, stackName: string): Tokens {
  const { oidc, mfa, groups, callbackUrls } = options;
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
    };
  }
  const { pool, client, domain, issuer } = new SignIn(scope, id, { stackName, mfa, groups, callbackUrls });
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
  };
}
