/**
 * Signing in on this machine. The emulator has no sign-in page, so that its client takes passwords directly, which the
 * template never allows; and its tokens name an issuer of AWS, whose keys are published by the emulator alone.
 */
import {
  type CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
  type ExplicitAuthFlowsType,
  UpdateUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import {
  GetFunctionConfigurationCommand,
  type LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import type { Setting } from './setting.ts';

const passwordFlow: ExplicitAuthFlowsType = 'ALLOW_USER_PASSWORD_AUTH';

export function clientSettings(
  cognito: CognitoIdentityProviderClient,
  logicalId: string,
  ClientId: string,
  UserPoolId: string,
): Setting[] {
  const client = async () => {
    const { UserPoolClient } = await cognito.send(
      new DescribeUserPoolClientCommand({ ClientId, UserPoolId }),
    );
    return UserPoolClient;
  };
  return [
    {
      what: `${logicalId}.${passwordFlow}`,
      wanted: true,
      read: async () => (await client())?.ExplicitAuthFlows?.includes(passwordFlow) ?? false,
      apply: async () => {
        // What is not said is set to its default.
        const { ClientSecret, CreationDate, LastModifiedDate, ...now } = (await client()) ?? {};
        const ExplicitAuthFlows = [...(now.ExplicitAuthFlows ?? []), passwordFlow];
        return cognito.send(
          new UpdateUserPoolClientCommand({ ...now, ClientId, UserPoolId, ExplicitAuthFlows }),
        );
      },
    },
  ];
}

const jwksVariable = 'HOLDFAST_JWKS_URL';

/** Of a function that takes the tokens of the emulator's user pool: where their keys are. */
export function issuerSettings(
  lambda: LambdaClient,
  { logicalId, functionName, endpoint }: { logicalId: string; functionName: string; endpoint: string },
): Setting[] {
  const variables = async (): Promise<Record<string, string>> => {
    const command = new GetFunctionConfigurationCommand({ FunctionName: functionName });
    return (await lambda.send(command)).Environment?.Variables ?? {};
  };
  const keysOf = (issuer = '') => `${endpoint}/${issuer.split('/').at(-1)}/.well-known/jwks.json`;
  return [
    {
      what: `${logicalId}.${jwksVariable}`,
      wanted: true,
      read: async () => {
        const { HOLDFAST_ISSUER, [jwksVariable]: url } = await variables();
        return url === keysOf(HOLDFAST_ISSUER);
      },
      apply: async () => {
        const Variables = await variables();
        Variables[jwksVariable] = keysOf(Variables.HOLDFAST_ISSUER);
        const Environment = { Variables };
        return lambda.send(
          new UpdateFunctionConfigurationCommand({ FunctionName: functionName, Environment }),
        );
      },
    },
  ];
}
