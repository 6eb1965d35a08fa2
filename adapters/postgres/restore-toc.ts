/**
 * The head of an archive of `pg_dump -Fc`: its header and table of contents, taken apart and put together again.
 *
 * Restoring edits tables of contents instead of SQL text: entries are left out, owners renamed, and pg_restore reads
 * the result like any archive. Promises: what is written from an unchanged head is byte for byte what was read; a
 * head that is damaged, foreign or longer than the limit throws INTEGRITY_ARCHIVE and is never guessed at.
 */
import { HoldfastError } from '../../core/errors.ts';

/** One entry; fields are as in pg_dump's ArchiveEntry. `undefined` is pg_dump's NULL. */
export interface TocEntry {
  readonly dumpId: number;
  readonly hasData: boolean;
  readonly tableOid: string | undefined;
  readonly oid: string | undefined;
  readonly tag: string | undefined;
  /** Kind: TABLE, TABLE DATA, ACL… */
  readonly desc: string;
  readonly section: number;
  readonly defn: string | undefined;
  readonly dropStatement: string | undefined;
  readonly copyStatement: string | undefined;
  readonly namespace: string | undefined;
  readonly tablespace: string | undefined;
  readonly tableAccessMethod: string | undefined;
  /** pg_class.relkind as a number; since format 1.16. */
  readonly relkind: number;
  readonly owner: string | undefined;
  readonly withOids: string | undefined;
  /** Dump ids, as written. */
  readonly dependencies: readonly string[];
  /** Offset flag and offset: kept as they are. */
  readonly position: Uint8Array;
}

export interface ArchiveHead {
  /** Minor of format 1.x. */
  readonly minor: number;
  readonly intBytes: number;
  readonly offsetBytes: number;
  readonly compression: 'none' | 'gzip' | 'lz4' | 'zstd';
  /** From the magic to the end of the header, as read. */
  readonly header: Buffer;
  /** Name of the database that was dumped, in the header. */
  readonly database: string | undefined;
  readonly entries: readonly TocEntry[];
}

/** 5,000 tables make about 10 MB; what is far above is not an archive of ours. */
export const maxHeadBytes = 512 * 1024 * 1024;
/** pg_dump 13 to 18 write 1.14 to 1.16. */
const minors = { oldest: 14, newest: 16 } as const;
const algorithms = ['none', 'gzip', 'lz4', 'zstd'] as const;

class Incomplete extends Error {}

/**
 * Parses the head at the beginning of `bytes`.
 * @returns the head and the number of bytes it takes, or undefined when more bytes are needed
 * @throws HoldfastError INTEGRITY_ARCHIVE when this is no archive that pg_dump 13 to 18 wrote
 */
export function parseHead(
  bytes: Buffer,
): { readonly head: ArchiveHead; readonly lengthBytes: number } | undefined {
  const scan = new Scan(bytes);
  try {
    const head = readHead(scan);
    return { head, lengthBytes: scan.at };
  } catch (thrown) {
    if (!(thrown instanceof Incomplete)) throw thrown;
    if (bytes.length > maxHeadBytes)
      throw damaged(`its table of contents is longer than ${maxHeadBytes} bytes`);
    return undefined;
  }
}

/** The bytes of a head with these entries instead of its own. */
export function writeHead(head: ArchiveHead, entries: readonly TocEntry[]): Buffer {
  const parts: Uint8Array[] = [head.header, intBytes(head, entries.length)];
  for (const entry of entries) writeEntry(head, entry, parts);
  return Buffer.concat(parts);
}

export function damaged(why: string, details: Readonly<Record<string, unknown>> = {}): HoldfastError {
  return new HoldfastError('INTEGRITY_ARCHIVE', `the archive cannot be read: ${why}`, { details });
}

