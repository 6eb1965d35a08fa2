/**
 * A million small objects in a bucket that makes them up: the first backup, the second one (nothing has changed), and
 * a bare listing by the SDK with the same client beside it. Both are measured twice: as fast as loopback gives pages,
 * and at S3's pace. Sealed for real, into a vault that forgets what are packs and keeps indexes in files.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { streamingNodeOptions } from '../infra/node-options.ts';
import type { ListedObject, ObjectStore, StoredObject } from '../test/support/bucket-stand-in.ts';

/**
 * S3's "roughly 100-200 milliseconds" to the first byte (Best practices design patterns: optimizing Amazon S3
 * performance); the shorter one, since then there is less time to hide work in.
 */
const S3_PAGE_MS = 100;

export interface MillionFigures {
  readonly filesMillionObjects: number;
  readonly filesMillionFirstSeconds: number;
  /** Processor time of the first run, an object. */
  readonly filesMillionFirstCpuMicroseconds: number;
  readonly filesMillionPeakRssMiB: number;
  /** Alive in V8's heap after a whole collection, at most; and buffers outside of it. */
  readonly filesMillionLiveHeapMiB: number;
  readonly filesMillionBuffersMiB: number;
  readonly filesMillionSecondSeconds: number;
  readonly filesMillionListingSeconds: number;
  /** Processor time, an entry. */
  readonly filesMillionSecondCpuMicroseconds: number;
  readonly filesMillionListingCpuMicroseconds: number;
  /** The second run against a bare listing: on loopback, and with pages at S3's pace. */
  readonly filesMillionSecondRatio: number;
  readonly filesMillionSecondRatioAtS3Pace: number;
  /** The same against a listing as the run itself lists, which is quicker than the SDK's. */
  readonly filesMillionSecondRatioOwnAtS3Pace: number;
  readonly filesMillionOwnListingCpuMicroseconds: number;
  readonly filesMillionSecondPeakRssMiB: number;
}

/** Objects of 200 to 1,223 bytes, in folders of a thousand. */
export function madeUpBucket(objects: number): ObjectStore {
  const modified = new Date('2026-01-01T00:00:00Z');
  const keyOf = (at: number) => {
    const digits = String(at).padStart(7, '0');
    return `uploads/${digits.slice(0, 4)}/photo-${digits}.jpg`;
  };
  const sizeOf = (at: number) => 200 + (at % 1024);
  const etagOf = (at: number) => at.toString(16).padStart(32, '0');
  const atOf = (key: string) => Number(key.slice(-11, -4));
  return {
    *list(_prefix, after, limit): Generator<ListedObject> {
      const from = after === '' ? 0 : atOf(after) + 1;
      for (let at = from; at < Math.min(objects, from + limit); at += 1)
        yield { key: keyOf(at), size: sizeOf(at), etag: etagOf(at), modified };
    },
    get(key): StoredObject {
      const at = atOf(key);
      const content = Buffer.alloc(sizeOf(at), createHash('md5').update(key).digest());
      return { content, etag: etagOf(at), modified, headers: { 'content-type': 'image/jpeg' } };
    },
  };
}

export async function benchFilesMillion(
  say: (text: string) => void,
  objects = 1_000_000,
): Promise<MillionFigures> {
  const server = fork(fileURLToPath(new URL('files-million-server.ts', import.meta.url)), [String(objects)]);
  const workers: ChildProcess[] = [];
  const start = (task: string, endpoint: string) => {
    const worker = fork(
      fileURLToPath(new URL('files-million-worker.ts', import.meta.url)),
      [JSON.stringify({ task, endpoint })],
      // As the functions run.
      { execArgv: [streamingNodeOptions] },
    );
    workers.push(worker);
    return worker;
  };
  try {
    const endpoint = String(await messageOf(server));
    const part = async (name: string, worker: ChildProcess): Promise<Figures> => {
      const figures = (await messageOf(worker)) as Figures;
      const { seconds = 0, cpuSeconds = 0, peakRssMiB, liveHeapMiB, buffersMiB } = figures;
      const memory =
        peakRssMiB === undefined
          ? ''
          : `, peak ${mib(peakRssMiB)} (alive in the heap ${mib(liveHeapMiB)}, buffers ${mib(buffersMiB)})`;
      say(`${name}: ${seconds.toFixed(1)} s, ${perObject(cpuSeconds).toFixed(1)} µs an object${memory}`);
      return figures;
    };
    const perObject = (seconds = 0) => (seconds * 1e6) / objects;
    const listing = await part('listing', start('list', endpoint));
    const ownListing = await part('listing, as a run lists', start('listOwn', endpoint));
    const backups = start('backup', endpoint);
    const first = await part('first', backups);
    const again = async (name: string): Promise<Figures> => {
      backups.send('again');
      const figures = await part(name, backups);
      if (figures.unchanged !== objects) throw new Error(`the ${name} run read ${figures.read} objects`);
      return figures;
    };
    const second = await again('second');
    server.send(S3_PAGE_MS);
    const pacedListing = await part(`listing, ${S3_PAGE_MS} ms a page`, start('list', endpoint));
    const pacedOwn = await part('as a run lists, at that pace', start('listOwn', endpoint));
    const paced = await again(`third, ${S3_PAGE_MS} ms a page`);
    const ended = once(backups, 'exit');
    backups.send('end');
    await ended;
    return {
      filesMillionObjects: objects,
      filesMillionFirstSeconds: round(first.seconds),
      filesMillionFirstCpuMicroseconds: round(perObject(first.cpuSeconds)),
      filesMillionPeakRssMiB: round(first.peakRssMiB),
      filesMillionLiveHeapMiB: round(first.liveHeapMiB),
      filesMillionBuffersMiB: round(first.buffersMiB),
      filesMillionSecondSeconds: round(second.seconds),
      filesMillionListingSeconds: round(listing.seconds),
      filesMillionSecondCpuMicroseconds: round(perObject(second.cpuSeconds)),
      filesMillionListingCpuMicroseconds: round(perObject(listing.cpuSeconds)),
      filesMillionSecondRatio: round((second.seconds ?? 0) / (listing.seconds ?? 0)),
      filesMillionSecondRatioAtS3Pace: round((paced.seconds ?? 0) / (pacedListing.seconds ?? 0)),
      filesMillionOwnListingCpuMicroseconds: round(perObject(ownListing.cpuSeconds)),
      filesMillionSecondRatioOwnAtS3Pace: round((paced.seconds ?? 0) / (pacedOwn.seconds ?? 0)),
      filesMillionSecondPeakRssMiB: round(second.peakRssMiB),
    };
  } finally {
    for (const one of [server, ...workers]) one.kill('SIGKILL');
  }
}

type Figures = Partial<Record<string, number>>;

async function messageOf(child: ChildProcess): Promise<unknown> {
  const ended = new AbortController();
  const exit = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
    throw new Error(`a process of the bench ended with ${code}`);
  });
  exit.catch(() => {});
  try {
    const [message] = (await Promise.race([once(child, 'message', { signal: ended.signal }), exit])) as [
      unknown,
    ];
    return message;
  } finally {
    ended.abort();
  }
}

function mib(value = 0): string {
  return `${value.toFixed(0)} MiB`;
}

function round(value = 0): number {
  return Math.round(value * 100) / 100;
}
