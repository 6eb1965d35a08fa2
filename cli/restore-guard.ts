/** The restore point that is made before a restore takes away what is there, by this command, which waits for it. */
import { type Guarded, guardOf as outcomeOf, type RestoreGuard } from '../core/control/restore-guard.ts';
import { HoldfastError, InvalidInput } from '../core/errors.ts';
import type { BackupRow } from '../core/ports/catalog.ts';
import { awaitBackup, startBackup } from './backup-run.ts';
import type { Cli, CliContext } from './context.ts';
import { flagOf, withFlags } from './restore-flags.ts';

/** What is made before; or why nothing is, in words. */
export type MadeBefore = Exclude<RestoreGuard, { readonly outcome: 'impossible' }>;

/** Undefined when the restore changes nothing that is there. INVALID_INPUT when a restore point cannot be made. */
export function guardOf(guarded: Guarded): MadeBefore | undefined {
  const guard = outcomeOf(guarded, flagOf);
  if (guard?.outcome === 'impossible') throw withFlags(new InvalidInput('restore', [guard.issue]));
  return guard;
}

export function describeGuard(guard: MadeBefore): string {
  if (guard.outcome === 'none') return guard.why;
  const doubt = guard.doubt === undefined ? '' : ` ${guard.doubt}`;
  return `Before anything, a restore point of ${guard.only.join(', ')} is made: "${guard.label}". If that fails, nothing is restored.${doubt}`;
}

/** Makes it, and waits for its end. Throws what kept it from being made: then nothing must be replaced. */
export async function makeRestorePoint(
  cli: Cli,
  context: CliContext,
  guard: Extract<RestoreGuard, { readonly outcome: 'point' }>,
): Promise<BackupRow> {
  const { plan, only, label } = guard;
  const started = await startBackup(cli, context, plan, { trigger: 'restore-point', label, only });
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
