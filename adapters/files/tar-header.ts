/**
 * What stands before a content in a tar: a pax header with the name and the time whatever they are, and a header of the
 * old kind, both as tar-stream writes them (a test compares). Not by tar-stream: its stream for each member took longer
 * than compressing a small one.
 */
import type { Owned } from './index-format.ts';
import { PAX_PATH } from './model.ts';

export const TAR_BLOCK = 512;
/** Numbers of the old header: six and eleven octal digits. */
const MAX_ID = 0o777777;
const MAX_SECONDS = 2 ** 31 - 1;
const MAX_OCTAL_SIZE = 8 ** 11 - 1;
/** Stands in the old headers, where programs that know pax do not look. */
const NAME = 'PaxHeader';

export interface TarMember extends Owned {
  readonly path: string;
  readonly type: 'file' | 'dir' | 'symlink';
  readonly mtime: string;
  readonly target?: string;
  /** More records of the pax header. */
  readonly records?: Readonly<Record<string, string>>;
}

const flags = { file: '0', symlink: '2', dir: '5', pax: 'x' } as const;

/** Everything of a member before its content. */
export function tarHeader(member: TarMember, size: number): Buffer {
  const records = recordsOf(member);
  const recordBytes = Buffer.byteLength(records);
  const padded = wholeBlocks(recordBytes);
  const header = Buffer.alloc(2 * TAR_BLOCK + padded);
  oldHeader(header, 0, member, 'pax', recordBytes);
  header.write(records, TAR_BLOCK);
  oldHeader(header, TAR_BLOCK + padded, member, member.type, member.type === 'file' ? size : 0);
  return header;
}

export function wholeBlocks(bytes: number): number {
  return Math.ceil(bytes / TAR_BLOCK) * TAR_BLOCK;
}

function recordsOf({ path, type, mtime, target, uid = 0, gid = 0, records }: TarMember): string {
  const safe = isSafeName(path, type);
  let text = record('path', safe ? path : 'holdfast-unsafe-name');
  if (target) text += record('linkpath', target);
  text += record('mtime', mtime);
  if (uid > MAX_ID) text += record('uid', String(uid));
  if (gid > MAX_ID) text += record('gid', String(gid));
  if (!safe) text += record(PAX_PATH, path);
  for (const key in records) text += record(key, records[key] as string);
  return text;
}

/** Its own length in decimal, a space, `key=value`, a line end. */
function record(key: string, value: string): string {
  const rest = Buffer.byteLength(key) + Buffer.byteLength(value) + 3;
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

function oldHeader(
  into: Buffer,
  at: number,
  member: TarMember,
  type: keyof typeof flags,
  size: number,
): void {
  const { type: own, mtime, mode = own === 'dir' ? 0o755 : 0o644, uid = 0, gid = 0, target } = member;
  const seconds = Math.min(Math.max(0, Math.floor(Number(mtime))), MAX_SECONDS);
  into.write(NAME, at, 'latin1');
  into.write(octal(mode & 0o7777, 6), at + 100, 'latin1');
  into.write(octal(Math.min(uid, MAX_ID), 6), at + 108, 'latin1');
  into.write(octal(Math.min(gid, MAX_ID), 6), at + 116, 'latin1');
  if (size <= MAX_OCTAL_SIZE) into.write(octal(size, 11), at + 124, 'latin1');
  else {
    into[at + 124] = 0x80;
    into.writeBigUInt64BE(BigInt(size), at + 128);
  }
  into.write(octal(seconds, 11), at + 136, 'latin1');
  into.write(flags[type], at + 156, 'latin1');
  if (target) into.write(NAME, at + 157, 'latin1');
  into.write('ustar\x0000', at + 257, 'latin1');
  into.write('000000 ', at + 329, 'latin1');
  into.write('000000 ', at + 337, 'latin1');
  // Its own eight bytes count as spaces.
  let sum = 8 * 0x20;
  for (let byte = at; byte < at + TAR_BLOCK; byte += 1) sum += into[byte] as number;
  into.write(octal(sum, 6), at + 148, 'latin1');
}

function octal(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits, '0')} `;
}

/** Whether any tar program makes of this name what it says, and nothing outside of where it works. */
function isSafeName(path: string, type: TarMember['type']): boolean {
  if (path.includes('\0') || path.includes('\\') || path.startsWith('/')) return false;
  if (type !== 'dir' && path.endsWith('/')) return false;
  // No name that is empty or nothing but dots can do without two of these beside each other.
  if (!path.includes('//') && !path.includes('.')) return path !== '';
  const names = (path.endsWith('/') ? path.slice(0, -1) : path).split('/');
  return names.every((name) => name !== '' && name !== '.' && name !== '..');
}
