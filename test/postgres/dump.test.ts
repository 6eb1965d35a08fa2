/** Dumping real servers, the oldest and the newest at hand: nothing is missing, nothing is there twice. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, libpqEnvironment, resolveConnection } from '../../adapters/postgres/connection.ts';
import { collectEvidence } from '../../adapters/postgres/evidence.ts';
import type { PostgresEvidence, PostgresFacts } from '../../adapters/postgres/model.ts';
import { runProgram } from '../../adapters/postgres/programs.ts';
import { parseSecret } from '../../adapters/postgres/secret.ts';
import type { WalkedEntry } from '../../adapters/postgres/toc.ts';
import { ArchiveWalker } from '../../adapters/postgres/walker.ts';
import { type PostgresServer, startPostgres, systemPostgresVersions } from '../support/postgres-server.ts';
import {
  contextOf,
  createDatabase,
  createEverything,
  createSourceRole,
  driverOf,
  dumpSource,
  openSource,
  psql,
  sourceOf,
  sourceUrl,
  type WholeDump,
} from '../support/postgres-source.ts';

function walk(bytes: Buffer): readonly WalkedEntry[] {
  const walker = new ArchiveWalker();
  walker.push(bytes);
  walker.end();
  return walker.entries;
}

const keyOf = (entry: WalkedEntry) => [entry.desc, entry.namespace, entry.tag].join(' | ');

/** In each archive, so that each can be read alone (docs/format.md). */
const inEverySegment = (entry: WalkedEntry) =>
  ['ENCODING', 'STDSTRINGS', 'SEARCHPATH', 'DATABASE', 'DATABASE PROPERTIES'].includes(entry.desc);

async function plainDump(server: PostgresServer, database: string): Promise<readonly WalkedEntry[]> {
  const settings = await resolveConnection(parseSecret(server.url(database)), {
    auth: 'scram',
    allowLoopback: true,
  });
  const { stdout } = await runProgram('pg_dump', ['-Fc'], {
    env: await libpqEnvironment(settings),
    maxOutputBytes: 2 ** 30,
  });
  return walk(stdout);
}

/** Entries of all segments; `SEQUENCE SET` counts from `rest` only, segments of tables bring those of owned sequences too. */
function entriesOf(dump: WholeDump): readonly WalkedEntry[] {
  return dump.segments
    .filter(({ segment }) => segment.encoding === 'pg-custom')
    .flatMap(({ segment, bytes }) =>
      walk(bytes).filter(
        (entry) => segment.name === 'rest' || segment.section !== 'data' || entry.desc !== 'SEQUENCE SET',
      ),
    )
    .filter((entry) => !inEverySegment(entry));
}

const versions = [...new Set(['18', ...systemPostgresVersions().slice(0, 1)])];

