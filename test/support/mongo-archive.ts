/** Archives of mongodump made by hand, so that every way in which one can be wrong can be made. */
import { BSON } from 'mongodb';
import { Crc64, crc64Start, crc64Value } from '../../adapters/mongodb/crc64.ts';

export interface HandMadeNamespace {
  readonly db: string;
  readonly collection: string;
  readonly type?: string;
  /** How the data blocks name it; default `collection`. */
  readonly dataCollection?: string;
  readonly documents: readonly Uint8Array[];
}

export const magicBytes = Buffer.from([0x6d, 0xe2, 0x99, 0x81]);
export const endOfBlock = Buffer.from([255, 255, 255, 255]);

export const bson = (value: object): Buffer => Buffer.from(BSON.serialize(value));

export function block(header: object, documents: readonly Uint8Array[] = []): Buffer {
  return Buffer.concat([bson(header), ...documents, endOfBlock]);
}

export function prelude(
  namespaces: readonly Pick<HandMadeNamespace, 'db' | 'collection' | 'type'>[],
  version = '0.1',
): Buffer {
  const header = {
    ...{ concurrent_collections: new BSON.Int32(4), version },
    ...{ server_version: '8.0.4', tool_version: '100.13.0' },
  };
  const bodies = namespaces.map(({ db, collection, type }) =>
    bson({ db, collection, metadata: '{"indexes":[]}', size: new BSON.Int32(0), type: type ?? 'collection' }),
  );
  return Buffer.concat([magicBytes, block(header, bodies)]);
}

export function crcOf(bytes: Uint8Array): bigint {
  const crc = Crc64.shared();
  let state = crc64Start;
  for (let at = 0; at < bytes.length; at += Crc64.maxBytes) {
    const piece = bytes.subarray(at, at + Crc64.maxBytes);
    crc.load(piece);
    state = crc.update(state, 0, piece.length);
  }
  return crc64Value(state);
}

export function dataBlock(namespace: HandMadeNamespace, documents: readonly Uint8Array[]): Buffer {
  const collection = namespace.dataCollection ?? namespace.collection;
  return block({ db: namespace.db, collection, EOF: false, CRC: BSON.Long.ZERO }, documents);
}

export function closingBlock(namespace: HandMadeNamespace, crc?: bigint): Buffer {
  const collection = namespace.dataCollection ?? namespace.collection;
  const value = BigInt.asIntN(64, crc ?? crcOf(Buffer.concat(namespace.documents)));
  return block({ db: namespace.db, collection, EOF: true, CRC: BSON.Long.fromBigInt(value) });
}

/** Whole and right; `perBlock` documents go into one block, and namespaces take turns. */
export function handMadeArchive(namespaces: readonly HandMadeNamespace[], perBlock = 1000): Buffer {
  const blocks: Buffer[] = [prelude(namespaces)];
  const most = Math.max(0, ...namespaces.map((one) => Math.ceil(one.documents.length / perBlock)));
  for (let turn = 0; turn <= most; turn += 1) {
    for (const one of namespaces) {
      const documents = one.documents.slice(turn * perBlock, (turn + 1) * perBlock);
      if (documents.length > 0) blocks.push(dataBlock(one, documents));
      if (turn === Math.ceil(one.documents.length / perBlock)) blocks.push(closingBlock(one));
    }
  }
  return Buffer.concat(blocks);
}
