/**
 * MongoDB: a backup into a stand-in for S3 that discards, against `mongodump --archive` to nothing, over the same server;
 * and how fast an archive is read along. The stand-in for the server, in Java, keeps at most about 40 MB in a collection.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { startMongo } from '../local/mongo/server.ts';
import { mongoBinDir } from '../local/mongo/tools.ts';
import { mongoReaderMegabytesPerSecond } from './mongo-reader.ts';
import { makeKeys, round2, sidesOf, standIn, timed, worker } from './sides.ts';

const collections = 6;
const documentsEach = 28_000;

export async function benchMongo(
  say: (text: string) => void,
  { rounds, parallelism }: { readonly rounds: number; readonly parallelism: number },
): Promise<Record<string, unknown>> {
  const mongoReaderMBps = Math.round(await mongoReaderMegabytesPerSecond());
  say(`reading along: ${mongoReaderMBps} MB/s`);
  const bin = await mongoBinDir({ onProgress: say });
  const server = bin === undefined ? undefined : await startMongo({ onProgress: say });
  if (!server || bin === undefined) return { mongoReaderMBps };
  process.env.MONGO_TOOLS_BIN = bin;
  const home = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  const discard = await standIn();
  const { note, middle, sides, peakRssMiB } = sidesOf(say);
  try {
    const bytes = await fill(server.url('bench'));
    say(`${(bytes / 1e6).toFixed(0)} MB of documents${server.real ? '' : ', in a stand-in for MongoDB'}`);
    const keysFile = await makeKeys(home);
    const uri = `--uri=${server.url('bench')}`;
    // Not to a file: what is measured is the tool itself.
    const raw = () =>
      timed('sh', ['-c', `exec "$0" --quiet --archive "$1" > /dev/null`, join(bin, 'mongodump'), uri]);
    const ours = (minute: number) =>
      worker({
        task: 'backup',
        endpoint: discard.endpoint,
        source: { kind: 'mongodb', evidence: { level: 'none' } },
        url: server.url('bench'),
        parallelism,
        keysFile,
        slot: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString().replace('.000Z', 'Z'),
      });
    await raw();
    await ours(0);
    for (let round = 1; round <= rounds + 2; round += 1) {
      note('mongodump', await raw());
      note('mongo backup', await ours(round));
    }
    return {
      mongoReaderMBps,
      mongoDumpRatio: round2(middle('mongo backup') / middle('mongodump')),
      mongoPeakRssMiB: peakRssMiB('mongo backup'),
      mongoRaw: sides,
    };
  } finally {
    discard.stop();
    await server.stop();
    await rm(home, { recursive: true, force: true });
  }
}

async function fill(url: string): Promise<number> {
  const client = await new MongoClient(url).connect();
  let bytes = 0;
  try {
    for (let number = 0; number < collections; number += 1) {
      const collection = client.db().collection<{ _id: number }>(`orders_${number}`);
      for (let from = 0; from < documentsEach; from += 4000) {
        const batch = Array.from({ length: 4000 }, (_, n) => ({
          _id: from + n,
          customer: ((from + n) * 7919) % 50_000,
          lines: Array.from({ length: 6 }, (_line, line) => ({
            product: (n * line) % 997,
            quantity: 1 + line,
            note: `${from + n}-${line}-`.repeat(8),
          })),
        }));
        await collection.insertMany(batch);
        bytes += batch.length * 1200;
      }
    }
  } finally {
    await client.close();
  }
  return bytes;
}
