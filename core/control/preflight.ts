/**
 * Has the restore function look whether a restore could be done. The order is the one that a restore of the same wish
 * would have, with the places that it would be confirmed for, so that the look is at what would be done.
 */
import type { RestoreEvent } from '../events.ts';
import type { BackupRow, TaskRow } from '../ports/catalog.ts';
import type { AskedBy } from './backups.ts';
import type { RestoreWish } from './restore-order.ts';
import { type OrderDeps, orderToCarryOut, orderWished } from './restores.ts';
import { startTask, type TaskDeps } from './task.ts';

/** INVALID_INPUT for what the kind does not take; BACKUP_NOT_RESTORABLE unless the backup is completed. */
export async function requestPreflight(
  deps: TaskDeps & OrderDeps,
  found: BackupRow,
  wish: RestoreWish,
  { actor, token }: AskedBy,
): Promise<TaskRow> {
  const order = orderToCarryOut(await orderWished(deps, found, wish));
  const { planId, backupId } = order;
  const { name: by, correlationId } = actor;
  return startTask(deps, {
    ...{ kind: 'preflight', planId, backupId, actor, token, target: 'restore' },
    event: (taskId): RestoreEvent => ({ task: 'preflight', order, taskId, by, correlationId }),
  });
}
