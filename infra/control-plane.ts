/** The API of the control plane with its function, and who may sign in to it: put together of its constructs. */
import type { Stack } from 'aws-cdk-lib';
import { Api, apiTimeout } from './constructs/api.ts';
import { RuntimeFunction, type RuntimeFunctionProps } from './constructs/runtime-function.ts';
import type { Schedules } from './constructs/schedules.ts';
import { signInOf } from './constructs/signed-in.ts';
import type { StackOptions } from './options.ts';
import { apiRights } from './permissions-control.ts';
import type { Surroundings } from './rights/surroundings.ts';

export interface ControlParts {
  readonly around: Surroundings;
  readonly base: Pick<RuntimeFunctionProps, 'architecture' | 'logRetentionDays' | 'tracing'>;
  readonly codeDir: string;
  readonly schedules: Schedules;
  readonly functions: Readonly<
    Record<'backup' | 'verify' | 'restore' | 'cleanup' | 'notify', RuntimeFunction>
  >;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Direct children of the stack: what outlives it keeps its name wherever this file goes. */
export function controlPlane(
  scope: Stack,
  { api: settings, logRetentionDays }: StackOptions,
  parts: ControlParts,
) {
  const { around, base, codeDir, schedules, functions, environment } = parts;
  const started = Object.entries(functions).map(([name, part]) => [name, part.function] as const);
  const tokens = signInOf(scope, 'SignIn', settings, scope.stackName);
  const handler = new RuntimeFunction(scope, 'Api', {
    ...base,
    ...apiRights(scope, around, { schedules, functions: started.map(([, each]) => each) }),
    description: 'Holdfast: answers the API',
    codeDir,
    memorySizeMiB: settings.memorySizeMiB,
    timeout: apiTimeout,
    environment: {
      ...environment,
      ...tokens.environment,
      HOLDFAST_GROUPS: JSON.stringify(settings.groups),
      HOLDFAST_ALLOW_FROM: JSON.stringify(settings.allowFrom),
      ...Object.fromEntries(
        started.map(([name, { functionName }]) => [`HOLDFAST_${name.toUpperCase()}_FUNCTION`, functionName]),
      ),
    },
  });
  const api = new Api(scope, 'Door', {
    stackName: scope.stackName,
    handler: handler.function,
    issuer: tokens.issuer,
    audience: tokens.audience,
    corsOrigins: settings.corsOrigins,
    throttle: settings.throttle,
    logRetentionDays,
  });
  api.watchedBy(around.alerts);
  return { handler, api, tokens };
}
