/** What is stored is hashed beside the main thread, and all the same where there is no thread for it. */
import { createHash, hash, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { copyBytes } from '../../adapters/copy-bytes.ts';
import { Hashing } from '../../adapters/hashing.ts';

function shared(bytes: number): Buffer {
  const memory = Buffer.from(new SharedArrayBuffer(bytes));
  copyBytes(randomBytes(bytes), memory, 0);
  return memory;
}
const MIB = 1024 * 1024;

describe('hashing beside the main thread', () => {
  test('gives the hash of each piece and of several wholes at a time', async () => {
    const hashing = new Hashing();
    const pieces = [MIB, 3 * MIB, 2 * MIB].map(shared);
    const wholes = [hashing.whole(), hashing.whole()];
    for (const piece of pieces) for (const whole of wholes) void whole.update(piece);
    const alone = await Promise.all(pieces.map((piece) => hashing.sha256Of(piece)));
    expect(alone.map((one) => one.toString('hex'))).toEqual(pieces.map((piece) => hash('sha256', piece)));
    const ends = [shared(5), Buffer.alloc(0)];
    const expected = ends.map((end) => hash('sha256', Buffer.concat([...pieces, end])));
    const digests = await Promise.all(wholes.map((whole, at) => whole.end(ends[at] as Buffer)));
    expect(digests.map((one) => one.toString('hex'))).toEqual(expected);
    hashing.close();
  });

  test('what waits when the thread ends is hashed here; a whole that it had begun is refused, never wrong', async () => {
    const hashing = new Hashing();
    const [one, other] = [shared(MIB), shared(2 * MIB)];
    const begun = hashing.whole();
    await begun.update(one);
    const whole = hashing.whole();
    void whole.update(one);
    void whole.update(other);
    const pending = hashing.sha256Of(other);
    hashing.close();
    expect((await pending).toString('hex')).toBe(hash('sha256', other));
    const both = createHash('sha256').update(one).update(other).update(one).digest('hex');
    expect((await whole.end(one)).toString('hex')).toBe(both);
    await expect(begun.end(other)).rejects.toMatchObject({ code: 'INTERNAL' });
    expect((await hashing.sha256Of(one)).toString('hex')).toBe(hash('sha256', one));
  });
});

test('bytes are copied into shared memory and out of it, none at all too', () => {
  const memory = Buffer.from(new SharedArrayBuffer(10));
  copyBytes(Buffer.from('abc'), memory, 2);
  copyBytes(Buffer.alloc(0), memory, 0);
  const out = Buffer.alloc(4);
  copyBytes(memory.subarray(2, 5), out, 1);
  expect([...memory, ...out]).toEqual([0, 0, 97, 98, 99, 0, 0, 0, 0, 0, 0, 97, 98, 99]);
});
