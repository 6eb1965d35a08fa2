/** MongoDB's side of verifying and restoring: the RecoveryDriver, put together from the parts beside it. */
import type { Secrets } from '../../core/ports/index.ts';
import type { KindOptions } from '../../core/ports/kind.ts';
import type { RecoveryDriver } from '../../core/ports/recovery.ts';
import { heldPage } from '../held-page.ts';
import { type Resolver, systemResolver } from './address.ts';
import { type MongoConnection, resolveConnection } from './connection.ts';
import { drill, drillBytes } from './drill.ts';
import { heldOf, measure } from './held.ts';
import { mongodbFacts } from './kind-facts.ts';
import { preflight } from './preflight.ts';
import { type ToolsOptions, toolPath } from './programs.ts';
import { compareReading, readSegment } from './read-compare.ts';
import { restore } from './restore.ts';
import type { MongodbRestoreOptions, MongodbRestoreRequest } from './restore-options.ts';
import { parseMongoSecret } from './secret.ts';
import type { MongodbSource } from './source.ts';

export interface RecoveryOptions extends KindOptions {
  /** Where the tools are; default: the environment (programs.ts). */
  readonly tools?: ToolsOptions;
  /** A server program for drills; default: the environment. */
  readonly mongod?: string;
  /** For tests. */
  readonly resolver?: Resolver;
}

export function mongodbRecovery(
  options: RecoveryOptions,
): RecoveryDriver<MongodbSource, MongodbRestoreOptions> {
  const tools = options.tools ?? {};
  return {
    ...mongodbFacts.restore,
    requireTools: () => void toolPath('mongorestore', tools),
    read: readSegment,
    compareReading,
    measure,
    listHeld: async (component, question) => heldPage(heldOf(component), question),
    drillBytes: (component) => drillBytes(component, options.mongod),
    drill: (component, open, workDir, context) =>
      drill({
        ...{ component, open, workDir, tools, context },
        ...(options.mongod === undefined ? {} : { mongod: options.mongod }),
      }),
    preflight: (component, source, _open, request, secrets, context) =>
      preflight({ component, request, resolve: () => targetOf(source, request, secrets, options), context }),
    restore: async (component, source, open, request, secrets, context) => {
      const connection = await targetOf(source, request, secrets, options);
      return restore({ component, open, request, connection, tools, context });
    },
  };
}

async function targetOf(
  source: MongodbSource,
  { options: { secret: other } }: MongodbRestoreRequest,
  secrets: Secrets,
  options: RecoveryOptions,
): Promise<MongoConnection> {
  const secret = parseMongoSecret(await secrets.get(other ?? source.secret));
  const rules = { allowLoopback: options.allowLoopback, resolver: options.resolver ?? systemResolver };
  // Writing goes to the primary, whatever the plan reads from.
  return resolveConnection(secret, rules, {
    readPreference: 'primary',
    serverSelectionSeconds: source.serverSelectionSeconds,
  });
}
