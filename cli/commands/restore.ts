/**
 * `holdfast restore BACKUP`: says what will happen, has it done, and watches it to its end. Exit code 0 when it ended
 * and what was compared is as it was backed up, that of integrity when it differs.
 */
import { HoldfastError, InvalidInput } from '../../core/errors.ts';
import { type Api, answer } from '../api/client.ts';
import { findBackup, findPoint, latestBackup, requireCompleted } from '../api/lookup.ts';
import type { Backup, Restore, RestorePreview } from '../api/rows.ts';
import type { Cli } from '../context.ts';
import { rowFailure } from '../lookup.ts';
import { ownKeyFlags, requireStack, requireWithoutStack } from '../mode-flags.ts';
import type { Step } from '../progress.ts';
import { agree } from '../restore-agreement.ts';
import { withFlags } from '../restore-flags.ts';
import { madeBefore, makeRestorePoint } from '../restore-guard.ts';
import { isOfStack, type RestoreOptions, restoreWish } from '../restore-order.ts';
import { exitCodeOfEnd, summary, waiting } from '../restore-view.ts';
import { inFlagWords } from '../restore-words.ts';
import { watch } from '../watch.ts';
import { cancelRestore, getRestore } from './restore-list.ts';

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
  /** Only look whether it could be done. */
  readonly preflight: boolean;
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
      '--preflight': options.preflight,
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
  const wish = restoreWish(options);
  const { withoutRestorePoint } = options;
  const api = await cli.api();
  const backup = await chosenBackup(api, backupId, options, (text) => cli.out.warn(text));
  const ask = <T>(call: () => Promise<T>) => inFlags(call);
  if (options.preflight) {
    const { preflight } = await import('./preflight.ts');
    return ask(() => preflight(cli, api, backup.backupId, wish, options.wait));
  }
  const path = { backupId: backup.backupId };
  const preview = await ask(async () => {
    const query = { dryRun: 'true' } as const;
    const body = { ...wish, withoutRestorePoint };
    return answer(
      await api.POST('/v1/backups/{backupId}/restore', { params: { path, query }, body }),
    ) as RestorePreview;
  });
  tell(cli, preview);
  const guard = madeBefore(preview);
  if (guard) cli.out.note(guard.words);
  await agree(cli, preview.order, preview.destruction, options.yes, preview.archive);
  const point = guard?.point && (await makeRestorePoint(cli, api, guard.point));

  const { confirmed } = preview.order;
  const { restoreId } = await ask(async () => {
    const body = {
      ...wish,
      withoutRestorePoint,
      ...(preview.destruction && confirmed && { confirmed }),
      ...(point && { restorePoint: point.backupId }),
    };
    return answer(await api.POST('/v1/backups/{backupId}/restore', { params: { path }, body })) as Restore;
  });
  if (!options.wait) {
    cli.out.result(
      { restoreId, status: 'started', correlationId: cli.correlationId },
      () => `Started restore ${restoreId}. Cancel it with \`holdfast restore cancel ${restoreId}\`.`,
    );
    return 0;
  }
  cli.out.note(`Restore ${restoreId}; ctrl-C asks whether to cancel it.`);
  const row = await watch(cli, {
    look: lookAtRestore(api, restoreId),
    interrupted: () => askToCancel(cli, api, restoreId),
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

/** What the API refused of an order, in the words of the command line. */
async function inFlags<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    if (!(thrown instanceof InvalidInput)) throw thrown;
    const issues = thrown.issues.map((issue) => ({ ...issue, allowed: inFlagWords(issue.allowed) }));
    throw withFlags(new InvalidInput('restore', issues));
  }
}

/** What will happen, in order, before anything does. */
function tell(cli: Cli, { head, steps, warnings, archiveWords = [] }: RestorePreview): void {
  cli.out.note(`${head}:`);
  for (const [at, step] of steps.entries()) cli.out.note(`  ${at + 1}. ${inFlagWords(step)}`);
  for (const warning of warnings) cli.out.warn(inFlagWords(warning));
  for (const words of archiveWords) cli.out.note(inFlagWords(words));
}

/** By its id, as PLAN@LABEL, by its label alone, or the newest of a plan. */
async function chosenBackup(
  api: Api,
  backupId: string | undefined,
  { latest, point }: Pick<RestoreCommandOptions, 'latest' | 'point'>,
  warn: (text: string) => void,
): Promise<Backup> {
  if ([backupId, latest, point].filter((each) => each !== undefined).length !== 1) {
    throw new InvalidInput('command line', [
      {
        field: 'BACKUP, --latest, --point',
        allowed: 'exactly one: the id of a backup or PLAN@LABEL, --latest PLAN, or --point LABEL',
      },
    ]);
  }
  if (latest !== undefined) return latestBackup(api, latest);
  return requireCompleted(
    point === undefined ? await findBackup(api, backupId ?? '', warn) : await findPoint(api, point, warn),
  );
}

/** A look at the row for `watch`: its end, or how far it is; throws when it cannot end any more. */
function lookAtRestore(api: Api, restoreId: string) {
  return async (): Promise<{ readonly end: Restore } | Step> => {
    const row = await getRestore(api, restoreId);
    if (row.dead) throw rowFailure(row.dead, { restoreId, step: row.progress?.step });
    if (row.status === 'pending') return { step: 'waiting for the function to start' };
    if (row.status !== 'running') return { end: row };
    const { step = 'starting', plainBytes, totalBytes } = row.progress ?? {};
    const cancelling = row.cancelRequested ? ' (cancelling)' : '';
    return { step: step + cancelling, doneBytes: plainBytes, totalBytes };
  };
}

async function askToCancel(cli: Cli, api: Api, restoreId: string): Promise<'stop' | 'go-on'> {
  if (!cli.out.terminal.interactive) {
    cli.out.note(`Restore ${restoreId} goes on. Cancel it with \`holdfast restore cancel ${restoreId}\`.`);
    return 'stop';
  }
  if (await cli.questions.confirm('Cancel the restore? (No: it goes on, and is watched on)')) {
    await cancelRestore(api, restoreId);
  }
  return 'go-on';
}
