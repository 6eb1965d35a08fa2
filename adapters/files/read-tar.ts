/**
 * Parses a pack strictly: the pax tar that this project writes, and what any tar program writes of plain files.
 * Promises: a tar that is cut (between two members too), that has anything between its parts, behind its end or in
 * its padding, or whose headers do not add up is an error. Streaming, one header in memory.
 *
 * Not tar-stream's reader: it takes a tar that ends at any member for a whole one, does not
 * look at padding, and goes over blocks of zeros in the middle (docs/decisions/0107).
 */
import { HoldfastError } from '../../core/errors.ts';
import { PAX_PATH } from './model.ts';

const blockBytes = 512;
/** A path of 4,096 bytes and what else a header may hold. */
const maxPaxBytes = 1024 * 1024;

export interface TarMember {
  /** As the index has it. */
  readonly path: string;
  readonly type: 'file' | 'dir' | 'symlink';
  readonly sizeBytes: number;
  /** Where its content begins, from the start of the tar. */
  readonly offset: number;
}

export interface TarSink {
  begin(member: TarMember): void;
  /** A view that is only valid during the call. */
  content(bytes: Uint8Array): void;
  end(): void;
}

export class TarReader {
  readonly #sink: TarSink;
  readonly #block = Buffer.alloc(blockBytes);
  #filled = 0;
  #position = 0;
  #state: 'header' | 'pax' | 'content' | 'padding' | 'end' = 'header';
  #left = 0;
  #padding = 0;
  #pax: Buffer[] = [];
  #extended: ReadonlyMap<string, string> | undefined;
  #zeroBlocks = 0;

  constructor(sink: TarSink) {
    this.#sink = sink;
  }

  /** @throws HoldfastError INTEGRITY_ARCHIVE */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      const taken = this.#take(chunk.subarray(at));
      at += taken;
      this.#position += taken;
      this.#turn();
    }
  }

  /** Nothing follows. @throws HoldfastError INTEGRITY_ARCHIVE when that was not the end of a whole tar */
  finish(): void {
    if (this.#state === 'end' && this.#zeroBlocks >= 2 && this.#filled === 0) return;
    throw damaged(`it ends after ${this.#position} bytes, before its end mark`);
  }

  #take(bytes: Uint8Array): number {
    if (this.#state === 'header' || this.#state === 'end') {
      const part = bytes.subarray(0, blockBytes - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      return part.length;
    }
    const part = bytes.subarray(0, this.#left);
    this.#left -= part.length;
    if (this.#state === 'content') this.#sink.content(part);
    else if (this.#state === 'pax') this.#pax.push(Buffer.from(part));
    else if (part.some((byte) => byte !== 0))
      throw damaged(`its padding before byte ${this.#position} is not empty`);
    return part.length;
  }

  /** Goes on to the next state as long as the present one has all it wants. */
  #turn(): void {
    if (this.#state === 'header' || this.#state === 'end') {
      if (this.#filled < blockBytes) return;
      this.#filled = 0;
      this.#header();
    }
    while (this.#left === 0 && this.#state !== 'header' && this.#state !== 'end') this.#after();
  }

  #after(): void {
    if (this.#state === 'padding') {
      this.#state = 'header';
      return;
    }
    if (this.#state === 'content') this.#sink.end();
    else this.#extended = this.#readPax();
    this.#state = 'padding';
    this.#left = this.#padding;
  }

  #header(): void {
    const block = this.#block;
    if (block.every((byte) => byte === 0)) {
      if (this.#extended !== undefined) throw damaged('an extended header has no member');
      this.#state = 'end';
      this.#zeroBlocks++;
      return;
    }
    if (this.#state === 'end') throw damaged(`something follows its end mark, at byte ${this.#position}`);
    requireChecksum(block, this.#position);
    const type = String.fromCharCode(block[156] ?? 0);
    const sizeBytes = this.#size(type === 'x');
    this.#left = sizeBytes;
    this.#padding = (blockBytes - (sizeBytes % blockBytes)) % blockBytes;
    if (type === 'x') {
      if (this.#extended !== undefined) throw damaged('two extended headers follow one another');
      if (sizeBytes > maxPaxBytes) throw damaged(`an extended header has ${sizeBytes} bytes`);
      this.#pax = [];
      this.#state = 'pax';
      return;
    }
    const kind = kinds[type];
    if (kind === undefined || (kind !== 'file' && sizeBytes > 0))
      throw damaged(`it holds something of type ${JSON.stringify(type)} at byte ${this.#position}`);
    const path = this.#extended?.get(PAX_PATH) ?? indexPath(this.#extended?.get('path') ?? ustarName(block));
    this.#extended = undefined;
    this.#state = 'content';
    this.#sink.begin({ path, type: kind, sizeBytes, offset: this.#position });
  }

  #size(ofPax: boolean): number {
    const extended = ofPax ? undefined : this.#extended?.get('size');
    const size = extended === undefined ? numberIn(this.#block, 124, 12) : decimal(extended);
    if (!Number.isSafeInteger(size) || size < 0) throw damaged('a member has no usable size');
    return size;
  }

  #readPax(): ReadonlyMap<string, string> {
    const bytes = Buffer.concat(this.#pax);
    this.#pax = [];
    const records = new Map<string, string>();
    for (let at = 0; at < bytes.length; ) {
      const space = bytes.indexOf(0x20, at);
      const length = space > at && space < at + 8 ? decimal(bytes.toString('latin1', at, space)) : Number.NaN;
      const end = at + length;
      const equals = bytes.indexOf(0x3d, space);
      const whole = end <= bytes.length && bytes[end - 1] === 0x0a && equals > space && equals < end;
      if (!whole) throw damaged('an extended header does not parse');
      const key = utf8(bytes.subarray(space + 1, equals));
      if (records.has(key)) throw damaged(`an extended header names ${key} twice`);
      records.set(key, utf8(bytes.subarray(equals + 1, end - 1)));
      at = end;
    }
    return records;
  }
}

export function damaged(why: string): HoldfastError {
  return new HoldfastError('INTEGRITY_ARCHIVE', `The pack is damaged: ${why}`);
}

function requireChecksum(block: Buffer, position: number): void {
  let sum = 8 * 32;
  for (const [at, byte] of block.entries()) if (at < 148 || at >= 156) sum += byte;
  const magic = block.toString('latin1', 257, 263);
  if (sum !== numberIn(block, 148, 8) || (magic !== 'ustar\0' && magic !== 'ustar '))
    throw damaged(`what ends at byte ${position} is no header of a tar`);
}

/** Octal text, or base 256 for what is too large for it. */
function numberIn(block: Buffer, at: number, length: number): number {
  if (block[at] === 0x80) {
    const value = BigInt(`0x${block.toString('hex', at + 1, at + length)}`);
    return Number(value);
  }
  const text = block
    .toString('latin1', at, at + length)
    .replace(/[\0 ]+$/, '')
    .trimStart();
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
}

const kinds: Readonly<Record<string, TarMember['type']>> = { '0': 'file', '2': 'symlink', '5': 'dir' };

/** `./` is the source's own folder. */
function indexPath(name: string): string {
  return name === './' ? '' : name;
}

function decimal(text: string): number {
  return /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
}

function ustarName(block: Buffer): string {
  const name = upToNul(block.subarray(0, 100));
  const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? upToNul(block.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function upToNul(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return utf8(end === -1 ? bytes : bytes.subarray(0, end));
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function utf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new HoldfastError('INTEGRITY_ARCHIVE', 'The pack is damaged: a name in it is not UTF-8', { cause });
  }
}
