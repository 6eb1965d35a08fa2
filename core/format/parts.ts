/**
 * A segment that is too long for one object continues in the next: cuts a body of any length into parts, without
 * copying and without knowing the length beforehand. There is never an empty part.
 */
import { HoldfastError } from '../errors.ts';
import { PART_PLAIN_LIMIT_BYTES } from './limits.ts';

/**
 * The parts of `body`, one after the other, each of `partPlainBytes` but the last. Each must be read to its end
 * before the next is asked for (INTERNAL otherwise); leaving one early closes the body. What the body throws is
 * thrown by the part that is being read, or by the step to the next. A body without a byte is DUMP_EMPTY, since a
 * segment without parts would look like one.
 */
export async function* splitParts(
  body: AsyncIterable<Uint8Array>,
  partPlainBytes: number = PART_PLAIN_LIMIT_BYTES,
): AsyncGenerator<AsyncGenerator<Uint8Array, void, undefined>, void, undefined> {
  if (
    !Number.isSafeInteger(partPlainBytes) ||
    partPlainBytes < 1 ||
    partPlainBytes > PART_PLAIN_LIMIT_BYTES
  ) {
    throw new HoldfastError(
      'INTERNAL',
      `a part of ${partPlainBytes} bytes: 1 to ${PART_PLAIN_LIMIT_BYTES} are allowed`,
    );
  }
  const iterator = body[Symbol.asyncIterator]();
  let rest: Uint8Array | undefined;
  let bodyEnded = false;

  /** The next bytes that are not empty, kept in `rest`; undefined at the end. */
  const peek = async (): Promise<Uint8Array | undefined> => {
    while (!bodyEnded && (rest === undefined || rest.length === 0)) {
      try {
        const step = await iterator.next();
        if (step.done) bodyEnded = true;
        else rest = step.value;
      } catch (thrown) {
        bodyEnded = true;
        throw thrown;
      }
    }
    return bodyEnded ? undefined : rest;
  };

  const close = async () => {
    if (bodyEnded) return;
    bodyEnded = true;
    await iterator.return?.();
  };

  async function* onePart(progress: { whole: boolean }): AsyncGenerator<Uint8Array, void, undefined> {
    let leftBytes = partPlainBytes;
    try {
      while (leftBytes > 0) {
        const chunk = await peek();
        if (chunk === undefined) break;
        const piece = chunk.subarray(0, leftBytes);
        rest = chunk.subarray(piece.length);
        leftBytes -= piece.length;
        yield piece;
      }
      progress.whole = true;
    } finally {
      if (!progress.whole) await close();
    }
  }

  try {
    if ((await peek()) === undefined)
      throw new HoldfastError('DUMP_EMPTY', 'nothing to seal: the body is empty');
    do {
      const progress = { whole: false };
      yield onePart(progress);
      if (!progress.whole)
        throw new HoldfastError('INTERNAL', 'a part was not read to its end before the next');
    } while ((await peek()) !== undefined);
  } finally {
    await close();
  }
}
