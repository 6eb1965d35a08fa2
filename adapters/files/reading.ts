/**
 * Files read and hashed beside the thread that does everything else. A file costs four calls of the system; made one by
 * one from the main thread, each is a trip to the thread pool and back, which takes longer than reading a small file.
 * Here a thread makes them one after the other for several files at a time, into shared memory, so nothing is copied.
 * One thread is as fast as a disk that has the files in memory; where it waits for each file (a network file system),
 * others join it.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** What waits for files rather than working on them gets company. */
const THREADS = 4;
/** Messages that a thread has at a time: one that it works on, and the next. */
const BATCHES = 2;
const BATCH_FILES = 16;
/** What a thread needs that does not wait, with room to spare: for a file, and for each byte. */
const FILE_MS = 2;
const BYTE_MS = 1 / 200_000;
/** Batches in a row that took longer: now and then it is only the processor that is busy. */
const SLOW_BATCHES = 12;

/** Of each file in a reply: see `thread`. */
const NUMBERS = 9;
const HASH_BYTES = 32;

/** A text and no file of its own: a function is bundled into one. What fails here is read again by who asked. */
const thread = `
const { parentPort } = require('node:worker_threads');
const { closeSync, fstatSync, openSync, readSync } = require('node:fs');
const { hash } = require('node:crypto');
parentPort.on('message', ({ flags, files }) => {
  const began = performance.now();
  const numbers = new BigInt64Array(files.length * ${NUMBERS});
  const hashes = new Uint8Array(files.length * ${HASH_BYTES});
  files.forEach(({ path, memory, bytes }, at) => {
    let fd;
    try {
      fd = openSync(path, flags);
      const content = new Uint8Array(memory, 0, bytes);
      const readAt = Date.now();
      const came = readSync(fd, content, 0, bytes, 0);
      const { size, mtimeNs, ctimeNs, ino, mode, uid, gid } = fstatSync(fd, { bigint: true });
      hashes.set(hash('sha256', content, 'buffer'), at * ${HASH_BYTES});
      numbers.set([1n, BigInt(readAt), size === BigInt(came) ? size : -1n, mtimeNs, ctimeNs, ino, mode, uid, gid], at * ${NUMBERS});
    } catch {}
    try {
      if (fd !== undefined) closeSync(fd);
    } catch {}
  });
  parentPort.postMessage({ numbers, hashes, tookMs: performance.now() - began }, [numbers.buffer, hashes.buffer]);
});
`;

export interface AsRead {
  /** Milliseconds since 1970, before the first byte was read. */
  readonly readAtMs: number;
  /** Afterwards; undefined when fewer or more bytes came than the file has. */
  readonly size: number | undefined;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly ino: bigint;
  readonly mode: bigint;
  readonly uid: bigint;
  readonly gid: bigint;
  readonly sha256: Buffer;
}

interface Asked {
  readonly path: string;
  readonly content: Buffer;
  readonly resolve: (read: AsRead | undefined) => void;
}

interface Reply {
  readonly numbers: BigInt64Array;
  readonly hashes: Uint8Array;
  readonly tookMs: number;
}

interface Thread {
  readonly worker: Worker;
  /** What it works on, in turn. */
  readonly batches: Asked[][];
}

export class Reading {
  readonly #flags: number;
  readonly #threads: Thread[] = [];
  #queue: Asked[] = [];
  #isScheduled = false;
  #slow = 0;
  #isClosed = availableParallelism() < 2;

  /** @param flags of `open` */
  constructor(flags: number) {
    this.#flags = flags;
  }

  /**
   * Reads a file from its beginning into `content`, which is in shared memory and nobody else's until then. Undefined:
   * it could not be read, or there is no thread to do it.
   */
  read(path: string, content: Buffer): Promise<AsRead | undefined> | undefined {
    if (this.#isClosed) return undefined;
    const { promise, resolve } = Promise.withResolvers<AsRead | undefined>();
    this.#queue.push({ path, content, resolve });
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      // Whatever else is asked for meanwhile goes with it.
      setImmediate(() => this.#hand());
    }
    return promise;
  }

  close(): void {
    this.#endAll();
  }

  #hand(): void {
    this.#isScheduled = false;
    if (this.#threads.length === 0 && this.#queue.length > 0) this.#start();
    if (this.#isClosed) return;
    for (let round = 0; round < BATCHES; round += 1) {
      for (const { worker, batches } of this.#threads) {
        // The next one may wait until it is worth its message.
        if (this.#queue.length <= round * (BATCH_FILES / 2)) return;
        if (batches.length > round) continue;
        const batch = this.#queue.splice(0, BATCH_FILES);
        batches.push(batch);
        const files = batch.map(({ path, content }) => ({
          path,
          memory: content.buffer,
          bytes: content.length,
        }));
        // Whoever waits for a file keeps the process running.
        worker.ref();
        worker.postMessage({ flags: this.#flags, files });
      }
    }
  }

  #start(): void {
    let worker: Worker;
    try {
      worker = new Worker(thread, { eval: true, name: 'reading' });
    } catch {
      this.#endAll();
      return;
    }
    const own: Thread = { worker, batches: [] };
    this.#threads.push(own);
    worker.on('message', (reply: Reply) => this.#take(own, reply));
    // Out of memory, or not allowed: then everything is read by who asked.
    worker.on('error', () => this.#endAll());
    worker.on('exit', () => this.#endAll());
  }

  #take({ worker, batches }: Thread, { numbers, hashes, tookMs }: Reply): void {
    const batch = batches.shift() ?? [];
    let bytes = 0;
    for (const [at, { content, resolve }] of batch.entries()) {
      bytes += content.length;
      resolve(asRead(numbers.subarray(at * NUMBERS), hashes, at));
    }
    this.#slow = tookMs > batch.length * FILE_MS + bytes * BYTE_MS ? this.#slow + 1 : 0;
    if (this.#slow >= SLOW_BATCHES && this.#threads.length < THREADS) {
      this.#slow = 0;
      this.#start();
    }
    if (batches.length === 0) worker.unref();
    this.#hand();
  }

  #endAll(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const asked = [...this.#threads.flatMap(({ batches }) => batches.flat()), ...this.#queue];
    this.#queue = [];
    for (const { worker } of this.#threads) void worker.terminate();
    for (const { resolve } of asked) resolve(undefined);
  }
}

function asRead(numbers: BigInt64Array, hashes: Uint8Array, at: number): AsRead | undefined {
  const [done, readAt, size, mtimeNs, ctimeNs, ino, mode, uid, gid] = numbers as unknown as Numbers;
  if (done === 0n) return undefined;
  const from = hashes.byteOffset + at * HASH_BYTES;
  return {
    readAtMs: Number(readAt),
    size: size < 0n ? undefined : Number(size),
    mtimeNs,
    ctimeNs,
    ino: BigInt.asUintN(64, ino),
    mode,
    uid,
    gid,
    sha256: Buffer.from(hashes.buffer as ArrayBuffer, from, HASH_BYTES),
  };
}

type Numbers = [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
