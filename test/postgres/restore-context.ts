/** What a recovery driver is given, for tests: a quiet log, the real clock, a secret that is a URL. */
import { postgresRecovery, type RecoveryOptions } from '../../adapters/postgres/recovery.ts';
import { type PostgresSource, postgresSourceSchema } from '../../core/plan.ts';
import type { Log, Secrets } from '../../core/ports/index.ts';
import type { RecoveryContext, RestoreRequest } from '../../core/ports/recovery.ts';
import { postgresBinDir } from '../../local/tools.ts';

export const quiet: Log = { info() {}, warn() {}, error() {}, with: () => quiet };

export function contextOf(signal: AbortSignal = new AbortController().signal): RecoveryContext {
  return {
    clock: { now: () => new Date(), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
    log: quiet,
    signal,
    parallelism: 2,
    onProgress: () => {},
  };
}

export const plainRequest: RestoreRequest = {
  ...{ replace: false, roleMap: {}, createRoles: false, noOwner: false, compare: true },
};

export const source: PostgresSource = postgresSourceSchema.parse({
  kind: 'postgres',
  name: 'source',
  secret: 'source',
});

export function secretsOf(url: string): Secrets {
  return { get: async () => url };
}

export async function recovery(options: Partial<RecoveryOptions> = {}) {
  return postgresRecovery({ allowLoopback: true, binDir: await postgresBinDir(), ...options });
}
