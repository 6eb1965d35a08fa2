/**
 * What of a server a restore finds out on its way, and a person wants to know sooner: what the user may do in its
 * databases, and how much room there is. Only asks; a server that does not answer such questions makes it `unknown`.
 */
import type { Document, MongoClient } from 'mongodb';
import type { Seen } from '../../core/restore/checks.ts';
import { orAborted, sayHello } from './connection.ts';
import type { MongodbFacts } from './model.ts';
import { isWanted, type RestoreTarget } from './restore-options.ts';

/** What mongorestore does in each database; dropping only where that was asked for. */
function actionsFor({ drop }: RestoreTarget): readonly string[] {
  return ['createCollection', 'insert', 'createIndex', ...(drop ? ['dropCollection'] : [])];
}

const grantRestore =
  'Grant the user of the secret the role `restore` on admin, or `readWrite` on these databases (docs/mongodb.md).';

export async function rightsSeen(
  client: MongoClient,
  target: RestoreTarget,
  signal: AbortSignal,
): Promise<Seen> {
  const status = await askedFor(client, 'admin', { connectionStatus: 1, showPrivileges: true }, signal);
  const { authenticatedUsers: users, authenticatedUserPrivileges: privileges } = status?.authInfo ?? {};
  if (Array.isArray(users) && users.length === 0) return 'the server asks nobody to log in';
  if (!Array.isArray(privileges)) {
    return { state: 'unknown', detail: 'the server does not tell what the user may do', next: grantRestore };
  }
  const wanted = actionsFor(target);
  const lacking = [...target.databases.values()].flatMap((database) => {
    const missing = wanted.filter((action) => !mayIn(privileges, database, action));
    return missing.length > 0 ? [`${missing.join(', ')} in ${database}`] : [];
  });
  if (lacking.length === 0) return `${wanted.join(', ')} in ${[...target.databases.values()].join(', ')}`;
  // Rights on single collections count to the server as well.
  const partly = privileges.some(({ resource }: Document) => Boolean(resource?.collection));
  return {
    state: partly ? 'warning' : 'failed',
    detail: `the user lacks ${lacking.join('; ')}${partly ? ', unless what it may do with single collections is enough' : ''}`,
    next: grantRestore,
  };
}

function mayIn(privileges: readonly Document[], database: string, action: string): boolean {
  return privileges.some(({ resource, actions }) => {
    if (!Array.isArray(actions) || !(actions.includes(action) || actions.includes('anyAction'))) return false;
    if (resource?.anyResource === true) return true;
    return resource?.collection === '' && (resource?.db === '' || resource?.db === database);
  });
}

/** Indexes come on top of documents, which the server compresses: so estimated high. */
const spaceFactor = 1.1;

export function neededBytes({ collections, sizeBytes }: MongodbFacts, target: RestoreTarget): number {
  const wanted = collections.filter((one) => isWanted(target, one));
  const sum = wanted.reduce((bytes, one) => bytes + one.sizeBytes, 0);
  // Where the server did not say how large each is.
  const bytes = sum > 0 || target.only !== undefined ? sum : sizeBytes;
  return Math.ceil(bytes * spaceFactor);
}

export async function spaceSeen(client: MongoClient, needs: number, signal: AbortSignal): Promise<Seen> {
  const words = `the restore takes about ${needs} bytes, by the size of the documents`;
  const next = 'Look at the free storage of the server yourself (of Atlas: the metric Disk Free).';
  const hello = await orAborted(sayHello(client), signal);
  if (hello.msg === 'isdbgrid') {
    return {
      state: 'unknown',
      detail: `${words}; how it spreads over the shards is not known before`,
      next,
    };
  }
  const { fsTotalSize, fsUsedSize } = (await askedFor(client, 'admin', { dbStats: 1 }, signal)) ?? {};
  // A server that keeps no files of its own, or that tells it to nobody, says 0 or nothing.
  if (typeof fsTotalSize !== 'number' || typeof fsUsedSize !== 'number' || fsTotalSize === 0) {
    return { state: 'unknown', detail: `${words}; the server does not tell this user what is free`, next };
  }
  const free = fsTotalSize - fsUsedSize;
  if (free >= needs) return `${words}; ${free} are free`;
  return {
    state: 'warning',
    detail: `${words}; only ${free} are free. Compressed it may fit all the same`,
    next: 'Make room on the server first.',
  };
}

/** Undefined where the server does not answer that. */
async function askedFor(
  client: MongoClient,
  database: string,
  command: Document,
  signal: AbortSignal,
): Promise<Document | undefined> {
  try {
    return await orAborted(client.db(database).command(command), signal);
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
