/**
 * `holdfast verify --from FOLDER|s3://… --key FILE`: the same proof, carried out by this process, without a stack and,
 * from a folder, without AWS. Its report is printed and kept nowhere: what is signed is signed by a stack.
 */
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../adapters/log/quiet.ts';
import { recoveryDrivers } from '../adapters/registry.ts';
import { HoldfastError } from '../core/errors.ts';
import type { VerificationLevel } from '../core/ports/catalog.ts';
import { type Report, renderReport } from '../core/report.ts';
import { proveOrRefuse } from '../core/verification/verify.ts';
import packageJson from '../package.json' with { type: 'json' };
import type { Cli } from './context.ts';
import { exitCodes } from './failure.ts';
import { type CopyOptions, openBackup } from './local-restore/opened.ts';
import { ProgressLine } from './progress.ts';
import { printable } from './table.ts';

export interface LocalVerifyOptions extends CopyOptions {
  readonly level: VerificationLevel;
}

/** Exit code 0 when it passed, that of integrity when the backup is not as it was taken. */
export async function localVerify(cli: Cli, options: LocalVerifyOptions): Promise<number> {
  const { vault, keyRing, row } = await openBackup(cli, options);
  const stop = new AbortController();
  const done = cli.onInterrupt(() => stop.abort(new HoldfastError('CANCELLED', 'verification was stopped')));
  const line = new ProgressLine(cli.out, cli.clock);
  line.show({ step: `verifying ${row.planId}/${row.backupId} in ${vault.location} as ${options.level}` });
  const workDir = await mkdtemp(join(tmpdir(), 'holdfast-verify-'));
  let report: Report;
  try {
    report = await proveOrRefuse(
      {
        planId: row.planId,
        backupId: row.backupId,
        level: options.level,
        correlationId: cli.correlationId,
      },
      row,
      {
        vault,
        keyRing,
        clock: cli.clock,
        log: silentLog,
        recoveryFor: recoveryDrivers({ allowLoopback: true }),
        parallelism: Math.min(8, Math.max(1, availableParallelism())),
        workDir,
        freeBytes: async () => {
          const { bavail, bsize } = await statfs(workDir);
          return bavail * bsize;
        },
        untagged: !options.from.startsWith('s3://'),
        holdfastVersion: packageJson.version,
      },
      stop.signal,
    );
  } finally {
    done();
    line.clear();
    await rm(workDir, { recursive: true, force: true });
  }
  cli.out.result(report, () => printable(renderReport(report)));
  return report.result === 'passed' ? 0 : exitCodes.integrity;
}
