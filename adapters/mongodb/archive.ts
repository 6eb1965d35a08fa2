/**
 * Reads along with an archive of `mongodump --archive`, in chunks of any size, and keeps none of it. Promise: `end`
 * returns only when the archive is whole: blocks follow each other as the format says, every namespace that the
 * prelude announces was closed, nothing came after its closing, and the CRC-64 of its documents is the one that
 * mongodump wrote there.
 *
 * The format (little-endian): 4 bytes of magic, then blocks. A block is a header document, any number of body
 * documents, and ff ff ff ff. The first block announces the collections; every other one carries documents of one
 * namespace or, without body, closes it. There is no trailer, which is why the announced ones are counted off.
 */
import { HoldfastError } from '../../core/errors.ts';
import { bsonDefect, type HeaderValue, headerFields, readInt32 } from './bson.ts';
import { Crc64, crc64Hex, crc64Start, crc64Value } from './crc64.ts';
import type { ArchiveCompression, MongoArchiveContents, NamespaceName } from './model.ts';
import { buckets, byName, show, withoutBuckets } from './names.ts';
import { OplogEntries } from './oplog-entries.ts';

export interface WalkOptions {
  /** Whom to blame: mongodump on the way out (DUMP_…), or what was stored (INTEGRITY_ARCHIVE). */
  readonly purpose: 'dump' | 'read';
  /**
   * `lengths`: their lengths and CRC, on the way out. `whole`: every byte of every document, for `readable`. The
   * oplog's are always read, since counts are judged by them.
   */
  readonly documents: 'lengths' | 'whole';
  /** How the archive was compressed before it came here; only noted. */
  readonly compression?: ArchiveCompression;
  /** Each document as it passes, only in mode `whole`; the bytes are valid during the call. */
  readonly onDocument?: (namespace: NamespaceName, document: Uint8Array) => void;
  /** Each collection as the prelude announces it, with mongodump's JSON about it: options and indexes. */
  readonly onAnnounced?: (namespace: NamespaceName, metadata: string) => void;
}

const magic = 0x8199e26d | 0;
const terminator = -1;
/** What a server stores, and the 16 KiB that it may add itself (BSONObjMaxInternalSize of MongoDB). */
const maxDocumentBytes = 16 * 1024 * 1024 + 16 * 1024;
const minDocumentBytes = 5;
const maxNamespaces = 1_000_000;

interface Namespace extends NamespaceName {
  documents: number;
  bytes: number;
  crc: bigint;
  closed: boolean;
}

type Awaiting = 'magic' | 'prelude-header' | 'announcement' | 'block-header' | 'document' | 'closing';

