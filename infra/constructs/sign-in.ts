/**
 * Who may sign in: a Cognito user pool of the stack's own, where nobody registers by himself. An admin of the account
 * makes users and puts them into one of three groups (docs/api.md). The one client is public, so that it has no secret to
 * lose: browsers and the command line sign in on Cognito's own page, by authorization code with PKCE. Users are data: the
 * pool and its groups outlive the stack.
 */
import { Aws, Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AccountRecovery,
  CfnManagedLoginBranding,
  CfnUserPoolGroup,
  ManagedLoginVersion,
  Mfa,
  OAuthScope,
  UserPool,
  type UserPoolClient,
  UserPoolClientIdentityProvider,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { accept } from '../accept.ts';
import type { ApiOptions } from '../options-api.ts';

export interface SignInProps {
  readonly stackName: string;
  readonly mfa: ApiOptions['mfa'];
  readonly groups: ApiOptions['groups'];
  /** Beside the command line's. */
  readonly callbackUrls: readonly string[];
  /** Where people may be sent after signing out. */
  readonly logoutUrls: readonly string[];
  /** Cognito's newer pages; false: the classic ones. */
  readonly managedLogin: boolean;
}

/** Where the command line listens for the end of a sign-in: the first of these that is free. */
export const loopbackPorts = [8765, 8766, 8767, 8768, 8769] as const;

/** Cognito takes plain http for localhost alone, and compares the port. */
const loopbackUrls = loopbackPorts.map((port) => `http://localhost:${port}/callback`);

const mfaOf = { off: Mfa.OFF, optional: Mfa.OPTIONAL, required: Mfa.REQUIRED } as const;

export class SignIn extends Construct {
  readonly pool: UserPool;
  readonly client: UserPoolClient;
  /** Host of the sign-in page. */
  readonly domain: string;
  /** As in the tokens' `iss`. */
  readonly issuer: string;
  readonly issuerOrigin: string;

  constructor(scope: Construct, id: string, props: SignInProps) {
    super(scope, id);
    const { stackName, mfa, groups, callbackUrls, logoutUrls, managedLogin } = props;
    const { region, urlSuffix } = Stack.of(this);
    this.pool = new UserPool(this, 'Users', {
      selfSignUpEnabled: false,
      // A name that an admin gives, or the address. The name stands in access tokens, and so in the audit trail; an
      // address never does.
      signInAliases: { username: true, email: true },
      signInCaseSensitive: false,
      autoVerify: { email: true },
      passwordPolicy: {
        minLength: 14,
        requireDigits: true,
        requireLowercase: true,
        requireUppercase: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(3),
      },
      mfa: mfaOf[mfa],
      // A telephone number can be taken over, and costs by the message.
      ...(mfa !== 'off' && { mfaSecondFactor: { sms: false, otp: true } }),
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      userInvitation: {
        emailSubject: `Holdfast: you may sign in to ${stackName}`,
        emailBody:
          'You may sign in to Holdfast as {username} with the temporary password {####} within three days.',
      },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    accept(
      this.pool,
      'COG2',
      'Whether a second factor is required is an option (api.mfa), since the first users have to sign in to set one up.',
    );
    for (const rule of ['COG3', 'COG8']) {
      accept(
        this.pool,
        rule,
        'Threat protection is a plan of Cognito that costs by user and month: the owner of the pool can switch to it.',
      );
    }
    for (const [precedence, role] of (['admin', 'operator', 'viewer'] as const).entries()) {
      const group = new CfnUserPoolGroup(this, `${role.charAt(0).toUpperCase()}${role.slice(1)}s`, {
        userPoolId: this.pool.userPoolId,
        groupName: groups[role],
        description: `Holdfast: ${role}`,
        precedence,
      });
      // With the group its memberships would go.
      group.applyRemovalPolicy(RemovalPolicy.RETAIN);
    }
    this.client = this.pool.addClient('Client', {
      userPoolClientName: `${stackName} command line and console`,
      generateSecret: false,
      supportedIdentityProviders: [UserPoolClientIdentityProvider.COGNITO],
      oAuth: {
        flows: { authorizationCodeGrant: true },
        // Not `aws.cognito.signin.user.admin`: a token for Holdfast changes no user.
        scopes: [OAuthScope.OPENID, OAuthScope.EMAIL, OAuthScope.PROFILE],
        callbackUrls: [...loopbackUrls, ...callbackUrls],
        ...(logoutUrls.length > 0 && { logoutUrls: [...logoutUrls] }),
      },
      // Nothing but refreshing: passwords are typed on Cognito's page alone.
      authFlows: { userPassword: false, userSrp: false },
      accessTokenValidity: Duration.minutes(60),
      idTokenValidity: Duration.minutes(60),
      refreshTokenValidity: Duration.days(30),
      enableTokenRevocation: true,
      preventUserExistenceErrors: true,
    });
    // Domains are one name for everybody in a region: a piece of the stack's own id, which tells no account.
    const [first, second] = [0, 1].map((at) =>
      Fn.select(at, Fn.split('-', Fn.select(2, Fn.split('/', Aws.STACK_ID)))),
    );
    const domainPrefix = `holdfast-${first}${second}`;
    // The newer pages alone ask again when they are told to (`prompt=login`), which destructive work may want.
    const page = this.pool.addDomain('Page', {
      cognitoDomain: { domainPrefix },
      ...(managedLogin && { managedLoginVersion: ManagedLoginVersion.NEWER_MANAGED_LOGIN }),
    });
    if (managedLogin) {
      // Without a style of its own a client has no such page at all.
      const style = new CfnManagedLoginBranding(this, 'Style', {
        userPoolId: this.pool.userPoolId,
        clientId: this.client.userPoolClientId,
        useCognitoProvidedValues: true,
      });
      style.node.addDependency(page);
    }
    this.domain = `${domainPrefix}.auth.${region}.amazoncognito.com`;
    // From the id: `userPoolProviderUrl` is not known to every implementation of CloudFormation.
    this.issuerOrigin = `https://cognito-idp.${region}.${urlSuffix}`;
    this.issuer = `${this.issuerOrigin}/${this.pool.userPoolId}`;
  }
}
