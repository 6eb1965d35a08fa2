/** Cutting a long segment: what goes in comes out, no part is empty or too long, nothing is copied. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../core/errors.ts';
import {
  FRAME_BYTES,
  HEADER_LIMIT_BYTES,
  PART_PLAIN_LIMIT_BYTES,
  SEALED_OBJECT_LIMIT_BYTES,
  sealedBytes,
} from '../../../core/format/limits.ts';
import { splitParts } from '../../../core/format/parts.ts';
import { collect, inPieces, pattern } from './support.ts';

describe('splitParts', () => {
  it('loses nothing, fills each part but the last, and makes no empty one', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 2_000 }),
        fc.integer({ min: 1, max: 300 }),
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 4 }),
        async (lengthBytes, partBytes, pieces) => {
          const usable = pieces.some((piece) => piece > 0) ? pieces : [7];
          const body = pattern(lengthBytes);
          const parts: Buffer[] = [];
          for await (const part of splitParts(inPieces(body, usable), partBytes))
            parts.push(await collect(part));
          expect(Buffer.concat(parts).equals(body)).toBe(true);
          expect(parts.length).toBe(Math.ceil(lengthBytes / partBytes));
          for (const part of parts.slice(0, -1)) expect(part.length).toBe(partBytes);
          expect(parts.at(-1)?.length).toBeGreaterThan(0);
        },
      ),
    );
  });

  it('copies nothing', async () => {
    const body = pattern(1_000);
    for await (const part of splitParts(inPieces(body, [300]), 250)) {
      for await (const piece of part) expect(piece.buffer).toBe(body.buffer);
    }
  });

  it('keeps a sealed part within the limit, and one frame more would not be', () => {
    expect(sealedBytes(PART_PLAIN_LIMIT_BYTES, HEADER_LIMIT_BYTES)).toBeLessThanOrEqual(
      SEALED_OBJECT_LIMIT_BYTES,
    );
    expect(sealedBytes(PART_PLAIN_LIMIT_BYTES + FRAME_BYTES, HEADER_LIMIT_BYTES)).toBeGreaterThan(
      SEALED_OBJECT_LIMIT_BYTES,
    );
  });

  it('refuses an empty body and a part size that could not be stored', async () => {
    const drain = async (parts: AsyncIterable<AsyncIterable<Uint8Array>>) => {
      for await (const part of parts) await collect(part);
    };
    await expect(drain(splitParts(inPieces(Buffer.alloc(0), [1])))).rejects.toMatchObject({
      code: 'DUMP_EMPTY',
    });
    for (const size of [0, -1, 1.5, PART_PLAIN_LIMIT_BYTES + 1]) {
      await expect(drain(splitParts(inPieces(pattern(1), [1]), size))).rejects.toMatchObject({
        code: 'INTERNAL',
      });
    }
  });

  it('throws what the body throws, in the part or at the step to the next', async () => {
    for (const before of [150, 100]) {
      const broken = new HoldfastError('DUMP_FAILED', 'died');
      async function* dies() {
        yield pattern(before);
        throw broken;
      }
      const drained = (async () => {
        for await (const part of splitParts(dies(), 100)) await collect(part);
      })();
      await expect(drained).rejects.toBe(broken);
    }
  });

  it('closes the body as soon as a part is left, before anybody asks for the next', async () => {
    let closed = false;
    async function* body() {
      try {
        for (;;) yield pattern(100);
      } finally {
        closed = true;
      }
    }
    const first = await splitParts(body(), 150).next();
    for await (const _ of first.value ?? []) break;
    expect(closed).toBe(true);
  });

  it('closes the body when a part is left early or skipped, and gives no further part', async () => {
    for (const use of ['break', 'skip'] as const) {
      let closed = false;
      async function* body() {
        try {
          for (;;) yield pattern(100);
        } finally {
          closed = true;
        }
      }
      const drained = (async () => {
        for await (const part of splitParts(body(), 150)) {
          if (use === 'break') for await (const _ of part) break;
        }
      })();
      await expect(drained).rejects.toMatchObject({ code: 'INTERNAL' });
      expect(closed).toBe(true);
    }
  });
});
