/**
 * The data blocks of an archive after its head: which entry each belongs to, and where each ends. Lengths only; what
 * is inside goes to the sink as it comes. Promises: `finish` throws unless the stream ended exactly between two
 * blocks, so that output cut short is never taken for whole.
 */
import { damaged } from './restore-toc.ts';

/** Callbacks may return a promise where more must wait. Bytes are only valid during the call. */
export interface BlockSink {
  begin(dumpId: number): void;
  /** Packed bytes of the current entry, or of the current large object within it. */
  bytes(packed: Uint8Array): Promise<void> | undefined;
  /** One large object of the current entry has ended. */
  largeObject(oid: number): Promise<void> | undefined;
  end(): Promise<void> | undefined;
}

const blockTypes = { data: 1, largeObjects: 3 } as const;
const intBytes = 5;

type State = 'block' | 'length' | 'bytes' | 'oid';

export class BlockScanner {
  #state: State = 'block';
  #remaining = 0;
  #oid: number | undefined;
  readonly #carry = Buffer.alloc(1 + intBytes);
  #carried = 0;
  readonly #sink: BlockSink;

  constructor(sink: BlockSink) {
    this.#sink = sink;
  }

  /** @throws HoldfastError INTEGRITY_ARCHIVE for what no archive holds */
  async push(chunk: Uint8Array): Promise<void> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#state === 'bytes') {
        const taken = Math.min(this.#remaining, chunk.length - at);
        const waits = this.#sink.bytes(chunk.subarray(at, at + taken));
        if (waits) await waits;
        at += taken;
        this.#remaining -= taken;
        if (this.#remaining === 0) this.#state = 'length';
        continue;
      }
      const needed = this.#state === 'block' ? 1 + intBytes : intBytes;
      while (this.#carried < needed && at < chunk.length)
        this.#carry[this.#carried++] = chunk[at++] as number;
      if (this.#carried < needed) return;
      this.#carried = 0;
      const waits = this.#field();
      if (waits) await waits;
    }
  }

  /** @throws HoldfastError INTEGRITY_ARCHIVE when the stream ended within a block */
  finish(): void {
    if (this.#state !== 'block' || this.#carried !== 0) throw damaged('it ends within the data of an entry');
  }

  #field(): Promise<void> | undefined {
    if (this.#state === 'block') {
      const type = this.#carry[0];
      if (type !== blockTypes.data && type !== blockTypes.largeObjects)
        throw damaged(`a block has type ${type}`);
      this.#state = type === blockTypes.data ? 'length' : 'oid';
      this.#oid = undefined;
      this.#sink.begin(this.#int(1));
      return undefined;
    }
    if (this.#state === 'oid') {
      // An OID above 2^31 is written as a negative integer.
      const value = this.#int(0) >>> 0;
      this.#state = value === 0 ? 'block' : 'length';
      this.#oid = value;
      return value === 0 ? this.#sink.end() : undefined;
    }
    const value = this.#int(0);
    if (value < 0) throw damaged('a length in it is negative');
    if (value > 0) {
      this.#remaining = value;
      this.#state = 'bytes';
      return undefined;
    }
    if (this.#oid === undefined) {
      this.#state = 'block';
      return this.#sink.end();
    }
    this.#state = 'oid';
    return this.#sink.largeObject(this.#oid);
  }

  #int(at: number): number {
    const magnitude = this.#carry.readUInt32LE(at + 1);
    return this.#carry[at] === 0 ? magnitude : -magnitude;
  }
}
