/**
 * Counts the rows of COPY text: each row ends with one line feed (those within values are written as \n), and
 * pg_dump ends the data of a table with the three lines `\.`, empty, empty. WebAssembly with SIMD, because a loop
 * in JavaScript would take longer than unpacking the data (10 GB/s against 1).
 */
import { newlinesWasm } from './rows-newlines.ts';

interface Newlines {
  readonly memory: { readonly buffer: ArrayBuffer };
  countNewlines(from: number, length: number): number;
}

/** The part of WebAssembly's interface that is used: the compiler's ES library does not declare it. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
};

let compiled: object | undefined;

/** Counts line feeds; has memory of its own, in which data can be unpacked so that it need not be copied there. */
export class NewlineCounter {
  /** 2 MiB. */
  readonly buffer: Uint8Array;
  readonly #memory: Uint8Array;
  readonly #count: Newlines['countNewlines'];

  constructor() {
    compiled ??= new WebAssembly.Module(Buffer.from(newlinesWasm, 'base64'));
    const exports = new WebAssembly.Instance(compiled).exports as Newlines;
    this.#memory = new Uint8Array(exports.memory.buffer);
    this.buffer = new Uint8Array(exports.memory.buffer, 0, 1024 * 1024);
    this.#count = exports.countNewlines;
  }

  /** The number of line feeds in `bytes`, which may be part of `buffer`. */
  count(bytes: Uint8Array): number {
    if (bytes.buffer === this.#memory.buffer) return this.#count(bytes.byteOffset, bytes.length);
    let total = 0;
    for (let at = 0; at < bytes.length; at += this.#memory.length) {
      const piece = bytes.subarray(at, at + this.#memory.length);
      this.#memory.set(piece);
      total += this.#count(0, piece.length);
    }
    return total;
  }
}

const trailer = Buffer.from('\\.\n\n\n', 'latin1');

/** Counts the rows of one table's data, given piece by piece. */
export class RowCounter {
  readonly #counter: NewlineCounter;
  #newlines = 0;
  #tail: Buffer = Buffer.alloc(0);

  constructor(counter: NewlineCounter) {
    this.#counter = counter;
  }

  push(bytes: Uint8Array): void {
    this.#newlines += this.#counter.count(bytes);
    const last = Buffer.from(bytes.subarray(-trailer.length));
    this.#tail =
      last.length === trailer.length ? last : Buffer.concat([this.#tail, last]).subarray(-trailer.length);
  }

  /** The rows, or undefined when the data does not end as COPY text of pg_dump does. */
  rows(): number | undefined {
    return this.#tail.equals(trailer) && this.#newlines >= 3 ? this.#newlines - 3 : undefined;
  }
}
