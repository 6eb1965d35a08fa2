/** Has the backup function try a plan, saved or not: from where backups run, and without changing anything. */
import type { BackupEvent } from '../events.ts';
import type { Plan } from '../plan.ts';
import type { TaskRow } from '../ports/catalog.ts';
import type { AskedBy } from './backups.ts';
import { startTask, type TaskDeps } from './task.ts';

export function requestPlanTest(
  deps: TaskDeps,
  plan: Plan,
  { actor, token, notify }: AskedBy & { readonly notify: boolean },
): Promise<TaskRow> {
  const { name: by, correlationId } = actor;
  return startTask(deps, {
    ...{ kind: 'plan-test', planId: plan.id, actor, token, target: 'backup' },
    event: (taskId): BackupEvent => ({ task: 'plan-test', plan, taskId, notify, by, correlationId }),
  });
}
