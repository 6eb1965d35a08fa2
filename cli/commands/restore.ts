/**
 * `holdfast restore BACKUP`: says what will happen, has it done, and watches it to its end. Exit code 0 when it ended
 * and what was compared is as it was backed up, that of integrity when it differs.
 */
import { randomBytes } from 'node:crypto';
import { findLabelled } from '../../core/control/labels.ts';
import { cancelRestore, deadRestore, holdMsOf, startRestore } from '../../core/control/restores.ts';
import { HoldfastError, hasCode, InvalidInput } from '../../core/errors.ts';
import type { RestoreOrder } from '../../core/events.ts';
import type { ArchiveWait, BackupRow, Catalog, RestoreRow } from '../../core/ports/catalog.ts';
import { archivedOf, estimateReturn } from '../../core/restore/archive.ts';
import type { Cli, CliContext } from '../context.ts';
import { findBackup, findRestore, latestBackup, requireCompleted, rowFailure } from '../lookup.ts';
import { ownKeyFlags, requireStack, requireWithoutStack } from '../mode-flags.ts';
import type { Step } from '../progress.ts';
import { agree, describeWait } from '../restore-agreement.ts';
import { describeGuard, guardOf, makeRestorePoint } from '../restore-guard.ts';
import { kindOf } from '../restore-kind.ts';
import {
  describeOrder,
  destructionOf,
  isOfStack,
  type RestoreOptions,
  restoreOrder,
} from '../restore-order.ts';
import { exitCodeOfEnd, facts, summary, waiting } from '../restore-view.ts';
import { watch } from '../watch.ts';

export interface RestoreCommandOptions extends RestoreOptions {
  readonly latest?: string;
  readonly point?: string;
  readonly withoutRestorePoint: boolean;
  /** With a folder or bucket in --from only. */
  readonly key?: string;
  readonly passphraseFile?: string;
  readonly signers?: string;
  readonly targetEnv?: string;
  readonly targetFile?: string;
  readonly yes: boolean;
  readonly wait: boolean;
}

export async function restore(
  cli: Cli,
  backupId: string | undefined,
  options: RestoreCommandOptions,
): Promise<number> {
  if (options.from !== undefined && !isOfStack(options.from)) {
    requireWithoutStack({
      '--point': options.point,
      '--secret': options.secret,
      '--without-restore-point': options.withoutRestorePoint,
      '--no-wait': !options.wait,
    });
    const { localRestore } = await import('../local-restore/command.ts');
    return localRestore(cli, { ...options, backup: backupId, from: options.from });
  }
  requireStack({
    ...ownKeyFlags(options),
    '--target-env': options.targetEnv,
    '--target-file': options.targetFile,
  });
  const context = await cli.connect();
  const backup = await chosenBackup(context.catalog, backupId, options, (text) => cli.out.warn(text));
  const plan = await context.catalog.getPlan(backup.planId);
  const kind = kindOf(plan?.plan, backup, options.component);
  const order = restoreOrder(backup, options, kind);
  for (const line of describeOrder(backup, order, kind)) cli.out.note(line);
  if (backup.verification?.status === 'failed') {
    cli.out.warn(
      'the last verification of this backup FAILED; `holdfast show` says why. Its bytes are checked again.',
    );
  }
  const wait = await archiveWait(cli, context, backup, order);
  if (wait) for (const line of describeWait(wait, order.returnSpeed)) cli.out.note(line);
  const destruction = destructionOf(order, kind);
  const without = options.withoutRestorePoint;
  const guard = guardOf({ order, destruction, plan: plan?.plan, kind, without });
  if (guard) cli.out.note(describeGuard(guard));
  await agree(cli, order, destruction, options.yes, wait);
  if (guard?.outcome === 'point') await makeRestorePoint(cli, context, guard);

  const { restoreId } = await startRestore(
    { catalog: context.catalog, clock: cli.clock, starter: context.starter },
    order,
    {
      actor: { name: await context.caller(), correlationId: cli.correlationId },
      token: randomBytes(16).toString('hex'),
      holdMs: holdMsOf(backup, wait !== undefined),
    },
  );
  if (!options.wait) {
    cli.out.result(
      { restoreId, status: 'started', correlationId: cli.correlationId },
      () => `Started restore ${restoreId}. Cancel it with \`holdfast restore cancel ${restoreId}\`.`,
    );
    return 0;
  }
  cli.out.note(`Restore ${restoreId}; ctrl-C asks whether to cancel it.`);
  const row = await watch(cli, {
    look: lookAtRestore(cli, context.catalog, restoreId),
    interrupted: () => askToCancel(cli, context.catalog, restoreId),
  });
  if (row.status === 'cancelled') {
    throw new HoldfastError(
      'CANCELLED',
      `restore ${restoreId} was cancelled: ${row.error?.message ?? 'it does not say what is left at the target'}`,
      { details: { restoreId } },
    );
  }
  if (row.status === 'failed') throw rowFailure(row.error, { restoreId, backupId: row.backupId });
  cli.out.result(row, () => (row.status === 'waiting' ? waiting(row) : summary(cli.out, row)));
  return exitCodeOfEnd(row);
}

