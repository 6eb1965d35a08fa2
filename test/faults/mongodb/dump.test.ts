/** What goes wrong around mongodump: each time the dump fails with the right code, and never ends as if whole. */
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemResolver } from '../../../adapters/mongodb/address.ts';
import { resolveConnection } from '../../../adapters/mongodb/connection.ts';
import { dumpSegment } from '../../../adapters/mongodb/dump.ts';
import { parseMongoSecret } from '../../../adapters/mongodb/secret.ts';
import type { MongoSegment, SegmentScope } from '../../../adapters/mongodb/segments.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { collected } from '../../support/collected.ts';
import { handMadeArchive, prelude } from '../../support/mongo-archive.ts';
import { type MongoServer, mongo, startMongo } from '../../support/mongo-server.ts';
import { dumpMongo, failureOf, mongoContext, mongoDriver, mongoSource } from '../../support/mongo-source.ts';

const secretWord = 'p@ss/w:rd $1%';
const uriWithPassword = `mongodb://backup:${encodeURIComponent(secretWord)}@127.0.0.1:1/?tls=false`;

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  folders.push(made);
  return made;
}

/** A program in the place of mongodump; `$CONFIG` is the file that it is given. */
async function fakeTool(script: string): Promise<string> {
  const dir = await folder();
  const text = `#!/bin/bash\nif [ "$1" = --version ]; then echo 'mongodump version: 100.13.0'; exit 0; fi\nCONFIG="\${1#--config=}"\n${script}\n`;
  await writeFile(join(dir, 'mongodump'), text);
  await chmod(join(dir, 'mongodump'), 0o755);
  return dir;
}

const orders = { database: 'shop', collection: 'orders' };
const rest: SegmentScope = { kind: 'rest', database: 'shop', except: [] };

interface FakeRun {
  readonly scope?: SegmentScope;
  readonly uri?: string;
  readonly signal?: AbortSignal;
  readonly silenceSeconds?: number;
}

async function runFake(binDir: string, options: FakeRun = {}) {
  const connection = await resolveConnection(
    parseMongoSecret(options.uri ?? uriWithPassword),
    { allowLoopback: true, resolver: systemResolver },
    { serverSelectionSeconds: 2 },
  );
  const segment: MongoSegment = {
    ...{ index: 0, name: 'rest', encoding: 'mongo-archive-zstd', section: 'data', role: 'segment' },
    ...{ estimatedBytes: 0, wholeScope: false, scope: options.scope ?? rest },
    ...{ expected: [orders], collectionsAtATime: 1 },
  };
  const dump = dumpSegment({
    ...{ connection, segment, compression: 'zstd', tools: { binDir } },
    signal: options.signal ?? new AbortController().signal,
    ...(options.silenceSeconds === undefined ? {} : { silenceSeconds: options.silenceSeconds }),
  });
  await collected(dump.output);
  return dump.contents();
}

/** What a message, its cause and its details show together. */
const allOf = (error: HoldfastError) =>
  [error.message, error.next, JSON.stringify(error.details), String(error.cause), error.stack].join('\n');

