/**
 * `holdfast restore --from FOLDER|s3://… --key FILE`: the same restore, carried out by this process, without a stack
 * and, from a folder, without AWS. Everything that the stack would know comes from the copy and the key file.
 */
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { parseSource } from '../../adapters/kinds.ts';
import { silentLog } from '../../adapters/log/quiet.ts';
import { memoryCatalog } from '../../adapters/memory/catalog.ts';
import { memorySecrets } from '../../adapters/memory/secrets.ts';
import { recoveryDrivers } from '../../adapters/registry.ts';
import type { RestoredKind } from '../../core/control/restore-kind.ts';
import { restoreIdFor } from '../../core/control/restore-order.ts';
import { HoldfastError, hasCode, InvalidInput } from '../../core/errors.ts';
import type { RestoreRow } from '../../core/ports/catalog.ts';
import { archivedOf, estimateReturn } from '../../core/restore/archive.ts';
import { takesOption } from '../../core/restore/options.ts';
import { type RestoreDeps, runRestore } from '../../core/restore/run.ts';
import type { Cli } from '../context.ts';
import { findRestore, rowFailure } from '../lookup.ts';
import type { Step } from '../progress.ts';
import { agree, describeWait } from '../restore-agreement.ts';
import { kindOf } from '../restore-kind.ts';
import { describeOrder, destructionOf, type RestoreOptions, restoreOrder } from '../restore-order.ts';
import { exitCodeOfEnd, summary } from '../restore-view.ts';
import { watch } from '../watch.ts';
import { openBackup } from './opened.ts';
import { readTarget } from './target.ts';

export interface LocalRestoreOptions extends RestoreOptions {
  readonly from: string;
  readonly backup: string | undefined;
  readonly latest?: string;
  readonly key?: string;
  readonly passphraseFile?: string;
  readonly signers?: string;
  readonly targetEnv?: string;
  readonly targetFile?: string;
  readonly yes: boolean;
}

/** How often it is looked whether archived objects are back: they take hours. */
const archivePollMilliseconds = 10 * 60_000;

/** Name of the target in the order; the only secret that there is. */
const targetSecret = 'target';

/** Exit code 0, or that of integrity when what was restored differs from the evidence. */
export async function localRestore(cli: Cli, options: LocalRestoreOptions): Promise<number> {
  // What is wrong with the command line is said before anything is asked or read.
  const named = options.targetEnv !== undefined || options.targetFile !== undefined;
  const given = named ? await readTarget(options) : undefined;
  const { vault, keyRing, row, plan } = await openBackup(cli, options);
  const catalog = memoryCatalog();
  await catalog.adoptBackup(row, cli.clock.now().toISOString());
  const kind = kindOf(plan, row, options.component);
  // What is missing on this machine is said before anything is asked.
  if (kind) recoveryDrivers({ allowLoopback: true })(kind).requireTools?.();
  const target = await targetOf(kind, given, options);

  const secret = target === undefined ? {} : { secret: targetSecret };
  const order = restoreOrder(row, { ...options, ...secret, from: 'vault' }, kind);
  const where = options.targetEnv ? `$${options.targetEnv}` : options.targetFile;
  for (const line of describeOrder(row, order, kind))
    cli.out.note(line.replaceAll(`the server in secret ${targetSecret}`, `the server in ${where}`));
  const archived = await archivedOf(row, order.component, vault);
  const wait = archived.length > 0 ? estimateReturn(archived, order.returnSpeed, cli.clock.now()) : undefined;
  if (wait) for (const line of describeWait(wait, order.returnSpeed)) cli.out.note(line);
  const destruction = destructionOf(order, kind);
  if (destruction && !destruction.kept)
    cli.out.note('What is there today is NOT backed up before: that needs a stack.');
  await agree(cli, order, destruction, options.yes, wait);

  const createdAt = cli.clock.now().toISOString();
  const restoreId = restoreIdFor(createdAt, randomBytes(4).toString('hex'));
  await catalog.createRestore(
    {
      restoreId,
      planId: row.planId,
      backupId: row.backupId,
      status: 'pending',
      createdBy: 'local',
      createdAt,
      request: order,
      correlationId: cli.correlationId,
    },
    createdAt,
  );
  const end = await carryOut(cli, restoreId, {
    vault,
    catalog,
    keyRing,
    secrets: memorySecrets(target === undefined ? {} : { [targetSecret]: target }),
    // Whoever would be told is watching.
    alerts: { publish: async () => {} },
    clock: cli.clock,
    log: silentLog,
    recoveryFor: recoveryDrivers({ allowLoopback: true }),
    parseSource,
    parallelism: Math.min(8, Math.max(1, availableParallelism())),
  });
  if (end.status !== 'completed') throw rowFailure(end.error, { restoreId, backupId: row.backupId });
  cli.out.result(end, () => summary(cli.out, end));
  return exitCodeOfEnd(end);
}

/** The URL of the server, where the kind restores onto one. `given` is what the command line named. */
async function targetOf(
  kind: RestoredKind | undefined,
  given: string | undefined,
  options: LocalRestoreOptions,
): Promise<string | undefined> {
  if (!kind) return undefined;
  if (takesOption(kind.facts.restoreOptions, 'secret')) return given ?? readTarget(options);
  if (given === undefined) return undefined;
  throw new InvalidInput('command line', [
    {
      field: options.targetEnv === undefined ? '--target-file' : '--target-env',
      allowed: `is not for ${kind.kind}, which is restored onto no server`,
    },
  ]);
}

/** Runs it to its end, showing how it goes; while objects are on their way it looks now and then. */
async function carryOut(cli: Cli, restoreId: string, deps: RestoreDeps): Promise<RestoreRow> {
  const stop = new AbortController();
  let settled: { readonly row: RestoreRow | undefined } | { readonly error: unknown } | undefined;
  const work = async () => {
    for (;;) {
      const row = await runRestore(restoreId, deps, stop.signal);
      if (row?.status !== 'waiting') return row;
      await deps.clock.sleep(archivePollMilliseconds, stop.signal);
    }
  };
  const running = work().then(
    (row) => {
      settled = { row };
    },
    (error: unknown) => {
      settled = { error };
    },
  );
  try {
    return await watch(cli, {
      look: async (): Promise<{ readonly end: RestoreRow } | Step> => {
        const row = await findRestore(deps.catalog, restoreId);
        if (settled && 'error' in settled) throw settled.error;
        if (settled) return { end: settled.row ?? row };
        if (row.status === 'waiting')
          return { step: `waiting for ${row.waitingFor?.objects} archived objects` };
        const { step = 'checking the backup', plainBytes, totalBytes } = row.progress ?? {};
        return { step, ...(plainBytes ? { doneBytes: plainBytes, totalBytes } : {}) };
      },
      // Nothing goes on without this process: ctrl-C is a cancel.
      interrupted: async () => {
        cli.out.note('Cancelling; what is left at the target is said at the end.');
        await deps.catalog.requestCancel(restoreId).catch((thrown: unknown) => {
          if (!hasCode(thrown, 'CONFLICT')) throw thrown;
        });
        const { status } = await findRestore(deps.catalog, restoreId);
        if (status === 'waiting') stop.abort(new HoldfastError('CANCELLED', 'cancelled while it waited'));
        return 'go-on';
      },
    });
  } finally {
    await running;
  }
}
