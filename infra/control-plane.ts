/** The API of the control plane with its function, and who may sign in to it: put together of its constructs. */
import type { Stack } from 'aws-cdk-lib';
import { Api, apiTimeout } from './constructs/api.ts';
import { RuntimeFunction, type RuntimeFunctionProps } from './constructs/runtime-function.ts';
import type { Schedules } from './constructs/schedules.ts';
import { signInOf } from './constructs/signed-in.ts';
import type { StackOptions } from './options.ts';
import { stepUpMinutesOf } from './options-api.ts';
import { apiRights } from './permissions-control.ts';
import type { Surroundings } from './rights/surroundings.ts';
import type { WebConsole } from './web-console.ts';

export interface ControlParts {
  readonly around: Surroundings;
  readonly base: Pick<RuntimeFunctionProps, 'architecture' | 'logRetentionDays' | 'tracing'>;
  readonly codeDir: string;
  readonly schedules: Schedules;
  readonly functions: Readonly<
    Record<'backup' | 'verify' | 'restore' | 'cleanup' | 'notify', RuntimeFunction>
  >;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where there is one, and the folder of its files, where they are uploaded. */
  readonly webConsole: WebConsole | undefined;
  readonly consoleDir: string | undefined;
}

/** Direct children of the stack: what outlives it keeps its name wherever this file goes. */
export function controlPlane(scope: Stack, options: StackOptions, parts: ControlParts) {
  const { api: settings, console: page, logRetentionDays } = options;
  const { around, base, codeDir, schedules, functions, environment, webConsole } = parts;
  const started = Object.entries(functions).map(([name, part]) => [name, part.function] as const);
  const { stackName } = scope;
  const tokens = signInOf(scope, 'SignIn', settings, { stackName, page: webConsole });
  const origins = [...settings.corsOrigins, ...(webConsole ? [webConsole.url] : [])];
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
      HOLDFAST_CORS_ORIGINS: JSON.stringify(origins),
      HOLDFAST_STEP_UP_MINUTES: stepUpMinutesOf(settings)?.toString(),
      HOLDFAST_QUOTA_BYTES: options.watch.quotaBytes?.toString(),
      HOLDFAST_SHOWN: JSON.stringify(shownOf(options)),
      HOLDFAST_PUBLIC_STATUS: settings.publicStatus ? 'on' : undefined,
      HOLDFAST_SIGN_IN: JSON.stringify({
        scopes: page.scope.split(' '),
        ...(settings.oidc && page.clientId !== undefined && { clientId: page.clientId }),
        ...(tokens.domain !== undefined && { signInUrl: `https://${tokens.domain}` }),
      }),
      ...Object.fromEntries(
        started.map(([name, { functionName }]) => [`HOLDFAST_${name.toUpperCase()}_FUNCTION`, functionName]),
      ),
    },
  });
  const api = new Api(scope, 'Door', {
    stackName,
    handler: handler.function,
    issuer: tokens.issuer,
    audience: tokens.audience,
    calledByPages: origins.length > 0,
    throttle: settings.throttle,
    logRetentionDays,
  });
  api.watchedBy(around.alerts);
  webConsole?.holds({
    config: {
      stackName,
      apiUrl: api.url,
      issuer: tokens.issuer,
      clientId: settings.oidc ? (page.clientId ?? '') : tokens.audience,
      scope: page.scope,
      ...(settings.oidc && { audience: settings.oidc.audience }),
      ...(tokens.metadata && { metadata: tokens.metadata }),
      stepUp: settings.oidc || settings.managedLogin ? 'prompt' : 'none',
    },
    connectTo: [api.url, ...tokens.origins, ...page.signInOrigins],
    dir: parts.consoleDir,
  });
  return { handler, api, tokens };
}

/** Options that the API shows to whoever may look, and does not go by (core/control/settings.ts). */
function shownOf({ api, ceilingDays, replica, notifications }: StackOptions) {
  const ceilings = Object.entries(ceilingDays).filter(([, days]) => days !== undefined);
  return {
    ...(ceilings.length > 0 && { tierCeilings: Object.fromEntries(ceilings) }),
    replica: replica !== undefined,
    ...(api.oidc === undefined && { mfa: api.mfa }),
    throttle: api.throttle,
    channels: notifications.channels.map(({ name }) => name),
  };
}