describe('a tool in the place of mongodump', () => {
  const whole = handMadeArchive([
    { db: 'shop', collection: 'orders', documents: [Buffer.from([5, 0, 0, 0, 0])] },
  ]);

  async function writing(bytes: Buffer, then: string): Promise<string> {
    const file = join(await folder(), 'archive');
    await writeFile(file, bytes);
    return fakeTool(`cat ${file}\n${then}`);
  }

  it('that writes a whole archive and ends with 0 is believed', async () => {
    const contents = await runFake(await writing(whole, 'exit 0'));
    expect(contents).toMatchObject({ namespaces: [{ collection: 'orders', documents: 1 }] });
  });

  it('that ends with 1 after a whole archive is not: so does one that was told to stop', async () => {
    const binDir = await writing(whole, 'echo "Failed: received signal terminated" >&2; exit 1');
    const error = await failureOf(runFake(binDir));
    expect([error.code, error.message]).toEqual([
      'DUMP_FAILED',
      expect.stringContaining('ended with 1: Failed'),
    ]);
  });

  it('that is killed is named with the signal', async () => {
    const error = await failureOf(runFake(await writing(whole, 'kill -KILL $$')));
    expect(error.message).toContain('was killed by SIGKILL');
  });

  it('that ends with 0 and an archive without the collection says that it is gone', async () => {
    const error = await failureOf(runFake(await writing(prelude([]), 'exit 0')));
    expect([error.code, error.message]).toEqual(['SOURCE_CHANGED', expect.stringContaining('shop.orders')]);
  });

  it('that ends with 0 and not one byte says so, for one collection and for a database', async () => {
    const one = await failureOf(
      runFake(await fakeTool('exit 0'), { scope: { kind: 'collection', name: orders } }),
    );
    expect(one.code).toBe('SOURCE_CHANGED');
    expect((await failureOf(runFake(await fakeTool('exit 0')))).code).toBe('DUMP_EMPTY');
  });

  it('that ends with 0 in the middle of the archive is not believed', async () => {
    const error = await failureOf(runFake(await writing(whole.subarray(0, -9), 'exit 0')));
    expect(error.code).toBe('DUMP_TRUNCATED');
  });

  it('that dumps a collection that was not asked for is not believed', async () => {
    const two = handMadeArchive([
      { db: 'shop', collection: 'orders', documents: [] },
      { db: 'other', collection: 'secret', documents: [] },
    ]);
    const error = await failureOf(runFake(await writing(two, 'exit 0')));
    expect([error.code, error.message]).toEqual(['DUMP_FAILED', expect.stringContaining('other.secret')]);
  });

  it('that leaves out the oplog, which was asked for, is not believed', async () => {
    const error = await failureOf(runFake(await writing(whole, 'exit 0'), { scope: { kind: 'deployment' } }));
    expect(error.message).toContain('left out the oplog');
  });

  it('that prints the URI with the password shows neither, in no spelling', async () => {
    const script = [
      `echo 'Failed: can not parse ${uriWithPassword}' >&2`,
      `echo 'error: auth as ${secretWord} or ${encodeURIComponent(secretWord)}' >&2`,
      `sed 's/^/error: /' "$CONFIG" >&2`,
      `exit 1`,
    ].join('\n');
    const error = await failureOf(runFake(await fakeTool(script)));
    const shown = allOf(error);
    for (const spelling of [secretWord, encodeURIComponent(secretWord), 'p@ss', 'p%40ss'])
      expect(shown).not.toContain(spelling);
    expect(shown).toContain('***');
  });

  it('gets URI and certificates in files without a name, and nothing in arguments or environment', async () => {
    const seen = join(await folder(), 'seen');
    const script = `{ echo "$@"; env; } > ${seen}; readlink "$CONFIG" >> ${seen}; cat "$CONFIG" > ${seen}.config; exit 1`;
    await failureOf(runFake(await fakeTool(script)));
    const text = await readFile(seen, 'utf8');
    expect(text).toContain('--db=shop');
    expect(text).not.toMatch(/p@ss|p%40ss|mongodb:\/\//);
    expect(text).toContain('(deleted)');
    expect(await readFile(`${seen}.config`, 'utf8')).toContain(encodeURIComponent(secretWord));
    const left = (await readdir(tmpdir())).filter((name) => /^holdfast-[A-Za-z0-9]{6}$/.test(name));
    for (const name of left) expect(await readdir(join(tmpdir(), name)).catch(() => [])).toEqual([]);
  });

  it('that hangs and ignores SIGTERM is killed when it is silent for too long', async () => {
    const pidFile = join(await folder(), 'pid');
    const binDir = await fakeTool(`trap '' TERM; echo $$ > ${pidFile}; while :; do sleep 0.2; done`);
    const startedAt = Date.now();
    const error = await failureOf(runFake(binDir, { silenceSeconds: 0.5 }));
    expect([error.code, error.message]).toEqual(['SOURCE_LOST', expect.stringContaining('wrote nothing')]);
    expect(Date.now() - startedAt).toBeLessThan(6000);
    const pid = Number(await readFile(pidFile, 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });

  it('ends with the reason of whoever aborts, although it ignores SIGTERM', async () => {
    const binDir = await fakeTool(`trap '' TERM; while :; do sleep 0.2; done`);
    const stop = new AbortController();
    setTimeout(() => stop.abort(new HoldfastError('DEADLINE', 'time is up')), 300);
    expect((await failureOf(runFake(binDir, { signal: stop.signal }))).code).toBe('DEADLINE');
  });

  it.each([
    ['server selection error: context deadline exceeded, current topology: {}', 'SOURCE_UNREACHABLE'],
    ['error connecting to db server: no reachable servers', 'SOURCE_UNREACHABLE'],
    ['could not connect to server: connection() error: auth error: sasl conversation error', 'SOURCE_AUTH'],
    ['error counting x.y: (Unauthorized) not authorized on x to execute command', 'SOURCE_PRIVILEGE'],
    ['x509: certificate signed by unknown authority', 'SOURCE_TLS'],
    [
      'oplog overflow: mongodump was unable to capture all new oplog entries during execution',
      'SOURCE_OPLOG',
    ],
    ['error reading collection: connection(a:1) socket was unexpectedly closed: EOF', 'SOURCE_LOST'],
    ['error reading collection: (CursorNotFound) cursor id 5 not found', 'SOURCE_LOST'],
    ['detected resharding in progress. Cannot dump with --oplog while resharding', 'SOURCE_CHANGED'],
    ['archive writer: short write / error writing to file: short write', 'DUMP_FAILED'],
  ])('that says "%s" is reported as %s', async (text, code) => {
    const error = await failureOf(
      runFake(await fakeTool(`echo '2026-11-21T10:00:00.000+0000	Failed: ${text}' >&2; exit 1`)),
    );
    expect(error.code).toBe(code);
  });
});

describe('a server that cannot be reached', () => {
  const test = (secret: string) =>
    failureOf(dumpMongo(secret, { serverSelectionSeconds: 1 }, { driver: mongoDriver({ binDir: fake }) }));
  let fake: string;
  beforeAll(async () => {
    fake = await fakeTool('exit 1');
  });

  it('has a host that nobody knows', async () => {
    const error = await test('mongodb://nobody.invalid/shop');
    expect([error.code, error.message]).toEqual([
      'SOURCE_UNREACHABLE',
      expect.stringContaining('nobody.invalid'),
    ]);
  });

  it('refuses connections, and is given up within the bound of the plan', async () => {
    const startedAt = Date.now();
    const error = await test('mongodb://u:hidden-word@127.0.0.1:1/shop');
    expect(error.code).toBe('SOURCE_UNREACHABLE');
    expect(Date.now() - startedAt).toBeLessThan(8000);
    expect(allOf(error)).not.toContain('hidden-word');
  });

  it('accepts connections and never answers, and is given up too', async () => {
    const server = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const error = await test(`mongodb://127.0.0.1:${port}/shop`);
    expect(error.code).toBe('SOURCE_UNREACHABLE');
    server.close();
    server.unref();
  });

  it.each([
    ['mongodb://169.254.169.254/shop', 'link-local'],
    ['mongodb://[fd00:ec2::254]/shop', 'metadata'],
    ['mongodb://10.0.0.1,169.254.169.254:80/shop', 'link-local'],
  ])('is %s, which is never contacted', async (uri, why) => {
    const error = await test(uri);
    expect([error.code, error.message]).toEqual(['HOST_FORBIDDEN', expect.stringContaining(why)]);
  });

  it('is found by SRV in a place that is never contacted, or outside of its domain', async () => {
    const led = (to: string, address: string) =>
      mongoDriver({
        binDir: fake,
        resolver: {
          addresses: async () => [address],
          srv: async () => [{ name: to, port: 27_017 }],
          txt: async () => [['authSource=admin&replicaSet=rs0']],
        },
      });
    const uri = 'mongodb+srv://u:p@cluster.example.net/shop';
    const inside = failureOf(dumpMongo(uri, {}, { driver: led('a.example.net', '169.254.170.2') }));
    expect((await inside).code).toBe('HOST_FORBIDDEN');
    const outside = await failureOf(dumpMongo(uri, {}, { driver: led('a.elsewhere.org', '10.0.0.1') }));
    expect([outside.code, outside.message]).toEqual([
      'HOST_FORBIDDEN',
      expect.stringContaining('elsewhere.org'),
    ]);
  });

  it('is on this machine, which a deployed function never contacts', async () => {
    const { mongodbDriver } = await import('../../../adapters/mongodb/driver.ts');
    const driver = mongodbDriver({ allowLoopback: false });
    const targets = driver.targets(mongoSource(), mongoContext('mongodb://localhost/shop'));
    expect((await failureOf(targets)).code).toBe('HOST_FORBIDDEN');
  });
});

describe.skipIf(!mongo)('a real mongodump', () => {
  let server: MongoServer;
  beforeAll(async () => {
    server = await startMongo();
    const client = await new MongoClient(server.url()).connect();
    const filler = 'z'.repeat(8000);
    for (let n = 0; n < 3; n += 1)
      await client
        .db('shop')
        .collection(`c${n}`)
        .insertMany(Array.from({ length: 1000 }, (_, k) => ({ k, filler })));
    await client.close();
  });
  afterAll(() => server?.stop());

  const open = async (fields = {}) => {
    const context = mongoContext(server.url());
    const source = mongoSource({ databases: ['shop'], ...fields });
    return mongoDriver().open(source, { component: 'docs', title: 'shop' }, context);
  };

  it('is not started for a database that is not there, which it would dump as nothing', async () => {
    const error = await failureOf(dumpMongo(server.url(), { databases: ['shopp'] }));
    expect([error.code, error.message]).toEqual(['SOURCE_MISSING_OBJECT', expect.stringContaining('shopp')]);
  });

  it('that finds no collection any more ends with 0, and is not believed', async () => {
    const error = await failureOf(
      runFake(mongo?.binDir as string, {
        ...{
          uri: server.url(),
          scope: { kind: 'collection', name: { database: 'shop', collection: 'orders' } },
        },
      }),
    );
    expect([error.code, error.message]).toEqual(['SOURCE_CHANGED', expect.stringContaining('shop.orders')]);
  });

  it('is ended when nobody wants its output any more', async () => {
    const session = await open();
    const [planned] = session.segments as [MongoSegment];
    for await (const _ of session.dump(planned, new AbortController().signal).output) break;
    await session.close();
  });

  it('that loses its server in the middle fails, whatever its archive looks like', async () => {
    const session = await open({ compression: 'none', serverSelectionSeconds: 1 });
    const [planned] = session.segments as [MongoSegment];
    const dump = session.dump(planned, new AbortController().signal);
    const reading = failureOf(
      (async () => {
        let isFirst = true;
        for await (const _ of dump.output) {
          if (isFirst) await server.stop();
          isFirst = false;
        }
      })(),
    );
    const error = await reading;
    expect(['SOURCE_LOST', 'SOURCE_UNREACHABLE', 'DUMP_FAILED', 'DUMP_TRUNCATED']).toContain(error.code);
    expect(() => dump.contents()).toThrow(/has not ended/);
    await session.close();
  });
});
