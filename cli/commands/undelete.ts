/**
 * `holdfast undelete BACKUP`: brings an expired backup back, through the API, while nothing of it is hidden yet. With
 * --as-operator also what lies behind delete markers, or what somebody hid of a completed one, with the caller's own
 * rights: only an operator may remove what lies over its objects. What had expired is pinned, in the catalog and in the
 * vault; repeating an interrupted one pins as well.
 */
import { undelete } from '../../core/cleanup/undelete.ts';
import { asHoldfastError, HoldfastError, hasCode } from '../../core/errors.ts';
import { writePin } from '../../core/pin.ts';
import type { BackupRow } from '../../core/ports/catalog.ts';
import type { Log } from '../../core/ports/index.ts';
import { answer } from '../api/client.ts';
import { findBackup as findBackupOfApi, getBackup } from '../api/lookup.ts';
import { auditedIfPossible } from '../audited.ts';
import type { Cli, CliContext } from '../context.ts';
import { findBackup } from '../lookup.ts';
import { Interrupted } from '../progress.ts';
import { awaitTask } from '../task-run.ts';
import { formatBytes } from '../units.ts';

export interface UndeleteOptions {
  readonly asOperator: boolean;
}

export async function undeleteBackup(cli: Cli, name: string, options: UndeleteOptions): Promise<void> {
  return options.asOperator ? asOperator(cli, name) : asked(cli, name);
}

async function asked(cli: Cli, name: string): Promise<void> {
  const api = await cli.api();
  const { planId, backupId } = await findBackupOfApi(api, name, (text) => cli.out.warn(text));
  const path = { backupId };
  const task = answer(await api.POST('/v1/backups/{backupId}/undelete', { params: { path } }));
  try {
    await awaitTask(cli, api, task, `bringing ${backupId} back`);
  } catch (thrown) {
    if (!hasCode(thrown, 'UNDELETE_HIDDEN')) throw thrown;
    throw new HoldfastError('UNDELETE_HIDDEN', thrown.message, {
      cause: thrown,
      next: `With AWS credentials of an operator: holdfast undelete ${backupId} --as-operator, within the undelete window.`,
    });
  }
  const row = await getBackup(api, backupId);
  cli.out.result({ planId, backupId, status: row.status, pin: row.pin ?? null }, () =>
    [`Backup ${backupId} of plan ${planId} is back.`, nextStep(row)].join('\n'),
  );
}

function nextStep({
  backupId,
  pin,
}: {
  readonly backupId: string;
  readonly pin?: { readonly reason: string };
}): string {
  return pin
    ? `It is pinned (${pin.reason}): \`holdfast unpin ${backupId}\` when it may go.`
    : `Prove it: \`holdfast verify ${backupId}\`.`;
}

async function asOperator(cli: Cli, name: string): Promise<void> {
  const context = await cli.connect();
  const { planId, backupId } = await findBackup(context.catalog, name);
  const stop = new AbortController();
  // What was brought back stays so, and repeating the command finishes it.
  const release = cli.onInterrupt(() => stop.abort(new Interrupted()));
  try {
    const by = await context.caller();
    const entry = { action: 'backup.undelete', target: `backup/${backupId}` };
    const { row, objects, bytes, hidden } = await auditedIfPossible(cli, context, entry, async () => {
      const result = await undelete(
        { ...context, clock: cli.clock, log: logOf(cli) },
        {
          backupId,
          by,
          correlationId: cli.correlationId,
          signal: stop.signal,
          onWait: () => cli.out.note('A cleanup is running: waiting for it to end, at most 16 minutes.'),
        },
      );
      const detail = `${result.objects} objects, ${result.bytes} bytes, ${result.hidden} behind delete markers`;
      return { result, detail, after: { planId, status: result.row.status, pin: result.row.pin } };
    });
    const isPinnedInVault = await pinInVault(row, cli, context);
    cli.out.result({ planId, backupId, status: row.status, objects, bytes, hidden, isPinnedInVault }, () =>
      [
        `Backup ${backupId} of plan ${planId} is back: ${objects} objects, ${formatBytes(bytes)}; ${hidden} lay behind delete markers.`,
        nextStep(row),
      ].join('\n'),
    );
  } finally {
    release();
  }
}

/** The catalog knows the pin already; in the vault it outlives the catalog. */
async function pinInVault(row: BackupRow, cli: Cli, context: CliContext): Promise<boolean> {
  const { planId, backupId, tier, pin } = row;
  if (!pin) return false;
  try {
    const { reason, by, at } = pin;
    await writePin({
      pin: { planId, backupId, pinned: true, reason, by, at },
      tier,
      vault: context.vault,
      keyRing: context.keys,
    });
    return true;
  } catch (thrown) {
    const { message, code } = asHoldfastError(thrown);
    cli.out.warn(`The pin is in the catalog only: ${message} (${code}). Run \`holdfast pin ${backupId}\`.`);
    return false;
  }
}

function logOf(cli: Cli): Log {
  const log: Log = {
    info: (message) => cli.out.detail(message),
    warn: (message) => cli.out.detail(message),
    error: (message) => cli.out.warn(message),
    with: () => log,
  };
  return log;
}
