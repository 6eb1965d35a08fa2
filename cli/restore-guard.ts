/**
 * Before a restore takes away what is there today, that is backed up: a restore point of the source that it is in, so
 * that a wrong choice can be taken back. Where no source of the plan is known to hold it, the restore is not ordered
 * before a person says that it goes without.
 */
import { HoldfastError, InvalidInput } from '../core/errors.ts';
import type { RestoreOrder } from '../core/events.ts';
import type { Plan, Source } from '../core/plan.ts';
import type { BackupRow } from '../core/ports/catalog.ts';
import type { Destruction, Protection } from '../core/ports/recovery.ts';
import { awaitBackup, startBackup } from './backup-run.ts';
import type { Cli, CliContext } from './context.ts';
import type { RestoredKind } from './restore-kind.ts';
import { requestOf } from './restore-order.ts';

/** What is backed up before; or why nothing is, in words. */
export type RestoreGuard =
  | {
      readonly plan: Plan;
      readonly only: readonly string[];
      readonly label: string;
      /** What the restore point may not hold. */
      readonly doubt?: string;
    }
  | { readonly none: string };

export interface Guarded {
  readonly order: RestoreOrder;
  /** Undefined: the restore makes something new only. */
  readonly destruction: Destruction | undefined;
  /** As it is today. */
  readonly plan: Plan | undefined;
  readonly kind: RestoredKind | undefined;
  /** --without-restore-point. */
  readonly without: boolean;
}

/** Undefined when the restore changes nothing that is there. INVALID_INPUT when a restore point cannot be made. */
export function guardOf(guarded: Guarded): RestoreGuard | undefined {
  const { order, destruction, plan, kind, without } = guarded;
  if (!destruction) return undefined;
  if (without) return { none: 'What is there today is NOT backed up before (--without-restore-point).' };
  if (!plan)
    throw impossible(`plan ${order.planId} is not there any more, so nothing can be backed up before`);
  if (!kind?.source) throw unclear(plan, kind);
  const places = destruction.places.join('; ');
  const label = `before restoring ${order.backupId}`;
  const found = protectorOf(order, plan, { ...kind, source: kind.source });
  if (found?.protection === 'all') return { plan, only: [found.source.name], label };
  if (!destruction.kept) {
    const why = found
      ? `only the server can tell whether a backup of ${found.source.name} holds ${places}. Leave --database out, list the databases in the plan`
      : `no source of plan ${plan.id} holds ${places}, so it cannot be backed up before`;
    throw impossible(why);
  }
  const stays = 'What is replaced stays there under another name.';
  return found
    ? {
        plan,
        only: [found.source.name],
        label,
        doubt: `Only the server can tell whether it holds ${places}. ${stays}`,
      }
    : { none: `No restore point is made: no source of plan ${plan.id} holds ${places}. ${stays}` };
}

/** The source of today whose backup holds what goes: rather its own, rather one that surely does. */
function protectorOf(
  order: RestoreOrder,
  plan: Plan,
  kind: RestoredKind & { readonly source: Source },
): { readonly source: Source; readonly protection: Protection } | undefined {
  const request = requestOf(order, kind);
  const own = kind.source;
  const others = plan.sources.filter((source) => source.kind === own.kind && source.name !== own.name);
  const found = [own, ...others].map((source) => ({
    source,
    protection: kind.driver.protects(source, request),
  }));
  return (
    found.find(({ protection }) => protection === 'all') ??
    found.find(({ protection }) => protection === 'unknown')
  );
}

function unclear(plan: Plan, kind: RestoredKind | undefined): InvalidInput {
  if (!kind) {
    return impossible(
      `plan ${plan.id} has no source any more that this component came from, so nothing can be backed up before`,
    );
  }
  const names = plan.sources.map(({ name }) => name).join(', ');
  return new InvalidInput('command line', [
    { field: '--component', allowed: `one of ${names}: what is replaced is backed up before` },
  ]);
}

function impossible(why: string): InvalidInput {
  return new InvalidInput('command line', [
    {
      field: 'no restore point can be made',
      allowed: `${why}; make one yourself (holdfast restore-point), or when what is there may be lost: --without-restore-point`,
    },
  ]);
}

export function describeGuard(guard: RestoreGuard): string {
  if ('none' in guard) return guard.none;
  const doubt = guard.doubt === undefined ? '' : ` ${guard.doubt}`;
  return `Before anything, a restore point of ${guard.only.join(', ')} is made: "${guard.label}". If that fails, nothing is restored.${doubt}`;
}

/** Makes it, and waits for its end. Throws what kept it from being made: then nothing must be replaced. */
export async function makeRestorePoint(
  cli: Cli,
  context: CliContext,
  guard: Exclude<RestoreGuard, { readonly none: string }>,
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
