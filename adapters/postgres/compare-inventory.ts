/** What exists in a restored database, by kind and name, in the form in which the facts list it. */
import type pg from 'pg';
import { readInventory } from './inventory.ts';
import type { PostgresFacts } from './model.ts';

export async function takeInventory(client: pg.Client): Promise<PostgresFacts['inventory']> {
  const { rows } = await client.query<{ num: number }>(
    `SELECT current_setting('server_version_num')::int AS num`,
  );
  return readInventory(client, rows[0]?.num ?? 0);
}

/** Extensions and their versions. */
export async function takeExtensions(client: pg.Client): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ name: string; version: string }>(
    'SELECT extname AS name, extversion AS version FROM pg_catalog.pg_extension',
  );
  return new Map(rows.map((row) => [row.name, row.version]));
}