function readHead(scan: Scan): ArchiveHead {
  if (scan.take(5).toString('latin1') !== 'PGDMP')
    throw damaged('it does not begin as an archive of pg_dump does');
  const [major, minor] = [scan.byte(), scan.byte()];
  scan.byte();
  if (major !== 1 || minor < minors.oldest || minor > minors.newest) {
    throw damaged(`its format is ${major}.${minor}; known are 1.${minors.oldest} to 1.${minors.newest}`);
  }
  const [intSize, offsetBytes] = [scan.byte(), scan.byte()];
  if (intSize !== 4 || offsetBytes !== 8)
    throw damaged('its integers are not of 4 bytes, or offsets not of 8');
  if (scan.byte() !== 1) throw damaged('it is not in the custom format');
  const compression = minor >= 15 ? algorithms[scan.byte()] : scan.int() === 0 ? 'none' : 'gzip';
  if (compression === undefined) throw damaged('its compression is unknown');
  for (let field = 0; field < 7; field++) scan.int(); // when it was made
  const database = scan.text();
  scan.text(); // server version
  scan.text(); // pg_dump version
  const header = scan.bytes.subarray(0, scan.at);
  const count = scan.int();
  if (count < 0 || count > 50_000_000) throw damaged('the length of its table of contents is impossible');
  const entries: TocEntry[] = [];
  for (let index = 0; index < count; index++) entries.push(readEntry(scan, minor, offsetBytes));
  return { minor, intBytes: intSize, offsetBytes, compression, header, database, entries };
}

function readEntry(scan: Scan, minor: number, offsetBytes: number): TocEntry {
  const dumpId = scan.int();
  const hasData = scan.int() !== 0;
  const tableOid = scan.text();
  const oid = scan.text();
  const tag = scan.text();
  const desc = scan.text();
  if (dumpId <= 0 || desc === undefined) throw damaged('an entry of its table of contents has no id or kind');
  const section = scan.int();
  const defn = scan.text();
  const dropStatement = scan.text();
  const copyStatement = scan.text();
  const namespace = scan.text();
  const tablespace = scan.text();
  const tableAccessMethod = scan.text();
  const relkind = minor >= 16 ? scan.int() : 0;
  const owner = scan.text();
  const withOids = scan.text();
  const dependencies: string[] = [];
  for (let next = scan.text(); next !== undefined; next = scan.text()) dependencies.push(next);
  const position = scan.take(1 + offsetBytes);
  return {
    ...{ dumpId, hasData, tableOid, oid, tag, desc, section, defn, dropStatement, copyStatement, namespace },
    ...{ tablespace, tableAccessMethod, relkind, owner, withOids, dependencies, position },
  };
}

function writeEntry(head: ArchiveHead, entry: TocEntry, parts: Uint8Array[]): void {
  const int = (value: number) => parts.push(intBytes(head, value));
  const text = (value: string | undefined) => {
    if (value === undefined) return int(-1);
    const bytes = Buffer.from(value, 'latin1');
    int(bytes.length);
    return parts.push(bytes);
  };
  int(entry.dumpId);
  int(entry.hasData ? 1 : 0);
  for (const value of [entry.tableOid, entry.oid, entry.tag, entry.desc]) text(value);
  int(entry.section);
  for (const value of [entry.defn, entry.dropStatement, entry.copyStatement]) text(value);
  for (const value of [entry.namespace, entry.tablespace, entry.tableAccessMethod]) text(value);
  if (head.minor >= 16) int(entry.relkind);
  text(entry.owner);
  text(entry.withOids);
  for (const value of entry.dependencies) text(value);
  int(-1);
  parts.push(entry.position);
}

/** A sign byte, then the magnitude with the lowest byte first. */
function intBytes(head: Pick<ArchiveHead, 'intBytes'>, value: number): Buffer {
  const bytes = Buffer.alloc(1 + head.intBytes);
  bytes[0] = value < 0 ? 1 : 0;
  bytes.writeUInt32LE(Math.abs(value), 1);
  return bytes;
}

class Scan {
  readonly bytes: Buffer;
  at = 0;
  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  take(lengthBytes: number): Buffer {
    if (this.at + lengthBytes > this.bytes.length) throw new Incomplete();
    const taken = this.bytes.subarray(this.at, this.at + lengthBytes);
    this.at += lengthBytes;
    return taken;
  }

  byte(): number {
    return this.take(1)[0] as number;
  }

  int(): number {
    const taken = this.take(5);
    const magnitude = taken.readUInt32LE(1);
    return taken[0] === 0 ? magnitude : -magnitude;
  }

  /** Kept as Latin-1, so that bytes that are not UTF-8 (other database encodings) survive; see `decoded`. */
  text(): string | undefined {
    const lengthBytes = this.int();
    if (lengthBytes < 0) return undefined;
    if (lengthBytes > maxHeadBytes) throw damaged('a text in its table of contents is impossibly long');
    return this.take(lengthBytes).toString('latin1');
  }
}

/** Text of an entry as people read it: archives carry UTF-8 unless the database had another encoding. */
export function decoded(text: string | undefined): string {
  return text === undefined ? '' : Buffer.from(text, 'latin1').toString('utf8');
}

/** The reverse of `decoded`. */
export function encoded(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
