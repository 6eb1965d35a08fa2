/**
 * SHA-256 of contents beside the thread that does everything else: hashing what is read is a quarter of its work, and
 * the other processor has room. The contents lie in shared memory, so nothing is copied. Where there is one processor,
 * or the thread ends, it is done here. (Not crypto.subtle: it copies each content into new memory, which took longer
 * than hashing it.)
 */
import { hash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** What is smaller is hashed sooner than it is handed over. */
const WORTH_BYTES = 64 * 1024;

/** A text and no file of its own: a function is bundled into one. */
const thread = `
const { parentPort } = require('node:worker_threads');
const { hash } = require('node:crypto');
parentPort.on('message', ({ id, memory, bytes }) => {
  parentPort.postMessage({ id, sha256: hash('sha256', new Uint8Array(memory, 0, bytes), 'buffer') });
});
`;

interface Waiting {
  readonly content: Buffer;
  readonly resolve: (sha256: Buffer) => void;
}

export class Hashing {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #here = availableParallelism() < 2;
  #count = 0;

  /** @param content as it stands until the promise resolves */
  sha256Of(content: Buffer): Promise<Buffer> | Buffer {
    const { buffer, length } = content;
    if (this.#here || length < WORTH_BYTES || !(buffer instanceof SharedArrayBuffer))
      return hash('sha256', content, 'buffer');
    this.#worker ??= this.#start();
    const id = this.#count++;
    const { promise, resolve } = Promise.withResolvers<Buffer>();
    this.#waiting.set(id, { content, resolve });
    this.#worker.postMessage({ id, memory: buffer, bytes: length });
    return promise;
  }

  close(): void {
    this.#here = true;
    void this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(thread, { eval: true, name: 'hashing' });
    worker.unref();
    worker.on('message', ({ id, sha256 }: { id: number; sha256: Uint8Array }) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      waiting?.resolve(Buffer.from(sha256.buffer, sha256.byteOffset, sha256.byteLength));
    });
    // Out of memory, or not allowed: then everything that waits is hashed here.
    worker.on('error', () => this.#endHere());
    worker.on('exit', () => this.#endHere());
    return worker;
  }

  #endHere(): void {
    this.#here = true;
    for (const { content, resolve } of this.#waiting.values()) resolve(hash('sha256', content, 'buffer'));
    this.#waiting.clear();
  }
}
