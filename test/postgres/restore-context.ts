/** What a recovery driver is given, for tests: a quiet log, the real clock, a secret that is a URL. */
import type { z } from 'zod';
import { postgresRecovery, type RecoveryOptions } from '../../adapters/postgres/recovery.ts';
import {
  type PostgresRestoreRequest,
  postgresRestoreOptions,
} from '../../adapters/postgres/restore-options.ts';
import { type PostgresSource, postgresSourceSchema } from '../../adapters/postgres/source.ts';
import type { Log, Secrets } from '../../core/ports/index.ts';
import type { RecoveryContext } from '../../core/ports/recovery.ts';
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

export interface Asked extends Partial<z.input<typeof postgresRestoreOptions>> {
  readonly replace?: boolean;
}

/** A request of now: what is not named is as it is by default. */
export function requestOf({ replace = false, ...options }: Asked = {}): PostgresRestoreRequest {
  return {
    options: postgresRestoreOptions.parse(options),
    replace,
    compare: true,
    requestedAt: new Date().toISOString(),
  };
}

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
