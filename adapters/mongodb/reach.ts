/** Connects to a source's server, and decides what the source means there: a database, some, or the whole deployment. */
import type { MongoClient } from 'mongodb';
import { closeQuietly, connect, type MongoConnection, orAborted } from './connection.ts';
import { fromServer } from './errors.ts';
import { decideScope, type Scope } from './scope.ts';
import { oplogObstacle, readDatabases, readServer, type ServerFacts } from './server.ts';
import type { MongodbSource } from './source.ts';

/** What a source means on the server as it is now. */
export interface Reached {
  readonly client: MongoClient;
  readonly server: ServerFacts;
  readonly scope: Scope;
  readonly bytesOnDisk: ReadonlyMap<string, number>;
  /** Why there is no oplog although the plan means the whole server; for a warning. */
  readonly oplogObstacle?: string;
}

/** Connects and decides. The caller closes `client`. @throws HoldfastError, or the signal's reason */
export async function reach(
  source: MongodbSource,
  connection: MongoConnection,
  signal: AbortSignal,
): Promise<Reached> {
  const client = await connect(connection, signal);
  try {
    const server = await orAborted(readServer(client), signal);
    const databases = await orAborted(readDatabases(client), signal);
    const obstacle = await orAborted(oplogObstacle(client, server), signal);
    const scope = decideScope({
      ...{ source, present: databases.map((one) => one.name) },
      ...(connection.database === undefined ? {} : { secretDatabase: connection.database }),
      ...(obstacle === undefined ? {} : { oplogObstacle: obstacle }),
    });
    return {
      ...{ client, server, scope },
      bytesOnDisk: new Map(databases.map((one) => [one.name, one.bytesOnDisk])),
      ...(obstacle === undefined ? {} : { oplogObstacle: obstacle }),
    };
  } catch (thrown) {
    await closeQuietly(client);
    signal.throwIfAborted();
    throw fromServer(thrown, 'looking at the server', connection.secrets);
  }
}

/** Title of a component that is a whole deployment. */
export function deploymentTitle(server: Pick<ServerFacts, 'replicaSet'>): string {
  return server.replicaSet ?? 'all databases';
}
