/** The world's time, moved by the history alone, and clocks of machines that may be wrong by some amount. */
import type { Clock } from '../../core/ports/index.ts';

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

export interface WorldTime {
  nowMs: number;
}

export const iso = (atMs: number) => new Date(atMs).toISOString();

/** A machine's clock; whoever sleeps on it wakes at once, and the world is that much later. */
export function machineClock(time: WorldTime, aheadMs = 0): Clock {
  return {
    now: () => new Date(time.nowMs + aheadMs),
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      time.nowMs += Math.max(0, milliseconds);
    },
  };
}
