/**
 * MongoDB's tools and servers for tests. `mongo` is undefined where this machine has none and can get none: write
 * `describe.skipIf(!mongo)`; the setup has said why in one line.
 */
import { mongodProgram } from '../../local/mongo/mongod.ts';
import { type MongoServer, startMongo as start } from '../../local/mongo/server.ts';
import { mongoBinDir } from '../../local/mongo/tools.ts';

export type { MongoServer } from '../../local/mongo/server.ts';

const say = (line: string) => console.warn(line);

async function look() {
  const [binDir, mongod] = await Promise.all([
    mongoBinDir({ onProgress: say }),
    mongodProgram({ onProgress: say }),
  ]);
  return binDir === undefined || mongod === undefined ? undefined : { binDir, mongod };
}

/** Where the tools are, and a program that plays mongod. Cached on this machine by the setup: found in milliseconds. */
export const mongo = await look();

/** A server of a test's own; stop it. */
export async function startMongo(options: { readonly tls?: boolean } = {}): Promise<MongoServer> {
  const server = await start({ ...options, ...(mongo ? { mongod: mongo.mongod.path } : {}) });
  if (!server) throw new Error('this machine has no MongoDB server: the test should have been skipped');
  return server;
}
