/**
 * Objects of earlier backups that a backup cannot be restored without: found, missed, unmarked. They lie in the folders
 * of the backups that wrote them, whether those have rows or not.
 */

import { eachAtATime } from '../at-a-time.ts';
import { attemptName, backupPrefix } from '../format/layout.ts';
import type { BackupRow, Catalog, Needed } from '../ports/catalog.ts';
import {
  backupsIn,
  boundNeeded,
  everything,
  needsKey,
  partAddressOf,
  rangesOf,
  subtractNeeded,
} from '../references.ts';
import type { Run } from './context.ts';
import { marksAtATime } from './marks-at-a-time.ts';

type Needing = Pick<BackupRow, 'planId' | 'needs'>;

/** Where the objects of a need lie. */
export function folderOf(planId: string, { backupId, attempt, component }: Needed): string {
  const folder = `${backupPrefix(planId, backupId)}${attemptName(attempt)}/`;
  return component === everything ? folder : `${folder}${component}/`;
}

/** Takes the marks away from everything current that is needed. */
export async function unmarkNeeded(
  { planId, needs = [] }: Needing,
  { deps }: Pick<Run, 'deps'>,
): Promise<void> {
  for (const needed of needs) {
    await eachAtATime(deps.vault.list(folderOf(planId, needed)), marksAtATime, async ({ key }) => {
      if (needsKey([needed], key)) await deps.keeping.unmark(key);
    });
  }
}

/**
 * What of the needs is not among the keys that `keysOf` finds below a folder. Of how many parts a segment was is not
 * known here, nor how many segments `*` stands for: one object of each is looked for. The verification that follows on
 * a way back (reviveBackup of the catalog) looks for the rest.
 */
export async function lackingNeed(
  { planId, needs = [] }: Needing,
  keysOf: (folder: string) => AsyncIterable<{ readonly key: string }>,
): Promise<string | undefined> {
  for (const needed of needs) {
    const folder = folderOf(planId, needed);
    const found = new Set<number>();
    for await (const { key } of keysOf(folder)) {
      const address = partAddressOf(key);
      if (address) found.add(address.index);
    }
    const isOpen = needed.segments === everything;
    const [left] = subtractNeeded([needed], [{ ...needed, segments: isOpen ? '' : rangesOf(found) }]);
    if (isOpen ? found.size === 0 : left !== undefined)
      return `${left?.segments ?? ''} below ${folder}, which it refers to,`;
  }
  return undefined;
}

/**
 * Notes on the rows of expired backups that something of them is about to be needed again, and that their marks are
 * not what was confirmed: should whoever notes it be cut short, the next round goes through them anew.
 */
export async function noteNeededAgain(
  { planId, needs = [] }: Needing,
  catalog: Pick<Catalog, 'getBackup' | 'noteMarked'>,
): Promise<void> {
  for (const backupId of backupsIn(needs)) {
    const row = await catalog.getBackup(planId, backupId);
    if (row?.status !== 'expired' || row.expiry?.markedAt === undefined) continue;
    const ofIt = needs.filter((needed) => needed.backupId === backupId);
    const kept = boundNeeded([...(row.expiry.kept ?? []), ...ofIt]);
    await catalog.noteMarked(planId, row, { ...row.expiry, markedAt: undefined, kept });
  }
}
