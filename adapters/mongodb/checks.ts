/**
 * `plan test`: everything that can be known about a source without dumping it. Each check stands alone, so that a
 * person sees all that is wrong at once; what cannot be looked at because an earlier check failed is left out.
 */
import { type MongoClient, MongoServerError } from 'mongodb';
import { eachAtATime } from '../../core/at-a-time.ts';
import { asHoldfastError } from '../../core/errors.ts';
import type { SourceCheck } from '../../core/ports/source.ts';
import { type Catalogue, readCatalogue } from './catalogue.ts';
import { closeQuietly, describeHosts, type MongoConnection, orAborted } from './connection.ts';
import { listNames } from './dump.ts';
import { fromServer, mongoError } from './errors.ts';
import type { NamespaceName } from './model.ts';
import { buckets, show } from './names.ts';
import { type ToolsOptions, toolVersion } from './programs.ts';
import { type Reached, reach } from './reach.ts';
import type { MongodbSource } from './source.ts';

export interface CheckOptions {
  readonly tools: ToolsOptions;
  /** From the secret to checked hosts. */
  readonly resolve: () => Promise<MongoConnection>;
  readonly signal: AbortSignal;
}

type Check = <T>(name: string, detail: (value: T) => string, run: () => Promise<T>) => Promise<T | undefined>;

export async function checkSource(
  source: MongodbSource,
  options: CheckOptions,
): Promise<readonly SourceCheck[]> {
  const checks: SourceCheck[] = [];
  let secrets: readonly string[] = [];
  const check: Check = async (name, detail, run) => {
    try {
      const value = await run();
      checks.push({ name, ok: true, detail: detail(value) });
      return value;
    } catch (thrown) {
      options.signal.throwIfAborted();
      const error = asHoldfastError(fromServer(thrown, name, secrets));
      checks.push({ name, ok: false, detail: `${error.message} (${error.code})`, next: error.next });
      return undefined;
    }
  };
  await check(
    'tools',
    (version) => `mongodump ${version}`,
    () => toolVersion('mongodump', options.tools),
  );
  const connection = await check('secret and address', describeConnection, options.resolve);
  if (connection === undefined) return checks;
  secrets = connection.secrets;
  const reached = await check('login and databases', describeReached, () =>
    reach(source, connection, options.signal),
  );
  if (reached === undefined) return checks;
  try {
    await checkContents(source, reached, check, options.signal, secrets);
  } finally {
    await closeQuietly(reached.client);
  }
  return checks;
}

async function checkContents(
  source: MongodbSource,
  reached: Reached,
  check: Check,
  signal: AbortSignal,
  secrets: readonly string[],
): Promise<void> {
  const { client, scope } = reached;
  await check(
    'consistency',
    () =>
      scope.kind === 'deployment'
        ? 'one instant for all databases, by the oplog'
        : `each collection as it is while it is read: ${scope.reason}`,
    async () => undefined,
  );
  await check('free connections', describeFree, () =>
    orAborted(freeConnections(client, source.parallelism ?? 2), signal),
  );
  const databases = scope.kind === 'deployment' ? ['admin', ...scope.databases] : scope.databases;
  const catalogue = await check('collections and sizes', describeCatalogue, () =>
    orAborted(readCatalogue(client, databases, source.exclude), signal),
  );
  if (catalogue === undefined) return;
  await check(
    'reading every collection',
    (read) =>
      read < catalogue.collections.length
        ? `${read} of ${catalogue.collections.length} tried, all may be read`
        : `all ${read} may be read`,
    () => orAborted(readOneOfEach(client, catalogue, secrets), signal),
  );
}

/** Counts before and after, one check, the oplog, and a mongodump for each worker. */
const ownConnections = 4;

/** Undefined: the user may not know (serverStatus needs clusterMonitor), which no backup needs. */
async function freeConnections(client: MongoClient, parallelism: number): Promise<number | undefined> {
  const status = await client
    .db('admin')
    .command({ serverStatus: 1 })
    .catch((thrown: unknown) => {
      if (thrown instanceof MongoServerError && thrown.code === unauthorized) return undefined;
      throw thrown;
    });
  const free: unknown = status?.connections?.available;
  if (typeof free !== 'number') return undefined;
  const needed = parallelism + ownConnections;
  if (free < needed)
    throw mongoError('SOURCE_FULL', `${free} connections are free, a backup needs about ${needed}`);
  return free;
}

/** MongoDB's error code Unauthorized. */
const unauthorized = 13;

function describeFree(free: number | undefined): string {
  return free === undefined ? 'not known: grant clusterMonitor to have it checked' : `${free} free`;
}

/** Enough to find a role that was granted on some databases only, without a long wait. */
const maxTried = 2000;

async function readOneOfEach(
  client: MongoClient,
  catalogue: Catalogue,
  secrets: readonly string[],
): Promise<number> {
  const tried = catalogue.collections.filter((one) => one.type !== 'view').slice(0, maxTried);
  const refused: NamespaceName[] = [];
  await eachAtATime(tried, 8, async (one) => {
    const { database, collection } = one.type === 'timeseries' ? buckets(one) : one;
    try {
      await client
        .db(database)
        .collection(collection)
        .findOne({}, { projection: { _id: 1 } });
    } catch (thrown) {
      const error = fromServer(thrown, `reading ${show(one)}`, secrets);
      if (error.code !== 'SOURCE_PRIVILEGE') throw error;
      refused.push(one);
    }
  });
  if (refused.length > 0) throw mongoError('SOURCE_PRIVILEGE', `the user may not read ${listNames(refused)}`);
  return tried.length;
}

function describeConnection(connection: MongoConnection): string {
  const login = connection.clientCertificate === undefined ? (connection.user ?? 'nobody') : 'a certificate';
  return `${login} at ${describeHosts(connection)}, tls ${connection.tls ? 'on' : 'off'}`;
}

function describeReached({ server, scope }: Reached): string {
  const set = server.replicaSet === undefined ? '' : ` ${server.replicaSet}`;
  const shown = scope.databases.slice(0, 20).join(', ');
  return `MongoDB ${server.serverVersion}, ${server.topology}${set}; databases: ${shown}`;
}

function describeCatalogue(catalogue: Catalogue): string {
  const bytes = catalogue.collections.reduce((sum, one) => sum + one.sizeBytes, 0);
  const sizes = catalogue.hasSizes
    ? `${bytes} bytes of documents`
    : 'sizes unknown: grant clusterMonitor to have large collections dumped in parallel';
  return `${catalogue.collections.length} collections and views, ${sizes}`;
}
