/** What goes wrong while pg_dump runs: each time the dump fails with the right code, and never ends as if whole. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../core/errors.ts';
import type { SourceSession } from '../../../core/ports/source.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import {
  createDatabase,
  createSourceRole,
  dumpAll,
  dumpOne,
  dumpSource,
  openSource,
  plannedOf,
  psql,
  type RunOptions,
  sourceUrl,
} from '../../support/postgres-source.ts';

let server: PostgresServer;
let url: string;
const open: SourceSession[] = [];
const directories: string[] = [];

beforeAll(async () => {
  server = await startPostgres();
  await createSourceRole(server);
  await createDatabase(server, 'shop');
  await psql(
    server,
    'shop',
    `CREATE TABLE large AS SELECT g AS id, md5(g::text) || md5((g * 7)::text) AS filler FROM generate_series(1, 600000) g;
     CREATE TABLE small AS SELECT g AS id FROM generate_series(1, 100) g;
     CREATE FUNCTION price(i int) RETURNS int LANGUAGE sql AS 'SELECT i';`,
  );
  url = sourceUrl(server, 'shop');
});
afterAll(async () => {
  await server?.stop();
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
});
afterEach(async () => {
  for (const session of open.splice(0)) await session.close();
});

async function session(options: Partial<RunOptions> = {}): Promise<SourceSession> {
  const opened = await openSource({ url, ...options });
  open.push(opened);
  return opened;
}

function segment(of: SourceSession, name: string) {
  const planned = plannedOf(of);
  const found = planned.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no ${name} among ${planned.map((one) => one.name).join(', ')}`);
  return found;
}

/** A directory of programs whose pg_dump is this shell script; "$real" is the true one. */
async function fakeDump(script: string, version = 'pg_dump (PostgreSQL) 18.6'): Promise<Partial<RunOptions>> {
  const binDir = await mkdtemp(join(tmpdir(), 'holdfast-fake-'));
  directories.push(binDir);
  const path = join(binDir, 'pg_dump');
  await writeFile(
    path,
    `#!/bin/sh\nreal='${join(server.binDir, 'pg_dump')}'\nif [ "$1" = --version ]; then echo '${version}'; exit 0; fi\n${script}\n`,
  );
  await chmod(path, 0o755);
  await symlink(join(server.binDir, 'pg_dumpall'), join(binDir, 'pg_dumpall'));
  return { driver: { tools: { binDir } } };
}

describe('pg_dump', () => {
  it.each([
    ['killed at its start', 'kill -9 $$', 'DUMP_FAILED'],
    ['killed in the middle', '"$real" "$@" | head -c 1000000; kill -9 $$', 'DUMP_FAILED'],
    ['killed after the last byte', '"$real" "$@"; kill -9 $$', 'DUMP_FAILED'],
    ['cut short with exit 0', '"$real" "$@" | head -c 1000000; exit 0', 'DUMP_TRUNCATED'],
    ['cut by its last byte with exit 0', '"$real" "$@" | head -c -1; exit 0', 'DUMP_TRUNCATED'],
    ['saying nothing with exit 0', 'cat > /dev/null; exit 0', 'DUMP_EMPTY'],
    ['saying more than an archive with exit 0', '"$real" "$@"; echo more than that', 'INTEGRITY_ARCHIVE'],
    [
      'dumping other tables than asked for',
      'cat > /dev/null; echo "include table small" | "$real" "$@"',
      'SOURCE_CHANGED',
    ],
    [
      'failing after a whole archive',
      '"$real" "$@"; echo "pg_dump: error: no space" >&2; exit 1',
      'DUMP_FAILED',
    ],
  ])('%s fails the dump', async (_, script, code) => {
    const opened = await session(await fakeDump(script));
    const planned = segment(opened, 'data-public.large');
    await expect(dumpOne(opened, planned).then(() => 'whole')).rejects.toMatchObject({ code });
    expect(() => opened.dump(planned, new AbortController().signal).contents()).toThrow(HoldfastError);
  });

  it('older than the server is refused before anything flows', async () => {
    await expect(session(await fakeDump('exit 1', 'pg_dump (PostgreSQL) 17.9'))).rejects.toMatchObject({
      code: 'SOURCE_TOO_NEW',
    });
    await expect(session(await fakeDump('exit 1', 'pg_dump (PostgreSQL) 16.9'))).rejects.toMatchObject({
      code: 'TOOLS_MISSING',
    });
    await expect(session({ driver: { tools: { binDir: '/nonexistent' } } })).rejects.toMatchObject({
      code: 'TOOLS_MISSING',
    });
  });

  it('leaving a table out of the rest is found when all is confirmed', async () => {
    const opened = await session(await fakeDump('(cat; echo "exclude table_data small") | "$real" "$@"'));
    await expect(dumpAll(opened).then(() => 'whole')).rejects.toMatchObject({
      code: 'SOURCE_CHANGED',
      message: expect.stringContaining('public.small'),
    });
  });

  it('stopped (SIGSTOP) is ended at the deadline, with the deadline as the reason', async () => {
    const opened = await session();
    const deadline = new AbortController();
    const dump = opened.dump(segment(opened, 'data-public.large'), deadline.signal);
    const output = dump.output[Symbol.asyncIterator]();
    await output.next();
    const pids = dumpsRunning();
    expect(pids.length).toBeGreaterThan(0);
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    setTimeout(() => deadline.abort(new HoldfastError('DEADLINE', 'the time is up')), 300);
    const started = performance.now();
    await expect(drain(output)).rejects.toMatchObject({ code: 'DEADLINE' });
    expect(performance.now() - started).toBeLessThan(5000);
    expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
  });

  it('is ended when whoever reads it stops reading', async () => {
    const opened = await session();
    for await (const _ of opened.dump(segment(opened, 'data-public.large'), new AbortController().signal)
      .output)
      break;
    expect(dumpsRunning()).toEqual([]);
  });
});

