/** A restored database, in a drill or on a target, against everything that the manifest says of the source. */
import type { RecoveryContext } from '../../core/ports/recovery.ts';
import {
  type ComparisonBuilder,
  compareInventory,
  compareLargeObjects,
  compareSequences,
  compareTables,
  tableName,
} from './compare.ts';
import { takeExtensions, takeInventory } from './compare-inventory.ts';
import { takeEvidence } from './compare-take.ts';
import type { ConnectionSettings } from './connection.ts';
import { withClient } from './database-client.ts';
import type { PostgresEvidence, PostgresFacts } from './model.ts';
import type { Excuses } from './restore-excuses.ts';

export interface Restored {
  readonly facts: PostgresFacts;
  readonly evidence: PostgresEvidence;
  /** No superuser in a drill: what a restored database defines is run. */
  readonly settings: ConnectionSettings;
  readonly database: string;
  readonly context: Pick<RecoveryContext, 'parallelism' | 'signal'>;
  readonly excused: Excuses;
  /** When only a part was restored: its tables and sequences, as `schema.name`. The inventory is then not compared. */
  readonly only?: ReadonlySet<string>;
}

/** @throws HoldfastError when the database cannot be read; the signal's reason */
export async function compareRestored(result: ComparisonBuilder, restored: Restored): Promise<void> {
  const { facts, settings, database, context, excused, only } = restored;
  const evidence = only === undefined ? restored.evidence : narrowed(restored.evidence, only);
  const { parallelism, signal } = context;
  const taken = await takeEvidence(evidence, { settings, database, facts, parallelism, signal });
  if (evidence.level === 'none') result.notProven('rows and content of tables', 'the plan takes no evidence');
  else compareTables(result, evidence.tables, taken.tables, excused.relations);
  compareSequences(result, evidence.sequences, taken.sequences, excused.relations);
  if (only !== undefined) return;
  compareLargeObjects(result, evidence.largeObjects, taken.largeObjects);
  const [inventory, extensions] = await withClient(settings, database, async (client) => [
    await takeInventory(client),
    await takeExtensions(client),
  ] as const);
  compareInventory(result, facts.inventory, inventory, excused.excuse);
  for (const { name } of facts.extensions) {
    if (extensions.has(name)) result.count('extensions');
    else if (excused.excuse('extension', name) === undefined) result.difference(`extension ${name} is missing`);
  }
}

function narrowed(evidence: PostgresEvidence, only: ReadonlySet<string>): PostgresEvidence {
  return {
    ...evidence,
    tables: evidence.tables.filter((table) => only.has(tableName(table))),
    sequences: evidence.sequences.filter((sequence) => only.has(tableName(sequence))),
    largeObjects: { count: 0, hashed: 0 },
  };
}
