/**
 * Before a restore takes the place of what is there today, that is backed up: a restore point of the source concerned,
 * so that a wrong choice can be taken back. What is not a source of the plan cannot be; that is said beforehand.
 */
import { HoldfastError, InvalidInput } from '../core/errors.ts';
import type { RestoreOrder } from '../core/events.ts';
import type { Plan } from '../core/plan.ts';
import type { BackupRow } from '../core/ports/catalog.ts';
import { awaitBackup, startBackup } from './backup-run.ts';
import type { Cli, CliContext } from './context.ts';
import type { RestoredKind } from './restore-kind.ts';

/** What is backed up before; or why nothing is, in words. */
export type RestoreGuard =
  | { readonly plan: Plan; readonly only: readonly string[] | undefined; readonly label: string }
  | { readonly none: string };

/** Undefined when the restore changes nothing that is there. INVALID_INPUT when a restore point cannot be made. */
export function guardOf(
  order: RestoreOrder,
  plan: Plan | undefined,
  kind: Pick<RestoredKind, 'source'> | undefined,
  without: boolean,
): RestoreGuard | undefined {
  if (!order.replace && order.options.drop !== true) return undefined;
  if (without) return { none: 'What is there today is NOT backed up before (--without-restore-point).' };
  const elsewhere = order.options.to ?? otherSecret(order, kind);
  if (typeof elsewhere === 'string') {
    return { none: `No restore point is made: ${elsewhere} is no source of the plan.` };
  }
  if (!plan) {
    throw new InvalidInput('command line', [
      {
        field: '--replace',
        allowed: `--without-restore-point: plan ${order.planId} is not there any more, so nothing can be backed up before`,
      },
    ]);
  }
  const label = `before restoring ${order.backupId}`;
  // Where it cannot be told which source it is, all of them are.
  return { plan, only: kind?.source && [kind.source.name], label };
}

/** The secret of another server than that of the source. */
function otherSecret({ options }: RestoreOrder, kind: Pick<RestoredKind, 'source'> | undefined): unknown {
  const { secret } = options;
  return secret === undefined || secret === kind?.source?.secret ? undefined : secret;
}

export function describeGuard(guard: RestoreGuard): string {
  if ('none' in guard) return guard.none;
  const what = guard.only ? guard.only.join(', ') : `everything of plan ${guard.plan.id}`;
  return `Before anything, a restore point of ${what} is made: "${guard.label}". If that fails, nothing is restored.`;
}

/** Makes it, and waits for its end. Throws what kept it from being made: then nothing must be replaced. */
export async function makeRestorePoint(
  cli: Cli,
  context: CliContext,
  guard: Exclude<RestoreGuard, { readonly none: string }>,
): Promise<BackupRow> {
  const { plan, only, label } = guard;
  const started = await startBackup(cli, context, plan, {
    trigger: 'restore-point',
    label,
    ...(only && { only }),
  });
  cli.out.note(
    `Restore point ${started.backupId} of plan ${plan.id}: nothing is replaced before it is whole.`,
  );
  try {
    return await awaitBackup(cli, context, started);
  } catch (thrown) {
    if (!(thrown instanceof HoldfastError)) throw thrown;
    throw new HoldfastError(
      thrown.code,
      `the restore was not started, since no restore point could be made: ${thrown.message}`,
      {
        cause: thrown,
        next: `${thrown.next} When what is there today is lost anyway: repeat with --without-restore-point.`,
        details: thrown.details,
      },
    );
  }
}
