/** Restoring with the real mongorestore into a server: everything comes back, or it is said, and failures leave nothing. */

import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Binary, BSON, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArchiveWalker } from '../../adapters/mongodb/archive.ts';
import { mongodbFactsSchema, type NamespaceContents } from '../../adapters/mongodb/model.ts';
import { oplogOf } from '../../adapters/mongodb/restore-archives.ts';
import { restoreArguments } from '../../adapters/mongodb/restore-arguments.ts';
import { compareRestored } from '../../adapters/mongodb/restore-compare.ts';
import { restoreTarget } from '../../adapters/mongodb/restore-options.ts';
import { restoreSegment } from '../../adapters/mongodb/restore-run.ts';
import type { MongodbSource } from '../../adapters/mongodb/source.ts';
import type { Component } from '../../core/manifest.ts';
import { bson, closingBlock, dataBlock, prelude } from '../support/mongo-archive.ts';
import {
  type Recoverable,
  recoverable,
  recovery,
  recoveryContext,
  restoreRequest,
} from '../support/mongo-recovery.ts';
import { type MongoServer, mongo, startMongo } from '../support/mongo-server.ts';
import { dumpMongo, failureOf, mongoSource } from '../support/mongo-source.ts';

const { Decimal128, Double, Int32, Long, ObjectId, Timestamp } = BSON;

/** One field for each type that a document may have. */
const everyType = {
  ...{
    double: new Double(1.5),
    minusZero: new Double(-0),
    nan: new Double(Number.NaN),
    wholeDouble: new Double(3),
  },
  ...{ text: 'ä\u0000z', empty: '', document: { b: 1, a: { c: [] } }, array: [1, 'x', null, [{}]] },
  ...{
    binary: new BSON.Binary(Buffer.from([0, 255])),
    uuid: new BSON.UUID('0f2e1d4c-1111-4222-8333-444455556666'),
  },
  ...{
    id: new ObjectId('65f000000000000000000001'),
    yes: true,
    no: false,
    date: new Date(-1),
    nothing: null,
  },
  ...{
    pattern: new BSON.BSONRegExp('^a.*', 'im'),
    int: new Int32(-5),
    long: Long.fromString('9007199254740993'),
  },
  ...{ decimal: Decimal128.fromString('1.10'), timestamp: new Timestamp({ t: 5, i: 7 }) },
  ...{ min: new BSON.MinKey(), max: new BSON.MaxKey(), code: new BSON.Code('return 1') },
};

/** Made by hand: the stand-in for a server has no oplog. */
function deployment(documents: readonly object[], entries: readonly object[]): Recoverable {
  const orders = { db: 'shop', collection: 'orders', documents: documents.map(bson) };
  const users = { db: 'admin', collection: 'system.users', documents: [bson({ _id: 'admin.me' })] };
  const oplog = { db: '', collection: 'oplog', documents: entries.map(bson) };
  const archive = Buffer.concat([
    prelude([users, orders, oplog]),
    ...[users, orders, oplog].flatMap((one) => [dataBlock(one, one.documents), closingBlock(one)]),
  ]);
  const walker = new ArchiveWalker({ purpose: 'dump', documents: 'lengths' });
  walker.push(archive);
  const index = { v: { $numberInt: '2' }, key: { _id: { $numberInt: '1' } }, name: '_id_' };
  const known = { type: 'collection', options: {}, indexes: [index], sizeBytes: 0 };
  const facts = {
    ...{ serverVersion: '7.0.0', topology: 'replica-set', scope: 'deployment', databases: ['admin', 'shop'] },
    ...{ consistencyReason: '', readPreference: 'primary', sizeBytes: 0, countTolerance: { documents: 0 } },
    collections: [
      { database: 'admin', collection: 'system.users', ...known },
      { database: 'shop', collection: 'orders', ...known },
    ],
    counts: [{ database: 'shop', collection: 'orders', dumped: documents.length }],
    ...{ notCovered: [], excluded: { collections: [] } },
  };
  const segment = {
    ...{ index: 0, name: 'deployment', encoding: 'mongo-archive', section: 'data', role: 'segment' },
    ...{ plainBytes: archive.length, parts: [], contents: walker.end() },
  } as unknown as Component['segments'][0];
  const component = {
    ...{ name: 'docs', source: 'docs', kind: 'mongodb', title: 'rs0', consistency: 'oplog' },
    ...{ segments: [segment], facts, evidence: {} },
  } as Component;
  return { component, open: () => Readable.from([archive]) };
}

