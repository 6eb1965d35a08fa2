/**
 * What a restore has made on the target, so that a failed one can be undone. Promises: what is about to be made is
 * noted before it is made, so that a lost answer hides nothing; what the server refused to make is not undone, for it
 * is somebody else's; `undo` never throws, tries again where connections are in the way, and returns exactly what it
 * could not remove.
 */
import pg from 'pg';
import type { ConnectionSettings } from './connection.ts';
import { withClient } from './database-client.ts';
import { quoteIdentifier } from './names.ts';
import { endBackend, endConnections } from './restore-sessions.ts';

interface Step {
  readonly what: string;
  readonly run: (client: pg.Client) => Promise<unknown>;
}

export class Undo {
  readonly #settings: ConnectionSettings;
  readonly #maintenance: string;
  readonly #steps: Step[] = [];

  constructor(settings: ConnectionSettings, maintenance: string) {
    this.#settings = settings;
    this.#maintenance = maintenance;
  }

  /** Runs a statement that makes a database which was not there before. */
  makeDatabase(client: pg.Client, name: string, statement: string): Promise<void> {
    return this.#make(client, statement, `database ${name}`, (later) => dropDatabase(later, name));
  }

  /** Runs a statement that makes a role which was not there before. */
  makeRole(client: pg.Client, name: string, statement: string): Promise<void> {
    return this.#make(client, statement, `role ${name}`, (later) =>
      later.query(`DROP ROLE IF EXISTS ${quoteIdentifier(name)}`),
    );
  }

  async #make(client: pg.Client, statement: string, what: string, drop: Step['run']): Promise<void> {
    const { processID } = client as unknown as { readonly processID: number };
    let answered = false;
    const step: Step = {
      what,
      run: async (later) => {
        // A server that lost its client may still be at it.
        if (!answered) await endBackend(later, processID);
        await drop(later);
      },
    };
    this.#steps.push(step);
    try {
      await client.query(statement);
      answered = true;
    } catch (thrown) {
      // The server's answer says that nothing was made, unless it is that the session ends (57P01 and the like).
      const refused = thrown instanceof pg.DatabaseError && !/^(57P|08)/.test(thrown.code ?? '');
      if (refused) this.#steps.splice(this.#steps.indexOf(step), 1);
      throw thrown;
    }
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
/** PostgreSQL 13 can end the sessions itself. */
const firstWithForce = 130_000;

/** Ends the connections first; a program that was just killed may take a moment to be noticed. */
export async function dropDatabase(client: pg.Client, name: string): Promise<void> {
  const { rows } = await client.query<{ num: number }>(
    `SELECT current_setting('server_version_num')::int AS num`,
  );
  const force = (rows[0]?.num ?? 0) >= firstWithForce ? ' WITH (FORCE)' : '';
  for (let attempt = 1; ; attempt++) {
    await endConnections(client, name);
    try {
      // FORCE is refused while somebody is there whom this role may not end; he may go by himself.
      await client.query(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)}${force}`);
      return;
    } catch (thrown) {
      const inTheWay = ['55006', '42501'].includes((thrown as { code?: string }).code ?? '');
      if (attempt === attempts || !inTheWay) throw thrown;
      await client.query('SELECT pg_sleep(0.3)');
    }
  }
}
