/** A clock for tests: time stands still until it is moved or somebody sleeps, and sleeping takes no real time. */
import type { Clock } from '../../core/ports/index.ts';

export interface MemoryClock extends Clock {
  /** Moves forward (or back) by that many milliseconds. */
  advance(milliseconds: number): void;
  set(isoTime: string): void;
  /** What was asked of `sleep`, in milliseconds, in order. */
  readonly slept: readonly number[];
}

export function memoryClock(startIso = '2026-11-21T02:00:00.000Z'): MemoryClock {
  let nowMs = Date.parse(startIso);
  const slept: number[] = [];
  return {
    slept,
    now: () => new Date(nowMs),
    advance(milliseconds) {
      nowMs += milliseconds;
    },
    set(isoTime) {
      nowMs = Date.parse(isoTime);
    },
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      slept.push(milliseconds);
      nowMs += milliseconds;
      // A turn of the event loop, so that a loop of sleeps lets others run.
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    },
  };
}
