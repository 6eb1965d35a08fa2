/**
 * Runs the segments of a session over a fixed number of workers, the largest first, with at most one whole-scope
 * dump at a time (each of those locks every table again; docs/decisions on locks). The first failure stops the rest.
 */
import type { PlannedSegment } from '../ports/source.ts';

export async function dumpSegments<T>(
  segments: readonly PlannedSegment[],
  parallelism: number,
  signal: AbortSignal,
  run: (segment: PlannedSegment, signal: AbortSignal) => Promise<T>,
): Promise<T[]> {
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const results = new Map<number, T>();
  const queue = [...segments].sort((a, b) => b.estimatedBytes - a.estimatedBytes);
  let wholeScopeRunning = false;
  let wake: (() => void)[] = [];

  const next = (): PlannedSegment | undefined => {
    const at = queue.findIndex((segment) => !segment.wholeScope || !wholeScopeRunning);
    return at < 0 ? undefined : queue.splice(at, 1)[0];
  };

  const worker = async (): Promise<void> => {
    while (queue.length > 0) {
      either.throwIfAborted();
      const segment = next();
      if (!segment) {
        // Only whole-scope dumps are left and one is running: wait for it to end.
        await new Promise<void>((resolve) => wake.push(resolve));
        continue;
      }
      if (segment.wholeScope) wholeScopeRunning = true;
      try {
        results.set(segment.index, await run(segment, either));
      } catch (error) {
        failure.abort(error);
        throw error;
      } finally {
        if (segment.wholeScope) wholeScopeRunning = false;
        const sleepers = wake;
        wake = [];
        for (const resolve of sleepers) resolve();
      }
    }
  };

  const ends = await Promise.allSettled(Array.from({ length: Math.max(1, parallelism) }, worker));
  // The first failure is the cause; the others only say that they were stopped by it.
  if (failure.signal.aborted) throw failure.signal.reason;
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return segments.map((segment) => results.get(segment.index) as T);
}
