/** The blocks behind the table of contents, byte by byte. */
import { describe, expect, it } from 'vitest';
import { BlockScanner } from '../../../adapters/postgres/reader-blocks.ts';

/** As pg_dump writes an integer: a sign byte, then the magnitude. */
function int(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes[0] = value < 0 ? 1 : 0;
  bytes.writeUInt32LE(Math.abs(value), 1);
  return bytes;
}

const largeObject = (oid: number, text: string) =>
  Buffer.concat([int(oid), int(text.length), Buffer.from(text), int(0)]);

async function scan(bytes: Buffer, pieceBytes: number): Promise<string[]> {
  const seen: string[] = [];
  const scanner = new BlockScanner({
    begin: (dumpId) => void seen.push(`begin ${dumpId}`),
    bytes: (packed) => void seen.push(`${packed.length} bytes`),
    largeObject: (oid) => void seen.push(`object ${oid}`),
    end: () => void seen.push('end'),
  });
  for (let at = 0; at < bytes.length; at += pieceBytes)
    await scanner.push(bytes.subarray(at, at + pieceBytes));
  scanner.finish();
  return seen;
}

describe('the blocks of an archive', () => {
  // 4000000000 as a C int.
  const negative = 4_000_000_000 - 2 ** 32;
  const archive = Buffer.concat([
    Buffer.from([3]),
    int(7),
    largeObject(16_500, 'abc'),
    largeObject(negative, 'defg'),
    int(0),
  ]);

  it('are read with large objects whose OID is above 2^31, which pg_dump writes as a negative integer', async () => {
    const seen = ['begin 7', '3 bytes', 'object 16500', '4 bytes', 'object 4000000000', 'end'];
    expect(await scan(archive, archive.length)).toEqual(seen);
    const bytewise = (await scan(archive, 1)).filter((line) => line !== '1 bytes');
    expect(bytewise).toEqual(seen.filter((line) => !line.endsWith('bytes')));
  });

  it('are refused with a negative length', async () => {
    const bytes = Buffer.concat([Buffer.from([1]), int(7), int(-4), Buffer.from('abcd'), int(0)]);
    await expect(scan(bytes, bytes.length)).rejects.toMatchObject({
      code: 'INTEGRITY_ARCHIVE',
      message: expect.stringContaining('negative'),
    });
  });
});
