/** PostgreSQL's side of verifying and restoring: the RecoveryDriver, put together from the parts beside it. */
import { HoldfastError, hasCode } from '../../core/errors.ts';
import type { Secrets } from '../../core/ports/index.ts';
import type { RecoveryDriver } from '../../core/ports/recovery.ts';
import { heldPage } from '../held-page.ts';
import {
  type ConnectionChoices,
  type ConnectionSettings,
  resolveConnection,
  withDatabase,
} from './connection.ts';
import { withClient } from './database-client.ts';
import { drill, drillBytes } from './drill.ts';
import { heldOf, measure } from './held.ts';
import { postgresFacts } from './kind-facts.ts';
import { preflight } from './preflight.ts';
import { ownPrograms, type ProgramsOptions, programDir } from './programs.ts';
import { readSegment } from './reader.ts';
import { compareReading } from './reader-compare.ts';
import { restore } from './restore.ts';
import { secretOf } from './restore-destroys.ts';
import {
  databaseNameOf,
  type PostgresRestoreOptions,
  type PostgresRestoreRequest,
} from './restore-options.ts';
import { type PostgresSecret, parseSecret } from './secret.ts';
import type { PostgresSource } from './source.ts';
import { isVerified } from './tls.ts';

export interface RecoveryOptions
  extends ProgramsOptions,
    Pick<ConnectionChoices, 'allowLoopback' | 'lookup' | 'iamToken'> {
  /** Free space below which a drill stops; for tests. */
  readonly keepFreeBytes?: number;
}

export function postgresRecovery(
  options: RecoveryOptions,
): RecoveryDriver<PostgresSource, PostgresRestoreOptions> {
  return {
    ...postgresFacts.restore,
    requireTools: () => void requirePrograms(options),
    read: (segment, plain, signal) => readSegment(segment, plain, { binDir: programDir(options), signal }),
    compareReading,
    measure,
    listHeld: async (component, question) => heldPage(heldOf(component), question),
    drillBytes,
    drill: (component, open, workDir, context) =>
      drill({
        ...{ binDir: programDir(options), component, open, workDir, context },
        ...(options.keepFreeBytes === undefined ? {} : { keepFreeBytes: options.keepFreeBytes }),
      }),
    preflight: (component, source, open, request, secrets, context) => {
      const reach = () => targetSettings(source, request, component.title, secrets, options);
      return preflight({ component, open, request, reach, context });
    },
    restore: async (component, source, open, request, secrets, context) => {
      const binDir = programDir(options);
      const settings = await targetSettings(source, request, component.title, secrets, options);
      return restore({ binDir, component, open, request, settings, context });
    },
  };
}

function requirePrograms(options: RecoveryOptions): void {
  try {
    programDir(options);
  } catch (thrown) {
    if (!hasCode(thrown, 'TOOLS_MISSING')) throw thrown;
    throw new HoldfastError('TOOLS_MISSING', thrown.message, {
      cause: thrown,
      next: ownPrograms,
    });
  }
}

/** The server to restore into, with a database in which administrative statements can run. */
async function targetSettings(
  source: PostgresSource,
  request: PostgresRestoreRequest,
  title: string,
  secrets: Secrets,
  options: RecoveryOptions,
): Promise<ConnectionSettings> {
  const secret = parseSecret(await secrets.get(secretOf(source, request)));
  // What the plan says of the source's server need not hold for another one.
  const settings =
    secretOf(source, request) === source.secret
      ? await resolveConnection(secret, {
          ...options,
          auth: source.auth,
          ...(source.tls ? { tls: source.tls } : {}),
        })
      : await ownSettings(secret, options);
  const replaced = request.replace ? databaseNameOf(title, request) : undefined;
  const candidates = [...new Set(['postgres', settings.database, 'template1'])].filter(
    (name) => name !== replaced,
  );
  let failure: unknown;
  for (const candidate of candidates) {
    try {
      await withClient(settings, candidate, async () => {});
      return withDatabase(settings, candidate);
    } catch (thrown) {
      failure ??= thrown;
      // Only "there is no such database" is worth trying the next one.
      if (!(thrown instanceof HoldfastError && thrown.code === 'SOURCE_MISSING_OBJECT')) throw thrown;
    }
  }
  throw failure;
}

/**
 * By what the secret itself can do: a password by any method where nobody can be between, else by SCRAM only; a
 * secret without one by an IAM token, but for a server on this machine, which may let us in as we are.
 */
async function ownSettings(secret: PostgresSecret, options: RecoveryOptions): Promise<ConnectionSettings> {
  const settings = await resolveConnection(secret, { ...options, auth: 'scram' });
  if (secret.password === undefined)
    return settings.local ? settings : resolveConnection(secret, { ...options, auth: 'iam' });
  return settings.local || isVerified(settings.tls) ? { ...settings, auth: 'password' } : settings;
}
