/** Work that goes on by itself in a function of the stack, until it has ended: asked for by an id, given as its result. */
import type { Api } from './client.ts';
import { ApiProblem } from './problem.ts';
import { type Schemas, useApi } from './use-api.ts';

export type Task = Schemas['Task'];

const taskEveryMs = 1_200;
const firstWaitMs = 600;
const longestWaitMs = 4_000;
/** A function has 15 minutes; nobody waits so long before a page. */
const givesUpMs = 180_000;

/** A task that somebody started; asked for again until it has ended. */
export function useTask(taskId: string | undefined) {
  return useApi(
    '/v1/runs/{taskId}',
    { params: { path: { taskId: taskId ?? '' } } },
    { when: taskId !== undefined, every: (task) => (hasEnded(task) ? false : taskEveryMs) },
  );
}

export const hasEnded = (task: Pick<Task, 'status'> | undefined): boolean =>
  task?.status === 'completed' || task?.status === 'failed';

/** What came of it. Throws the ApiProblem that it failed with, and one with the code NO_RESULT after three minutes. */
export async function resultOfTask(api: Api, taskId: string, signal: AbortSignal): Promise<unknown> {
  const until = Date.now() + givesUpMs;
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(longestWaitMs, waitMs * 1.4)) {
    const { data } = await api.GET('/v1/runs/{taskId}', { params: { path: { taskId } }, signal });
    if (data?.status === 'completed') return data.result;
    if (data?.status === 'failed') throw problemOfTask(data);
    if (Date.now() > until) {
      const detail = `Task ${taskId} has not ended within ${givesUpMs / 1000} s.`;
      throw new ApiProblem({
        status: 504,
        code: 'NO_RESULT',
        title: 'No result yet',
        detail,
        retryable: true,
      });
    }
    await new Promise((done) => setTimeout(done, waitMs));
    signal.throwIfAborted();
  }
}

/** A task that failed, as any other failure is shown. */
export function problemOfTask({ error, correlationId }: Pick<Task, 'error' | 'correlationId'>): ApiProblem {
  return new ApiProblem({
    status: 500,
    code: error?.code ?? 'INTERNAL',
    title: error?.code ?? '',
    detail: error?.message ?? '',
    ...(error?.next !== undefined && { next: error.next }),
    correlationId,
  });
}
