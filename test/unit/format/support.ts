/** Bodies for the tests of the format. */
import { segmentContext } from '../../../core/format/context.ts';

export const context = segmentContext(
  {
    planId: 'orders',
    backupId: '20261121T020000Z-3f9a1c22',
    attempt: 1,
    component: 'main',
    index: 3,
    name: 'public.orders',
  },
  1,
);

/** Bytes that differ from their neighbours and from those one frame on. */
export function pattern(lengthBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(lengthBytes);
  for (let at = 0; at < lengthBytes; at += 1) bytes[at] = (at * 31 + (at >> 10)) & 0xff;
  return bytes;
}

/** `bytes` in pieces of the given lengths, over and over. */
export async function* inPieces(
  bytes: Uint8Array,
  pieceBytes: readonly number[],
): AsyncGenerator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const length = pieceBytes[turn % pieceBytes.length] ?? 1;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

export async function collect(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
