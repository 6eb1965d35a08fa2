/** In which order segments are dumped, and how many at a time. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { dumpSegments } from '../../../core/backup/dump-segments.ts';
import type { PlannedSegment } from '../../../core/ports/source.ts';

const live = () => new AbortController().signal;
const segment = (index: number, change: Partial<PlannedSegment> = {}): PlannedSegment => ({
  index,
  name: `s${index}`,
  encoding: 'x',
  section: 'data',
  role: 'segment',
  estimatedBytes: index,
  wholeScope: false,
  ...change,
});

/** Segments as they are found, and what has been asked for. */
function found(segments: readonly PlannedSegment[]) {
  const asked: number[] = [];
  let returned = false;
  async function* supply() {
    try {
      for (const each of segments) {
        asked.push(each.index);
        yield each;
      }
    } finally {
      returned = true;
    }
  }
  return { segments: supply(), asked, returned: () => returned };
}

describe('segments that are known', () => {
  it('begin with the largest, and come back in the order of their indexes', async () => {
    const begun: number[] = [];
    const results = await dumpSegments([segment(0), segment(1), segment(2)], 1, live(), async ({ index }) => {
      begun.push(index);
      return index;
    });
    expect(begun).toEqual([2, 1, 0]);
    expect(results).toEqual([0, 1, 2]);
  });

  it('of the whole scope run one at a time, beside others', async () => {
    let whole = 0;
    let most = 0;
    const segments = [0, 1, 2, 3].map((index) => segment(index, { wholeScope: index < 3 }));
    await dumpSegments(segments, 4, live(), async ({ wholeScope }) => {
      whole += wholeScope ? 1 : 0;
      most = Math.max(most, whole);
      await turn();
      whole -= wholeScope ? 1 : 0;
    });
    expect(most).toBe(1);
  });
});

describe('segments that are found on the way', () => {
  it('are asked for as workers come free: never more at a time than there are workers', async () => {
    const { segments, asked } = found(Array.from({ length: 9 }, (_, index) => segment(index)));
    let done = 0;
    const results = await dumpSegments(segments, 2, live(), async ({ index }) => {
      await turn();
      expect(asked.length - done).toBeLessThanOrEqual(2);
      done += 1;
      return index;
    });
    expect(results).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('end with the first failure: no more are asked for, and what finds them is told to stop', async () => {
    const { segments, asked, returned } = found(Array.from({ length: 9 }, (_, index) => segment(index)));
    const dumping = dumpSegments(segments, 2, live(), async ({ index }, signal) => {
      if (index === 1) throw new Error('the tool died');
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    await expect(dumping).rejects.toThrow('the tool died');
    expect(asked).toEqual([0, 1]);
    await turn();
    expect(returned()).toBe(true);
  });

  it('fail when finding them fails, even while nothing is dumped', async () => {
    async function* broken() {
      yield segment(0);
      throw new Error('the bucket is gone');
    }
    await expect(dumpSegments(broken(), 3, live(), async () => 1)).rejects.toThrow('the bucket is gone');
  });

  it('stop at once when the run is stopped while the next one is looked for', async () => {
    const controller = new AbortController();
    const stuck: AsyncIterable<PlannedSegment> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
    };
    const dumping = dumpSegments(stuck, 2, controller.signal, async () => 1);
    setImmediate(() => controller.abort(new Error('time is up')));
    await expect(dumping).rejects.toThrow('time is up');
  });

  it('of the whole scope wait for each other', async () => {
    const { segments } = found([0, 1, 2].map((index) => segment(index, { wholeScope: true })));
    let whole = 0;
    let most = 0;
    await dumpSegments(segments, 3, live(), async () => {
      whole += 1;
      most = Math.max(most, whole);
      await turn();
      whole -= 1;
    });
    expect(most).toBe(1);
  });

  it('with an index that was there already are refused', async () => {
    const { segments } = found([segment(0), segment(0)]);
    await expect(dumpSegments(segments, 1, live(), async () => 1)).rejects.toMatchObject({
      code: 'INTERNAL',
    });
  });
});
