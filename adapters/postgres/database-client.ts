/** Short-lived clients for restoring. */
import type pg from 'pg';
import { type ConnectionSettings, connect, endQuietly, withDatabase } from './connection.ts';

/** Runs `use` with a client of that database, which is ended afterwards. */
export async function withClient<T>(
  settings: ConnectionSettings,
  database: string,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connect(withDatabase(settings, database));
  try {
    return await use(client);
  } finally {
    await endQuietly(client);
  }
}
