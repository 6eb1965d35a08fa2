/** `holdfast restore BACKUP`: says what will happen, has it done, and watches it to its end. */
import { randomBytes } from 'node:crypto';
import { HoldfastError, InvalidInput } from '../../core/errors.ts';
import type { RestoreEvent, RestoreOrder } from '../../core/events.ts';
import type { Catalog, RestoreRow } from '../../core/ports/catalog.ts';
import type { Cli, CliContext } from '../context.ts';
import { findBackup, findRestore, requireCompleted, rowFailure } from '../lookup.ts';
import type { Step } from '../progress.ts';
import { describeOrder, type RestoreOptions, restoreIdFor, restoreOrder } from '../restore-order.ts';
import { printable, renderFacts } from '../table.ts';
import { formatDuration } from '../units.ts';
import { watch } from '../watch.ts';

const startWithinMilliseconds = 5 * 60_000;
/** A function runs 15 minutes at most; a restore is not begun twice, so after this it is dead. */
const endWithinMilliseconds = 16 * 60_000;

export interface RestoreCommandOptions extends RestoreOptions {
  readonly yes: boolean;
  readonly wait: boolean;
}

export async function restore(cli: Cli, backupId: string, options: RestoreCommandOptions): Promise<void> {
  const context = await cli.connect();
  const backup = requireCompleted(await findBackup(context.catalog, backupId));
  const order = restoreOrder(backup, options);
  for (const line of describeOrder(backup, order)) cli.out.note(line);
  if (backup.verification?.status === 'failed') {
    cli.out.warn(
      'the last verification of this backup FAILED; `holdfast show` says why. Its bytes are checked again.',
    );
  }
  await agree(cli, order, options.yes);

  const restoreId = await startRestore(cli, context, order);
  if (!options.wait) {
    cli.out.result(
      { restoreId, status: 'started', correlationId: cli.correlationId },
      () => `Started restore ${restoreId}. Cancel it with \`holdfast restore cancel ${restoreId}\`.`,
    );
    return;
  }
  cli.out.note(`Restore ${restoreId}; ctrl-C asks whether to cancel it.`);
  const row = await watch(cli, {
    look: lookAtRestore(cli, context.catalog, restoreId),
    interrupted: () => askToCancel(cli, context.catalog, restoreId),
  });
  if (row.status === 'cancelled') {
    throw new HoldfastError(
      'CANCELLED',
      `restore ${restoreId} was cancelled: ${row.error?.message ?? 'the target is as it was'}`,
      { details: { restoreId } },
    );
  }
  if (row.status === 'failed') throw rowFailure(row.error, { restoreId, backupId });
  cli.out.result(row, () => summary(row));
}

/** Asks for what the order deserves: a yes, or the name of the database that it replaces. */
async function agree(cli: Cli, order: RestoreOrder, yes: boolean): Promise<void> {
  if (yes) return;
  const interactive = cli.out.terminal.interactive;
  if (!order.replace) {
    // A new database beside the others harms nothing: without a terminal nobody is asked.
    if (!interactive || (await cli.questions.confirm('Go on?'))) return;
    throw new HoldfastError('CANCELLED', 'the restore was not started', { next: 'Nothing was changed.' });
  }
  if (!interactive) {
    throw new InvalidInput('command line', [
      { field: '--replace', allowed: 'a terminal to ask for the name of the database, or --yes' },
    ]);
  }
  const typed = await cli.questions.text(`Type the name of the database to replace (${order.database}):`);
  if (typed !== order.database) {
    throw new HoldfastError('CANCELLED', 'that is not the name: the restore was not started', {
      next: 'Nothing was changed.',
    });
  }
}

/** Writes the row and has the function carry it out. Returns the restore's id. */
async function startRestore(cli: Cli, context: CliContext, order: RestoreOrder): Promise<string> {
  const createdAt = cli.clock.now().toISOString();
  const restoreId = restoreIdFor(createdAt, randomBytes(4).toString('hex'));
  await context.catalog.createRestore({
    restoreId,
    planId: order.planId,
    backupId: order.backupId,
    status: 'pending',
    createdBy: await context.caller(),
    createdAt,
    request: order,
    correlationId: cli.correlationId,
  });
  const event: RestoreEvent = { task: 'restore', restoreId };
  await context.functions.start(context.stack.RestoreFunction, event);
  return restoreId;
}

/** A look at the row for `watch`: its end, or how far it is; throws when it cannot end any more. */
export function lookAtRestore(cli: Cli, catalog: Catalog, restoreId: string) {
  return async (): Promise<{ readonly end: RestoreRow } | Step> => {
    const row = await findRestore(catalog, restoreId);
    const now = cli.clock.now().getTime();
    if (row.status === 'pending') {
      if (now - Date.parse(row.createdAt) > startWithinMilliseconds)
        throw dead(row, 'was not started within 5 minutes');
      return { step: 'waiting for the function to start' };
    }
    if (row.status !== 'running') return { end: row };
    if (now - Date.parse(row.startedAt ?? row.createdAt) > endWithinMilliseconds) {
      throw dead(row, 'has not ended within the time that a function may run');
    }
    const { step = 'starting', plainBytes, totalBytes } = row.progress ?? {};
    const cancelling = row.cancelRequested ? ' (cancelling)' : '';
    return { step: step + cancelling, doneBytes: plainBytes, totalBytes };
  };
}

function dead(row: RestoreRow, how: string): HoldfastError {
  return new HoldfastError('CRASHED', `restore ${row.restoreId} ${how}`, {
    next: 'Look at the log of the restore function, and on the target for a database that it left.',
    details: { restoreId: row.restoreId, step: row.progress?.step },
  });
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
  await catalog.requestCancel(restoreId);
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

function facts(row: RestoreRow): string {
  return renderFacts([
    ['Restore', row.restoreId],
    ['Backup', `${row.backupId} of plan ${row.planId}`],
    ['Status', row.error ? `${row.status}: ${row.error.message} (${row.error.code})` : row.status],
    ['Step', row.status === 'running' ? row.progress?.step : undefined],
    ['Cancel', row.cancelRequested ? 'asked for' : undefined],
    ['Created', `${row.createdAt} by ${row.createdBy}`],
    ['Started', row.startedAt],
    ['Completed', row.completedAt],
    ...resultFacts(row),
    ['Correlation id', row.correlationId],
  ]);
}

/** The function's RestoreOutcome, as far as this release knows its fields. */
function resultFacts({ result = {} }: RestoreRow): readonly (readonly [string, string | undefined])[] {
  const list = (value: unknown) =>
    Array.isArray(value) && value.length > 0 ? value.map(String).join('\n') : undefined;
  const comparison = result.comparison as
    | {
        compared?: Record<string, number>;
        differences?: unknown[];
        notProven?: { what: string; why: string }[];
      }
    | undefined;
  const compared = Object.entries(comparison?.compared ?? {}).map(([what, count]) => `${count} ${what}`);
  return [
    ['Database', typeof result.database === 'string' ? result.database : undefined],
    ['Compared', compared.length > 0 ? compared.join(', ') : undefined],
    ['Differs', list(comparison?.differences)],
    ['Not proven', list(comparison?.notProven?.map(({ what, why }) => `${what}: ${why}`))],
    ['Left out', list(result.skipped)],
    ['Next steps', list(result.nextSteps)],
  ];
}

function summary(row: RestoreRow): string {
  const took = formatDuration(
    Date.parse(row.completedAt ?? row.createdAt) - Date.parse(row.startedAt ?? row.createdAt),
  );
  return printable(`Restored backup ${row.backupId} in ${took}.\n${renderFacts(resultFacts(row))}`);
}