describe.each(versions)('a PostgreSQL %s source', (version) => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres({ version });
    await createSourceRole(server);
  });
  afterAll(async () => server?.stop());

  describe('with everything in it', () => {
    let dump: WholeDump;
    let plain: readonly WalkedEntry[];

    beforeAll(async () => {
      await createEverything(server, 'every"thing =x', { big_row_mib: '200' });
      // Large enough for segments of their own and groups.
      await psql(
        server,
        'every"thing =x',
        `CREATE TABLE large AS SELECT g AS id, repeat(md5(g::text), 30) AS filler FROM generate_series(1, 45000) g;
         ALTER TABLE large ADD PRIMARY KEY (id);
         CREATE TABLE "Middle ""1""" (id serial, filler text);
         INSERT INTO "Middle ""1""" (filler) SELECT repeat(md5(g::text), 30) FROM generate_series(1, 12000) g;`,
      );
      dump = await dumpSource({ url: server.url('every"thing =x') });
      plain = await plainDump(server, 'every"thing =x');
    });

    it('has segments of every sort', () => {
      const names = dump.segments.map(({ segment }) => segment.name).sort();
      expect(names).toEqual(
        expect.arrayContaining([
          'data-public.large',
          'data-public.big_row',
          'data-group-01',
          'globals',
          'post-data',
          'pre-data',
          'rest',
        ]),
      );
    });

    it('is in the segments as in one plain full dump: each entry exactly once', () => {
      const expected = plain
        .filter((entry) => !inEverySegment(entry))
        .map(keyOf)
        .sort();
      expect(entriesOf(dump).map(keyOf).sort()).toEqual(expected);
    });

    it('has its roles in the globals, without passwords', () => {
      const globals =
        dump.segments.find(({ segment }) => segment.name === 'globals')?.bytes.toString('utf8') ?? '';
      expect(globals).toContain('CREATE ROLE everything_owner');
      expect(globals).not.toMatch(/PASSWORD/);
    });

    it('has facts that its dump does not carry', () => {
      const facts = dump.facts as unknown as PostgresFacts;
      expect(facts).toMatchObject({
        database: 'every"thing =x',
        encoding: 'UTF8',
        localeProvider: 'libc',
        comment: "everything, with 'quotes'",
      });
      expect(facts.settings).toEqual(
        expect.arrayContaining([
          { role: null, setting: 'work_mem=8MB' },
          { role: 'everything_owner', setting: 'statement_timeout=1h' },
        ]),
      );
      expect(facts.acl?.some((item) => item.includes('reader'))).toBe(true);
      expect(facts.roles.map((role) => role.name)).toEqual(
        expect.arrayContaining(['everything_owner', 'everything_member', 'everything "reader"']),
      );
      expect(facts.superuserOnly).toEqual(
        expect.arrayContaining([{ kind: 'event trigger', name: 'everything_event' }]),
      );
      expect(facts.notCovered.map((missing) => missing.what).join()).toContain('far_away');
      expect(facts.inventory.triggers).toContain('enabled_trigger on public.child_table');
    });

    it('has evidence of every table, the same when taken again, and not what a cast of the user says', async () => {
      const evidence = dump.evidence as unknown as PostgresEvidence;
      expect(evidence.tables.every((table) => table.checksum !== undefined)).toBe(true);
      const row = (name: string) => evidence.tables.find((table) => table.name === name);
      expect(row('hashed_enum')).toMatchObject({ at: 'root', rows: 300 });
      expect(row('hashed_enum_0')).toBeUndefined();
      expect(row('no_columns')?.rows).toBe(3);
      expect(row('ancestor')?.rows).toBe(1);
      expect(evidence.largeObjects).toMatchObject({ count: 3, hashed: 3 });
      await psql(server, 'every"thing =x', 'UPDATE parent_table SET other = 51 WHERE id = 50');
      const settings = await resolveConnection(parseSecret(server.url('every"thing =x')), {
        auth: 'scram',
        allowLoopback: true,
      });
      const again = await collectEvidence({
        open: () => connect(settings),
        tables: evidence.tables.map(({ schema, name, bytes, at }) => ({ schema, name, bytes, at })),
        sequences: [],
        level: 'checksums',
        checksumUpToBytes: 2 ** 40,
        sourceVersionNum: (dump.facts as unknown as PostgresFacts).serverVersionNum,
        largeObjects: true,
        signal: new AbortController().signal,
      });
      const differing = again.tables
        .filter((table, i) => table.checksum !== evidence.tables[i]?.checksum)
        .map((table) => table.name);
      expect(differing).toEqual(['parent_table']);
    });

    it('can be dumped by the documented role, which is told what it cannot see', async () => {
      const url = sourceUrl(server, 'every"thing =x');
      await expect(dumpSource({ url }).then(() => 'whole')).rejects.toMatchObject({
        code: 'SOURCE_INCOMPLETE',
      });
      const warned = await dumpSource({ url, source: { onIncomplete: 'warn' } });
      const facts = warned.facts as unknown as PostgresFacts;
      expect(facts.notCovered.map((missing) => missing.what)).toEqual(
        expect.arrayContaining([
          expect.stringContaining('large objects'),
          expect.stringContaining('subscriptions'),
          expect.stringContaining('user mappings'),
        ]),
      );
      const hidden = new Set(['BLOB METADATA', 'BLOBS', 'SUBSCRIPTION']);
      const expected = plain
        .filter(
          (entry) => !inEverySegment(entry) && !hidden.has(entry.desc) && !/^LARGE OBJECT/.test(entry.tag),
        )
        .map(keyOf);
      expect(entriesOf(warned).map(keyOf).sort()).toEqual(expected.sort());
    });

    it('leaves out what the plan excludes, partitions with their root', async () => {
      const exclude = {
        schemas: ['Ünïcode Schéma'],
        tables: [
          { schema: 'public', table: 'ranged' },
          { schema: 'public', table: 'wide' },
        ],
        tableData: [
          { schema: 'public', table: 'large' },
          { schema: 'public', table: 'hashed_int' },
          { schema: 'public', table: 'ancestor' },
        ],
      };
      const partial = await dumpSource({ url: server.url('every"thing =x'), source: { exclude } });
      const keys = entriesOf(partial).map(keyOf);
      expect(keys.filter((key) => /ranged|wide|таблица/.test(key) && key.startsWith('TABLE'))).toEqual([]);
      expect(keys).toContain('TABLE | public | large');
      expect(keys.filter((key) => /TABLE DATA \| public \| (large|hashed_int|ancestor)/.test(key))).toEqual(
        [],
      );
      // It inherits, and is a table of its own.
      expect(keys).toContain('TABLE DATA | public | descendant');
      expect((partial.facts as unknown as PostgresFacts).excluded.schemas).toEqual(['Ünïcode Schéma']);
    });

    it.each([
      [{ schemas: ['nope'] }, 'schema nope (exclude.schemas)'],
      [{ tables: [{ schema: 'public', table: 'nope' }] }, 'table public.nope (exclude.tables)'],
      [{ tableData: [{ schema: 'nope', table: 'large' }] }, 'table nope.large (exclude.tableData)'],
    ])('refuses to exclude what is not there: %j', async (exclude, message) => {
      const options = { url: server.url('every"thing =x'), source: { exclude } };
      await expect(openSource(options)).rejects.toMatchObject({
        code: 'SOURCE_MISSING_OBJECT',
        message: expect.stringContaining(message),
      });
    });
  });

  it('has a checksum that tells NULL, empty text and neighbouring values apart, in every column', async () => {
    await createDatabase(server, 'sums');
    const columns = Array.from({ length: 1600 }, (_, i) => `c${i} bool`).join(', ');
    await psql(
      server,
      'sums',
      `CREATE TYPE pair AS (a int, b int); CREATE DOMAIN paired AS pair;
       CREATE TABLE texts (a text, b text, c text NOT NULL); CREATE TABLE pairs (p pair, d paired, l int[]);
       CREATE TABLE wide (${columns}); CREATE TABLE bare (); CREATE TABLE doubled (a int);
       INSERT INTO wide DEFAULT VALUES; INSERT INTO bare DEFAULT VALUES;`,
    );
    const settings = await resolveConnection(parseSecret(server.url('sums')), {
      auth: 'scram',
      allowLoopback: true,
    });
    const sum = async (table: string, sql: string): Promise<string> => {
      await psql(server, 'sums', sql);
      const evidence = await collectEvidence({
        open: () => connect(settings),
        tables: [{ schema: 'public', name: table, bytes: 1, at: 'table' }],
        ...{ sequences: [], level: 'checksums', checksumUpToBytes: 2, sourceVersionNum: 180_000 },
        ...{ largeObjects: false, signal: new AbortController().signal },
      });
      return String(evidence.tables[0]?.checksum);
    };
    const different = async (table: string, rows: readonly string[]) => {
      const sums: string[] = [];
      for (const row of rows)
        sums.push(await sum(table, `DELETE FROM ${table}; INSERT INTO ${table} VALUES ${row}`));
      expect(new Set(sums).size).toBe(rows.length);
    };
    await different('texts', [
      ...[
        `('x', '', '')`,
        `('', 'x', '')`,
        `('', '', 'x')`,
        `('', '', '')`,
        `(NULL, '', '')`,
        `('', NULL, '')`,
      ],
      ...[`(NULL, NULL, '')`, `('ab', 'c', '')`, `('a', 'bc', '')`, `('NULL', '', '')`, `('x', NULL, '')`],
      ...[`('x', '', ''), ('x', '', '')`, `('x', '', ''), ('x', '', ''), ('x', '', '')`],
    ]);
    await different('pairs', [
      ...[
        `(NULL, NULL, NULL)`,
        `((NULL, NULL), NULL, NULL)`,
        `(NULL, ROW(NULL, NULL), NULL)`,
        `((1, NULL), NULL, NULL)`,
      ],
      ...[`(NULL, NULL, '{}')`, `(NULL, NULL, '{NULL}')`, `(NULL, NULL, '{1,2}')`, `((1, 2), NULL, NULL)`],
    ]);
    const wide = [await sum('wide', 'SELECT 1')];
    for (const at of [0, 48, 49, 97, 98, 1599])
      wide.push(await sum('wide', `DELETE FROM wide; INSERT INTO wide (c${at}) VALUES (true)`));
    expect(new Set(wide).size).toBe(7);
    expect(await sum('bare', 'SELECT 1')).not.toBe(await sum('bare', 'INSERT INTO bare DEFAULT VALUES'));
  });

  it('may be empty', async () => {
    await createDatabase(server, 'empty');
    const dump = await dumpSource({ url: sourceUrl(server, 'empty') });
    expect(dump.segments.map(({ segment }) => segment.name).sort()).toEqual([
      'globals',
      'post-data',
      'pre-data',
      'rest',
    ]);
    expect(dump.evidence).toMatchObject({ tables: [], largeObjects: { count: 0 } });
  });

  it('has the databases that the plan names, or all but templates and those of a provider', async () => {
    const own = ['rdsadmin', 'cloudsqladmin', 'azure_maintenance', 'azure_sys'];
    for (const name of own) await createDatabase(server, name);
    const options = { url: server.url('postgres'), source: { databases: 'all' } };
    const targets = await driverOf(options).targets(sourceOf(options), contextOf(options));
    expect(targets.map((target) => target.title)).toEqual(
      expect.arrayContaining(['empty', 'every"thing =x', 'postgres']),
    );
    expect(targets.map((target) => target.title).filter((title) => own.includes(title))).toEqual([]);
    expect(targets.map((target) => target.component)[1]).toBe('src-02');
    const missing = { ...options, source: { databases: ['postgres', 'nope'] } };
    await expect(driverOf(missing).targets(sourceOf(missing), contextOf(missing))).rejects.toMatchObject({
      code: 'SOURCE_MISSING_OBJECT',
      message: expect.stringContaining('nope'),
    });
  });

  it('tells everything about itself in a test of the plan', async () => {
    const options = { url: sourceUrl(server, 'empty') };
    const checks = await driverOf(options).test(sourceOf(options), contextOf(options));
    expect(checks.filter((check) => !check.ok)).toEqual([]);
    expect(checks.map((check) => check.name)).toContain('empty: room for locks');
  });
});

