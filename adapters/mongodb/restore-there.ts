/** What is in the databases that a restore goes into, before it does, and whether it may. Only reads. */
import type { MongoClient } from 'mongodb';
import { orAborted } from './connection.ts';
import { mongoError } from './errors.ts';
import type { RestoreTarget } from './restore-options.ts';
import { comeByThemselves } from './restore-undo.ts';

/** By the name of the database in the target. */
export async function collectionsThere(
  client: MongoClient,
  target: RestoreTarget,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const there = new Map<string, readonly string[]>();
  for (const name of target.databases.values()) {
    const found = await orAborted(client.db(name).listCollections({}, { nameOnly: true }).toArray(), signal);
    there.set(
      name,
      found.map((one) => String(one.name)).filter((one) => !comeByThemselves.has(one)),
    );
  }
  return there;
}

/** @throws HoldfastError TARGET_EXISTS unless it drops what is there, or nothing is */
export function requireRoom(there: ReadonlyMap<string, readonly string[]>, target: RestoreTarget): void {
  const taken = [...there].find(([, collections]) => collections.length > 0);
  if (!taken || target.drop) return;
  const [database, collections] = taken;
  throw mongoError(
    'TARGET_EXISTS',
    `the database ${database} has ${collections.length} collections already`,
    {
      details: { database, collections: collections.slice(0, 20) },
      next: 'Choose another name for the database, or use drop or replace after reading what they do.',
    },
  );
}
