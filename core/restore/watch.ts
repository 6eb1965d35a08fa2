/**
 * What a running restore says of itself, every two seconds: steps, segments, bytes. The same write tells whether somebody
 * asked to cancel it. One that fails is only logged: a restore goes on without being watched.
 */
import { HoldfastError } from '../errors.ts';
import type { Segment } from '../manifest.ts';
import type { Catalog, RestoreRow, StepNote } from '../ports/catalog.ts';
import type { Clock, Log } from '../ports/index.ts';
import type { RecoveryContext } from '../ports/recovery.ts';
import { segmentProgress } from '../segment-progress.ts';
import { noteSteps, type Steps, secondsOf } from '../steps.ts';

const progressEveryMilliseconds = 2000;

export interface RestoreWatch extends Pick<RecoveryContext, 'onProgress'> {
  readonly steps: Steps;
  /** Segments that are going to be read, and references to those of earlier backups. */
  plan(segments: readonly Segment[], references: readonly Segment[]): void;
  /** All of them are read. */
  done(): void;
  stop(): Promise<void>;
}

export function watchRestore(
  { restoreId, waitingFor }: Pick<RestoreRow, 'restoreId' | 'waitingFor'>,
  cancel: AbortController,
  { catalog, clock }: { readonly catalog: Pick<Catalog, 'progressRestore'>; readonly clock: Clock },
  log: Log,
): RestoreWatch {
  const steps = noteSteps(clock, waitingFor ? [waited(waitingFor.requestedAt, clock)] : []);
  const segments = segmentProgress(clock);
  const totals = new Map<string, number>();
  const read = new Set<string>();
  let totalBytes = 0;
  let step = 'checking the backup';

  const note = async () => {
    try {
      const progress = { plainBytes: segments.plainBytes(), totalBytes, step, ...segments.figures() };
      const { cancelRequested } = await catalog.progressRestore(restoreId, progress, steps.notes());
      if (cancelRequested) cancel.abort(new HoldfastError('CANCELLED', `Restore ${restoreId} was cancelled`));
    } catch (error) {
      log.warn('progress was not noted', { error });
    }
  };
  const ended = new AbortController();
  const loop = (async () => {
    while (!ended.signal.aborted) {
      await note();
      await clock.sleep(progressEveryMilliseconds, ended.signal).catch(() => undefined);
    }
  })();

  return {
    steps,
    plan(own, references) {
      // As the drivers name them while they read: that of another backup by its object.
      for (const { name, plainBytes } of own) totals.set(name, plainBytes);
      for (const { name, parts, plainBytes } of references) totals.set(parts[0]?.key ?? name, plainBytes);
      totalBytes = [...totals.values()].reduce((sum, bytes) => sum + bytes, 0);
      segments.plan([...totals].map(([name, bytes]) => ({ name, totalBytes: bytes })));
      step = 'restoring';
    },
    onProgress({ segment: name, plainBytes }) {
      const total = totals.get(name) ?? 0;
      step = name;
      // Its end may be told twice.
      if (read.has(name)) return;
      if (total === 0 || plainBytes < total) return segments.reached({ name, totalBytes: total }, plainBytes);
      read.add(name);
      segments.done({ name }, plainBytes);
    },
    done: segments.finish,
    async stop() {
      ended.abort();
      await loop;
      await note();
    },
  };
}

function waited(requestedAt: string, clock: Pick<Clock, 'now'>): StepNote {
  const seconds = secondsOf(clock.now().getTime() - Date.parse(requestedAt));
  return { name: 'archive', startedAt: requestedAt, seconds };
}
