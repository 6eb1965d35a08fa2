/**
 * Reads single files out of a zip held in memory: what the tools' package needs, without a dependency for it. The
 * format is PKWARE's APPNOTE 6.3, sections 4.3 and 4.4; no 64-bit extension, no encryption.
 */
import { crc32, inflateRawSync } from 'node:zlib';

const endOfDirectory = 0x06054b50;
const directoryEntry = 0x02014b50;
const localHeader = 0x04034b50;
const endBytes = 22;
const maxCommentBytes = 0xffff;

/**
 * The content of one file. `maxBytes` bounds what it may unpack to.
 * @throws Error when there is no such file, or it is damaged
 */
export function unzipOne(zip: Buffer, name: string, maxBytes: number): Buffer {
  let at = directoryStart(zip);
  while (zip.readUInt32LE(at) === directoryEntry) {
    const nameLength = zip.readUInt16LE(at + 28);
    const found = zip.toString('utf8', at + 46, at + 46 + nameLength);
    if (found === name) return entryContent(zip, at, name, maxBytes);
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  throw new Error(`the zip holds no ${name}`);
}

function directoryStart(zip: Buffer): number {
  const oldest = Math.max(0, zip.length - endBytes - maxCommentBytes);
  for (let at = zip.length - endBytes; at >= oldest; at--) {
    if (zip.readUInt32LE(at) === endOfDirectory) return zip.readUInt32LE(at + 16);
  }
  throw new Error('this is no zip, or it was cut short');
}

function entryContent(zip: Buffer, entry: number, name: string, maxBytes: number): Buffer {
  const method = zip.readUInt16LE(entry + 10);
  const wantedCrc = zip.readUInt32LE(entry + 16);
  const packedBytes = zip.readUInt32LE(entry + 20);
  const bytes = zip.readUInt32LE(entry + 24);
  const header = zip.readUInt32LE(entry + 42);
  if (bytes > maxBytes) throw new Error(`${name} is ${bytes} bytes; at most ${maxBytes} are allowed`);
  if (zip.readUInt32LE(header) !== localHeader) throw new Error(`${name}: its header is damaged`);
  const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
  const packed = zip.subarray(start, start + packedBytes);
  const content = method === 0 ? packed : inflateRawSync(packed, { maxOutputLength: bytes });
  if (![0, 8].includes(method) || content.length !== bytes || crc32(content) !== wantedCrc) {
    throw new Error(`${name} is damaged in the zip`);
  }
  return content;
}
