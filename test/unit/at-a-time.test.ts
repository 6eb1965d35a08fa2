/** Calls over many items: never more at a time than was said, and what a failure does to the others. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { eachAtATime, inParallel, mapAtATime } from '../../core/at-a-time.ts';

async function* listing(count: number, closed = () => {}) {
  try {
    for (let at = 0; at < count; at++) yield at;
  } finally {
    closed();
  }
}

describe.each([
  ['inParallel', inParallel],
  ['eachAtATime', eachAtATime],
] as const)('%s', (_, run) => {
  test('makes every call, as many at a time as there may be', async () => {
    for (const items of [listing(20), Array.from({ length: 20 }, (_, at) => at)]) {
      const done: number[] = [];
      let running = 0;
      let most = 0;
      await run(items, 3, async (at) => {
        most = Math.max(most, ++running);
        await sleep(1);
        running--;
        done.push(at);
      });
      expect(done.sort((one, other) => one - other)).toEqual(Array.from({ length: 20 }, (_, at) => at));
      expect(most).toBe(3);
    }
  });

  test('begins none after one failed, and throws what that one threw', async () => {
    let begun = 0;
    const calls = run(listing(100), 4, async (at) => {
      begun++;
      await sleep(1);
      if (at === 5) throw new Error('the fifth');
    });
    await expect(calls).rejects.toThrow('the fifth');
    expect(begun).toBeLessThan(13);
  });

  test('throws what the items throw', async () => {
    async function* broken() {
      yield 1;
      throw new Error('the listing broke off');
    }
    await expect(run(broken(), 2, async () => {})).rejects.toThrow('the listing broke off');
  });
});

const failing = (ended: number[]) => async (at: number) => {
  await sleep(at === 0 ? 5 : 30);
  if (at === 0) throw new Error('the first');
  ended.push(at);
};

test('eachAtATime has no call under way when it throws, and has closed the listing', async () => {
  const ended: number[] = [];
  let closed = false;
  const note = () => {
    closed = true;
  };
  await expect(eachAtATime(listing(10, note), 3, failing(ended))).rejects.toThrow('the first');
  expect(ended).toEqual([1, 2]);
  expect(closed).toBe(true);
});

test('inParallel does not wait for those under way', async () => {
  const ended: number[] = [];
  await expect(inParallel(listing(10), 3, failing(ended))).rejects.toThrow('the first');
  expect(ended).toEqual([]);
});

test('mapAtATime gives the answers in the order of the items', async () => {
  const answers = await mapAtATime([30, 1, 10], 3, async (milliseconds) => {
    await sleep(milliseconds);
    return milliseconds * 2;
  });
  expect(answers).toEqual([60, 2, 20]);
  expect(await mapAtATime([], 3, async () => 1)).toEqual([]);
});
