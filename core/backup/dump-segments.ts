/**
 * Runs the segments of a session over a fixed number of workers, with at most one whole-scope dump at a time (each of
 * those locks every table again; docs/decisions on locks). The first failure stops the rest.
 *
 * Segments that are known beforehand are dumped largest first. Those that are found on the way are asked for one at a
 * time and only when a worker is free, so that nothing is found faster than it is dumped.
 */
import { HoldfastError } from '../errors.ts';
import type { PlannedSegment, SourceSession } from '../ports/source.ts';

/** Hands out segments to workers that come free. */
interface Supply {
  /** The next one that may be dumped now, as soon as there is one; undefined: there are no more. */
  next(): Promise<PlannedSegment | undefined>;
  /** A segment that was handed out is dumped, or has failed. */
  ended(segment: PlannedSegment): void;
  close(): void;
}

/** What `run` returned for each segment, in the order of their indexes. */
export async function dumpSegments<T>(
  segments: SourceSession['segments'],
  parallelism: number,
  signal: AbortSignal,
  run: (segment: PlannedSegment, signal: AbortSignal) => Promise<T>,
): Promise<T[]> {
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const supply = Symbol.asyncIterator in segments ? onTheWay(segments, either) : largestFirst(segments);
  const results = new Map<number, T>();

  const worker = async (): Promise<void> => {
    try {
      for (;;) {
        either.throwIfAborted();
        const segment = await supply.next();
        if (segment === undefined) return;
        try {
          either.throwIfAborted();
          if (results.has(segment.index)) throw twice(segment);
          results.set(segment.index, await run(segment, either));
        } finally {
          supply.ended(segment);
        }
      }
    } catch (error) {
      failure.abort(error);
      throw error;
    }
  };

  const ends = await Promise.allSettled(Array.from({ length: Math.max(1, parallelism) }, worker));
  supply.close();
  // The first failure is the cause; the others only say that they were stopped by it.
  if (failure.signal.aborted) throw failure.signal.reason;
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return [...results].sort(([one], [other]) => one - other).map(([, result]) => result);
}

function twice({ index, name }: PlannedSegment): HoldfastError {
  return new HoldfastError('INTERNAL', `segment ${name} has the index ${index} of another one`);
}

/** At most one whole-scope dump: who wants to begin another waits until it has ended. */
function wholeScopeGate() {
  let running = false;
  let waiting: (() => void)[] = [];
  return {
    isOpenTo: (segment: PlannedSegment) => !segment.wholeScope || !running,
    begin(segment: PlannedSegment) {
      if (segment.wholeScope) running = true;
    },
    end(segment: PlannedSegment) {
      if (!segment.wholeScope) return;
      running = false;
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    },
    changed: () => new Promise<void>((resolve) => waiting.push(resolve)),
  };
}

function largestFirst(segments: readonly PlannedSegment[]): Supply {
  const queue = [...segments].sort((a, b) => b.estimatedBytes - a.estimatedBytes);
  const gate = wholeScopeGate();
  return {
    async next() {
      while (queue.length > 0) {
        const at = queue.findIndex((segment) => gate.isOpenTo(segment));
        const segment = at < 0 ? undefined : queue.splice(at, 1)[0];
        if (segment) {
          gate.begin(segment);
          return segment;
        }
        // Only whole-scope dumps are left and one is running.
        await gate.changed();
      }
      return undefined;
    },
    ended: gate.end,
    close() {},
  };
}

function onTheWay(segments: AsyncIterable<PlannedSegment>, signal: AbortSignal): Supply {
  const iterator = segments[Symbol.asyncIterator]();
  const gate = wholeScopeGate();
  const stopped = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  // Whoever asks hears it; when nobody does, it is no failure of its own.
  stopped.catch(() => undefined);
  let ended = false;
  /** One question at a time, also of an iterable that could not take several. */
  let turn: Promise<unknown> = Promise.resolve();
  const ask = async (): Promise<PlannedSegment | undefined> => {
    if (ended) return undefined;
    const found = await Promise.race([iterator.next(), stopped]);
    if (found.done) {
      ended = true;
      return undefined;
    }
    while (!gate.isOpenTo(found.value)) await Promise.race([gate.changed(), stopped]);
    gate.begin(found.value);
    return found.value;
  };
  return {
    next() {
      const answer = turn.then(ask);
      turn = answer.catch(() => undefined);
      return answer;
    },
    ended: gate.end,
    close() {
      // Not waited for: one that stands still heard the signal, and ends when the session is closed.
      if (!ended) void iterator.return?.().catch(() => undefined);
    },
  };
}
