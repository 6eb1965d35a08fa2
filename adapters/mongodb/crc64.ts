/**
 * CRC-64/XZ (ECMA-182 reflected, polynomial C96C5795D7870F42, all ones before and after): what mongodump writes for
 * each namespace. In WebAssembly because the archive of the whole source passes through it; plain JavaScript, which
 * has no 64-bit integers but BigInt, does a third of it.
 */
import { crc64Wasm } from './crc64-wasm.ts';

/** The part of WebAssembly's interface that is used: the compiler's ES library does not declare it. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
};

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  update(crc: bigint, from: number, length: number): bigint;
}

const polynomial = 0xc96c5795d7870f42n;
const ones = 0xffff_ffff_ffff_ffffn;
const tables = 16;
const tableBytes = tables * 256 * 8;
/** The module has 33 pages of 64 KiB: one MiB of data after the tables leaves room. */
const dataAt = tableBytes;
const maxDataBytes = 1024 * 1024;

let compiled: object | undefined;

/**
 * Takes a chunk once, then sums any ranges of it. One instance serves any number of namespaces, one after the other:
 * the state of each is the caller's, as a running number that begins at `crc64Start`.
 */
export class Crc64 {
  readonly #update: Exports['update'];
  readonly #data: Uint8Array;

  /** Bytes that `load` takes at most. */
  static readonly maxBytes = maxDataBytes;
  static #shared: Crc64 | undefined;

  /** An instance is 2 MiB and a millisecond: for whoever loads and sums without letting go in between. */
  static shared(): Crc64 {
    Crc64.#shared ??= new Crc64();
    return Crc64.#shared;
  }

  constructor() {
    compiled ??= new WebAssembly.Module(Buffer.from(crc64Wasm, 'base64'));
    const { memory, update } = new WebAssembly.Instance(compiled).exports as Exports;
    new BigUint64Array(memory.buffer, 0, tables * 256).set(filledTables());
    this.#update = update;
    this.#data = new Uint8Array(memory.buffer, dataAt, maxDataBytes);
  }

  /** At most `maxBytes`. */
  load(chunk: Uint8Array): void {
    this.#data.set(chunk);
  }

  /** Goes on from `state` over the bytes `from` to `to` of the loaded chunk. */
  update(state: bigint, from: number, to: number): bigint {
    return this.#update(state, dataAt + from, to - from);
  }
}

export const crc64Start = ones;

/** As 16 hexadecimal digits. */
export function crc64Hex(state: bigint): string {
  return crc64Value(state).toString(16).padStart(16, '0');
}

/** The sum so far, unsigned: of nothing it is 0. */
export function crc64Value(state: bigint): bigint {
  return BigInt.asUintN(64, state ^ ones);
}

let filled: BigUint64Array<ArrayBuffer> | undefined;

/** Table 0 is the byte's own; table t is what it becomes t bytes later. */
function filledTables(): BigUint64Array<ArrayBuffer> {
  if (filled !== undefined) return filled;
  const all = new BigUint64Array(tables * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
    all[byte] = crc;
  }
  for (let at = 256; at < all.length; at += 1) {
    const before = all[at - 256] ?? 0n;
    all[at] = (before >> 8n) ^ (all[Number(before & 255n)] ?? 0n);
  }
  filled = all;
  return all;
}
