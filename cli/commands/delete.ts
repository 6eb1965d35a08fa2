/** `holdfast delete BACKUP`: has one backup expire now. It can be brought back for the days of the undelete window. */
import { requireAgreement } from '../agreement.ts';
import { answer } from '../api/client.ts';
import { findBackup } from '../api/lookup.ts';
import type { Cli } from '../context.ts';
import { awaitTask } from '../task-run.ts';
import { formatTime } from '../units.ts';

export interface DeleteOptions {
  readonly yes: boolean;
  readonly wait: boolean;
}

export async function deleteBackup(cli: Cli, name: string, options: DeleteOptions): Promise<void> {
  const api = await cli.api();
  const { planId, backupId, slot, label } = await findBackup(api, name, (text) => cli.out.warn(text));
  const called = label === undefined ? '' : `, "${label}"`;
  await requireAgreement(cli, {
    yes: options.yes,
    question: `Delete backup ${backupId} of plan ${planId} (${formatTime(slot)}${called})?`,
    otherwise: `backup ${backupId} was not deleted`,
  });
  const params = { path: { backupId } };
  const task = answer(await api.DELETE('/v1/backups/{backupId}', { params }));
  const { taskId } = task;
  if (!options.wait) {
    cli.out.result(
      { planId, backupId, taskId, status: 'started' },
      () => `Asked for. \`holdfast runs show ${taskId}\` tells what came of it.`,
    );
    return;
  }
  await awaitTask(cli, api, task, `deleting ${backupId}`);
  cli.out.result({ planId, backupId, taskId, status: 'expired' }, () =>
    [
      `Backup ${backupId} of plan ${planId} is marked: its objects go by themselves.`,
      `Until they are gone for good: holdfast undelete ${backupId}`,
    ].join('\n'),
  );
}