/** By its id, as PLAN@LABEL, by its label alone, or the newest of a plan. */
async function chosenBackup(
  catalog: Catalog,
  backupId: string | undefined,
  { latest, point }: Pick<RestoreCommandOptions, 'latest' | 'point'>,
  warn: (text: string) => void,
): Promise<BackupRow> {
  if ([backupId, latest, point].filter((each) => each !== undefined).length !== 1) {
    throw new InvalidInput('command line', [
      {
        field: 'BACKUP, --latest, --point',
        allowed: 'exactly one: the id of a backup or PLAN@LABEL, --latest PLAN, or --point LABEL',
      },
    ]);
  }
  if (latest !== undefined) return latestBackup(catalog, latest);
  return requireRestorable(
    point === undefined
      ? await findBackup(catalog, backupId ?? '', warn)
      : await findLabelled(catalog, point, undefined, warn),
  );
}

/** Completed; of an expired one the objects may go any day, so it is brought back first. */
function requireRestorable(row: BackupRow): BackupRow {
  if (row.status !== 'expired') return requireCompleted(row);
  throw new HoldfastError('BACKUP_NOT_RESTORABLE', `backup ${row.backupId} has expired`, {
    details: { backupId: row.backupId, status: row.status },
    next: `Bring it back first with \`holdfast undelete ${row.backupId}\`, then repeat this command.`,
  });
}

/** What must come back from an archive class before, undefined when nothing must or when nobody may look. */
async function archiveWait(
  cli: Cli,
  context: CliContext,
  backup: BackupRow,
  order: RestoreOrder,
): Promise<ArchiveWait | undefined> {
  // Only the function reads the secret of a further vault; what such a vault holds is not archived by Holdfast.
  if (order.from !== 'vault' && order.from !== 'replica') return undefined;
  const vault = order.from === 'replica' ? context.replica : context.vault;
  if (!vault) {
    throw new InvalidInput('command line', [
      {
        field: '--from',
        value: '"replica"',
        allowed: 'a stack with a second copy (option replica); this one has none',
      },
    ]);
  }
  try {
    const archived = await archivedOf(backup, order.component, vault);
    return archived.length > 0 ? estimateReturn(archived, order.returnSpeed, cli.clock.now()) : undefined;
  } catch (thrown) {
    if (!hasCode(thrown, 'VAULT_REFUSED', 'ACCESS_DENIED')) throw thrown;
    cli.out.warn(
      'this caller may not look at the objects: if they are archived, the restore says so and waits.',
    );
    return undefined;
  }
}

/** A look at the row for `watch`: its end, or how far it is; throws when it cannot end any more. */
export function lookAtRestore(cli: Cli, catalog: Catalog, restoreId: string) {
  return async (): Promise<{ readonly end: RestoreRow } | Step> => {
    const row = await findRestore(catalog, restoreId);
    const dead = deadRestore(row, cli.clock.now());
    if (dead) throw dead;
    if (row.status === 'pending') return { step: 'waiting for the function to start' };
    if (row.status !== 'running') return { end: row };
    const { step = 'starting', plainBytes, totalBytes } = row.progress ?? {};
    const cancelling = row.cancelRequested ? ' (cancelling)' : '';
    return { step: step + cancelling, doneBytes: plainBytes, totalBytes };
  };
}

async function askToCancel(cli: Cli, catalog: Catalog, restoreId: string): Promise<'stop' | 'go-on'> {
  if (!cli.out.terminal.interactive) {
    cli.out.note(`Restore ${restoreId} goes on. Cancel it with \`holdfast restore cancel ${restoreId}\`.`);
    return 'stop';
  }
  if (await cli.questions.confirm('Cancel the restore? (No: it goes on, and is watched on)')) {
    await catalog.requestCancel(restoreId);
  }
  return 'go-on';
}

/** `holdfast restore cancel RESTORE_ID`. */
export async function restoreCancel(cli: Cli, restoreId: string): Promise<void> {
  const { catalog } = await cli.connect();
  await cancelRestore({ catalog, clock: cli.clock }, restoreId);
  cli.out.result(
    { restoreId, cancelRequested: true },
    () =>
      `Asked restore ${restoreId} to stop; it does within seconds. \`holdfast restore show ${restoreId}\` tells.`,
  );
}

/** `holdfast restore show RESTORE_ID`. */
export async function restoreShow(cli: Cli, restoreId: string): Promise<void> {
  const { catalog } = await cli.connect();
  const row = await findRestore(catalog, restoreId);
  cli.out.result(row, () => facts(row));
}
