/** The collections of a database as mongodump will see them: names, types, options, indexes, sizes. */
import { BSON, type Collection, type Db, type Document, type MongoClient, MongoServerError } from 'mongodb';
import { eachAtATime, mapAtATime } from '../../core/at-a-time.ts';
import { mongoError } from './errors.ts';
import type { CollectionFact, NamespaceName } from './model.ts';
import { buckets, byName, show } from './names.ts';
import { compareVersions } from './server.ts';
import type { MongodbSource } from './source.ts';

export interface CatalogueCollection extends CollectionFact {
  /** Tells a collection from another of the same name; absent on views and where the server has none. */
  readonly uuid?: string;
}

export interface Catalogue {
  readonly collections: readonly CatalogueCollection[];
  /** False where the role may not ask for sizes: then all are 0. */
  readonly hasSizes: boolean;
  /** What is there, and left out because the plan says so. */
  readonly excluded: readonly NamespaceName[];
}

const questionsAtATime = 16;
const maxCollections = 100_000;

/** @throws HoldfastError SOURCE_MISSING_OBJECT when there are too many, or what the driver throws */
export async function readCatalogue(
  client: MongoClient,
  databases: readonly string[],
  exclude: MongodbSource['exclude'],
): Promise<Catalogue> {
  const excluded: NamespaceName[] = [];
  const found: { readonly name: NamespaceName; readonly info: Document }[] = [];
  for (const database of databases) {
    for await (const info of client.db(database).listCollections()) {
      const name = { database, collection: String(info.name) };
      if (isLeftOutByTool(name)) continue;
      if (isExcluded(name, exclude)) excluded.push(name);
      else found.push({ name, info });
      if (found.length > maxCollections)
        throw mongoError('SOURCE_MISSING_OBJECT', `more than ${maxCollections} collections: split the plan`);
    }
  }
  const sizes = await readSizes(client, found);
  const collections = await mapAtATime(found, questionsAtATime, async ({ name, info }) =>
    factOf(client.db(name.database), name, info, sizes?.get(show(name)) ?? 0),
  );
  return { collections: collections.sort(byName), excluded, hasSizes: sizes !== undefined };
}

/** As mongodump leaves them out by itself: what is the server's own, and names with `$`. */
function isLeftOutByTool({ database, collection }: NamespaceName): boolean {
  if (collection.includes('$')) return true;
  if (database === 'admin') return collection === 'system.keys';
  return collection.startsWith('system.') && collection !== 'system.js';
}

export function isExcluded(name: NamespaceName, exclude: MongodbSource['exclude']): boolean {
  return exclude.collections.some(
    (one) =>
      one.collection === name.collection && (one.database === undefined || one.database === name.database),
  );
}

async function factOf(
  db: Db,
  name: NamespaceName,
  info: Document,
  sizeBytes: number,
): Promise<CatalogueCollection> {
  const type = info.type === 'view' || info.type === 'timeseries' ? info.type : 'collection';
  const indexes = type === 'view' ? [] : await readIndexes(db, name.collection);
  const uuid = info.info?.uuid;
  return {
    ...{ ...name, type, sizeBytes },
    options: canonical(info.options ?? {}),
    indexes: indexes.map(canonical).sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1)),
    ...(uuid === undefined ? {} : { uuid: String(uuid) }),
  };
}

async function readIndexes(db: Db, collection: string): Promise<readonly Document[]> {
  try {
    return await db.collection(collection).listIndexes().toArray();
  } catch (thrown) {
    // Dropped since it was listed: the dump will tell.
    if (thrown instanceof MongoServerError && thrown.code === 26) return [];
    throw thrown;
  }
}

function canonical(document: Document): Record<string, unknown> {
  return BSON.EJSON.serialize(document, { relaxed: false }) as Record<string, unknown>;
}

/** Bytes of the documents, uncompressed. The role `backup` alone may not ask: then undefined. */
async function readSizes(
  client: MongoClient,
  found: readonly { readonly name: NamespaceName; readonly info: Document }[],
): Promise<ReadonlyMap<string, number> | undefined> {
  const sizes = new Map<string, number>();
  let isRefused = false;
  await eachAtATime(found, questionsAtATime, async ({ name, info }) => {
    if (isRefused || info.type === 'view') return;
    try {
      const stats = await client.db(name.database).command({ collStats: name.collection });
      sizes.set(show(name), Math.max(0, Math.round(Number(stats.size ?? 0))));
    } catch (thrown) {
      if (!(thrown instanceof MongoServerError)) throw thrown;
      // 13: not authorised; 59 and 115: a server that does not know it.
      if ([13, 59, 115].includes(Number(thrown.code))) isRefused = true;
    }
  });
  return isRefused ? undefined : sizes;
}

/** Since 8.3 a time series has no buckets collection that can be counted. */
const viewlessTimeSeries = '8.3';

/**
 * How many documents each has, by `show`; views have none of their own. Of a time series its buckets, which are what
 * is dumped. `exact` reads an index to its end; without it the server's own book-keeping answers, at once, which is
 * right but after a crash, and on shards, where it counts documents on the move twice.
 */
export async function countDocuments(
  client: MongoClient,
  names: readonly Pick<CatalogueCollection, 'database' | 'collection' | 'type'>[],
  how: { readonly exact: boolean; readonly serverVersion: string },
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  await eachAtATime(names, how.exact ? 2 : questionsAtATime, async (one) => {
    if (one.type === 'view') return;
    if (one.type === 'timeseries' && compareVersions(how.serverVersion, viewlessTimeSeries) >= 0) return;
    const { database, collection } = one.type === 'timeseries' ? buckets(one) : one;
    const found = client.db(database).collection(collection);
    counts.set(show(one), await (how.exact ? countByReading(found) : found.estimatedDocumentCount()));
  });
  return counts;
}

/** Of the largest collections that there are, at some hundred thousand documents a second and shard. */
const maxReadingSeconds = 6 * 3600;
/** After its own limit the server says so itself; this is for one that hangs. */
const answerSeconds = maxReadingSeconds + 60;

/** Takes as long as reading an index takes; whoever aborts closes the client, which ends it on the server, too. */
async function countByReading(collection: Collection): Promise<number> {
  // The driver's types do not know it, its connections do: the client's own two minutes are for quick answers.
  const options = { maxTimeMS: maxReadingSeconds * 1000, socketTimeoutMS: answerSeconds * 1000 };
  try {
    return await collection.countDocuments({}, options);
  } catch (thrown) {
    if (!(thrown instanceof MongoServerError) || thrown.code !== 50) throw thrown;
    throw mongoError(
      'SOURCE_COUNTS',
      `counting ${collection.namespace} took more than ${maxReadingSeconds / 3600} hours`,
      { next: 'Set evidence.level: none in the plan, or back up such collections by a plan of their own.' },
    );
  }
}
