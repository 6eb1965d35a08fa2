/** `holdfast pin` and `unpin`: a backup that must stay, and why; or that need not any more. */
import { pinReasonSchema } from '../../core/pin-reason.ts';
import { answer } from '../api/client.ts';
import { findBackup, requireCompleted } from '../api/lookup.ts';
import type { Cli } from '../context.ts';
import { argument } from '../lookup.ts';

export interface PinOptions {
  readonly reason: string;
}

export async function pin(cli: Cli, name: string, options: PinOptions): Promise<void> {
  const reason = argument(pinReasonSchema, options.reason, '--reason');
  const api = await cli.api();
  const { planId, backupId } = requireCompleted(await findBackup(api, name));
  const params = { path: { backupId } };
  const row = answer(await api.POST('/v1/backups/{backupId}/pin', { params, body: { reason } }));
  cli.out.result(
    { planId, backupId, pinned: true, changed: true, pin: row.pin },
    () =>
      `Backup ${backupId} of plan ${planId} is pinned: it never expires until \`holdfast unpin ${backupId}\`.`,
  );
}

export async function unpin(cli: Cli, name: string, options: PinOptions): Promise<void> {
  const reason = argument(pinReasonSchema, options.reason, '--reason');
  const api = await cli.api();
  const before = requireCompleted(await findBackup(api, name));
  const { planId, backupId } = before;
  if (!before.pin) {
    cli.out.result(
      { planId, backupId, pinned: false, changed: false },
      () => `Backup ${backupId} is not pinned.`,
    );
    return;
  }
  const params = { path: { backupId } };
  answer(await api.POST('/v1/backups/{backupId}/unpin', { params, body: { reason } }));
  cli.out.result(
    { planId, backupId, pinned: false, changed: true },
    () => `Backup ${backupId} of plan ${planId} is not pinned any more: its plan's retention decides again.`,
  );
}
