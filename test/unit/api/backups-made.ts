/** A completed backup in a catalog, as a run leaves it. */
import { backupIdFor } from '../../../core/format/layout.ts';
import type { BackupRow, Catalog } from '../../../core/ports/catalog.ts';

export interface Made {
  readonly tier?: BackupRow['tier'];
  readonly storedBytes?: number;
  readonly seconds?: number;
  readonly end?: 'completed' | 'failed';
}

export async function completed(
  catalog: Catalog,
  planId: string,
  slot: string,
  made: Made = {},
): Promise<BackupRow> {
  const { tier = 'daily', storedBytes = 1000, seconds = 60, end = 'completed' } = made;
  const backupId = backupIdFor(planId, slot);
  const at = (after: number) => new Date(Date.parse(slot) + after * 1000).toISOString();
  const about = {
    source: 'main',
    kind: 'database',
    trigger: 'schedule',
    createdBy: 'scheduler',
    correlationId: 'c-1',
  } as const;
  const { row } = await catalog.claimRun({
    ...about,
    planId,
    backupId,
    slot,
    tier,
    now: at(0),
    leaseUntil: at(300),
  });
  const owner = { planId, backupId, attempt: row.attempt };
  if (end === 'failed')
    return catalog.failRun(owner, { code: 'SOURCE_AUTH', message: 'refused' }, at(seconds));
  await catalog.prepareCompletion(owner, {
    sourceBytes: storedBytes * 4,
    storedBytes,
    compressionRatio: 4,
    expiresAt: at(30 * 86_400),
    locations: ['memory:'],
    tools: {},
    manifest: { lengthBytes: 5, sha256: 'ab'.repeat(32) },
  });
  return catalog.completeRun(owner, at(seconds));
}
