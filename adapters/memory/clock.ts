/** Two clocks for tests: one that stands still until it is moved, and one that runs faster than the real one. */
import type { Clock } from '../../core/ports/index.ts';
import { systemClock } from '../clock.ts';

export interface MemoryClock extends Clock {
  /** Moves by that many milliseconds (back when negative), and wakes whoever has slept long enough by then. */
  advance(milliseconds: number): void;
  set(isoTime: string): void;
  /** How many are asleep. */
  readonly sleeping: number;
}

interface Sleeper {
  readonly untilMs: number;
  wake(): void;
}

/** Stands still: `sleep` ends only by `advance`, `set` or its signal. */
export function memoryClock(startIso = '2026-11-21T02:00:00.000Z'): MemoryClock {
  let nowMs = Date.parse(startIso);
  const sleepers = new Set<Sleeper>();
  const moveTo = (atMs: number) => {
    nowMs = atMs;
    for (const sleeper of [...sleepers]) if (sleeper.untilMs <= nowMs) sleeper.wake();
  };

  return {
    now: () => new Date(nowMs),
    advance: (milliseconds) => moveTo(nowMs + milliseconds),
    set: (isoTime) => moveTo(Date.parse(isoTime)),
    get sleeping() {
      return sleepers.size;
    },
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      if (milliseconds <= 0) return;
      await new Promise<void>((resolve, reject) => {
        const onAbort = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const sleeper: Sleeper = {
          untilMs: nowMs + milliseconds,
          wake() {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    },
  };
}

/** Runs `speed` times as fast as the real clock: waits of minutes pass in a blink, and leases still mean something. */
export function fastClock(speed: number, startIso?: string): Clock {
  const realStartMs = Date.now();
  const startMs = startIso === undefined ? realStartMs : Date.parse(startIso);
  return {
    now: () => new Date(startMs + (Date.now() - realStartMs) * speed),
    sleep: (milliseconds, signal) => systemClock.sleep(milliseconds / speed, signal),
  };
}
