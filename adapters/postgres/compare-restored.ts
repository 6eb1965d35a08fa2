/** A restored database, in a drill or on a target, against everything that the manifest says of the source. */
import type { RecoveryContext } from '../../core/ports/recovery.ts';
import type { ComparisonBuilder } from '../comparison.ts';
import {
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
  /** Owners were renamed or left out: what is named after a role is not comparable. */
  readonly otherRoles?: boolean;
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
  else
    compareTables(
      result,
      evidence.tables,
      taken.tables,
      new Map([...excused.relations, ...hidden(taken.hidden)]),
    );
  compareSequences(result, evidence.sequences, taken.sequences, excused.relations);
  if (only !== undefined) return;
  compareLargeObjects(result, evidence.largeObjects, taken.largeObjects);
  const [inventory, extensions] = await withClient(
    settings,
    database,
    async (client) => [await takeInventory(client), await takeExtensions(client)] as const,
  );
  const kinds = restored.otherRoles ? namedAfterRoles : [];
  for (const kind of kinds) result.notProven(kind, 'they are named after roles, which are others here');
  compareInventory(result, without(facts.inventory, kinds), without(inventory, kinds), excused.excuse);
  for (const { name } of facts.extensions) {
    if (extensions.has(name)) result.count('extensions');
    else if (excused.excuse('extension', name) === undefined)
      result.difference(`extension ${name} is missing`);
  }
}

const namedAfterRoles = ['default-privileges', 'user-mappings'];

function without(
  inventory: PostgresFacts['inventory'],
  kinds: readonly string[],
): PostgresFacts['inventory'] {
  return Object.fromEntries(Object.entries(inventory).filter(([kind]) => !kinds.includes(kind)));
}

function hidden(tables: readonly string[]): readonly (readonly [string, string])[] {
  return tables.map((name) => [
    name,
    'row level security hides rows from the restoring role (FORCE ROW LEVEL SECURITY)',
  ]);
}

function narrowed(evidence: PostgresEvidence, only: ReadonlySet<string>): PostgresEvidence {
  return {
    ...evidence,
    tables: evidence.tables.filter((table) => only.has(tableName(table))),
    sequences: evidence.sequences.filter((sequence) => only.has(tableName(sequence))),
    largeObjects: { count: 0, hashed: 0 },
  };
}
