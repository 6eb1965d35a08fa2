/** Waits with a stated end. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when `work` has settled either way, or after that long. Never rejects. */
export async function settledWithin(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  const settled = work.then(
    () => {},
    () => {},
  );
  const late = sleep(milliseconds, undefined, { signal: timer.signal }).catch(() => {});
  await Promise.race([settled, late]);
  timer.abort();
}

/**
 * Pauses before try number `attempt` (from 1): full jitter over 100 ms doubled each time, 5 s at most, so that many
 * streams that failed together do not come back together. Rejects with the signal's reason.
 */
export async function backOff(attempt: number, signal?: AbortSignal): Promise<void> {
  const ceiling = Math.min(5_000, 100 * 2 ** attempt);
  await sleep(Math.random() * ceiling, undefined, signal === undefined ? {} : { signal }).catch(() => {});
  signal?.throwIfAborted();
}
