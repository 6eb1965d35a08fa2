/** How fast an archive of mongodump is read along: lengths and CRC-64, as on the way out. In memory, one core. */
import { BSON } from 'mongodb';
import { ArchiveWalker } from '../adapters/mongodb/archive.ts';
import { Crc64, crc64Start, crc64Value } from '../adapters/mongodb/crc64.ts';

const documentsPerBlock = 15_000;
/** As a pipe gives them. */
const chunkBytes = 64 * 1024;

/** Megabytes (10^6 bytes) a second, the best of three rounds; documents are of about 1 KiB. */
export async function mongoReaderMegabytesPerSecond(
  options: { readonly documents?: 'lengths' | 'whole'; readonly megabytes?: number } = {},
): Promise<number> {
  const { documents = 'lengths', megabytes = 256 } = options;
  const archive = syntheticArchive(megabytes * 1e6);
  let best = 0;
  for (let round = 0; round < 3; round += 1) {
    const walker = new ArchiveWalker({ purpose: 'read', documents });
    const startedAt = performance.now();
    for (let at = 0; at < archive.length; at += chunkBytes)
      walker.push(archive.subarray(at, at + chunkBytes));
    walker.end();
    best = Math.max(best, archive.length / 1e6 / ((performance.now() - startedAt) / 1000));
  }
  return best;
}

function syntheticArchive(bytes: number): Buffer {
  const end = Buffer.from([255, 255, 255, 255]);
  const name = { db: 'bench', collection: 'orders' };
  const serialize = (value: object) => Buffer.from(BSON.serialize(value));
  const block = documentsOf(documentsPerBlock);
  const blocks = Math.max(1, Math.ceil(bytes / block.length));
  const crc = crcOf(block, blocks);
  return Buffer.concat([
    ...[Buffer.from([0x6d, 0xe2, 0x99, 0x81])],
    ...[serialize({ version: '0.1', server_version: '8.0.0', tool_version: '100.13.0' })],
    ...[serialize({ ...name, metadata: '{}', type: 'collection' }), end],
    ...Array.from({ length: blocks }, () => [serialize({ ...name, EOF: false }), block, end]).flat(),
    ...[serialize({ ...name, EOF: true, CRC: BSON.Long.fromBigInt(BigInt.asIntN(64, crc)) }), end],
  ]);
}

/** Some hundred to two thousand bytes each, with nested values. */
function documentsOf(count: number): Buffer {
  return Buffer.concat(
    Array.from({ length: count }, (_, n) =>
      BSON.serialize({
        ...{
          _id: new BSON.ObjectId(),
          n,
          at: new Date(n),
          tags: ['a', 'b'],
          who: { name: `c${n}`, vip: n % 7 === 0 },
        },
        text: 'lorem ipsum '.repeat(10 + (n % 140)),
      }),
    ),
  );
}

function crcOf(block: Uint8Array, times: number): bigint {
  const crc = new Crc64();
  let state = crc64Start;
  for (let round = 0; round < times; round += 1) {
    for (let at = 0; at < block.length; at += Crc64.maxBytes) {
      const piece = block.subarray(at, at + Crc64.maxBytes);
      crc.load(piece);
      state = crc.update(state, 0, piece.length);
    }
  }
  return crc64Value(state);
}
