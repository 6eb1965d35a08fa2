/**
 * Signing in to the local AWS: by password, as one of the users that its start made up. A user pool in an account takes no
 * passwords from programs; the one of the local AWS does, since nobody is protected there from anybody.
 */
import {
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Role } from '../../core/control/actor.ts';
import { HoldfastError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/index.ts';
import type { LocalState } from '../local-state.ts';
import type { IssuerSettings } from './issuer.ts';
import type { SavedSignIn } from './saved.ts';
import { signInOf } from './tokens.ts';

export interface LocalSignIn {
  readonly api: string;
  readonly issuer: IssuerSettings;
  readonly state: LocalState;
  readonly clock: Clock;
}

export async function signInLocally(
  { api, issuer, state, clock }: LocalSignIn,
  role: Role,
): Promise<SavedSignIn> {
  const user = state.users?.[role];
  if (!user) {
    throw new HoldfastError('UNAUTHENTICATED', `the local AWS has no user for the role ${role}`, {
      next: 'Start it again: `npm stop`, then `npm start`.',
    });
  }
  const client = new CognitoIdentityProviderClient({
    region: state.region,
    endpoint: state.endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 2,
  });
  const reply = await client
    .send(
      new InitiateAuthCommand({
        AuthFlow: 'USER_PASSWORD_AUTH',
        ClientId: issuer.clientId,
        AuthParameters: { USERNAME: user.name, PASSWORD: user.password },
      }),
    )
    .catch((cause: unknown) => {
      throw new HoldfastError('UNAUTHENTICATED', `the local AWS did not sign ${user.name} in`, {
        cause,
        next: 'Start it again: `npm stop`, then `npm start`.',
      });
    });
  const { AccessToken, ExpiresIn = 3600 } = reply.AuthenticationResult ?? {};
  if (AccessToken === undefined) {
    throw new HoldfastError('UNAUTHENTICATED', 'the local AWS gave no token', {
      next: 'Start it again: `npm stop`, then `npm start`.',
    });
  }
  // Without what renews it: the next one is signed in anew, and outlives the user pool of today.
  const granted = { accessToken: AccessToken, expiresInSeconds: ExpiresIn };
  return signInOf(granted, { api, ...issuer, name: user.name }, clock.now());
}
