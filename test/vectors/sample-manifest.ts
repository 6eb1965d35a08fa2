/** A small manifest with every field that version 1 has, for vectors and tests. */
import { partKey } from '../../core/format/layout.ts';
import type { Manifest } from '../../core/manifest.ts';

export function sampleManifest(planId: string, backupId: string): Manifest {
  const address = { planId, backupId, attempt: 1, component: 'main', index: 0, name: 'pre-data' };
  return {
    format: 'holdfast/manifest',
    version: 1,
    planId,
    backupId,
    attempt: 1,
    kind: 'database',
    trigger: 'schedule',
    createdBy: 'schedule',
    correlationId: '01hq0000000000000000000000',
    slot: '2026-11-21T02:00:00Z',
    startedAt: '2026-11-21T02:00:03Z',
    completedAt: '2026-11-21T02:00:09Z',
    tier: 'daily',
    expiresAt: '2026-12-21T02:00:00Z',
    plan: { id: planId },
    tools: { pg_dump: '18.1', server: '17.2' },
    totals: { sourceBytes: 8_000_000, plainBytes: 1_000, storedBytes: 1_700, segments: 1, objects: 1 },
    components: [
      {
        name: 'main',
        source: 'main',
        kind: 'postgres',
        consistency: 'snapshot',
        title: 'Orders',
        segments: [
          {
            index: 0,
            name: 'pre-data',
            encoding: 'pg-custom',
            section: 'pre-data',
            role: 'segment',
            plainBytes: 1_000,
            parts: [{ key: partKey(address, 1), lengthBytes: 1_700, sha256: 'a'.repeat(64) }],
            contents: { format: '1.16', compression: 'zstd', tocEntries: 12, dataEntries: 0, tables: [] },
          },
        ],
        facts: { database: 'Orders' },
        evidence: { level: 'counts', tables: [] },
      },
    ],
    warnings: [],
  };
}
