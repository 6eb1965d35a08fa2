/**
 * Watches a tool that makes no progress. When it is silent, the server is asked by another connection: one that is
 * gone makes mongodump and mongorestore 100.7 wait for ever.
 */
import type { HoldfastError } from '../../core/errors.ts';
import { mongoError } from './errors.ts';
import type { RunningTool } from './programs.ts';
import { redact } from './redact.ts';

export interface SilenceOptions {
  /** For messages: `dumping shop`. */
  readonly doing: string;
  readonly program: 'mongodump' | 'mongorestore';
  /** How long it may be silent while the server answers; without it, for ever: an index takes as long as it takes. */
  readonly limitSeconds?: number;
  /** The server is asked after each such time of silence. */
  readonly askAfterSeconds: number;
  /** Throws when the server does not answer, within a bound of its own. */
  readonly requireServer?: () => Promise<unknown>;
  readonly secrets: readonly string[];
}

export interface SilenceWatch {
  /** Why the tool was ended. */
  readonly reason: HoldfastError | undefined;
  /** It did something: the time begins anew. */
  progress(): void;
  end(): void;
}

/** Begins now. Call `end` in any case. */
export function watchSilence(running: RunningTool, options: SilenceOptions): SilenceWatch {
  const { doing, program, limitSeconds, askAfterSeconds, requireServer } = options;
  let reason: HoldfastError | undefined;
  let isOver = false;
  /** Counts up with every progress: an answer to an older question no longer matters. */
  let turn = 0;
  let late: NodeJS.Timeout | undefined;
  let asking: NodeJS.Timeout | undefined;
  const endTool = (why: HoldfastError) => {
    if (isOver || reason !== undefined) return;
    reason = why;
    void running.kill();
  };
  const ask = () => {
    if (requireServer === undefined) return;
    const asked = turn;
    asking = setTimeout(() => {
      requireServer().then(
        () => (isOver || asked !== turn ? undefined : ask()),
        (thrown: unknown) => {
          if (asked !== turn) return;
          const why = redact(thrown instanceof Error ? thrown.message : '', options.secrets);
          endTool(mongoError('SOURCE_LOST', `${doing}: the server is gone (${why})`));
        },
      );
    }, askAfterSeconds * 1000);
  };
  const begin = () => {
    if (limitSeconds !== undefined) {
      late = setTimeout(
        () =>
          endTool(
            mongoError(
              'SOURCE_LOST',
              `${doing}: ${program} wrote nothing for ${limitSeconds} s and was ended`,
            ),
          ),
        limitSeconds * 1000,
      );
    }
    ask();
  };
  const stop = () => {
    clearTimeout(late);
    clearTimeout(asking);
  };
  begin();
  return {
    get reason() {
      return reason;
    },
    progress() {
      turn += 1;
      stop();
      if (!isOver) begin();
    },
    end() {
      isOver = true;
      stop();
    },
  };
}
