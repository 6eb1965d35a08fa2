/** Backups of a copy into the vault of this stack, each opened and compared with its signed manifest on the way. */
import { type Copied, copyBackups } from '../core/recovery/copy.ts';
import type { Cli, CliContext } from './context.ts';
import { openCopy } from './local-restore/copy.ts';
import { ProgressLine } from './progress.ts';
import { formatBytes } from './units.ts';

/** What a person has on a disk becomes the vault of this stack. */
export async function copyIntoVault(
  cli: Cli,
  context: CliContext,
  copyFrom: string,
): Promise<Copied & { problems: number }> {
  const line = new ProgressLine(cli.out, cli.clock);
  let problems = 0;
  try {
    const copied = await copyBackups({
      from: openCopy(copyFrom, cli.region),
      to: context.vault,
      keyRing: context.keys,
      clock: cli.clock,
      lockDays: context.stack.ObjectLock?.days,
      onBackup: (count, backupId) => line.show({ step: `copied ${backupId}, ${count} backups so far` }),
      onProblem: ({ key, code, why }) => {
        problems += 1;
        line.clear();
        cli.out.warn(`not copied: ${key}: ${why} (${code})`);
      },
    });
    line.clear();
    cli.out.note(
      `Copied ${copied.backups} backups (${copied.objects} objects, ${formatBytes(copied.bytes)}) into ${context.vault.location}; ${copied.present} were there.`,
    );
    return { ...copied, problems };
  } finally {
    line.clear();
  }
}
