/** Has the function that holds the private keys look into a backup, or open a report about it. */
import type { ContentsQuestion, RestoreEvent } from '../events.ts';
import type { BackupRow, TaskRow } from '../ports/catalog.ts';
import { requireReportKey } from '../restore/report-key.ts';
import type { AskedBy } from './backups.ts';
import { requireCompleted } from './find-backup.ts';
import { startTask, type TaskDeps } from './task.ts';

/** BACKUP_NOT_RESTORABLE unless it is completed: before, there is no manifest that says what it holds. */
export async function requestContents(
  deps: TaskDeps,
  row: BackupRow,
  question: ContentsQuestion,
  { actor, token }: AskedBy,
): Promise<TaskRow> {
  const { planId, backupId } = requireCompleted(row);
  return startTask(deps, {
    ...{ actor, token, kind: 'contents', planId, backupId, target: 'restore' },
    event: (taskId): RestoreEvent => ({
      ...{ task: 'contents', ...question, planId, backupId, taskId },
      ...{ by: actor.name, correlationId: actor.correlationId },
    }),
  });
}

/** INVALID_INPUT for a key that no report of this backup has. */
export async function requestReport(
  deps: TaskDeps,
  { planId, backupId }: BackupRow,
  key: string | undefined,
  { actor, token }: AskedBy,
): Promise<TaskRow> {
  if (key !== undefined) requireReportKey(planId, backupId, key);
  return startTask(deps, {
    ...{ actor, token, kind: 'report', planId, backupId, target: 'restore' },
    event: (taskId): RestoreEvent => ({
      ...{ task: 'report', ...(key !== undefined && { key }), planId, backupId, taskId },
      ...{ by: actor.name, correlationId: actor.correlationId },
    }),
  });
}
