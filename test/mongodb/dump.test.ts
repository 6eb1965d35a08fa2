/** Dumping a real server with the real mongodump: nothing is missing, nothing is there twice. */
import { readFile } from 'node:fs/promises';
import { BSON, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readArchive } from '../../adapters/mongodb/archive-stream.ts';
import {
  mongoArchiveContentsSchema,
  mongodbEvidenceSchema,
  mongodbFactsSchema,
} from '../../adapters/mongodb/model.ts';
import type { MongodbSource } from '../../adapters/mongodb/source.ts';
import { type MongoServer, mongo, startMongo } from '../support/mongo-server.ts';
import { dumpMongo, failureOf, mongoContext, mongoDriver, mongoSource } from '../support/mongo-source.ts';

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

describe.skipIf(!mongo)('a MongoDB server that is dumped', () => {
  let server: MongoServer;
  let client: MongoClient;

  beforeAll(async () => {
    server = await startMongo();
    client = await new MongoClient(server.url()).connect();
    const shop = client.db('shop');
    await shop
      .collection('orders')
      .insertMany(
        Array.from({ length: 2500 }, (_, n) => ({ _id: n as never, n, text: 'x'.repeat(n % 300) })),
      );
    await shop.collection('orders').createIndex({ n: 1 }, { unique: true, name: 'by-n' });
    await shop.createCollection('empty');
    await shop
      .collection('with.dots')
      .insertOne({ when: new Date(0), bytes: new BSON.Binary(Buffer.from([1])) });
    await client.db('other').collection('things').insertOne({ a: 1 });
  });

  afterAll(async () => {
    await client?.close();
    await server?.stop();
  });

  const dump = (fields: Partial<MongodbSource> = {}) => dumpMongo(server.url(), fields);

  it.each(['zstd', 'gzip', 'none'] as const)(
    'gives archives that read back whole with %s, with the counts that the server has',
    async (compression) => {
      const [component, ...more] = await dump({ databases: ['shop'], compression });
      expect(more).toEqual([]);
      const { segments, confirmed, evidence } = component as NonNullable<typeof component>;
      expect(segments.map((one) => one.segment.encoding)).toEqual([
        compression === 'none' ? 'mongo-archive' : `mongo-archive-${compression}`,
      ]);
      const facts = mongodbFactsSchema.parse(confirmed.facts);
      expect(confirmed.consistency).toBe('per-collection');
      expect(facts.counts).toEqual([
        { database: 'shop', collection: 'empty', before: 0, dumped: 0, after: 0 },
        { database: 'shop', collection: 'orders', before: 2500, dumped: 2500, after: 2500 },
        { database: 'shop', collection: 'with.dots', before: 1, dumped: 1, after: 1 },
      ]);
      const orders = facts.collections.find((one) => one.collection === 'orders');
      expect(orders?.indexes.map((one) => one.name)).toEqual(['_id_', 'by-n']);
      expect(mongodbEvidenceSchema.parse(evidence).collections).toHaveLength(3);
      const [{ segment, bytes }] = segments as [(typeof segments)[0]];
      const seen: number[] = [];
      const read = await readArchive(once(bytes), segment.encoding, {
        documents: 'whole',
        onDocument: ({ collection }, document) => {
          if (collection === 'orders') seen.push(BSON.deserialize(document)._id);
        },
      });
      expect(mongoArchiveContentsSchema.parse(segment.contents)).toEqual(read);
      expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 2500 }, (_, n) => n));
    },
  );

  it('makes one component a database when it means all of them', async () => {
    const components = await dump({ databases: 'all' });
    expect(components.map((one) => one.session.target)).toEqual([
      { component: 'docs', title: 'other' },
      { component: 'docs-02', title: 'shop' },
    ]);
  });

  it('takes the database of the URI when the plan names none', async () => {
    const targets = await mongoDriver().targets(mongoSource(), mongoContext(server.url('other')));
    expect(targets).toEqual([{ component: 'docs', title: 'other' }]);
  });

  it('leaves out what the plan excludes, and says so', async () => {
    const exclude = {
      collections: [{ collection: 'orders' }, { database: 'shop', collection: 'never-there' }],
    };
    const [component] = await dump({ databases: ['shop'], exclude });
    const facts = mongodbFactsSchema.parse(component?.confirmed.facts);
    expect(facts.counts.map((one) => one.collection)).toEqual(['empty', 'with.dots']);
    expect(facts.excluded.collections).toEqual([{ database: 'shop', collection: 'orders' }]);
    expect(component?.session.warnings.join()).toContain('shop.never-there');
  });

  it('takes no counts with evidence level none, and still requires whole archives', async () => {
    const [component] = await dump({ databases: ['other'], evidence: { level: 'none' } });
    expect(component?.evidence).toMatchObject({ level: 'none', collections: [] });
    expect(component?.confirmed.facts.counts).toEqual([
      { database: 'other', collection: 'things', dumped: 1 },
    ]);
  });

  it('fails when a collection is made, dropped, or gets an index during the dump', async () => {
    const shop = client.db('changing');
    await shop.collection('a').insertOne({});
    const change = async (between: () => Promise<unknown>) =>
      failureOf(
        dumpMongo(server.url(), { databases: ['changing'] }, { between: async () => void (await between()) }),
      );
    const made = await change(() => shop.createCollection('b'));
    expect([made.code, made.message]).toEqual([
      'SOURCE_CHANGED',
      expect.stringContaining('changing.b is new'),
    ]);
    const indexed = await change(() => shop.collection('a').createIndex({ x: 1 }));
    expect(indexed.message).toContain('changing.a has other indexes');
    const dropped = await change(() => shop.collection('b').drop());
    expect([dropped.code, dropped.message]).toEqual([
      'SOURCE_CHANGED',
      expect.stringContaining('changing.b is gone'),
    ]);
    await shop.dropDatabase();
  });

  it('accepts a count between before and after, since somebody may have written', async () => {
    const growing = client.db('growing').collection<{ n: number }>('a');
    await growing.insertMany([{ n: 1 }, { n: 2 }]);
    const between = async () => void (await growing.insertOne({ n: 3 }));
    const [component] = await dumpMongo(server.url(), { databases: ['growing'] }, { between });
    expect(component?.confirmed.facts.counts).toEqual([
      { database: 'growing', collection: 'a', before: 2, dumped: 2, after: 3 },
    ]);
  });

  it('passes every check of plan test', async () => {
    const checks = await mongoDriver().test(mongoSource({ databases: ['shop'] }), mongoContext(server.url()));
    expect(checks.filter((one) => !one.ok)).toEqual([]);
    expect(checks.map((one) => one.name)).toEqual([
      'tools',
      'secret and address',
      'login and databases',
      'consistency',
      'free connections',
      'collections and sizes',
      'reading every collection',
    ]);
  });
});

describe.skipIf(!mongo)('a MongoDB server with TLS', () => {
  let server: MongoServer;
  let ca: string;
  const secret = (fields: object) =>
    JSON.stringify({ host: 'localhost', port: server.port, database: 'shop', ...fields });

  beforeAll(async () => {
    server = await startMongo({ tls: true });
    ca = await readFile(server.caFile as string, 'utf8');
    const client = await new MongoClient(`mongodb://localhost:${server.port}/?tls=true`, { ca }).connect();
    await client.db('shop').collection('orders').insertOne({ a: 1 });
    await client.close();
  });

  afterAll(() => server?.stop());

  it('is dumped by both clients with the authority that the secret holds', async () => {
    const [component] = await dumpMongo(secret({ caCertificate: ca }));
    expect(component?.confirmed.facts.counts).toMatchObject([{ collection: 'orders', dumped: 1 }]);
  });

  it('is refused by name without that authority', async () => {
    const error = await failureOf(dumpMongo(secret({ tls: true })));
    expect([error.code, error.next]).toEqual(['SOURCE_TLS', expect.stringContaining('caCertificate')]);
  });
});
