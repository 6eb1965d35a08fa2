/**
 * Writes a directory as a zip file that is the same for the same content: entries sorted, times fixed,
 * permission bits kept. Symbolic links are refused, since some unpackers turn them into text files.
 */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32, deflateRaw } from 'node:zlib';

const deflate = promisify(deflateRaw);
/** 1980-01-01 00:00, the earliest time the format can say. */
const DOS_TIME = 0;
const DOS_DATE = 0x21;
const MADE_BY_UNIX = 3 << 8;
/** The format without its 64-bit extension counts entries in 16 bits. */
const MAX_ENTRIES = 65_535;

/** @returns the sizes of the zip and of what is in it */
export async function zipDirectory(
  dir: string,
  target: string,
): Promise<{ zippedBytes: number; unpackedBytes: number }> {
  const names = await list(dir);
  if (names.length > MAX_ENTRIES)
    throw new Error(`${names.length} files in ${dir}; a zip holds ${MAX_ENTRIES}`);
  const chunks: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  let unpackedBytes = 0;
  for (const name of names) {
    const path = join(dir, name);
    const content = await readFile(path);
    const { mode } = await stat(path);
    const packed = await deflate(content, { level: 9 });
    const encoded = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0); // version needed
    common.writeUInt16LE(0x0800, 2); // names are UTF-8
    common.writeUInt16LE(8, 4); // deflate
    common.writeUInt16LE(DOS_TIME, 6);
    common.writeUInt16LE(DOS_DATE, 8);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(encoded.length, 22);
    chunks.push(signature(0x04034b50), common, encoded, packed);

    const made = Buffer.alloc(2);
    made.writeUInt16LE(MADE_BY_UNIX | 20);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(((0o100000 | (mode & 0o777)) << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    directory.push(signature(0x02014b50), made, common, rest, encoded);
    offset += 30 + encoded.length + packed.length;
    unpackedBytes += content.length;
  }
  const directorySize = directory.reduce((sum, part) => sum + part.length, 0);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(names.length, 4);
  end.writeUInt16LE(names.length, 6);
  end.writeUInt32LE(directorySize, 8);
  end.writeUInt32LE(offset, 12);
  await writeFile(target, [...chunks, ...directory, signature(0x06054b50), end]);
  return { zippedBytes: offset + directorySize + 22, unpackedBytes };
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** Relative paths of all files, in an order that does not depend on the file system or the locale. */
async function list(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const link = entries.find((e) => e.isSymbolicLink());
  if (link)
    throw new Error(`${join(link.parentPath, link.name)} is a symbolic link; the archive must have none`);
  return entries
    .filter((e) => e.isFile())
    .map((e) => join(e.parentPath, e.name).slice(dir.length + 1))
    .sort((a, b) => (a < b ? -1 : 1));
}
