/**
 * A million small objects in a bucket that makes them up: the first backup, the second one (nothing has changed), and
 * a bare listing with the same client beside it, each in a process of its own. Sealed for real, into a vault that
 * forgets what are packs and keeps indexes.
 */
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { streamingNodeOptions } from '../infra/node-options.ts';
import type { ListedObject, ObjectStore, StoredObject } from '../test/support/bucket-stand-in.ts';

export interface MillionFigures {
  readonly filesMillionObjects: number;
  readonly filesMillionFirstSeconds: number;
  readonly filesMillionSecondSeconds: number;
  readonly filesMillionListingSeconds: number;
  /** The second run against a bare listing. */
  readonly filesMillionSecondRatio: number;
  readonly filesMillionPeakRssMiB: number;
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
  try {
    const endpoint = await new Promise<string>((resolve, reject) => {
      server.once('message', (message) => resolve(String(message)));
      server.once('exit', (code) => reject(new Error(`the stand-in ended with ${code}`)));
    });
    const worker = new URL('files-million-worker.ts', import.meta.url);
    const listing = await run(worker, { task: 'list', endpoint });
    say(`listing: ${listing.seconds?.toFixed(1)} s`);
    const both = await run(worker, { task: 'backup', endpoint });
    say(
      `first: ${both.firstSeconds?.toFixed(1)} s, peak ${both.firstPeakRssMiB?.toFixed(0)} MiB; second: ${both.secondSeconds?.toFixed(1)} s`,
    );
    const second = both.secondSeconds ?? 0;
    return {
      filesMillionObjects: objects,
      filesMillionFirstSeconds: round(both.firstSeconds ?? 0),
      filesMillionSecondSeconds: round(second),
      filesMillionListingSeconds: round(listing.seconds ?? 0),
      filesMillionSecondRatio: round(second / (listing.seconds ?? 1)),
      filesMillionPeakRssMiB: Math.round(both.firstPeakRssMiB ?? 0),
      filesMillionSecondPeakRssMiB: Math.round(both.secondPeakRssMiB ?? 0),
    };
  } finally {
    server.kill('SIGKILL');
  }
}

type Figures = Partial<Record<string, number>>;

async function run(worker: URL, job: { readonly task: string; readonly endpoint: string }): Promise<Figures> {
  const child = fork(fileURLToPath(worker), [JSON.stringify(job)], {
    // As the functions run.
    execArgv: [streamingNodeOptions],
  });
  return new Promise((resolve, reject) => {
    let figures: Figures | undefined;
    child.once('message', (message) => {
      figures = message as Figures;
    });
    child.once('exit', (code) =>
      figures === undefined ? reject(new Error(`the worker ended with ${code}`)) : resolve(figures),
    );
  });
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
