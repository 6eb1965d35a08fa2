/** Somebody for each role, to sign in with on this machine: made in the user pool with passwords of this start. */
import { randomBytes } from 'node:crypto';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';

export interface LocalUser {
  /** Also the name. */
  readonly role: 'viewer' | 'operator' | 'admin';
  readonly password: string;
}

const roles = ['viewer', 'operator', 'admin'] as const;

/** The AWS clients are configured by the environment. */
export async function makeUsers(UserPoolId: string): Promise<readonly LocalUser[]> {
  const client = new CognitoIdentityProviderClient({});
  try {
    return await Promise.all(roles.map((role) => makeUser(client, UserPoolId, role)));
  } finally {
    client.destroy();
  }
}

async function makeUser(
  client: CognitoIdentityProviderClient,
  UserPoolId: string,
  role: LocalUser['role'],
): Promise<LocalUser> {
  const email = `${role}@example.com`;
  // Tokens carry this name, and no address.
  const Username = role;
  // Every class of characters that the pool asks for.
  const Password = `${randomBytes(15).toString('base64url')}-Aa1`;
  const user = { UserPoolId, Username };
  await client.send(
    new AdminCreateUserCommand({
      ...user,
      MessageAction: 'SUPPRESS',
      TemporaryPassword: Password,
      UserAttributes: [
        { Name: 'email', Value: email },
        { Name: 'email_verified', Value: 'true' },
      ],
    }),
  );
  await client.send(new AdminSetUserPasswordCommand({ ...user, Password, Permanent: true }));
  await client.send(new AdminAddUserToGroupCommand({ ...user, GroupName: `holdfast-${role}` }));
  return { role, password: Password };
}

export interface LocalTokens {
  readonly access: string;
  readonly id: string;
}

/** Signs in by password, which only the local AWS allows. */
export async function signIn(ClientId: string, { role, password }: LocalUser): Promise<LocalTokens> {
  const client = new CognitoIdentityProviderClient({});
  try {
    const { AuthenticationResult } = await client.send(
      new InitiateAuthCommand({
        ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: role, PASSWORD: password },
      }),
    );
    const { AccessToken, IdToken } = AuthenticationResult ?? {};
    if (AccessToken === undefined || IdToken === undefined) throw new Error(`no tokens came for ${role}`);
    return { access: AccessToken, id: IdToken };
  } finally {
    client.destroy();
  }
}
