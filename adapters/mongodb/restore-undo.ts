/**
 * Takes back what a failed restore has made. Promises: only databases that were empty before are dropped, and of those
 * none that holds what this restore cannot have made.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { MongoClient } from 'mongodb';
import { orAborted } from './connection.ts';
import { withoutBuckets } from './names.ts';

const undoSeconds = 60;
const attempts = 5;
const pauseMilliseconds = 200;

/** What a server makes for views and its profiler; all else, stored functions too, is somebody's. */
export const comeByThemselves: ReadonlySet<string> = new Set(['system.views', 'system.profile']);

/**
 * @param databases each with the collections that the restore can have made
 * @param thrown why it failed: a document that was there already is somebody else's, since the database was empty
 * @returns what is left, in words; empty when all is as it was
 */
export async function dropDatabases(
  client: MongoClient,
  databases: ReadonlyMap<string, ReadonlySet<string>>,
  thrown: unknown,
): Promise<string[]> {
  const signal = AbortSignal.timeout(undoSeconds * 1000);
  const left: string[] = [];
  for (const [name, own] of databases) {
    try {
      const strange = await orAborted(strangeIn(client, name, own), signal);
      if (strange !== undefined)
        left.push(
          `the database ${name}, which was not dropped: somebody else made ${strange} in it meanwhile`,
        );
      else if (othersWrote(thrown, name))
        left.push(`the database ${name}, which was not dropped: somebody else wrote into it meanwhile`);
      else await orAborted(dropForGood(client, name), signal);
    } catch {
      left.push(`the database ${name}, with a part of what was to be restored`);
    }
  }
  return left;
}

/** A collection that the restore cannot have made. */
async function strangeIn(
  client: MongoClient,
  database: string,
  own: ReadonlySet<string>,
): Promise<string | undefined> {
  const found = await client.db(database).listCollections({}, { nameOnly: true }).toArray();
  return found
    .map((one) => withoutBuckets({ database, collection: one.name }).collection)
    .find((name) => !own.has(name) && !comeByThemselves.has(name));
}

/** As the server says it: `E11000 duplicate key error collection: shop.orders index: _id_ dup key: …`. */
export function othersWrote(thrown: unknown, database: string): boolean {
  const text = thrown instanceof Error ? thrown.message : '';
  return text.includes('E11000') && text.includes(` ${database}.`) && text.includes('index: _id_');
}

/** An insert of the tool that was just killed may still be carried out, and brings its collection back. */
async function dropForGood(client: MongoClient, name: string): Promise<void> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    await client.db(name).dropDatabase();
    await sleep(pauseMilliseconds);
    const left = await client.db(name).listCollections({}, { nameOnly: true }).toArray();
    if (left.length === 0) return;
  }
  throw new Error(`${name} comes back`);
}
