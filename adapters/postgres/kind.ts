/** PostgreSQL as a kind of source, for adapters/registry.ts. */
import type { SourceKind } from '../../core/ports/kind.ts';
import { postgresDriver } from './driver.ts';
import { postgresFacts } from './kind-facts.ts';
import { postgresRecovery } from './recovery.ts';
import type { PostgresRestoreOptions } from './restore-options.ts';
import type { PostgresSource } from './source.ts';

export const postgresKind: SourceKind<PostgresSource, PostgresRestoreOptions> = {
  ...postgresFacts,
  driver: postgresDriver,
  recovery: postgresRecovery,
};
