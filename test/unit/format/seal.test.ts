/** Sealing and opening as streams: round trips, limits, and every way in which it may not end normally. */
import { createHash } from 'node:crypto';
import { setImmediate as tick } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../core/errors.ts';
import { FRAME_BYTES, HEADER_LIMIT_BYTES, sealedBytes } from '../../../core/format/limits.ts';
import { open, openBytes } from '../../../core/format/open.ts';
import { seal, sealBytes } from '../../../core/format/seal.ts';
import { loadTestKeys } from '../../vectors/load.ts';
import { collect, context, inPieces, pattern } from './support.ts';

const keys = loadTestKeys();
const recipients = keys.recipients.slice(0, 1);
const privateKeys = keys.wrapping.slice(0, 1);
const two = await sealBytes(pattern(2 * FRAME_BYTES + 100_000), recipients, context);
const headerBytes = two.length - sealedBytes(2 * FRAME_BYTES + 100_000, 0);

const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);
beforeAll(() => {
  process.on('unhandledRejection', note);
  process.on('uncaughtException', note);
});
afterAll(async () => {
  for (let turn = 0; turn < 5; turn += 1) await tick();
  process.off('unhandledRejection', note);
  process.off('uncaughtException', note);
  expect(unhandled, 'nothing may fail unseen').toEqual([]);
});

