/** Takes back what a failed restore has made. Promises: only databases that were empty before are dropped. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { MongoClient } from 'mongodb';
import { orAborted } from './connection.ts';

const undoSeconds = 60;
const attempts = 5;
const pauseMilliseconds = 200;

/** @returns what is left, in words; empty when all is as it was */
export async function dropDatabases(client: MongoClient, names: readonly string[]): Promise<string[]> {
  const signal = AbortSignal.timeout(undoSeconds * 1000);
  const left: string[] = [];
  for (const name of names) {
    try {
      await orAborted(dropForGood(client, name), signal);
    } catch {
      left.push(`the database ${name}, with a part of what was to be restored`);
    }
  }
  return left;
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
