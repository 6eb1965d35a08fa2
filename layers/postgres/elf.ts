/**
 * Reads which libraries an ELF file needs. No tool for it is everywhere, and none that runs foreign
 * programs (ldd) can read the other architecture.
 */
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const DT_NEEDED = 1;
const DT_STRTAB = 5;

/** Whether the bytes begin as a 64-bit little-endian ELF file, the only kind in the two architectures. */
export function isElf(bytes: Buffer): boolean {
  return bytes.length > 64 && bytes.readUInt32BE(0) === 0x7f454c46 && bytes[4] === 2 && bytes[5] === 1;
}

/** The names of the libraries that a program or library asks the loader for. */
export function neededLibraries(bytes: Buffer): string[] {
  const headers = programHeaders(bytes);
  const dynamic = headers.find((h) => h.type === PT_DYNAMIC);
  if (!dynamic) return [];
  const needed: number[] = [];
  let stringTable: number | undefined;
  for (let at = dynamic.offset; at + 16 <= dynamic.offset + dynamic.size; at += 16) {
    const tag = Number(bytes.readBigUInt64LE(at));
    const value = Number(bytes.readBigUInt64LE(at + 8));
    if (tag === 0) break;
    if (tag === DT_NEEDED) needed.push(value);
    if (tag === DT_STRTAB) stringTable = value;
  }
  const segment = headers.find(
    (h) =>
      h.type === PT_LOAD &&
      stringTable !== undefined &&
      stringTable >= h.address &&
      stringTable < h.address + h.size,
  );
  if (!segment || stringTable === undefined) return [];
  const base = stringTable - segment.address + segment.offset;
  return needed.map((offset) => bytes.toString('latin1', base + offset, bytes.indexOf(0, base + offset)));
}

function programHeaders(bytes: Buffer) {
  const start = Number(bytes.readBigUInt64LE(32));
  const entrySize = bytes.readUInt16LE(54);
  const count = bytes.readUInt16LE(56);
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * entrySize;
    return {
      type: bytes.readUInt32LE(at),
      offset: Number(bytes.readBigUInt64LE(at + 8)),
      address: Number(bytes.readBigUInt64LE(at + 16)),
      size: Number(bytes.readBigUInt64LE(at + 32)),
    };
  });
}
