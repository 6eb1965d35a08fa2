/** A PostgreSQL source as a test sees it: a server, its databases, and the driver run as the core runs it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { type PostgresDriverOptions, postgresDriver } from '../../adapters/postgres/driver.ts';
import { runProgram } from '../../adapters/postgres/programs.ts';
import { type PostgresSource, postgresSourceSchema } from '../../adapters/postgres/source.ts';
import { dumpSegments } from '../../core/backup/dump-segments.ts';
import type { Segment } from '../../core/manifest.ts';
import type { Log } from '../../core/ports/index.ts';
import type { OpenContext, PlannedSegment, SourceSession } from '../../core/ports/source.ts';
import type { PostgresServer } from './postgres-server.ts';

export const supportDir = import.meta.dirname;

/** Runs SQL text with psql, as the superuser unless `url` is another's; variables as `-v`. */
export async function psql(
  server: PostgresServer,
  database: string,
  input: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<string> {
  const args = [
    '-X',
    '-q',
    '-At',
    '-v',
    'ON_ERROR_STOP=1',
    ...Object.entries(variables).flatMap(([name, value]) => ['-v', `${name}=${value}`]),
  ];
  const { host, port, superuser, password } = server;
  const env = {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: superuser,
    PGPASSWORD: password,
    PGDATABASE: database,
  };
  return (await runProgram('psql', args, { env, stdin: input })).stdout.toString('utf8').trim();
}

export async function createDatabase(server: PostgresServer, name: string): Promise<void> {
  await psql(server, 'postgres', `CREATE DATABASE "${name.replaceAll('"', '""')}" TEMPLATE template0;`);
}

/** A database with the schema with everything. */
export async function createEverything(
  server: PostgresServer,
  name: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<void> {
  await createDatabase(server, name);
  await psql(server, name, await readFile(join(supportDir, 'everything.sql'), 'utf8'), variables);
}

export const sourcePassword = 'source-password';

/** The role that the documentation tells a user to make. */
export async function createSourceRole(server: PostgresServer): Promise<void> {
  const sql = await readFile(join(supportDir, 'source-role.sql'), 'utf8');
  await psql(server, 'postgres', sql, { source_password: sourcePassword });
}

export function sourceUrl(server: PostgresServer, database: string): string {
  return `postgres://holdfast_source:${sourcePassword}@${server.host}:${server.port}/${encodeURIComponent(database)}`;
}

export async function withClient<T>(
  server: PostgresServer,
  database: string,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: server.url(database) });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

const silent: Log = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => silent,
};

export interface RunOptions {
  /** The secret's value. */
  readonly url: string;
  readonly source?: Partial<Record<keyof PostgresSource, unknown>>;
  readonly driver?: Partial<PostgresDriverOptions>;
  readonly signal?: AbortSignal;
}

export function sourceOf(options: RunOptions): PostgresSource {
  return postgresSourceSchema.parse({ kind: 'postgres', name: 'src', secret: 'secret', ...options.source });
}

export function contextOf(options: RunOptions): OpenContext {
  return {
    ...{ planId: 'test', backupId: '20261121T020000Z-6fb80b81', attempt: 1 },
    secrets: { get: async () => options.url },
    clock: { now: () => new Date(), sleep: async () => undefined },
    log: silent,
    signal: options.signal ?? new AbortController().signal,
    defaultParallelism: 2,
  };
}

export function driverOf(options: RunOptions) {
  return postgresDriver({ allowLoopback: true, ...options.driver });
}

export async function openSource(options: RunOptions): Promise<SourceSession> {
  const [source, context, driver] = [sourceOf(options), contextOf(options), driverOf(options)];
  const [target] = await driver.targets(source, context);
  if (target === undefined) throw new Error('the source has no database');
  return driver.open(source, target, context);
}

/** All segments, which PostgreSQL's driver knows beforehand. */
export function plannedOf({ segments }: SourceSession): readonly PlannedSegment[] {
  if (Symbol.asyncIterator in segments) throw new Error('segments that are found on the way');
  return segments;
}

export interface DumpedSegment {
  readonly segment: Segment;
  readonly bytes: Buffer;
}

/** One segment, kept in memory. */
export async function dumpOne(
  session: SourceSession,
  planned: PlannedSegment,
  signal: AbortSignal = new AbortController().signal,
): Promise<DumpedSegment> {
  const dump = session.dump(planned, signal);
  const chunks: Uint8Array[] = [];
  for await (const chunk of dump.output) chunks.push(Buffer.from(chunk));
  const bytes = Buffer.concat(chunks);
  const { index, name, encoding, section, role } = planned;
  return {
    segment: {
      index,
      name,
      encoding,
      section,
      role,
      plainBytes: bytes.length,
      parts: [],
      contents: dump.contents(),
    },
    bytes,
  };
}

export interface WholeDump {
  readonly segments: readonly DumpedSegment[];
  readonly evidence: Record<string, unknown>;
  readonly facts: Record<string, unknown>;
}

/** Everything that the core does with a session, to its end. */
export async function dumpAll(
  session: SourceSession,
  signal: AbortSignal = new AbortController().signal,
): Promise<WholeDump> {
  const evidence = session.evidence(signal);
  evidence.catch(() => undefined);
  const segments = await dumpSegments(plannedOf(session), session.parallelism, signal, (planned, either) =>
    dumpOne(session, planned, either),
  );
  const taken = await evidence;
  const { facts } = await session.confirm(
    segments.map((dumped) => dumped.segment),
    taken,
  );
  return { segments, evidence: taken, facts };
}

export async function dumpSource(options: RunOptions): Promise<WholeDump> {
  const session = await openSource(options);
  try {
    return await dumpAll(session, options.signal);
  } finally {
    await session.close();
  }
}
