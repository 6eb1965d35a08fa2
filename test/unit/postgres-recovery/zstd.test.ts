import { randomBytes } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { ZstdUnpacker, zstdUnpackerWorks } from '../../../adapters/postgres/reader-zstd.ts';

test('the handle below node:zlib still does what it did: else archives are read twice as slowly', async () => {
  expect(await zstdUnpackerWorks()).toBe(true);
});

test('frames of any size come out whole, one after the other, and a cut one is an error', async () => {
  const unpacker = new ZstdUnpacker(new Uint8Array(256 * 1024));
  try {
    for (const size of [0, 1, 131_071, 131_072, 131_073, 1_000_000]) {
      const plain = Buffer.concat([randomBytes(size >> 1), Buffer.alloc(size - (size >> 1), 7)]);
      const frame = zstdCompressSync(plain);
      const pieces: Buffer[] = [];
      unpacker.reset();
      const half = frame.length >> 1;
      await unpacker.unpack(frame.subarray(0, half), false, (piece) => pieces.push(Buffer.from(piece)));
      await unpacker.unpack(frame.subarray(half), true, (piece) => pieces.push(Buffer.from(piece)));
      expect(Buffer.concat(pieces).equals(plain)).toBe(true);
    }
    const cut = zstdCompressSync(randomBytes(300_000)).subarray(0, -5);
    unpacker.reset();
    await expect(unpacker.unpack(cut, true, () => {})).rejects.toThrow(/unexpected end/);
  } finally {
    unpacker.close();
  }
});