export class ArchiveWalker {
  readonly #options: WalkOptions;
  /** One for all walkers of the process: nothing of it is kept from one call of `push` to the next. */
  readonly #crc = Crc64.shared();
  readonly #announced = new Map<string, { readonly name: NamespaceName; readonly type: string }>();
  readonly #namespaces = new Map<string, Namespace>();
  #awaiting: Awaiting = 'magic';
  #archiveBytes = 0;
  /** The beginning of a length that the chunk cut. */
  readonly #carry = new Uint8Array(4);
  #carried = 0;
  /** Of the document that the chunk cut: what is still to come, and what is kept of it. */
  #left = 0;
  #pieces: Uint8Array[] = [];
  #isCrcLoaded = false;
  #current: Namespace | undefined;
  /** Whether the documents of this block are looked into. */
  #isRead = false;
  #oplog: OplogEntries | undefined;
  #head = { format: '', serverVersion: '', toolVersion: '' };

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  /** @throws HoldfastError DUMP_FAILED or INTEGRITY_ARCHIVE at the first thing that is wrong */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; at += Crc64.maxBytes)
      this.#slice(chunk.subarray(at, at + Crc64.maxBytes));
  }

  #slice(bytes: Uint8Array): void {
    this.#isCrcLoaded = false;
    let at = 0;
    while (at < bytes.length) {
      if (this.#left > 0) at = this.#goOn(bytes, at);
      else if (this.#awaiting === 'document' && this.#carried === 0) at = this.#documents(bytes, at);
      else at = this.#length(bytes, at);
    }
    this.#archiveBytes += bytes.length;
  }

  /** The hot path: whole documents of one namespace, and the beginning of one that the chunk cuts. */
  #documents(bytes: Uint8Array, from: number): number {
    const namespace = this.#current as Namespace;
    const isRead = this.#isRead;
    let at = from;
    let count = 0;
    let isBlockOver = false;
    while (at + 4 <= bytes.length) {
      const length = readInt32(bytes, at);
      if (length === terminator) {
        isBlockOver = true;
        break;
      }
      this.#checkLength(length, at);
      const end = at + length;
      if (end > bytes.length) break;
      if (isRead) this.#document(namespace, bytes, at, end);
      else if (bytes[end - 1] !== 0) throw this.#broken('a document does not end with 0', end);
      count += 1;
      at = end;
    }
    namespace.documents += count;
    this.#sum(namespace, bytes, from, at);
    if (isBlockOver) {
      this.#endBlock();
      return at + 4;
    }
    // Fewer than four bytes are a length that goes on in the next chunk.
    if (at + 4 > bytes.length) return at < bytes.length ? this.#length(bytes, at) : at;
    this.#left = readInt32(bytes, at);
    return this.#goOn(bytes, at);
  }

  /** More of the document that an earlier chunk began, its length included. */
  #goOn(bytes: Uint8Array, from: number): number {
    const to = Math.min(from + this.#left, bytes.length);
    const isDocument = this.#awaiting === 'document';
    if (isDocument) this.#sum(this.#current as Namespace, bytes, from, to);
    if (!isDocument || this.#isRead) this.#pieces.push(Uint8Array.prototype.slice.call(bytes, from, to));
    this.#left -= to - from;
    if (this.#left > 0) return to;
    if (isDocument && !this.#isRead) {
      if (bytes[to - 1] !== 0) throw this.#broken('a document does not end with 0', to);
      (this.#current as Namespace).documents += 1;
      return to;
    }
    const whole = this.#pieces.length === 1 ? (this.#pieces[0] as Uint8Array) : Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#datum(whole);
    return to;
  }

  /** Four bytes that are a length, the magic, or the end of a block; the chunk may hold only some of them. */
  #length(bytes: Uint8Array, from: number): number {
    const taken = Math.min(4 - this.#carried, bytes.length - from);
    this.#carry.set(bytes.subarray(from, from + taken), this.#carried);
    this.#carried += taken;
    const at = from + taken;
    if (this.#carried < 4) return at;
    this.#carried = 0;
    const value = readInt32(this.#carry, 0);
    if (this.#awaiting === 'magic') {
      if (value !== magic) throw this.#broken('it does not begin as an archive of mongodump', 0);
      this.#awaiting = 'prelude-header';
      return at;
    }
    if (value === terminator) {
      this.#endBlock();
      return at;
    }
    if (this.#awaiting === 'closing') throw this.#broken('a closing block has a body', at);
    this.#checkLength(value, at);
    this.#left = value - 4;
    if (this.#awaiting === 'document') {
      const namespace = this.#current as Namespace;
      this.#crc.load(this.#carry);
      this.#isCrcLoaded = false;
      namespace.crc = this.#crc.update(namespace.crc, 0, 4);
      namespace.bytes += 4;
    }
    if (this.#awaiting !== 'document' || this.#isRead) this.#pieces = [this.#carry.slice()];
    return at;
  }

  #checkLength(length: number, at: number): void {
    if (length < minDocumentBytes || length > maxDocumentBytes)
      throw this.#broken(`a document of ${length} bytes is not possible`, at);
  }

  #sum(namespace: Namespace, bytes: Uint8Array, from: number, to: number): void {
    if (to === from) return;
    if (!this.#isCrcLoaded) {
      this.#crc.load(bytes);
      this.#isCrcLoaded = true;
    }
    namespace.crc = this.#crc.update(namespace.crc, from, to);
    namespace.bytes += to - from;
  }

  #document(namespace: Namespace, bytes: Uint8Array, from: number, to: number): void {
    const defect = bsonDefect(bytes, from, to);
    if (defect !== undefined)
      throw this.#broken(
        `document ${namespace.documents + 1} or later of ${show(namespace)} is no BSON: ${defect}`,
        from,
      );
    if (isOplog(namespace)) {
      this.#oplog ??= new OplogEntries();
      this.#oplog.add(bytes, from, to);
    }
    if (this.#options.documents === 'whole') this.#options.onDocument?.(namespace, bytes.subarray(from, to));
  }

  #datum(bytes: Uint8Array): void {
    if (this.#awaiting === 'document') {
      const namespace = this.#current as Namespace;
      this.#document(namespace, bytes, 0, bytes.length);
      namespace.documents += 1;
      return;
    }
    const defect = bsonDefect(bytes, 0, bytes.length);
    if (defect !== undefined) throw this.#broken(`a header is no BSON: ${defect}`, 0);
    const fields = headerFields(bytes);
    if (this.#awaiting === 'prelude-header') this.#beginPrelude(fields);
    else if (this.#awaiting === 'announcement') this.#announce(fields);
    else this.#beginBlock(fields);
  }

  #beginPrelude(fields: ReadonlyMap<string, HeaderValue>): void {
    this.#head = {
      format: text(fields, 'version'),
      serverVersion: text(fields, 'server_version'),
      toolVersion: text(fields, 'tool_version'),
    };
    // 0.1 is the only one that there has been.
    if (this.#head.format !== '0.1')
      throw this.#broken(`archive format ${this.#head.format || '(none)'} is not known; 0.1 is`, 0);
    this.#awaiting = 'announcement';
  }

  #announce(fields: ReadonlyMap<string, HeaderValue>): void {
    const name = { database: text(fields, 'db'), collection: text(fields, 'collection') };
    if (this.#announced.has(show(name))) throw this.#broken(`${show(name)} is announced twice`, 0);
    if (this.#announced.size >= maxNamespaces) throw this.#broken('it announces too many collections', 0);
    this.#announced.set(show(name), { name, type: text(fields, 'type') });
    this.#options.onAnnounced?.(name, text(fields, 'metadata'));
  }

  #beginBlock(fields: ReadonlyMap<string, HeaderValue>): void {
    const name = { database: text(fields, 'db'), collection: text(fields, 'collection') };
    const namespace = this.#namespaceOf(name);
    if (namespace.closed) throw this.#broken(`${show(name)} goes on after its end`, 0);
    if (fields.get('EOF') !== true) {
      this.#current = namespace;
      this.#isRead = this.#options.documents === 'whole' || isOplog(namespace);
      this.#awaiting = 'document';
      return;
    }
    const crc = fields.get('CRC');
    if (typeof crc !== 'bigint' || BigInt.asUintN(64, crc) !== crc64Value(namespace.crc)) {
      throw this.#broken(
        `the checksum of ${show(name)} is ${crc64Hex(namespace.crc)}, mongodump wrote ${hex(crc)}`,
        0,
      );
    }
    namespace.closed = true;
    this.#awaiting = 'closing';
  }

  #namespaceOf(name: NamespaceName): Namespace {
    const known = this.#namespaces.get(show(name));
    if (known !== undefined) return known;
    if (
      !isOplog(name) &&
      !this.#announced.has(show(name)) &&
      !this.#announced.has(show(withoutBuckets(name)))
    )
      throw this.#broken(`${show(name)} was not announced`, 0);
    const namespace = { ...name, documents: 0, bytes: 0, crc: crc64Start, closed: false };
    this.#namespaces.set(show(name), namespace);
    return namespace;
  }

  #endBlock(): void {
    if (this.#awaiting === 'prelude-header' || this.#awaiting === 'block-header')
      throw this.#broken('a block has no header', 0);
    this.#current = undefined;
    this.#awaiting = 'block-header';
  }

  /**
   * What was in it.
   * @throws HoldfastError DUMP_EMPTY, DUMP_TRUNCATED, or INTEGRITY_ARCHIVE when it is not whole
   */
  end(): MongoArchiveContents {
    if (this.#archiveBytes === 0) throw this.#cut('DUMP_EMPTY', 'it is empty');
    if (this.#awaiting !== 'block-header' || this.#left > 0 || this.#carried > 0)
      throw this.#cut('DUMP_TRUNCATED', `it ends inside a block, after ${this.#archiveBytes} bytes`);
    const open = [...this.#namespaces.values()].filter((one) => !one.closed).map(show);
    const missing = [...this.#announced.values()]
      .filter(({ name }) => !this.#namespaces.has(show(name)) && !this.#namespaces.has(show(buckets(name))))
      .map(({ name }) => show(name));
    const unfinished = [...open, ...missing];
    if (unfinished.length > 0) {
      throw this.#cut(
        'DUMP_TRUNCATED',
        `${unfinished.length} of its collections have no end: ${unfinished.slice(0, 10).join(', ')}`,
      );
    }
    return {
      ...this.#head,
      compression: this.#options.compression ?? 'none',
      archiveBytes: this.#archiveBytes,
      announced: [...this.#announced.values()].map(({ name, type }) => ({ ...name, type })),
      namespaces: [...this.#namespaces.values()]
        .map(({ database, collection, documents, bytes, crc }) => ({
          ...{ database, collection, documents, bytes, crc64: crc64Hex(crc) },
        }))
        .sort(byName),
      ...(this.#oplog === undefined ? {} : { written: [...this.#oplog.written()].sort(byName) }),
    };
  }

  /** `at` is where in the current chunk. */
  #broken(why: string, at: number): HoldfastError {
    return new HoldfastError(
      this.#options.purpose === 'dump' ? 'DUMP_FAILED' : 'INTEGRITY_ARCHIVE',
      `the archive of mongodump is damaged: ${why}`,
      { details: { nearByte: this.#archiveBytes + at } },
    );
  }

  #cut(code: 'DUMP_EMPTY' | 'DUMP_TRUNCATED', why: string): HoldfastError {
    return new HoldfastError(
      this.#options.purpose === 'dump' ? code : 'INTEGRITY_ARCHIVE',
      `the archive of mongodump is not whole: ${why}`,
      { details: { archiveBytes: this.#archiveBytes } },
    );
  }
}

function isOplog(name: NamespaceName): boolean {
  return name.database === '' && name.collection === 'oplog';
}

function text(fields: ReadonlyMap<string, HeaderValue>, name: string): string {
  const value = fields.get(name);
  return typeof value === 'string' ? value : '';
}

function hex(crc: HeaderValue | undefined): string {
  return typeof crc === 'bigint' ? BigInt.asUintN(64, crc).toString(16).padStart(16, '0') : 'none';
}
