/** `holdfast show BACKUP`: everything that is known about one backup. */
import { findBackup } from '../api/lookup.ts';
import { backupFacts } from '../backup-view.ts';
import type { Cli } from '../context.ts';

export async function show(cli: Cli, name: string): Promise<void> {
  const row = await findBackup(await cli.api(), name, (text) => cli.out.warn(text));
  cli.out.result(row, () => backupFacts(row, cli.clock.now()));
}
