/** `holdfast show BACKUP`: everything that the catalog knows about one backup. */
import { backupFacts } from '../backup-view.ts';
import type { Cli } from '../context.ts';
import { findBackup } from '../lookup.ts';

export async function show(cli: Cli, backupId: string): Promise<void> {
  const { catalog } = await cli.connect();
  const row = await findBackup(catalog, backupId);
  cli.out.result(row, () => backupFacts(row, cli.clock.now()));
}
