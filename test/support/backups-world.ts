/** Plans, backups and objects for tests of what is asked of backups and restores: in memory, keys of the vectors. */
import { parsePlan } from '../../adapters/kinds.ts';
import { memoryVault } from '../../adapters/memory/vault.ts';
import { backupIdFor, manifestKey, partKey } from '../../core/format/layout.ts';
import type { BackupRow, Catalog, ClaimRequest, Completion, StepNote } from '../../core/ports/catalog.ts';
import type { ObjectLinks } from '../../core/ports/links.ts';
import type { Vault } from '../../core/ports/vault.ts';
import { testKeyRing } from './world.ts';

export const startIso = '2026-11-21T10:00:00.000Z';

export const shop = parsePlan({
  id: 'shop',
  sources: [{ kind: 'postgres', name: 'main', secret: 'holdfast/sources/shop', databases: ['shop'] }],
});

export interface Made {
  readonly planId?: string;
  readonly slot?: string;
  readonly end?: 'completed' | 'failed' | 'running';
  readonly claim?: Partial<Pick<ClaimRequest, 'trigger' | 'label' | 'only' | 'tier' | 'kind' | 'leaseUntil'>>;
  readonly completion?: Partial<Completion>;
  readonly seconds?: number;
  /** What it has gone through. */
  readonly steps?: readonly StepNote[];
}

/** A backup in the catalog, made as a run makes it. Its row. */
export async function addBackup(catalog: Catalog, made: Made = {}): Promise<BackupRow> {
  const { planId = 'shop', slot = '2026-11-21T02:00:00Z', end = 'completed', seconds = 90 } = made;
  const backupId = backupIdFor(planId, slot);
  const { row } = await catalog.claimRun({
    ...{
      planId,
      backupId,
      source: 'main',
      kind: 'database',
      trigger: 'schedule',
      createdBy: 'scheduler',
      slot,
    },
    ...{ correlationId: 'c-1', tier: 'daily', now: slot },
    leaseUntil: new Date(Date.parse(slot) + 60_000).toISOString(),
    ...made.claim,
  });
  const owner = { planId, backupId, attempt: row.attempt };
  if (end === 'running') return row;
  if (end === 'failed')
    return catalog.failRun(
      owner,
      { code: 'SOURCE_AUTH', message: 'no such password' },
      new Date(Date.parse(slot) + (made.seconds ?? 0) * 1000).toISOString(),
      made.steps,
    );
  await catalog.prepareCompletion(owner, {
    ...{ sourceBytes: 4_000_000_000, storedBytes: 1_000_000_000, compressionRatio: 4, madeBy: row.attempt },
    ...{ expiresAt: '2026-12-21T02:00:00Z', locations: ['s3://vault'], tools: { pg_dump: '18.1' } },
    ...{ manifest: { lengthBytes: 10, sha256: 'ab'.repeat(32) }, warnings: ['a warning'] },
    ...made.completion,
  });
  return catalog.completeRun(owner, new Date(Date.parse(slot) + seconds * 1000).toISOString(), made.steps);
}

/** Parts of a backup's segments, and its manifest. The versions by key. */
export async function addObjects(
  vault: Vault,
  { planId, backupId }: Pick<BackupRow, 'planId' | 'backupId'>,
  parts: number,
  attempt = 1,
): Promise<Record<string, string>> {
  const keys = Array.from({ length: parts }, (_, index) =>
    partKey({ planId, backupId, attempt, component: 'main', index, name: 'data' }, 1),
  );
  const versions: Record<string, string> = {};
  for (const key of [...keys, manifestKey(planId, backupId)]) {
    const role = key.endsWith('manifest') ? 'manifest' : 'segment';
    const written = await vault.write(key, [Buffer.from(key)], {
      ...{ role, planId, tier: 'daily', storageClass: 'STANDARD' },
    });
    versions[key] = written.versionId ?? '';
  }
  return versions;
}

/** A vault, links that say what they are to, and keys that sign. */
export function keepingWorld() {
  const vault = memoryVault();
  const links: ObjectLinks = {
    linkTo: async (key, { versionId, seconds }) =>
      `https://vault.test/${key}?versionId=${versionId}&seconds=${seconds}`,
  };
  return {
    vault,
    links,
    deps: { vault: async () => vault, links: async () => links, keyRing: testKeyRing() },
  };
}
