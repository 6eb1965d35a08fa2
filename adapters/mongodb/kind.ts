/** MongoDB as a kind of source, for adapters/registry.ts. */
import type { SourceKind } from '../../core/ports/kind.ts';
import { mongodbDriver } from './driver.ts';
import { mongodbFacts } from './kind-facts.ts';
import { mongodbRecovery } from './recovery.ts';
import type { MongodbRestoreOptions } from './restore-options.ts';
import type { MongodbSource } from './source.ts';

export const mongodbKind: SourceKind<MongodbSource, MongodbRestoreOptions> = {
  ...mongodbFacts,
  driver: mongodbDriver,
  recovery: mongodbRecovery,
};
