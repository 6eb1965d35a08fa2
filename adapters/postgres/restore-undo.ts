/**
 * What a restore has made on the target, so that a failed one can be undone. Promises: `undo` never throws, tries
 * everything once more where connections are in the way, and returns exactly what it could not remove.
 */
import type pg from 'pg';
import type { ConnectionSettings } from './connection.ts';
import { withClient } from './database-client.ts';
import { quoteIdentifier } from './names.ts';

export class Undo {
  readonly #settings: ConnectionSettings;
  readonly #maintenance: string;
  readonly #steps: { readonly what: string; readonly run: (client: pg.Client) => Promise<unknown> }[] = [];

  constructor(settings: ConnectionSettings, maintenance: string) {
    this.#settings = settings;
    this.#maintenance = maintenance;
  }

  madeDatabase(name: string): void {
    this.#steps.push({ what: `database ${name}`, run: (client) => dropDatabase(client, name) });
  }

  madeRole(name: string): void {
    this.#steps.push({
      what: `role ${name}`,
      run: (client) => client.query(`DROP ROLE IF EXISTS ${quoteIdentifier(name)}`),
    });
  }

  granted(role: string, to: string): void {
    this.#steps.push({
      what: `membership of ${to} in ${role}`,
      run: (client) => client.query(`REVOKE ${quoteIdentifier(role)} FROM ${quoteIdentifier(to)}`),
    });
  }

  /** Newest first. @returns what is left */
  async undo(): Promise<readonly string[]> {
    const left: string[] = [];
    try {
      await withClient(this.#settings, this.#maintenance, async (client) => {
        for (const step of this.#steps.toReversed()) {
          await step
            .run(client)
            .catch((thrown: unknown) => left.push(`${step.what} (${(thrown as Error).message})`));
        }
      });
    } catch (thrown) {
      return this.#steps.map((step) => `${step.what} (${(thrown as Error).message})`);
    }
    return left;
  }
}

const attempts = 10;

/** Ends the connections first; a program that was just killed may take a moment to be noticed. */
export async function dropDatabase(client: pg.Client, name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await endConnections(client, name);
    try {
      await client.query(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)}`);
      return;
    } catch (thrown) {
      if (attempt === attempts || (thrown as { code?: string }).code !== '55006') throw thrown;
      await client.query('SELECT pg_sleep(0.3)');
    }
  }
}

export async function endConnections(client: pg.Client, database: string): Promise<void> {
  await client.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()',
    [database],
  );
}
