/** `holdfast verify BACKUP` or `--latest PLAN`: has a backup proven now, and says what came of it. */
import { z } from 'zod';
import { HoldfastError, InvalidInput } from '../../core/errors.ts';
import type { VerifyEvent } from '../../core/events.ts';
import type { BackupRow, VerificationState } from '../../core/ports/catalog.ts';
import { type Report, renderReport } from '../../core/report.ts';
import type { Cli, CliContext } from '../context.ts';
import { exitCodes, knownCode } from '../failure.ts';
import { argument, findBackup, latestBackup, requireCompleted } from '../lookup.ts';
import { ownKeyFlags, requireStack, requireWithoutStack } from '../mode-flags.ts';
import { fetchReport } from '../report.ts';
import { printable, renderFacts } from '../table.ts';
import { formatTime } from '../units.ts';
import { watch } from '../watch.ts';

/** A function runs 15 minutes at most and is queued before; then there will be no result any more. */
const resultWithinMilliseconds = 20 * 60_000;

const levels = ['stored', 'readable', 'restored'] as const;

export interface VerifyOptions {
  readonly latest?: string;
  readonly level: string;
  readonly wait: boolean;
  readonly report: boolean;
  /** A folder, or s3://bucket/prefix: verified here, without a stack. */
  readonly from?: string;
  readonly key?: string;
  readonly passphraseFile?: string;
  readonly signers?: string;
}

/** Exit code 0 when it passed, that of integrity when the backup is not as it was taken. */
export async function verify(
  cli: Cli,
  backupId: string | undefined,
  options: VerifyOptions,
): Promise<number> {
  const level = argument(z.enum(levels, `one of ${levels.join(', ')}`), options.level, '--level');
  const { from } = options;
  if (from !== undefined) {
    requireWithoutStack({ '--report': options.report, '--no-wait': !options.wait });
    const { localVerify } = await import('../local-verify.ts');
    return localVerify(cli, { ...options, from, level, backup: backupId });
  }
  requireStack(ownKeyFlags(options));
  if ((backupId === undefined) === (options.latest === undefined)) {
    throw new InvalidInput('command line', [
      { field: 'BACKUP or --latest PLAN', allowed: 'exactly one of the two' },
    ]);
  }
  const context = await cli.connect();
  const before = requireCompleted(
    options.latest === undefined
      ? await findBackup(context.catalog, backupId ?? '')
      : await latestBackup(context.catalog, options.latest),
  );
  const { planId } = before;
  const event: VerifyEvent = {
    task: 'verify',
    planId,
    backupId: before.backupId,
    level,
    correlationId: cli.correlationId,
  };
  await context.functions.start(context.stack.VerifyFunction, event);
  if (!options.wait) {
    cli.out.result(
      { planId, backupId: before.backupId, level, status: 'started' },
      () => `Started. \`holdfast show ${before.backupId}\` tells the result.`,
    );
    return 0;
  }
  cli.out.note(
    `Verifying backup ${before.backupId} of plan ${planId} as ${level}; ctrl-C stops watching only.`,
  );
  const row = await watch(cli, { look: lookAtVerification(cli, context, before) });
  const state = row.verification as VerificationState;
  if (state.status === 'error') throw notCarriedOut(row, state);
  const report = options.report && state.reportKey ? await fetchReport(context, state.reportKey) : undefined;
  cli.out.result(
    report
      ? { planId, backupId: row.backupId, ...state, report }
      : { planId, backupId: row.backupId, ...state },
    () => (report ? printable(renderReport(report)) : summary(cli, row, state, level)),
  );
  return state.status === 'passed' ? 0 : exitCodes.integrity;
}

function lookAtVerification(cli: Cli, { catalog }: CliContext, before: BackupRow) {
  const startedAt = cli.clock.now().getTime();
  return async (): Promise<{ end: BackupRow } | { step: string }> => {
    const row = (await catalog.getBackup(before.planId, before.backupId)) ?? before;
    // Told by the change, not by the time: the clocks of this machine and of the function may differ.
    if (row.verification && row.verification.verifiedAt !== before.verification?.verifiedAt)
      return { end: row };
    if (cli.clock.now().getTime() - startedAt > resultWithinMilliseconds) throw noResult(row);
    return { step: 'verifying' };
  };
}

function noResult({ backupId }: BackupRow): HoldfastError {
  return new HoldfastError('CRASHED', `no result about backup ${backupId} within 20 minutes`, {
    next: 'Look at the log of the verify function; an alert went out if it crashed.',
    details: { backupId },
  });
}

/** The detail of such a row begins with the code of what kept it from being carried out. */
function notCarriedOut(row: BackupRow, state: VerificationState): HoldfastError {
  const [, code = 'INTERNAL', message = state.detail] = /^([A-Z_]+): ([\s\S]*)$/.exec(state.detail) ?? [];
  return new HoldfastError(
    knownCode(code),
    `backup ${row.backupId} could not be verified, which says nothing about the backup: ${message}`,
    { details: { backupId: row.backupId } },
  );
}

function summary(cli: Cli, row: BackupRow, state: VerificationState, asked: Report['level']): string {
  const passed = state.status === 'passed';
  const head = passed
    ? cli.out.paint('good', `Passed: backup ${row.backupId} is proven as ${state.level}.`)
    : cli.out.paint('bad', `FAILED: backup ${row.backupId} is not as it was taken. Do not rely on it.`);
  const lower =
    passed && state.level !== asked
      ? `Asked for ${asked}; the report says why it is ${state.level}.`
      : undefined;
  return [
    head,
    renderFacts([
      ['Level', state.level],
      ['At', formatTime(state.verifiedAt)],
      ['Detail', state.detail === '' ? undefined : state.detail],
      ['Note', lower],
      ['Report', state.reportKey],
      ['Last proven', state.provenAt && formatTime(state.provenAt)],
    ]),
    'The whole report: add --report (needs the right to read the private key secret).',
  ].join('\n');
}
