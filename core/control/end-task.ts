/**
 * The other end of a task (task.ts): the function that does the work writes what came of it into the row. There a
 * failure is what a person looks at, so it is no crash of the function, and is not tried again by itself: a second
 * attempt could succeed behind a row that says failed.
 */
import { asHoldfastError, rowErrorOf } from '../errors.ts';
import type { Catalog } from '../ports/catalog.ts';
import type { Clock, Log } from '../ports/index.ts';
import { recordLimits } from '../record-limits.ts';

export interface EndTaskDeps {
  readonly catalog: Pick<Catalog, 'finishTask'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Without a task the result is the reply, and a failure is thrown. */
export async function asTask<T>(
  { catalog, clock, log }: EndTaskDeps,
  taskId: string | undefined,
  work: () => Promise<T>,
): Promise<T | { readonly taskId: string; readonly status: 'failed'; readonly code: string }> {
  if (taskId === undefined) return work();
  let result: T;
  try {
    result = await work();
  } catch (thrown) {
    const error = asHoldfastError(thrown);
    log.error('a task failed', { taskId, code: error.code, message: error.message, error: thrown });
    const completedAt = clock.now().toISOString();
    await catalog.finishTask(taskId, { status: 'failed', completedAt, error: rowErrorOf(error) });
    return { taskId, status: 'failed', code: error.code };
  }
  const completedAt = clock.now().toISOString();
  await catalog.finishTask(taskId, { status: 'completed', completedAt, result });
  return result;
}

/** Room for what stands around the lines. */
const roomBytes = 20_000;

/** As many of the lines as a task holds; how many were left out. */
export function fitting<T>(lines: readonly T[]): { readonly lines: readonly T[]; readonly left: number } {
  const most = recordLimits.taskResultBytes - roomBytes;
  let bytes = 0;
  let count = 0;
  for (const line of lines) {
    bytes += Buffer.byteLength(JSON.stringify(line)) + 1;
    if (bytes > most) break;
    count += 1;
  }
  return { lines: lines.slice(0, count), left: lines.length - count };
}
