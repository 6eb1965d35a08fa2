/** MongoDB as a kind of source, for adapters/registry.ts. */
import type { SourceKind } from '../../core/ports/kind.ts';
import { mongodbDriver } from './driver.ts';
import { mongodbRecovery } from './recovery.ts';
import type { MongodbRestoreOptions } from './restore-options.ts';
import { type MongodbSource, mongodbSourceSchema } from './source.ts';

export const mongodbKind: SourceKind<MongodbSource, MongodbRestoreOptions> = {
  kind: 'mongodb',
  category: 'database',
  schema: mongodbSourceSchema,
  driver: mongodbDriver,
  recovery: mongodbRecovery,
};
