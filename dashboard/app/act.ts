/**
 * Changing something: `const pin = useAct(); pin.run((key) => api.POST(…))`. Promises: one press is one request with one
 * Idempotency-Key, kept while the same thing is tried again, so that a lost answer makes nothing twice; what asks for a
 * fresh sign-in gets it in a window of its own and goes on; failures are shown where the action was.
 */
import { useCallback, useRef, useState } from 'react';
import { type ApiProblem, asProblem } from '../api/problem.ts';
import { useForget } from '../api/use-api.ts';
import { useSay } from './announcer.tsx';
import { useSignedIn } from './session-context.ts';

export interface Act {
  readonly running: boolean;
  /** Of the last try; undefined once it is tried again. */
  readonly problem: ApiProblem | undefined;
  /** The API wants a fresh sign-in: `run` again after `confirm`. Windows open only upon a press, so that this is one. */
  readonly signInAgain: (() => Promise<void>) | undefined;
  /** The answer, or undefined when it failed: `problem` says why. */
  run<T>(
    work: (idempotencyKey: string) => Promise<{ data?: T; response: Response }>,
    after?: AfterAct<T>,
  ): Promise<T | undefined>;
  reset(): void;
}

export interface AfterAct<T> {
  /** Beginnings of paths whose answers may be others now. */
  readonly forget?: readonly string[];
  /** Said to screen readers, and shown for a moment. */
  readonly say?: string;
  /** Once it is done, be it after a fresh sign-in: what stands behind `await run()` hears of the first try only. */
  readonly done?: (data: T | undefined) => void;
}

/** So often the answer of the first request is asked for, while another page or device waits for it as well. */
const mostWaits = 5;

/** What the API is at already, by the same key, is waited for: the answer is the first one's. */
async function answered<T>(work: (key: string) => Promise<T>, key: string): Promise<T> {
  for (let waits = 0; ; waits++) {
    try {
      return await work(key);
    } catch (thrown) {
      const { status, code, retryAfterSeconds } = asProblem(thrown);
      const isAtIt = status === 409 && code === 'CONFLICT' && retryAfterSeconds !== undefined;
      if (!isAtIt || waits === mostWaits) throw thrown;
      await new Promise((done) => setTimeout(done, retryAfterSeconds * 1000));
    }
  }
}

export function useAct(): Act {
  const { session } = useSignedIn();
  const forget = useForget();
  const say = useSay();
  const [state, setState] = useState<{ running: boolean; problem?: ApiProblem }>({ running: false });
  const key = useRef<string | undefined>(undefined);
  const busy = useRef(false);
  const again = useRef<(() => Promise<unknown>) | undefined>(undefined);

  const run = useCallback<Act['run']>(
    async (work, after = {}) => {
      // Two presses before the first is painted are one.
      if (busy.current) return undefined;
      busy.current = true;
      key.current ??= crypto.randomUUID();
      again.current = () => run(work, after);
      setState({ running: true });
      try {
        const { data } = await answered(work, key.current);
        key.current = undefined;
        again.current = undefined;
        setState({ running: false });
        if (after.say !== undefined) say(after.say);
        after.done?.(data);
        await forget(...(after.forget ?? []));
        return data;
      } catch (thrown) {
        const problem = asProblem(thrown);
        // An answer came: another try is another request. Without one, it is the same.
        if (problem.status !== 0 && problem.code !== 'SIGN_IN_AGAIN') key.current = undefined;
        setState({ running: false, problem });
        return undefined;
      } finally {
        busy.current = false;
      }
    },
    [forget, say],
  );

  const confirm = useCallback(async () => {
    const { current: repeat } = again;
    try {
      await session.signInAgain();
    } catch (thrown) {
      setState({ running: false, problem: asProblem(thrown) });
      return;
    }
    await repeat?.();
  }, [session]);

  return {
    ...state,
    problem: state.problem,
    signInAgain: state.problem?.code === 'SIGN_IN_AGAIN' ? confirm : undefined,
    run,
    reset: useCallback(() => setState({ running: false }), []),
  };
}
