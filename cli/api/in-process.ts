/**
 * The same application as behind the gateway, in this process, with the caller's own AWS rights: for a stack that was
 * deployed without an API (`api.enabled: false`). One way of doing things for both, whoever may do them.
 */
import { systemClock } from '../../adapters/clock.ts';
import { parsePlan } from '../../adapters/kinds.ts';
import { loggable } from '../../adapters/log/fields.ts';
import { silentLog } from '../../adapters/log/quiet.ts';
import { buildApi } from '../../api/app.ts';
import type { ApiDeps, Identity } from '../../api/deps.ts';
import { gapTeller } from '../../core/audit/tell.ts';
import { auditTrail } from '../../core/audit/trail.ts';
import type { Clock } from '../../core/ports/index.ts';
import packageJson from '../../package.json' with { type: 'json' };
import type { CliContext } from '../context.ts';

export interface InProcess {
  readonly context: CliContext;
  readonly clock?: Clock;
  /** Who calls. Default: the caller of AWS, who may do here what AWS lets them. */
  readonly identity?: () => Promise<Identity>;
  /** Hears what the trail lacks. */
  readonly warn: (text: string) => void;
}

const groups = { viewer: 'holdfast-viewer', operator: 'holdfast-operator', admin: 'holdfast-admin' };

/** Any token will do: whoever starts this process is the caller. */
export function inProcessApi(options: InProcess): (request: Request) => Promise<Response> {
  const app = buildApi(depsOf(options));
  return async (request) => app.fetch(request, { requestContext: { requestId: 'here', http: {} } });
}

function depsOf({ context, clock = systemClock, identity, warn }: InProcess): ApiDeps {
  const { catalog, stack, vault, keys, scheduler, starter, recipients, alarms, replica } = context;
  const caller = async (): Promise<Identity> => {
    const name = await context.caller();
    return { subject: name, name, groups: [], role: 'admin' };
  };
  return {
    catalog,
    clock,
    log: silentLog,
    audit: auditTrail({
      writer: 'cli',
      vault: () => vault,
      keyRing: keys,
      catalog,
      clock,
      log: silentLog,
      tellGap: gapTeller({ alerts: { publish: async ({ why }) => warn(why) }, clock }),
      redact: (value) => loggable({ value }).value,
      lockDays: stack.ObjectLock?.days,
    }),
    signIn: identity ?? caller,
    secrets: {
      get: async () => {
        throw new Error('the API reads no secret of a source');
      },
    },
    vault: async () => vault,
    links: () => context.links(),
    keyRing: keys,
    logReader: context.logReader,
    parsePlan,
    scheduler,
    starter,
    health: { keyRing: keys, recipients, alarms, copied: replica ? vault : undefined },
    settings: {
      version: packageJson.version,
      stackName: context.stackName,
      allowFrom: [],
      groups,
      health: { undeleteDays: stack.UndeleteDays },
      secretPrefixes: {
        source: stack.SourceSecretPrefix,
        vault: stack.VaultSecretPrefix,
        channel: stack.ChannelSecretPrefix,
      },
    },
  };
}
