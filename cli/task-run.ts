/** Work that goes on by itself in the account, watched to its end: what came of it, or its failure. */
import { HoldfastError } from '../core/errors.ts';
import { type Api, answer } from './api/client.ts';
import type { Task } from './api/rows.ts';
import type { Cli } from './context.ts';
import { rowFailure } from './lookup.ts';
import { watch } from './watch.ts';

/** A function runs 15 minutes at most and is queued before; then there will be no result any more. */
const resultWithinMilliseconds = 20 * 60_000;

/** Its completed row; throws as it failed, and Interrupted when the person stopped watching. */
export async function awaitTask(
  cli: Cli,
  api: Api,
  { taskId }: Pick<Task, 'taskId'>,
  step: string,
): Promise<Task> {
  const startedAt = cli.clock.now().getTime();
  const task = await watch<Task>(cli, {
    look: async () => {
      const now = answer(await api.GET('/v1/runs/{taskId}', { params: { path: { taskId } } }));
      if (now.status === 'completed' || now.status === 'failed') return { end: now };
      if (cli.clock.now().getTime() - startedAt > resultWithinMilliseconds) throw noResult(taskId);
      return { step: now.status === 'pending' ? `${step} (waiting for the function to start)` : step };
    },
  });
  if (task.status === 'failed') throw rowFailure(task.error, { taskId });
  return task;
}

function noResult(taskId: string): HoldfastError {
  return new HoldfastError('CRASHED', `task ${taskId} has no result within 20 minutes`, {
    next: `Look at the log of its function, and later at \`holdfast runs show ${taskId}\`.`,
    details: { taskId },
  });
}
