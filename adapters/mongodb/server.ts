/** What a server says of itself: its version, what it is part of, its databases, whether its oplog may be read. */
import type { Db, MongoClient } from 'mongodb';
import { sayHello } from './connection.ts';
import { mongoError } from './errors.ts';
import type { MongodbFacts } from './model.ts';

export interface ServerFacts
  extends Pick<MongodbFacts, 'serverVersion' | 'topology' | 'replicaSet' | 'featureCompatibilityVersion'> {
  /** Atlas's shared tiers, where neither the oplog nor admin can be read. */
  readonly atlasProxy: boolean;
}

export async function readServer(client: MongoClient): Promise<ServerFacts> {
  const admin = client.db('admin');
  const hello = await sayHello(client);
  const build = await admin.command({ buildInfo: 1 });
  const version = String(build.version ?? '');
  // What driver 6 and the tools of today speak with.
  if (compareVersions(version, '4.2') < 0)
    throw mongoError('SOURCE_TOO_OLD', `the server is MongoDB ${version}`);
  const replicaSet = typeof hello.setName === 'string' ? hello.setName : undefined;
  const featureCompatibilityVersion = await readFeatureVersion(admin);
  return {
    serverVersion: version,
    topology: topologyOf(hello, replicaSet),
    ...(replicaSet === undefined ? {} : { replicaSet }),
    ...(featureCompatibilityVersion === undefined ? {} : { featureCompatibilityVersion }),
    atlasProxy: build.atlasVersion !== undefined || hello.atlasVersion !== undefined,
  };
}

function topologyOf(
  hello: { readonly msg?: unknown; readonly serviceId?: unknown },
  replicaSet: string | undefined,
): MongodbFacts['topology'] {
  if (hello.msg === 'isdbgrid') return 'sharded';
  if (hello.serviceId !== undefined) return 'load-balanced';
  return replicaSet === undefined ? 'standalone' : 'replica-set';
}

/** Not every role may ask, and not every server knows. */
async function readFeatureVersion(admin: Db): Promise<string | undefined> {
  const answer = await admin
    .command({ getParameter: 1, featureCompatibilityVersion: 1 })
    .catch(() => undefined);
  const version = answer?.featureCompatibilityVersion?.version;
  return typeof version === 'string' ? version : undefined;
}

export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((one) => one.split('.').map((part) => Number.parseInt(part, 10) || 0));
  for (let at = 0; at < 3; at += 1) {
    const difference = (left?.[at] ?? 0) - (right?.[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export interface DatabaseSize {
  readonly name: string;
  readonly bytesOnDisk: number;
}

/** Databases that hold what is the server's own; the tools leave out two of them, and so does `all`. */
export const ownDatabases: ReadonlySet<string> = new Set(['admin', 'config', 'local']);
const maxDatabases = 10_000;

/** By name, without the server's own. */
export async function readDatabases(client: MongoClient): Promise<readonly DatabaseSize[]> {
  const { databases } = await client.db('admin').admin().listDatabases();
  if (databases.length > maxDatabases)
    throw mongoError(
      'SOURCE_MISSING_OBJECT',
      `the server has more than ${maxDatabases} databases: name them`,
    );
  return databases
    .filter(({ name }) => !ownDatabases.has(name))
    .map(({ name, sizeOnDisk }) => ({ name, bytesOnDisk: Number(sizeOnDisk ?? 0) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Undefined when it can be read, else why not. */
export async function oplogObstacle(client: MongoClient, server: ServerFacts): Promise<string | undefined> {
  if (server.topology !== 'replica-set') return `the server is ${describeTopology(server.topology)}`;
  if (server.atlasProxy) return 'a shared tier of Atlas does not show its oplog';
  try {
    const newest = await client
      .db('local')
      .collection('oplog.rs')
      .findOne({}, { projection: { ts: 1 } });
    return newest === null ? 'its oplog is empty' : undefined;
  } catch {
    return 'the user may not read local.oplog.rs';
  }
}

export function describeTopology(topology: MongodbFacts['topology']): string {
  return {
    standalone: 'no replica set and has no oplog',
    'replica-set': 'a replica set',
    sharded: 'a sharded cluster, whose oplogs are one a shard',
    'load-balanced': 'behind a load balancer, which hides the oplog',
  }[topology];
}
