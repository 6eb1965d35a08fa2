/** `holdfast runs show` and `start`: work that goes on by itself in the account. */
import { z } from 'zod';
import { planIdSchema } from '../../core/format/layout.ts';
import { type Api, answer } from '../api/client.ts';
import type { Task } from '../api/rows.ts';
import type { Cli } from '../context.ts';
import { exitCodeOf, rowErrorText } from '../failure.ts';
import { argument, rowFailure } from '../lookup.ts';
import { printable, renderFacts } from '../table.ts';
import { counted, formatTime } from '../units.ts';

const taskIdSchema = z.string().regex(/^t-[0-9a-z-]{8,60}$/, 'a task id like t-20261121t091203z-3f9a1c22');

/** Of what came of it, so much is printed; --json has all. */
const mostCharacters = 4000;

/** 0 also while it is not over; of one that failed, its exit code. */
export async function runsShow(cli: Cli, name: string): Promise<number> {
  const path = { taskId: argument(taskIdSchema, name, 'TASK') };
  const api = await cli.api();
  const task = answer(await api.GET('/v1/runs/{taskId}', { params: { path } }));
  cli.out.result(task, () => facts(task));
  return task.status === 'failed' ? exitCodeOf(rowFailure(task.error, {})) : 0;
}

function facts(task: Task): string {
  const { result, error } = task;
  const came = result === undefined ? undefined : JSON.stringify(result, null, 2);
  return printable(
    [
      renderFacts([
        ['Task', task.taskId],
        ['Kind', task.kind],
        ['Status', error ? `${task.status}: ${rowErrorText(error)}` : task.status],
        ['Next step', error?.next],
        ['Plan', task.planId],
        ['Backup', task.backupId],
        ['Created', `${formatTime(task.createdAt)} by ${task.createdBy}`],
        ['Completed', task.completedAt && formatTime(task.completedAt)],
        ['Correlation id', task.correlationId],
      ]),
      ...(came === undefined
        ? []
        : [came.length > mostCharacters ? `${came.slice(0, mostCharacters)}\n… (--json has all)` : came]),
    ].join('\n'),
  );
}

const tasks = z.enum(['backup', 'verify', 'cleanup'], 'one of backup, verify, cleanup');
const levels = z.enum(['stored', 'readable', 'restored'], 'one of stored, readable, restored');

/** Exit code 0, or that of the first plan for which nothing could be started. */
export async function runsStart(
  cli: Cli,
  taskName: string,
  planId: string | undefined,
  options: { readonly level?: string },
): Promise<number> {
  const { level } = options;
  const body = {
    task: argument(tasks, taskName, 'TASK'),
    ...(planId !== undefined && { plan: argument(planIdSchema, planId, 'PLAN') }),
    ...(level !== undefined && { level: argument(levels, level, '--level') }),
  };
  const api: Api = await cli.api();
  const runs = answer(await api.POST('/v1/runs', { body }));
  const { started, skipped, failed } = runs;
  cli.out.result(runs, () =>
    [
      `Started ${counted(started.length, body.task === 'backup' ? 'backup' : 'task')}.`,
      ...started.map(({ planId: of, backupId, taskId }) =>
        taskId === undefined
          ? `  ${of}: holdfast show ${backupId}`
          : `  ${of ?? 'all plans'}: holdfast runs show ${taskId}`,
      ),
      ...skipped.map(({ planId: of, why }) => `  ${of}: skipped, ${why}`),
    ].join('\n'),
  );
  for (const { planId: of, error } of failed) cli.out.warn(`${of}: ${rowErrorText(error)}`);
  const [first] = failed;
  return first ? exitCodeOf(rowFailure(first.error, {})) : 0;
}
