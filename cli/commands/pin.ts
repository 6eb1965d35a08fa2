/** `holdfast pin` and `unpin`: a backup that must stay, and why; or that need not any more. */
import { writePin } from '../../core/pin.ts';
import { pinReasonSchema } from '../../core/pin-reason.ts';
import { audited } from '../audited.ts';
import type { Cli } from '../context.ts';
import { argument, findBackup, requireCompleted } from '../lookup.ts';

export interface PinOptions {
  readonly reason: string;
}

export function pin(cli: Cli, backupId: string, options: PinOptions): Promise<void> {
  return setPinned(cli, backupId, options, true);
}

export function unpin(cli: Cli, backupId: string, options: PinOptions): Promise<void> {
  return setPinned(cli, backupId, options, false);
}

async function setPinned(cli: Cli, name: string, options: PinOptions, pinned: boolean): Promise<void> {
  const reason = argument(pinReasonSchema, options.reason, '--reason');
  const context = await cli.connect();
  const row = requireCompleted(await findBackup(context.catalog, name));
  const { planId, backupId, tier } = row;
  if (!pinned && !row.pin) {
    cli.out.result({ planId, backupId, pinned, changed: false }, () => `Backup ${backupId} is not pinned.`);
    return;
  }
  const at = cli.clock.now().toISOString();
  const by = await context.caller();
  const entry = {
    action: pinned ? 'backup.pin' : 'backup.unpin',
    target: `backup/${backupId}`,
    detail: reason,
  };
  const key = await audited(cli, context, { ...entry, before: { pin: row.pin } }, async () => {
    // The vault first: the catalog can be made again from it, but not the other way round.
    const result = await writePin({
      pin: { planId, backupId, pinned, reason, by, at },
      tier,
      vault: context.vault,
      keyRing: context.keys,
    });
    const after = await context.catalog.setPin(planId, backupId, pinned ? { at, by, reason } : undefined);
    return { result, after: { pin: after.pin } };
  });
  cli.out.result({ planId, backupId, pinned, changed: true, key }, () =>
    pinned
      ? `Backup ${backupId} of plan ${planId} is pinned: it never expires until \`holdfast unpin ${backupId}\`.`
      : `Backup ${backupId} of plan ${planId} is not pinned any more: its plan's retention decides again.`,
  );
}
