/**
 * A backup in memory, taken with pg_dump as the segments of a real one: for tests of restoring, which must not depend
 * on how backups are taken. Facts are read with the least that restoring needs.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import pg from 'pg';
import { readCatalogue, readSizes } from '../../adapters/postgres/catalogue.ts';
import { connect } from '../../adapters/postgres/connection.ts';
import { collectEvidence } from '../../adapters/postgres/evidence.ts';
import { readFacts, readServer } from '../../adapters/postgres/facts.ts';
import { readInventory, readSuperuserOnly } from '../../adapters/postgres/inventory.ts';
import type { PostgresFacts } from '../../adapters/postgres/model.ts';
import { nameKey } from '../../adapters/postgres/names.ts';
import { parseHead, writeHead } from '../../adapters/postgres/restore-toc.ts';
import type { Component, Segment } from '../../core/manifest.ts';
import type { OpenSegment } from '../../core/ports/recovery.ts';
import { postgresBinDir } from '../../local/tools.ts';

export interface Fixture {
  readonly component: Component;
  /** The bytes of each segment, by index: tests damage these. */
  readonly bytes: Buffer[];
  readonly open: OpenSegment;
}

export interface FixtureOptions {
  /** Tables, `schema.table` as a pattern of pg_dump, that get a data segment of their own. */
  readonly large?: readonly string[];
  readonly compress?: string;
  /** Kinds and names for superuserOnly and so on. */
  readonly facts?: Partial<PostgresFacts>;
}

export async function query<Row extends pg.QueryResultRow = pg.QueryResultRow>(
  url: string,
  sql: string,
): Promise<Row[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const result = await client.query<Row>(sql);
    const last = Array.isArray(result) ? result.at(-1) : result;
    return last.rows;
  } finally {
    await client.end();
  }
}

const run = promisify(execFile);

export async function makeFixture(url: string, options: FixtureOptions = {}): Promise<Fixture> {
  const binDir = await postgresBinDir();
  const large = options.large ?? [];
  const dump = async (args: readonly string[]): Promise<Buffer> => {
    const all = ['-Fc', '-Z', options.compress ?? 'zstd:1', '--no-sync', ...args, '-d', url];
    const result = await run(join(binDir, 'pg_dump'), all, { encoding: 'buffer', maxBuffer: 1 << 30 });
    return result.stdout;
  };
  const segments: { name: string; section: Segment['section']; bytes: Buffer }[] = [
    { name: 'pre-data', section: 'pre-data', bytes: await dump(['--section=pre-data']) },
  ];
  for (const [index, table] of large.entries()) {
    const bytes = await dump(['--section=data', '--strict-names', '-t', table]);
    segments.push({ name: `data-${index + 1}`, section: 'data', bytes });
  }
  const rest = await dump(['--section=data', ...large.map((table) => `--exclude-table-data=${table}`)]);
  segments.push({ name: 'rest', section: 'data', bytes: rest });
  segments.push({ name: 'post-data', section: 'post-data', bytes: await dump(['--section=post-data']) });
  const bytes = segments.map((segment) => segment.bytes);
  const read = await readComponent(url);
  const component: Component = {
    ...{ name: 'source', source: 'source', kind: 'postgres', consistency: 'snapshot' },
    title: decodeURIComponent(new URL(url).pathname.slice(1)),
    segments: segments.map(({ name, section, bytes: { length } }, index) => ({
      ...{ index, name, section, encoding: 'pg-custom', role: 'segment', plainBytes: length, contents: {} },
      parts: [{ key: `k${index}`, lengthBytes: length, sha256: '0'.repeat(64) }],
    })),
    facts: { ...read.facts, ...options.facts },
    evidence: read.evidence,
  };
  return { component, bytes, open: (segment) => chunks(bytes[segment.index] as Buffer) };
}

/** Bytes in pieces that end anywhere. */
function chunks(bytes: Buffer): Readable {
  return Readable.from(
    (function* () {
      for (let at = 0; at < bytes.length; at += 60_001) yield bytes.subarray(at, at + 60_001);
    })(),
  );
}

/** Facts and evidence by the parts that a backup uses, without its snapshot: nothing writes meanwhile. */
async function readComponent(
  url: string,
): Promise<{ facts: PostgresFacts; evidence: Record<string, unknown> }> {
  const open = () => connectTo(url);
  const client = await open();
  try {
    const server = await readServer(client);
    const none = { schemas: [], tables: [], tableData: [] };
    const catalogue = await readCatalogue(client, none);
    const sizes = await readSizes(client, catalogue.tables);
    const facts: PostgresFacts = {
      ...(await readFacts(client, server)),
      inventory: await readInventory(client, server.versionNum),
      superuserOnly: await readSuperuserOnly(client, server.versionNum),
      ...{ notCovered: [], excluded: none },
    };
    const withRows = catalogue.tables.filter((table) => table.hasData);
    const roots = new Map(
      withRows.flatMap((table) =>
        table.loadsThroughRoot && table.root ? [[nameKey(table.root), table.root]] : [],
      ),
    );
    const evidence = await collectEvidence({
      open,
      tables: [
        ...withRows
          .filter((table) => !table.loadsThroughRoot)
          .map((table) => ({
            ...{
              schema: table.schema,
              name: table.name,
              bytes: sizes.get(table.oid) ?? 0,
              at: 'table' as const,
            },
            ...(table.configuration ? { condition: table.configuration } : {}),
          })),
        ...[...roots.values()].map((root) => ({ ...root, bytes: 0, at: 'root' as const })),
      ],
      sequences: catalogue.sequences.map(({ schema, name, ownedBy }) => ({
        schema,
        name,
        ...(ownedBy ? { ownedBy } : {}),
      })),
      ...{
        level: 'checksums',
        checksumUpToBytes: 1e12,
        sourceVersionNum: server.versionNum,
        largeObjects: true,
      },
      signal: new AbortController().signal,
    });
    return { facts, evidence };
  } finally {
    await client.end();
  }
}

function connectTo(url: string): Promise<pg.Client> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const database = decodeURIComponent(pathname.slice(1));
  return connect({
    ...{ host: hostname, address: hostname, port: Number(port), user: username, database },
    ...{ tls: 'disable', auth: 'scram', local: true, password: async () => decodeURIComponent(password) },
  });
}

/** The fixture with SQL put before the first definition that matches, as somebody could who writes archives by hand. */
export function withStatement(fixture: Fixture, matches: RegExp, sql: string): Fixture {
  const index = fixture.component.segments.findIndex((segment) => segment.section === 'pre-data');
  const parsed = parseHead(fixture.bytes[index] as Buffer);
  if (parsed === undefined) throw new Error('the fixture has no head');
  const at = parsed.head.entries.findIndex((entry) => matches.test(entry.defn ?? ''));
  const entries = parsed.head.entries.map((entry, i) =>
    i === at ? { ...entry, defn: `${sql}${entry.defn}` } : entry,
  );
  const bytes = fixture.bytes.with(index, writeHead(parsed.head, entries));
  return { ...fixture, bytes, open: (segment) => chunks(bytes[segment.index] as Buffer) };
}
