/** What the tests of the catalog's contract begin with: a plan, a claim, runs that were claimed and completed. */
import { expect } from 'vitest';
import { parsePlan } from '../../adapters/kinds.ts';
import { backupIdFor } from '../../core/format/layout.ts';
import type { Plan } from '../../core/plan.ts';
import type {
  BackupRow,
  Catalog,
  ClaimRequest,
  Completion,
  Owner,
  RestoreRow,
  VerificationState,
} from '../../core/ports/catalog.ts';

/** A catalog, and a plan id that no other test has. */
export type SetUp = () => Promise<{ catalog: Catalog; planId: string }>;

export const slot = '2026-11-21T02:00:00Z';
export const now = '2026-11-21T02:00:05.000Z';
export const leaseUntil = '2026-11-21T02:01:05.000Z';
export const later = '2026-11-21T02:30:00.000Z';

export const completion: Completion = {
  sourceBytes: 3_000_000,
  storedBytes: 1_000_000,
  compressionRatio: 3,
  expiresAt: '2026-12-21T02:00:00.000Z',
  locations: ['s3://vault/'],
  tools: { pg_dump: '18.6', server: '17.2' },
  manifest: { lengthBytes: 1234, sha256: 'ab'.repeat(32) },
  warnings: [],
  versions: { 'plans/a/b/manifest': 'v1' },
};

export const passed: VerificationState = {
  status: 'passed',
  level: 'restored',
  verifiedAt: '2026-11-21T03:00:00.000Z',
  reportKey: 'reports/a/b/c',
  detail: '12 tables compared',
  provenAt: '2026-11-21T03:00:00.000Z',
};

export function aPlan(id: string, change: Record<string, unknown> = {}): Plan {
  return parsePlan({ id, sources: [{ kind: 'postgres', name: 'shop', secret: 'holdfast/shop' }], ...change });
}

export function aClaim(planId: string, change: Partial<ClaimRequest> = {}): ClaimRequest {
  const slotOfClaim = change.slot ?? slot;
  return {
    planId,
    backupId: backupIdFor(planId, slotOfClaim),
    source: 'shop',
    kind: 'database',
    trigger: 'schedule',
    createdBy: 'scheduler',
    slot: slotOfClaim,
    correlationId: 'c-1',
    tier: 'daily',
    now,
    leaseUntil,
    ...change,
  };
}

export async function claimed(catalog: Catalog, request: ClaimRequest): Promise<Owner> {
  const { outcome, row } = await catalog.claimRun(request);
  expect(outcome).toBe('claimed');
  return { planId: row.planId, backupId: row.backupId, attempt: row.attempt };
}

export async function completed(
  catalog: Catalog,
  request: ClaimRequest,
  completedAt = later,
): Promise<Owner> {
  const owner = await claimed(catalog, request);
  await catalog.prepareCompletion(owner, completion);
  await catalog.completeRun(owner, completedAt);
  return owner;
}

/** The row of a backup of that plan that has completed; `slotOf` 21 November 2026, 02:00 by default. */
export async function aBackup(
  catalog: Catalog,
  planId: string,
  change: Partial<ClaimRequest> = {},
): Promise<BackupRow> {
  const { backupId } = await completed(catalog, aClaim(planId, change));
  return rowOf(catalog, planId, backupId);
}

export async function rowOf(catalog: Catalog, planId: string, backupId: string): Promise<BackupRow> {
  const row = await catalog.getBackup(planId, backupId);
  if (!row) throw new Error(`no row of ${planId}/${backupId}`);
  return row;
}

export function aRestore(planId: string, change: Partial<RestoreRow> = {}): RestoreRow {
  return {
    restoreId: `r-${planId}`,
    planId,
    backupId: backupIdFor(planId, slot),
    status: 'pending',
    createdBy: 'ann',
    createdAt: now,
    request: { component: 'shop', options: { replace: false } },
    correlationId: 'c-1',
    ...change,
  };
}
