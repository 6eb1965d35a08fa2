/**
 * The sample's document database: a MongoDB server where this machine has one (or Java and Maven for a stand-in), in
 * memory or a folder that is thrown away; it outlives `npm start` until `npm stop`.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { accepts, freePort } from '../../adapters/loopback.ts';
import { mongodProgram } from '../mongo/mongod.ts';
import { mongoBinDir } from '../mongo/tools.ts';
import { runDir } from '../run-dir.ts';

const home = join(runDir, 'documents');
const pidFile = join(home, 'pid');
const startTimeoutMs = 60_000;

export interface SampleDocuments {
  /** Of the database with the sample's data. */
  readonly url: string;
  /** False: the stand-in in Java. */
  readonly real: boolean;
  readonly documents: number;
}

/** Undefined where there is no way to a server or to the tools; `say` gets the reason. */
export async function startSampleDocuments(
  say: (line: string) => void,
): Promise<SampleDocuments | undefined> {
  const [program, tools] = await Promise.all([
    mongodProgram({ onProgress: say }),
    mongoBinDir({ onProgress: say }),
  ]);
  if (!program || !tools) return undefined;
  await stopSampleDocuments();
  await rm(home, { recursive: true, force: true });
  mkdirSync(join(home, 'data'), { recursive: true });
  const port = await freePort();
  const log = openSync(join(home, 'log'), 'a', 0o600);
  const args = ['--port', String(port), '--dbpath', join(home, 'data'), '--bind_ip', '127.0.0.1'];
  const child = spawn(program.path, args, { cwd: home, stdio: ['ignore', log, log], detached: true });
  child.unref();
  closeSync(log);
  await writeFile(pidFile, String(child.pid));
  await ready(port);
  const url = `mongodb://127.0.0.1:${port}/carts`;
  say(`${program.real ? 'MongoDB' : 'a stand-in for MongoDB, in Java,'} listens on 127.0.0.1:${port}`);
  return { url, real: program.real, documents: await fill(url) };
}

/** True when one ran. */
export async function stopSampleDocuments(): Promise<boolean> {
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''));
  await rm(pidFile, { force: true });
  if (!pid || !isOurs(pid)) return false;
  process.kill(-pid, 'SIGKILL');
  return true;
}

/** A file may name a process that has gone, and whose number another one got since. */
function isOurs(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(home);
  } catch {
    return false;
  }
}

async function fill(url: string): Promise<number> {
  const client = await new MongoClient(url).connect();
  try {
    const carts = client.db().collection<{ _id: number }>('open');
    const batch = (from: number) =>
      Array.from({ length: 5000 }, (_, n) => ({
        _id: from + n,
        customer: (from + n) % 700,
        items: [{ product: (from + n) % 97, quantity: 1 + (n % 3) }],
        at: new Date(Date.UTC(2026, 10, 1) + (from + n) * 1000),
      }));
    for (let from = 0; from < 20_000; from += 5000) await carts.insertMany(batch(from));
    await carts.createIndex({ customer: 1 });
    await client
      .db()
      .collection<{ _id: string }>('products')
      .insertMany(Array.from({ length: 97 }, (_, n) => ({ _id: `p${n}`, name: `Product ${n}` })));
    return 20_097;
  } finally {
    await client.close();
  }
}

async function ready(port: number): Promise<void> {
  for (const deadline = Date.now() + startTimeoutMs; ; await sleep(50)) {
    if (await accepts(port)) return;
    if (Date.now() > deadline)
      throw new Error(`the MongoDB server was not ready in time: see ${join(home, 'log')}`);
  }
}
