/** Bytes a second of the last half minute: what is told of a rate since the beginning says nothing of one that stands still. */
import type { Clock } from './ports/index.ts';

const windowMs = 30_000;
/** Between two samples: a window has 30 of them at most. */
const apartMs = 1000;
/** Before so much time has passed a rate is a guess. */
const soonMs = 2000;

export interface Rate {
  /** So many bytes so far. */
  at(bytes: number): void;
  /** Whole bytes; undefined where that cannot be said yet. */
  perSecond(): number | undefined;
}

export function rateOver(clock: Pick<Clock, 'now'>): Rate {
  const samples: { readonly atMs: number; readonly bytes: number }[] = [];
  let bytes = 0;
  const sample = (atMs: number) => {
    const last = samples.at(-1);
    if (last && atMs - last.atMs < apartMs) return;
    samples.push({ atMs, bytes });
    while (samples.length > 2 && atMs - (samples[1]?.atMs ?? atMs) >= windowMs) samples.shift();
  };
  return {
    at(now) {
      const atMs = clock.now().getTime();
      // What was there before its first sample was not made in no time.
      if (samples.length === 0) samples.push({ atMs, bytes });
      bytes = now;
      sample(atMs);
    },
    perSecond() {
      const atMs = clock.now().getTime();
      sample(atMs);
      const [first] = samples;
      if (!first || atMs - first.atMs < soonMs) return undefined;
      return Math.max(0, Math.round((bytes - first.bytes) / ((atMs - first.atMs) / 1000)));
    },
  };
}