function expectedOf(bytes: Uint8Array) {
  return { lengthBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

describe('sealing and opening', () => {
  it('gives back what was sealed, at and around the borders of frames, however it is cut', async () => {
    const around = fc
      .tuple(fc.constantFrom(0, FRAME_BYTES, 2 * FRAME_BYTES), fc.integer({ min: -17, max: 17 }))
      .map(([border, offset]) => Math.max(1, border + offset));
    const pieces = fc.array(fc.integer({ min: 700, max: 300_000 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(around, pieces, pieces, async (lengthBytes, plainPieces, sealedPieces) => {
        const plain = pattern(lengthBytes);
        const sealed = await collect(seal(inPieces(plain, plainPieces), recipients, context));
        expect(sealed.length).toBe(sealedBytes(lengthBytes, headerBytes));
        const opened = await collect(
          open(inPieces(sealed, sealedPieces), privateKeys, context, expectedOf(sealed)),
        );
        expect(opened.equals(plain)).toBe(true);
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  it('gives back small bodies in any pieces, of one byte too', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
        async (plain, pieces) => {
          const sealed = await collect(seal(inPieces(plain, pieces), recipients, context));
          const opened = await collect(open(inPieces(sealed, pieces), privateKeys, context));
          expect(opened.equals(plain)).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);

  it('opens with either of two keys, and keeps the header within its limit for eight', async () => {
    const sealed = await sealBytes(pattern(10), keys.recipients, context);
    for (const key of keys.wrapping) expect(await openBytes(sealed, [key], context)).toEqual(pattern(10));
    const eight = await sealBytes(
      pattern(10),
      Array.from({ length: 8 }, () => keys.recipients[0] as never),
      context,
    );
    expect(eight.length - sealedBytes(10, 0)).toBeLessThanOrEqual(HEADER_LIMIT_BYTES);
  });

  it('refuses an empty body and empty or too many recipients', async () => {
    await expect(collect(seal(inPieces(Buffer.alloc(0), [1]), recipients, context))).rejects.toMatchObject({
      code: 'DUMP_EMPTY',
    });
    await expect(sealBytes(pattern(1), [], context)).rejects.toMatchObject({ code: 'KEY_INVALID' });
    const nine = Array.from({ length: 9 }, () => keys.recipients[0] as never);
    await expect(sealBytes(pattern(1), nine, context)).rejects.toMatchObject({ code: 'KEY_INVALID' });
  });

  it('throws what the source throws, also in the middle', async () => {
    const broken = new HoldfastError('DUMP_FAILED', 'the tool died');
    async function* dies() {
      yield pattern(FRAME_BYTES + 10);
      throw broken;
    }
    await expect(collect(seal(dies(), recipients, context))).rejects.toBe(broken);
    async function* sealedDies() {
      yield two.subarray(0, FRAME_BYTES + 10_000);
      throw broken;
    }
    await expect(collect(open(sealedDies(), privateKeys, context))).rejects.toBe(broken);
  });

  it('closes the source when the consumer stops early', async () => {
    for (const make of [
      (body: AsyncIterable<Uint8Array>) => seal(body, recipients, context),
      (body: AsyncIterable<Uint8Array>) => open(body, privateKeys, context),
    ]) {
      let closed = false;
      const pieces = inPieces(two, [64 * 1024]);
      async function* body() {
        try {
          yield* pieces;
        } finally {
          closed = true;
        }
      }
      for await (const _ of make(body())) break;
      for (let turn = 0; turn < 20 && !closed; turn += 1) await tick();
      expect(closed).toBe(true);
    }
  });

  it('stops at once for a consumer that leaves while the source is stalled', async () => {
    async function* stalls() {
      yield pattern(2 * FRAME_BYTES);
      await new Promise(() => {});
    }
    let received = 0;
    for await (const chunk of seal(stalls(), recipients, context)) {
      received += chunk.length;
      if (received < 2 * FRAME_BYTES) continue;
      // By now the source is being waited for, and will never answer.
      for (let turn = 0; turn < 50; turn += 1) await tick();
      break;
    }
    expect(received).toBeGreaterThanOrEqual(2 * FRAME_BYTES);
  });

  it('reads no more than a few frames ahead of a slow consumer', async () => {
    let producedBytes = 0;
    async function* endless() {
      const chunk = pattern(64 * 1024);
      for (;;) {
        producedBytes += chunk.length;
        yield chunk;
      }
    }
    let consumedBytes = 0;
    for await (const chunk of seal(endless(), recipients, context)) {
      consumedBytes += chunk.length;
      if (consumedBytes > 4 * FRAME_BYTES) break;
      if (consumedBytes > 2 * FRAME_BYTES) for (let turn = 0; turn < 50; turn += 1) await tick();
    }
    expect(producedBytes - consumedBytes).toBeLessThan(6 * FRAME_BYTES);
  });
});

describe('opening what is not whole', () => {
  it('refuses each single flipped bit', async () => {
    const small = await sealBytes(pattern(200), recipients, context);
    const bits = Array.from({ length: Math.floor(small.length / 3) }, (_, at) => at * 24 + (at % 8));
    for (const bit of bits) {
      const damaged = Buffer.from(small);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const code = await openBytes(damaged, privateKeys, context).then(
        () => 'opened',
        (thrown: HoldfastError) => thrown.code,
      );
      // A flip in the name of the only data key makes it a key that is not at hand.
      expect(['INTEGRITY_SEAL', 'KEY_MISSING'], `bit ${bit}`).toContain(code);
    }
  }, 60_000);

  it('refuses flipped bits in a message of three frames, however it arrives', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: two.length - 1 }),
        fc.integer({ min: 0, max: 7 }),
        fc.array(fc.integer({ min: 1_000, max: 1_500_000 }), { minLength: 1, maxLength: 3 }),
        async (at, bit, pieces) => {
          const damaged = Buffer.from(two);
          damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
          await expect(collect(open(inPieces(damaged, pieces), privateKeys, context))).rejects.toBeInstanceOf(
            HoldfastError,
          );
        },
      ),
      { numRuns: 30 },
    );
  }, 60_000);

  it('names the frame whose header is damaged, also where it begins with a chunk', async () => {
    const frame2 = headerBytes + 16 + FRAME_BYTES + 16;
    const damaged = Buffer.from(two);
    damaged[frame2 + 3] = 7;
    async function* body() {
      yield damaged.subarray(0, frame2);
      yield damaged.subarray(frame2);
    }
    await expect(collect(open(body(), privateKeys, context))).rejects.toMatchObject({
      code: 'INTEGRITY_SEAL',
      message: expect.stringContaining('frame 2 is not where it belongs'),
    });
  });

  it('refuses every truncation, at a border and inside, with and without the expected length', async () => {
    const frame2 = headerBytes + 16 + FRAME_BYTES + 16;
    for (const at of [
      0,
      1,
      40,
      headerBytes - 1,
      headerBytes,
      frame2 - 1,
      frame2,
      frame2 + 5,
      two.length - 1,
    ]) {
      const cut = two.subarray(0, at);
      const body = () => inPieces(cut, [50_000]);
      await expect(collect(open(body(), privateKeys, context)), `at ${at}`).rejects.toMatchObject({
        code: 'INTEGRITY_SEAL',
      });
      await expect(collect(open(body(), privateKeys, context, expectedOf(two)))).rejects.toMatchObject({
        code: 'INTEGRITY_LENGTH',
      });
    }
  });

  it('refuses appended bytes, and other bytes of the same length', async () => {
    const longer = Buffer.concat([two, Buffer.alloc(1)]);
    const body = () => inPieces(longer, [100_000]);
    await expect(collect(open(body(), privateKeys, context))).rejects.toMatchObject({
      code: 'INTEGRITY_SEAL',
    });
    await expect(collect(open(body(), privateKeys, context, expectedOf(two)))).rejects.toMatchObject({
      code: 'INTEGRITY_LENGTH',
    });
    const again = await sealBytes(pattern(200), recipients, context);
    const other = await sealBytes(pattern(200), recipients, context);
    await expect(
      collect(open(inPieces(again, [99]), privateKeys, context, expectedOf(other))),
    ).rejects.toMatchObject({
      code: 'INTEGRITY_HASH',
    });
    await expect(openBytes(again, privateKeys, context, expectedOf(other))).rejects.toMatchObject({
      code: 'INTEGRITY_HASH',
    });
  });

  it('refuses a context that differs in any pair', async () => {
    const sealed = await sealBytes(pattern(10), recipients, context);
    const others = [
      { planId: 'other' },
      { backupId: '20261122T020000Z-3f9a1c22' },
      { attempt: 2 },
      { component: 'other' },
      { segment: '0004-public.orders' },
      { part: 2 },
    ];
    for (const other of others) {
      await expect(openBytes(sealed, privateKeys, { ...context, ...other })).rejects.toMatchObject({
        code: 'INTEGRITY_SEAL',
        message: expect.stringContaining(Object.keys(other)[0] ?? ''),
      });
    }
  });
});
