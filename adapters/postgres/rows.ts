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

let newlines: { readonly memory: Uint8Array; count: Newlines['countNewlines'] } | undefined;

function load(): NonNullable<typeof newlines> {
  const module = new WebAssembly.Module(Buffer.from(newlinesWasm, 'base64'));
  const exports = new WebAssembly.Instance(module).exports as Newlines;
  return { memory: new Uint8Array(exports.memory.buffer), count: exports.countNewlines };
}

/** The number of line feeds in `bytes`. */
export function countNewlines(bytes: Uint8Array): number {
  newlines ??= load();
  const { memory, count } = newlines;
  let total = 0;
  for (let at = 0; at < bytes.length; at += memory.length) {
    const piece = bytes.subarray(at, at + memory.length);
    memory.set(piece);
    total += count(0, piece.length);
  }
  return total;
}

const trailer = Buffer.from('\\.\n\n\n', 'latin1');

/** Counts the rows of one table's data, given piece by piece. */
export class RowCounter {
  plainBytes = 0;
  #newlines = 0;
  #tail: Buffer = Buffer.alloc(0);

  push(bytes: Uint8Array): void {
    this.plainBytes += bytes.length;
    this.#newlines += countNewlines(bytes);
    const last = Buffer.from(bytes.subarray(-trailer.length));
    this.#tail =
      last.length === trailer.length ? last : Buffer.concat([this.#tail, last]).subarray(-trailer.length);
  }

  /** The rows, or undefined when the data does not end as COPY text of pg_dump does. */
  rows(): number | undefined {
    return this.#tail.equals(trailer) && this.#newlines >= 3 ? this.#newlines - 3 : undefined;
  }
}