describe('an extension with configuration tables', () => {
  let server: PostgresServer;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'holdfast-extension-'));
    await chmod(directory, 0o755);
    await mkdir(join(directory, 'extension'));
    await writeFile(
      join(directory, 'extension/configured.control'),
      `default_version = '1.0'\nrelocatable = true\n`,
    );
    await writeFile(
      join(directory, 'extension/configured--1.0.sql'),
      `CREATE TABLE settings (key text, standard bool); CREATE TABLE all_rows (id int); CREATE TABLE own_rows (id int);
       INSERT INTO settings VALUES ('shipped', true); INSERT INTO own_rows VALUES (1);
       SELECT pg_extension_config_dump('settings', 'WHERE NOT standard'); SELECT pg_extension_config_dump('all_rows', '');`,
    );
    server = await startPostgres({ settings: { extension_control_path: `$system:${directory}` } });
    await createDatabase(server, 'configured');
    await psql(
      server,
      'configured',
      `CREATE EXTENSION configured; INSERT INTO settings VALUES ('mine', false), ('mine too', false); INSERT INTO all_rows VALUES (1);`,
    );
  });
  afterAll(async () => {
    await server?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('is dumped and compared by the rows that are not its own', async () => {
    const { evidence } = await dumpSource({ url: server.url('configured') });
    expect(evidence.tables).toHaveLength(2);
    expect(evidence.tables).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'settings', rows: 2, condition: 'WHERE NOT standard' }),
        expect.objectContaining({ name: 'all_rows', rows: 1 }),
      ]),
    );
  });
});

describe('a database of 5,000 tables on a server with default settings', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres({ settings: { max_connections: 100, max_locks_per_transaction: 64 } });
    await createSourceRole(server);
    await createDatabase(server, 'many');
    const statements = Array.from(
      { length: 5000 },
      (_, i) => `CREATE TABLE t${i} (id int PRIMARY KEY, x text); INSERT INTO t${i} VALUES (${i}, 'x');`,
    );
    for (let at = 0; at < statements.length; at += 500)
      await psql(server, 'many', statements.slice(at, at + 500).join('\n'));
  });
  afterAll(async () => server?.stop());

  it('is dumped whole', async () => {
    const dump = await dumpSource({ url: sourceUrl(server, 'many') });
    expect((dump.evidence as unknown as PostgresEvidence).tables).toHaveLength(5000);
    expect(entriesOf(dump).filter((entry) => entry.desc === 'TABLE DATA')).toHaveLength(5000);
  });
});
