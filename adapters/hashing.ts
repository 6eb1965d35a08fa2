/**
 * SHA-256 beside the thread that does everything else: hashing what is stored is a fifth of its work, and the other
 * processor has room. The bytes lie in shared memory, so nothing is copied. Where there is one processor, or the thread
 * cannot be had, it is done here. (Not crypto.subtle: it copies all bytes into new memory, which takes longer than
 * hashing them.)
 */
import { createHash, type Hash, hash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { HoldfastError } from '../core/errors.ts';

/** What is smaller is hashed sooner than it is handed over. */
const WORTH_BYTES = 1024 * 1024;

/** A text and no file of its own: a function is bundled into one. */
const thread = `
const { parentPort } = require('node:worker_threads');
const { createHash, hash } = require('node:crypto');
const wholes = new Map();
parentPort.on('message', ({ id, of, memory, from, bytes, last }) => {
  if (memory === undefined) return wholes.delete(of);
  const content = new Uint8Array(memory, from, bytes);
  let sha256;
  if (of === undefined) sha256 = hash('sha256', content, 'buffer');
  else {
    const whole = (wholes.get(of) ?? createHash('sha256')).update(content);
    if (last) sha256 = whole.digest();
    if (last) wholes.delete(of);
    else wholes.set(of, whole);
  }
  parentPort.postMessage({ id, sha256 });
});
`;

/** Bytes that come piece by piece, hashed as one. A piece stays as it is until `update` or `end` of it resolves. */
export interface HashedWhole {
  /** Not to be waited for before the next. Never rejects. */
  update(bytes: Buffer): Promise<unknown>;
  /** With the last bytes. Rejects with INTERNAL when the thread ended in the middle. */
  end(bytes: Buffer): Promise<Buffer>;
  /** Nobody asks for it any more. */
  drop(): void;
}

interface Whole {
  readonly id: number;
  /** The thread has hashed bytes of it, which may be others by now: nobody else can end it. */
  isBegun: boolean;
  /** Where it is hashed when not in the thread. */
  here: Hash | undefined;
}

interface Job {
  readonly content: Buffer;
  readonly of?: Whole;
  readonly last?: boolean;
}

interface Waiting extends Job {
  readonly resolve: (sha256: Buffer | undefined) => void;
  readonly reject: (reason: unknown) => void;
}

interface Reply {
  readonly id: number;
  readonly sha256: Uint8Array | undefined;
}

const nothing = Buffer.alloc(0);

export class Hashing {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #isHere = availableParallelism() < 2;
  #count = 0;

  /** @param content as it stands until the promise resolves */
  async sha256Of(content: Buffer): Promise<Buffer> {
    const worth = content.buffer instanceof SharedArrayBuffer && content.length >= WORTH_BYTES;
    return (worth ? await this.#hand({ content }) : undefined) ?? hash('sha256', content, 'buffer');
  }

  /** Its pieces should be in shared memory; others are copied. */
  whole(): HashedWhole {
    this.#count += 1;
    const of: Whole = { id: this.#count, isBegun: false, here: undefined };
    return {
      update: (content) => this.#hand({ content, of }),
      end: async (content) => (await this.#hand({ content, of, last: true })) ?? nothing,
      drop: () => this.#worker?.postMessage({ of: of.id }),
    };
  }

  close(): void {
    const worker = this.#worker;
    this.#endHere();
    void worker?.terminate();
  }

  async #hand(job: Job): Promise<Buffer | undefined> {
    const worker = this.#isHere ? undefined : (this.#worker ?? this.#start());
    if (worker === undefined) return runHere(job);
    const { content, of, last } = job;
    this.#count += 1;
    const id = this.#count;
    const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>();
    this.#waiting.set(id, { ...job, resolve, reject });
    // Whoever waits for a hash keeps the process running.
    worker.ref();
    const { buffer: memory, byteOffset: from, length: bytes } = content;
    worker.postMessage({ id, of: of?.id, memory, from, bytes, last });
    return promise;
  }

  #start(): Worker | undefined {
    try {
      const worker = new Worker(thread, { eval: true, name: 'hashing' });
      worker.on('message', (reply: Reply) => this.#take(reply, worker));
      // Out of memory, or not allowed: then everything that waits is hashed here.
      worker.on('error', () => this.#endHere());
      worker.on('exit', () => this.#endHere());
      this.#worker = worker;
    } catch {
      this.#endHere();
    }
    return this.#worker;
  }

  #take({ id, sha256 }: Reply, worker: Worker): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) worker.unref();
    if (waiting?.of !== undefined) waiting.of.isBegun = true;
    waiting?.resolve(sha256 && Buffer.from(sha256.buffer, sha256.byteOffset, sha256.byteLength));
  }

  #endHere(): void {
    this.#isHere = true;
    this.#worker = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { resolve, reject, ...job } of waiting) {
      try {
        resolve(runHere(job));
      } catch (thrown) {
        reject(thrown);
      }
    }
  }
}

function runHere({ content, of, last }: Job): Buffer | undefined {
  if (of === undefined) return hash('sha256', content, 'buffer');
  if (of.isBegun) {
    if (last) throw new HoldfastError('INTERNAL', 'the thread that hashes what is stored has ended');
    return undefined;
  }
  of.here ??= createHash('sha256');
  of.here.update(content);
  return last ? of.here.digest() : undefined;
}

let shared: Hashing | undefined;

/** The process's own. */
export function sharedHashing(): Hashing {
  shared ??= new Hashing();
  return shared;
}
