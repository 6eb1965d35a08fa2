/**
 * The sample's PostgreSQL server: outlives `npm start`, and keeps its data from one start to the next. Its roles are
 * those that docs/operations.md asks of a user: one that reads, one that restores, neither a superuser.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { LOCAL_DIR, toolsDir } from '../../layers/tools-dir.ts';
import { type PostgresServer, startPostgres, stopPostgresAt } from '../postgres-server.ts';

/** Where the server lives: as root beside the tools, since its own user must get there. */
export async function sampleHome(): Promise<string> {
  const of = createHash('sha256').update(LOCAL_DIR).digest('hex').slice(0, 8);
  return process.getuid?.() === 0 ? join(await toolsDir(), '..', `sample-${of}`) : join(LOCAL_DIR, 'sample');
}

export interface SampleServer {
  readonly server: PostgresServer;
  /** Secrets in the RDS shape, by the role that uses them. */
  readonly secrets: { readonly backup: string; readonly restore: string };
  readonly bytes: number;
  readonly rows: number;
}

const database = 'shop';

/** Starts the server and fills it the first time; from then on its data is there already. */
export async function startSample(say: (line: string) => void): Promise<SampleServer> {
  const home = await sampleHome();
  // One of an earlier start may still run, with settings or data of then.
  await stopPostgresAt(home);
  const password = await keptPassword(home);
  const filled = join(home, 'filled');
  if (!existsSync(filled)) await rm(join(home, 'data'), { recursive: true, force: true });
  const server = await startPostgres({
    home,
    password,
    settings: { max_connections: 60, shared_buffers: '256MB', max_wal_size: '2GB' },
  });
  say(`PostgreSQL ${server.version} listens on 127.0.0.1:${server.port}`);
  if (!existsSync(filled)) {
    say('filling the sample database, about 300 MB');
    await fill(server, password);
    await writeFile(filled, new Date().toISOString());
  }
  const client = new pg.Client({ connectionString: server.url(database) });
  await client.connect();
  const { rows } = await client.query<{ bytes: string; rows: string }>(
    `SELECT pg_database_size(current_database())::text AS bytes,
            (SELECT sum(greatest(reltuples, 0))::bigint::text FROM pg_class WHERE relkind = 'r') AS rows`,
  );
  await client.end();
  const secret = (username: string) =>
    JSON.stringify({
      engine: 'postgres',
      host: '127.0.0.1',
      port: server.port,
      username,
      password,
      dbname: database,
    });
  return {
    server,
    secrets: { backup: secret('holdfast_backup'), restore: secret('holdfast_restore') },
    bytes: Number(rows[0]?.bytes),
    rows: Number(rows[0]?.rows),
  };
}

async function keptPassword(home: string): Promise<string> {
  await mkdir(home, { recursive: true });
  const file = join(home, 'password.txt');
  if (!existsSync(file)) {
    await writeFile(file, randomBytes(12).toString('hex'), { mode: 0o600 });
    await chmod(file, 0o600);
  }
  return readFile(file, 'utf8');
}

async function fill(server: PostgresServer, password: string): Promise<void> {
  const literal = `'${password}'`;
  await execute(server, 'postgres', [
    `CREATE ROLE shop NOLOGIN`,
    `CREATE ROLE holdfast_backup LOGIN BYPASSRLS PASSWORD ${literal} IN ROLE pg_read_all_data`,
    `CREATE ROLE holdfast_restore LOGIN CREATEDB PASSWORD ${literal} IN ROLE shop`,
    `CREATE DATABASE ${database} OWNER shop TEMPLATE template0`,
  ]);
  await execute(server, database, [
    'SET ROLE shop',
    await readFile(join(import.meta.dirname, 'shop.sql'), 'utf8'),
  ]);
}

async function execute(server: PostgresServer, name: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: server.url(name) });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
