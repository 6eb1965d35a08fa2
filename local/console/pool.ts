/** The emulator's user pool as the local sign-in sees it: passwords, refresh tokens, and where people may be sent. */
import {
  CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
  InitiateAuthCommand,
  type InitiateAuthCommandInput,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Granted, LocalSignInDeps } from './sign-in.ts';

export interface PoolSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly userPoolId: string;
  readonly clientId: string;
}

type PoolSignIn = Pick<LocalSignInDeps, 'byPassword' | 'byRefreshToken' | 'allowed'> & { close(): void };

/** How Cognito says that name, password or token are not right. */
const wrong = ['NotAuthorizedException', 'UserNotFoundException', 'InvalidParameterException'];

export function poolSignIn({ endpoint, region, userPoolId, clientId }: PoolSettings): PoolSignIn {
  const client = new CognitoIdentityProviderClient({
    endpoint,
    region,
    // Worth nothing anywhere else.
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 2,
  });
  const ask = async (how: Pick<InitiateAuthCommandInput, 'AuthFlow' | 'AuthParameters'>) => {
    try {
      const reply = await client.send(new InitiateAuthCommand({ ClientId: clientId, ...how }));
      return granted(reply.AuthenticationResult);
    } catch (thrown) {
      if (wrong.includes((thrown as Error).name)) return undefined;
      throw thrown;
    }
  };
  return {
    byPassword: (USERNAME, PASSWORD) =>
      ask({ AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME, PASSWORD } }),
    byRefreshToken: (REFRESH_TOKEN) =>
      ask({ AuthFlow: 'REFRESH_TOKEN_AUTH', AuthParameters: { REFRESH_TOKEN } }),
    async allowed() {
      const command = new DescribeUserPoolClientCommand({ ClientId: clientId, UserPoolId: userPoolId });
      const { UserPoolClient } = await client.send(command);
      return { callbacks: UserPoolClient?.CallbackURLs ?? [], logouts: UserPoolClient?.LogoutURLs ?? [] };
    },
    close: () => client.destroy(),
  };
}

function granted(
  result: { AccessToken?: string; IdToken?: string; RefreshToken?: string; ExpiresIn?: number } = {},
): Granted | undefined {
  const { AccessToken: accessToken, IdToken: idToken, RefreshToken: refreshToken, ExpiresIn } = result;
  if (accessToken === undefined || idToken === undefined) return undefined;
  return { accessToken, idToken, refreshToken, expiresInSeconds: ExpiresIn ?? 3600 };
}