function dumpsRunning(): number[] {
  try {
    return execFileSync('pgrep', ['-P', String(process.pid), '-f', 'pg_dump'], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(Number);
  } catch {
    return [];
  }
}

async function drain(output: AsyncIterator<Uint8Array>): Promise<void> {
  for (let next = await output.next(); !next.done; next = await output.next());
}

function terminate(condition: string): Promise<string> {
  return psql(
    server,
    'postgres',
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${condition}`,
  );
}

describe('the server', () => {
  it('that ends the connection of pg_dump fails the dump', async () => {
    const opened = await session();
    const output = opened
      .dump(segment(opened, 'data-public.large'), new AbortController().signal)
      .output[Symbol.asyncIterator]();
    await output.next();
    expect(await terminate(`application_name = 'holdfast' AND query LIKE 'COPY%'`)).toBe('t');
    await expect(drain(output)).rejects.toMatchObject({ code: 'SOURCE_LOST' });
  });

  it('that ends the connection which holds the snapshot stops the running dump', async () => {
    const opened = await session();
    const output = opened
      .dump(segment(opened, 'data-public.large'), new AbortController().signal)
      .output[Symbol.asyncIterator]();
    await output.next();
    expect(await terminate(`application_name = 'holdfast snapshot'`)).toBe('t');
    await sleep(200);
    await expect(drain(output)).rejects.toMatchObject({ code: 'SOURCE_LOST' });
  });

  it('that ends the connection which holds the snapshot after the last dump fails the confirmation', async () => {
    const opened = await session();
    const confirm = opened.confirm.bind(opened);
    opened.confirm = async (...args) => {
      await terminate(`application_name = 'holdfast snapshot'`);
      return confirm(...args);
    };
    await expect(dumpAll(opened).then(() => 'whole')).rejects.toMatchObject({ code: 'SOURCE_LOST' });
  });

  it('that ends the connection of the evidence fails the evidence', async () => {
    const opened = await session();
    const evidence = opened.evidence(new AbortController().signal);
    evidence.catch(() => undefined);
    while ((await terminate(`application_name = 'holdfast evidence'`)) === '') await sleep(5);
    await expect(evidence).rejects.toMatchObject({ code: 'SOURCE_LOST' });
  });
});

describe('a change of the schema', () => {
  it('that waits for a table fails the dump behind it, by the name of the table', async () => {
    const opened = await session({ source: { lockTimeoutSeconds: 1 } });
    const other = new pg.Client({ connectionString: server.url('shop') });
    other.on('error', () => undefined);
    await other.connect();
    const altered = other.query('ALTER TABLE small ADD COLUMN late int').catch(() => undefined);
    await sleep(200);
    await expect(dumpOne(opened, segment(opened, 'post-data')).then(() => 'whole')).rejects.toMatchObject({
      code: 'SOURCE_LOCKED',
      message: expect.stringContaining('public.small'),
    });
    await terminate(`query LIKE 'ALTER TABLE small%' AND pid <> pg_backend_pid()`);
    await altered;
    await other.end().catch(() => undefined);
  });

  it('that no lock holds back is found when all is confirmed', async () => {
    const opened = await session();
    await psql(
      server,
      'shop',
      `CREATE OR REPLACE FUNCTION price(i int) RETURNS int LANGUAGE sql AS 'SELECT i + 1'`,
    );
    await expect(dumpAll(opened).then(() => 'whole')).rejects.toMatchObject({
      code: 'SOURCE_CHANGED',
      message: expect.stringContaining('public.price'),
    });
  });

  it('in what the plan excludes does no harm', async () => {
    await psql(
      server,
      'shop',
      `CREATE SCHEMA etl; CREATE TABLE etl.load (id int); CREATE TYPE etl.state AS ENUM ('new');
       CREATE FUNCTION etl.step() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TABLE staging (id int);`,
    );
    const exclude = { schemas: ['etl'], tables: [{ schema: 'public', table: 'staging' }] };
    const opened = await session({ source: { exclude } });
    await psql(
      server,
      'shop',
      `ALTER TABLE etl.load ADD more text; DROP TYPE etl.state; DROP FUNCTION etl.step(); DROP TABLE staging;`,
    );
    await expect(dumpAll(opened)).resolves.toHaveProperty('facts');
  });

  it('that only adds does no harm', async () => {
    const opened = await session();
    await psql(server, 'shop', 'CREATE TABLE added_meanwhile (id int)');
    const dump = await dumpAll(opened);
    expect(dump.segments.flatMap(({ segment: { contents } }) => contents.tables ?? [])).not.toContainEqual({
      schema: 'public',
      name: 'added_meanwhile',
    });
  });

  it('before the dump is in it, and rows that came after the snapshot are not', async () => {
    const opened = await session();
    await psql(server, 'shop', 'INSERT INTO small VALUES (101)');
    const dump = await dumpAll(opened);
    const small = (dump.evidence.tables as { name: string; rows: number }[]).find(
      (table) => table.name === 'small',
    );
    expect(small?.rows).toBe(100);
    expect((await dumpSource({ url })).evidence.tables).toContainEqual(
      expect.objectContaining({ name: 'small', rows: 101 }),
    );
  });
});
