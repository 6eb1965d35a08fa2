/** What PostgreSQL is as a kind of source, without what it does: for adapters/kinds.ts. */
import type { KindFacts } from '../../core/ports/kind.ts';
import { describeSteps, destroys, protects } from './restore-destroys.ts';
import { databaseNameOf, type PostgresRestoreOptions, postgresRestoreOptions } from './restore-options.ts';
import { type PostgresSource, postgresSourceSchema } from './source.ts';

export const postgresFacts: KindFacts<PostgresSource, PostgresRestoreOptions> = {
  kind: 'postgres',
  category: 'database',
  schema: postgresSourceSchema,
  restore: {
    restoreOptions: postgresRestoreOptions,
    describeTarget: ({ title }, _source, request) => `database ${databaseNameOf(title, request)}`,
    destroys,
    protects,
    describeSteps,
  },
};
