/** `holdfast verify BACKUP` or `--latest PLAN`: has a backup proven now, and says what came of it. */
import { z } from 'zod';
import { HoldfastError, InvalidInput } from '../../core/errors.ts';
import { renderReport } from '../../core/report.ts';
import { answer } from '../api/client.ts';
import { findBackup, getBackup, latestBackup, requireCompleted } from '../api/lookup.ts';
import type { Backup } from '../api/rows.ts';
import type { Cli } from '../context.ts';
import { exitCodes, knownCode } from '../failure.ts';
import { argument } from '../lookup.ts';
import { ownKeyFlags, requireStack, requireWithoutStack } from '../mode-flags.ts';
import { fetchReport } from '../report.ts';
import { printable, renderFacts } from '../table.ts';
import { awaitTask } from '../task-run.ts';
import { formatTime } from '../units.ts';

const levels = ['stored', 'readable', 'restored'] as const;
type Level = (typeof levels)[number];
type Proof = NonNullable<Backup['verification']>;

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
export async function verify(cli: Cli, name: string | undefined, options: VerifyOptions): Promise<number> {
  const level = argument(z.enum(levels, `one of ${levels.join(', ')}`), options.level, '--level');
  const { from } = options;
  if (from !== undefined) {
    requireWithoutStack({ '--report': options.report, '--no-wait': !options.wait });
    const { localVerify } = await import('../local-verify.ts');
    return localVerify(cli, { ...options, from, level, backup: name });
  }
  requireStack(ownKeyFlags(options));
  if ((name === undefined) === (options.latest === undefined)) {
    throw new InvalidInput('command line', [
      { field: 'BACKUP or --latest PLAN', allowed: 'exactly one of the two' },
    ]);
  }
  const api = await cli.api();
  const { planId, backupId } = requireCompleted(
    options.latest === undefined
      ? await findBackup(api, name ?? '', (text) => cli.out.warn(text))
      : await latestBackup(api, options.latest),
  );
  const path = { backupId };
  const task = answer(await api.POST('/v1/backups/{backupId}/verify', { params: { path }, body: { level } }));
  if (!options.wait) {
    const { taskId } = task;
    cli.out.result(
      { planId, backupId, level, status: 'started', taskId },
      () => `Started. \`holdfast runs show ${taskId}\` tells the result.`,
    );
    return 0;
  }
  cli.out.note(`Verifying backup ${backupId} of plan ${planId} as ${level}; ctrl-C stops watching only.`);
  await awaitTask(cli, api, task, 'verifying');
  const row = await getBackup(api, backupId);
  const state = row.verification;
  if (!state) throw new HoldfastError('INTERNAL', `the verification of ${backupId} left no result`);
  if (state.status === 'error') throw notCarriedOut(row, state);
  const report =
    options.report && state.reportKey ? await fetchReport(await cli.connect(), state.reportKey) : undefined;
  cli.out.result(report ? { planId, backupId, ...state, report } : { planId, backupId, ...state }, () =>
    report ? printable(renderReport(report)) : summary(cli, row, state, level),
  );
  return state.status === 'passed' ? 0 : exitCodes.integrity;
}

/** The detail of such a row begins with the code of what kept it from being carried out. */
function notCarriedOut({ backupId }: Backup, state: Proof): HoldfastError {
  const [, code = 'INTERNAL', message = state.detail] = /^([A-Z_]+): ([\s\S]*)$/.exec(state.detail) ?? [];
  return new HoldfastError(
    knownCode(code),
    `backup ${backupId} could not be verified, which says nothing about the backup: ${message}`,
    { details: { backupId } },
  );
}

function summary(cli: Cli, row: Backup, state: Proof, asked: Level): string {
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
    'The whole report: add --report (needs AWS credentials that may read the private key secret).',
  ].join('\n');
}
