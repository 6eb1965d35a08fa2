/** Clocks: what sleeping promises, on the real one and on those of tests. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../adapters/clock.ts';
import { fastClock, memoryClock } from '../../adapters/memory/clock.ts';
import { HoldfastError } from '../../core/errors.ts';

const reason = new HoldfastError('DEADLINE', 'out of time');

describe.each([
  ['the real clock', systemClock],
  ['a fast clock', fastClock(10)],
  ['a clock that stands still', memoryClock()],
])('%s', (_, clock) => {
  test('a sleep that is aborted rejects with the reason, at once', async () => {
    const controller = new AbortController();
    const sleeping = clock.sleep(3_600_000, controller.signal);
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
  });

  test('nobody falls asleep who is aborted already', async () => {
    await expect(clock.sleep(3_600_000, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

test('the real clock sleeps as long as it is asked to', async () => {
  const startedAt = performance.now();
  await systemClock.sleep(30);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(28);
});

test('a fast clock runs as fast as it says, asleep and awake', async () => {
  const clock = fastClock(1000, '2026-11-21T02:00:00Z');
  await clock.sleep(60_000);
  expect(clock.now().getTime()).toBeGreaterThanOrEqual(Date.parse('2026-11-21T02:00:55Z'));
});

test('a clock that stands still wakes those whose time has come, and no others', async () => {
  const clock = memoryClock('2026-11-21T02:00:00Z');
  const woken: string[] = [];
  const short = clock.sleep(1000).then(() => woken.push('short'));
  void clock.sleep(5000).then(() => woken.push('long'));
  clock.advance(999);
  await Promise.resolve();
  expect(woken).toEqual([]);
  clock.advance(1);
  await short;
  expect(woken).toEqual(['short']);
  expect(clock.sleeping).toBe(1);
  expect(clock.now().toISOString()).toBe('2026-11-21T02:00:01.000Z');
});
