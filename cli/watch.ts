/** Watching one job from the terminal: progress, ctrl-C, and what is said when watching ends before the job does. */
import type { Cli } from './context.ts';
import { Interrupted, ProgressLine, type Step, waitFor } from './progress.ts';

export interface Watch<T> {
  /** One look at the job: its end, or how far it is. Throws when it will not end any more. */
  readonly look: () => Promise<{ readonly end: T } | Step>;
  /**
   * Ctrl-C was pressed. `stop`: leave the job alone and end with Interrupted. `go-on`: keep watching. A second
   * ctrl-C while this asks stops at once.
   */
  readonly interrupted?: () => Promise<'stop' | 'go-on'>;
}

/** Shows progress until the job's end. Throws Interrupted when the person stopped watching. */
export async function watch<T>(cli: Cli, { look, interrupted }: Watch<T>): Promise<T> {
  const line = new ProgressLine(cli.out, cli.clock);
  for (;;) {
    const stop = new AbortController();
    const release = cli.onInterrupt(() => stop.abort(new Interrupted()));
    try {
      return await waitFor({
        clock: cli.clock,
        signal: stop.signal,
        look: async () => {
          const seen = await look();
          if ('end' in seen) return { end: seen.end };
          line.show(seen);
          return undefined;
        },
      }).then((result) => result.end);
    } catch (thrown) {
      if (!stop.signal.aborted) throw thrown;
      release();
      line.clear();
      if (!interrupted || (await interrupted()) === 'stop') throw new Interrupted();
    } finally {
      release();
      line.clear();
    }
  }
}

/** Shows one step while a call runs that tells nothing on the way. */
export async function whileShowing<T>(cli: Cli, step: string, work: () => Promise<T>): Promise<T> {
  const line = new ProgressLine(cli.out, cli.clock);
  line.show({ step });
  const timer = setInterval(() => line.show({ step }), 1000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    line.clear();
  }
}