describe.skipIf(!mongo)('a MongoDB backup', () => {
  let server: MongoServer;
  let target: MongoServer;
  let source: MongoClient;
  let there: MongoClient;
  let backup: Recoverable;

  beforeAll(async () => {
    [server, target] = await Promise.all([startMongo(), startMongo()]);
    source = await new MongoClient(server.url()).connect();
    there = await new MongoClient(target.url()).connect();
    const shop = source.db('shop');
    await shop
      .collection('orders')
      .insertMany(
        Array.from({ length: 3000 }, (_, n) => ({ _id: n as never, n, text: `${n}`.repeat(n % 100) })),
      );
    await shop.collection('orders').createIndex({ n: 1 }, { unique: true, name: 'by-n' });
    await shop.collection('orders').createIndex({ text: 1, n: -1 }, { sparse: true });
    await shop.createCollection('empty');
    await shop.collection('with.dots').insertOne({ _id: 1 as never, ...everyType });
    await shop.collection('Ünusual näme (1) *').insertOne({ _id: 1 as never });
    backup = await dumped({ databases: ['shop'] });
  });

  afterAll(async () => {
    await Promise.all([source?.close(), there?.close()]);
    await Promise.all([server?.stop(), target?.stop()]);
  });

  async function dumped(
    fields: Partial<MongodbSource>,
    tamper?: (bytes: Buffer) => Buffer,
  ): Promise<Recoverable> {
    const [component] = await dumpMongo(server.url(), fields);
    return recoverable(component as NonNullable<typeof component>, tamper);
  }

  const restore = (
    { component, open }: Recoverable,
    request: ReturnType<typeof restoreRequest>,
    context = recoveryContext(),
  ) =>
    recovery().restore(component, mongoSource(), open, request, { get: async () => target.url() }, context);

  const namesIn = async (database: string) =>
    (await there.db(database).listCollections({}, { nameOnly: true }).toArray())
      .map((one) => one.name)
      .sort();

  it('goes into a new database beside the old one, with every document, index and empty collection', async () => {
    const progress = new Map<string, number>();
    const context = recoveryContext({
      onProgress: ({ segment, plainBytes }) => progress.set(segment, plainBytes),
    });
    const request = restoreRequest();
    const outcome = await restore(backup, request, context);
    const name = 'shop_restored_20261121t020000z';
    expect(outcome.target).toBe(`database ${name}`);
    expect(recovery().describeTarget(backup.component, mongoSource(), request)).toBe(outcome.target);
    expect(outcome.comparison).toMatchObject({
      differences: [],
      compared: { collections: 4, documents: 3002, indexes: 6 },
    });
    expect(outcome.skipped.join()).toContain('users and roles: not in the backup');
    expect(outcome.nextSteps.join()).toContain(`db.getSiblingDB("${name}").dropDatabase()`);
    expect([...progress.values()]).toEqual(backup.component.segments.map((one) => one.plainBytes));
    const raw = { raw: true, promoteValues: false } as const;
    for (const collection of ['orders', 'with.dots', 'Ünusual näme (1) *', 'empty']) {
      const all = async (client: MongoClient, database: string) =>
        (await client.db(database).collection(collection).find({}, raw).sort({ _id: 1 }).toArray()).map(
          (one) => (one as unknown as Binary['buffer']).toString(),
        );
      expect(await all(there, name), collection).toEqual(await all(source, 'shop'));
    }
    const indexes = await there.db(name).collection('orders').indexes();
    expect(indexes.map((one) => [one.name, one.unique, one.sparse]).sort()).toEqual([
      ['_id_', undefined, undefined],
      ['by-n', true, undefined],
      ['text_1_n_-1', undefined, true],
    ]);
  });

  it('brings back single collections only, when they are asked for', async () => {
    const options = { database: 'some', collections: ['with.dots', 'Ünusual näme (1) *'] };
    const outcome = await restore(backup, restoreRequest(options));
    expect(outcome.comparison).toMatchObject({ differences: [], compared: { collections: 2, documents: 2 } });
    expect(outcome.skipped).toContain('every collection that was not asked for');
    expect(await namesIn('some')).toEqual(['with.dots', 'Ünusual näme (1) *']);
  });

  it('refuses a collection that it does not hold, before it touches anything', async () => {
    const failure = await failureOf(
      restore(backup, restoreRequest({ database: 'nope', collections: ['order'] })),
    );
    expect([failure.code, failure.message]).toEqual([
      'INVALID_INPUT',
      expect.stringContaining('options.collections[0]'),
    ]);
    expect(await namesIn('nope')).toEqual([]);
  });

  it('does not touch a database that holds something, unless it is told to drop', async () => {
    await there
      .db('taken')
      .collection<{ _id: number }>('orders')
      .insertMany([{ _id: -1 }, { _id: -2 }]);
    await there.db('taken').collection('mine').insertOne({});
    const failure = await failureOf(restore(backup, restoreRequest({ database: 'taken' })));
    expect([failure.code, failure.message]).toEqual([
      'TARGET_EXISTS',
      expect.stringContaining('taken has 2'),
    ]);
    expect(await namesIn('taken')).toEqual(['mine', 'orders']);
    const outcome = await restore(backup, restoreRequest({ database: 'taken', drop: true }));
    expect(outcome.comparison?.differences).toEqual([]);
    expect(outcome.skipped).toContain(
      'left as they were in taken, since the backup does not hold them: mine',
    );
    expect(await there.db('taken').collection('orders').countDocuments()).toBe(3000);
  });

  it('takes the place of the database of the same name with replace', async () => {
    await there
      .db('shop')
      .collection('orders')
      .insertOne({ _id: -1 as never });
    const outcome = await restore(backup, restoreRequest({}, { replace: true }));
    expect(outcome.target).toBe('database shop');
    expect(outcome.comparison?.differences).toEqual([]);
    expect(await there.db('shop').collection('orders').countDocuments()).toBe(3000);
  });

  it.each([
    ['cut in the middle', (bytes: Buffer) => bytes.subarray(0, bytes.length - 2000), 'INTEGRITY_ARCHIVE'],
    ['without its last byte', (bytes: Buffer) => bytes.subarray(0, -1), 'INTEGRITY_ARCHIVE'],
    ['empty', () => Buffer.alloc(0), 'INTEGRITY_ARCHIVE'],
  ])('that is %s fails and leaves nothing', async (_what, tamper, code) => {
    for (const compression of ['zstd', 'none'] as const) {
      const broken = await dumped({ databases: ['shop'], compression }, tamper);
      const failure = await failureOf(restore(broken, restoreRequest({ database: 'broken' })));
      expect([failure.code, failure.message], compression).toEqual([
        code,
        expect.not.stringContaining('is left'),
      ]);
      expect(await namesIn('broken')).toEqual([]);
    }
  });

  it('whose bytes turn out wrong at their very end fails and leaves nothing', async () => {
    const { component, open } = backup;
    const lying = {
      component,
      open: (segment: Component['segments'][0]) => {
        const stream = open(segment);
        return stream.compose(async function* (chunks: AsyncIterable<Buffer>) {
          yield* chunks;
          throw new Error('the hash is another one');
        }) as ReturnType<typeof open>;
      },
    };
    const failure = restore(lying, restoreRequest({ database: 'lying' }));
    await expect(failure).rejects.toThrow('the hash is another one');
    expect(await namesIn('lying')).toEqual([]);
  });

  it('ends within seconds when it is cancelled, and leaves nothing', async () => {
    const controller = new AbortController();
    const { component, open } = backup;
    const stalled: Recoverable = {
      component,
      open: (segment) =>
        open(segment).compose(async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            yield chunk;
            controller.abort(new Error('enough'));
            await new Promise(() => {});
          }
        }) as ReturnType<typeof open>,
    };
    const started = performance.now();
    const context = recoveryContext({ signal: controller.signal });
    await expect(restore(stalled, restoreRequest({ database: 'cancelled' }), context)).rejects.toThrow(
      'enough',
    );
    expect(performance.now() - started).toBeLessThan(6000);
    expect(await namesIn('cancelled')).toEqual([]);
  });

  it('fails when fewer documents were written than the archives hold, compared or not', async () => {
    const component = structuredClone(backup.component);
    const contents = component.segments[0]?.contents as { namespaces: NamespaceContents[] };
    for (const one of contents.namespaces) if (one.collection === 'orders') one.documents += 1;
    const request = restoreRequest({ database: 'fewer' }, { compare: false });
    const failure = await failureOf(restore({ component, open: backup.open }, request));
    expect([failure.code, failure.message]).toEqual([
      'RESTORE_FAILED',
      expect.stringContaining('wrote 3002 documents, the archive holds 3003'),
    ]);
    expect(await namesIn('fewer')).toEqual([]);
  });

  it('drops nothing in which somebody else made a collection while it ran', async () => {
    const shared: Recoverable = {
      component: backup.component,
      open: (segment) =>
        backup.open(segment).compose(async function* (chunks: AsyncIterable<Buffer>) {
          await there.db('shared').collection('theirs').insertOne({});
          yield* chunks;
          throw new Error('broken');
        }) as ReturnType<typeof backup.open>,
    };
    const failure = await failureOf(restore(shared, restoreRequest({ database: 'shared' })));
    expect(failure.message).toContain(
      'the database shared, which was not dropped: somebody else made theirs',
    );
    expect(await namesIn('shared')).toContain('theirs');
  });

  it.skipIf(!mongo?.mongod.real)(
    'takes a database that holds stored functions only for one that is taken',
    async () => {
      await there
        .db('functions')
        .collection('system.js')
        .insertOne({ _id: 'f' as never, value: 'x' });
      const failure = await failureOf(restore(backup, restoreRequest({ database: 'functions' })));
      expect(failure.code).toBe('TARGET_EXISTS');
    },
  );

  describe('of a whole deployment', () => {
    const entry = { op: 'i', ns: 'shop.orders', o: { _id: 9 } };
    let whole: Recoverable;
    beforeAll(() => {
      whole = deployment([{ _id: 1 }, { _id: 2 }], [entry, { op: 'n', ns: '', o: {} }, entry]);
    });

    it('never touches users and roles unless they are asked for, and says what is left out', async () => {
      await there.db('shop').dropDatabase();
      const outcome = await restore(whole, restoreRequest({}, { replace: true }));
      expect(outcome.target).toBe('database shop');
      expect(outcome.comparison?.differences).toEqual([]);
      expect(outcome.skipped).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^1 writes of the oplog.*usersAndRoles/),
          expect.stringMatching(/^collections of admin, with users and roles: those of the server stay/),
        ]),
      );
    });

    it('says nothing of an oplog in which nobody wrote', async () => {
      const idle = deployment([{ _id: 1 }], [entry, { op: 'n', ns: '', o: {} }]);
      const outcome = await restore(idle, restoreRequest({}, { replace: true }));
      expect(outcome.skipped.join()).not.toContain('oplog');
    });

    it('refuses to bring back users and roles where that cannot be done, before it touches anything', async () => {
      await there.db('shop').dropDatabase();
      const request = restoreRequest({ usersAndRoles: true }, { replace: true });
      const failure = await failureOf(restore(whole, request));
      expect(failure.code).toBe('TARGET_UNSUITABLE');
      expect(await namesIn('shop')).toEqual([]);
    });

    it('differs after a replay by what the oplog names, and by no more', async () => {
      const facts = mongodbFactsSchema.parse(whole.component.facts);
      const target = restoreTarget(facts, restoreRequest({}, { replace: true }));
      await there.db('shop').dropDatabase();
      await restore(whole, restoreRequest({}, { replace: true }));
      const orders = there.db('shop').collection<{ _id: number }>('orders');
      const compared = () =>
        compareRestored({
          ...{ client: there, facts, target, server: { version: '7.0.0', real: true } },
          replayed: oplogOf(whole.component)?.written ?? new Map(),
        });
      await orders.insertOne({ _id: 9 });
      const explained = await compared();
      expect([explained.differences, explained.notProven.map((one) => one.what)]).toEqual([
        [],
        expect.arrayContaining(['documents of shop.orders']),
      ]);
      await orders.insertOne({ _id: 10 });
      expect((await compared()).differences).toEqual(['shop.orders has 4 documents, the dump had 2']);
    });
  });

  it('says exactly what may be left when it fails in a database that was there', async () => {
    await there
      .db('mine')
      .collection('orders')
      .insertOne({ _id: -1 as never });
    const broken = await dumped({ databases: ['shop'] }, (bytes) => bytes.subarray(0, bytes.length - 2000));
    const failure = await failureOf(restore(broken, restoreRequest({ database: 'mine', drop: true })));
    expect(failure.message).toContain(
      'in the database mine these collections may be gone, or restored in part',
    );
    expect(failure.message).toContain('orders');
  });

  it('fails when a document is refused, although mongorestore may end with success', async () => {
    await source
      .db('doubled')
      .collection('a')
      .insertMany([{ _id: 1 as never }, { _id: 2 as never }]);
    const twice = await dumped({ databases: ['doubled'] });
    await there
      .db('collide')
      .collection('a')
      .insertOne({ _id: 1 as never });
    const args = restoreArguments({
      facts: mongodbFactsSchema.parse(twice.component.facts),
      target: { databases: new Map([['doubled', 'collide']]), drop: false, usersAndRoles: false },
      ...{ replayOplog: false, collectionsAtATime: 1 },
    });
    const segment = twice.component.segments[0] as Component['segments'][0];
    const run = (given: readonly string[]) =>
      restoreSegment({
        ...{
          args: given,
          segment,
          open: twice.open,
          context: recoveryContext(),
          tools: { binDir: mongo?.binDir ?? '' },
        },
        connection: {
          ...{
            uri: `${target.url()}?directConnection=true`,
            hosts: [],
            tls: false,
            direct: true,
            secrets: [],
          },
          ...{ serverSelectionSeconds: 3, rules: { allowLoopback: true, resolver: undefined as never } },
        },
      });
    expect((await failureOf(run(args))).code).toBe('RESTORE_FAILED');
    const lenient = args.filter((one) => one !== '--stopOnError');
    expect((await failureOf(run(lenient))).message).toMatch(/\d documents were refused/);
  });

  describe('in a restore drill', () => {
    let workDir: string;
    beforeAll(async () => {
      workDir = join(await mkdtemp(join(tmpdir(), 'holdfast-drill-')), 'work');
    });
    afterAll(() => rm(join(workDir, '..'), { recursive: true, force: true }));

    it('is restored into a server of its own, compared, and nothing stays', async () => {
      const { component, open } = backup;
      const report = await recovery().drill(component, open, workDir, recoveryContext());
      expect(report.differences).toEqual([]);
      expect(report.compared).toMatchObject({ collections: 4, documents: 3002, indexes: 6 });
      expect(report.items).toContainEqual({
        ...{ name: 'shop.orders', type: 'collection', source: { rows: 3000 } },
        ...{ backup: { rows: 3000 }, restored: { rows: 3000 }, same: true },
      });
      if (!mongo?.mongod.real) expect(report.facts.targetServer).toContain('stand-in');
      expect(existsSync(workDir)).toBe(false);
    });

    it('is found out when it holds less than the manifest says', async () => {
      const component = structuredClone(backup.component);
      const counts = component.facts.counts as { collection: string; dumped: number }[];
      for (const count of counts) if (count.collection === 'orders') count.dumped = 3001;
      const report = await recovery().drill(component, backup.open, workDir, recoveryContext());
      expect(report.differences).toEqual(['shop.orders has 3000 documents, the dump had 3001']);
      const { items: [first, ...others] = [] } = report;
      expect(first).toMatchObject({ name: 'shop.orders', backup: { rows: 3001 }, same: false });
      expect(others.every(({ same }) => same)).toBe(true);
    });

    it('says that there is no server for it, where there is none', async () => {
      const driver = recovery({ mongod: '/nowhere/mongod' });
      expect(driver.drillBytes(backup.component)).toBe(0);
      const failure = await failureOf(
        driver.drill(backup.component, backup.open, workDir, recoveryContext()),
      );
      expect([failure.code, failure.message]).toEqual([
        'NO_SCRATCH_SERVER',
        expect.stringContaining('/nowhere/mongod'),
      ]);
    });

    it('says nothing about the backup when the server does not start', async () => {
      const driver = recovery({ mongod: '/bin/false' });
      const failure = await failureOf(
        driver.drill(backup.component, backup.open, workDir, recoveryContext()),
      );
      expect(failure.code).toBe('SCRATCH_FAILED');
    });
  });

  describe('that is read to its end', () => {
    const read = async ({ component, open }: Recoverable) => {
      const readings = new Map();
      for (const segment of component.segments)
        readings.set(segment, await recovery().read(segment, open(segment)));
      return recovery().compareReading(component, readings);
    };

    it('is what the manifest says, document by document and index by index', async () => {
      const report = await read(backup);
      expect(report.differences).toEqual([]);
      expect(report.compared).toMatchObject({ collections: 4, documents: 3002, indexes: 6, checksums: 4 });
      expect(report.items).toHaveLength(4);
      expect(report.items?.every(({ same, restored }) => same && restored === undefined)).toBe(true);
    });

    it('lists its collections and views by name, with what was dumped of each', async () => {
      const question = { prefix: 'shop.', after: undefined, limit: 100 };
      const { signal } = recoveryContext();
      const { items } = await recovery().listHeld(backup.component, question, backup.open, signal);
      expect(items.find(({ name }) => name === 'shop.orders')).toMatchObject({
        ...{ type: 'collection', rows: 3000, checksum: expect.stringMatching(/^[0-9a-f]{16}$/) },
      });
      expect(recovery().measure(backup.component).items).toBe(items.length);
    });

    it('is found out when the manifest says something else', async () => {
      const component = structuredClone(backup.component);
      const facts = component.facts as {
        counts: { dumped: number }[];
        collections: { collection: string; indexes: { name: string; unique?: boolean }[] }[];
      };
      for (const count of facts.counts) count.dumped += 1;
      for (const one of facts.collections) for (const index of one.indexes) delete index.unique;
      facts.collections.push({
        ...structuredClone(facts.collections[0] as object),
        collection: 'gone',
      } as never);
      const report = await read({ component, open: backup.open });
      expect(report.differences.filter((one) => one.includes('the manifest says'))).toHaveLength(5);
      expect(report.differences).toContain('shop.gone is in no segment');
    });

    it('is found out when it is cut', async () => {
      const broken = await dumped({ databases: ['shop'], compression: 'none' }, (bytes) =>
        bytes.subarray(0, -1),
      );
      expect((await failureOf(read(broken))).code).toBe('INTEGRITY_ARCHIVE');
    });
  });
});
