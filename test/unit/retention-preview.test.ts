/** What a policy would keep of the real history: decided as cleanup decides, shown beside the policy as it is. */
import { describe, expect, test } from 'vitest';
import { cleanupPlanner } from '../../core/cleanup/plan.ts';
import { backupIdFor } from '../../core/format/layout.ts';
import { retentionSchema } from '../../core/plan.ts';
import type { BackupRow } from '../../core/ports/catalog.ts';
import { mostPreviewLines, retentionPreview } from '../../core/retention-preview.ts';

const now = '2026-11-21T10:00:00.000Z';
const dayMs = 86_400_000;

function backup(daysOld: number, change: Partial<BackupRow> = {}): BackupRow {
  const slot = new Date(Date.parse(now) - daysOld * dayMs).toISOString();
  return {
    planId: 'shop',
    backupId: backupIdFor('shop', slot),
    source: 'main',
    kind: 'database',
    trigger: 'schedule',
    createdBy: 'schedule',
    slot,
    correlationId: 'c',
    status: 'completed',
    attempt: 1,
    completedAt: slot,
    storedBytes: 100,
    tier: 'daily',
    expiresAt: new Date(Date.parse(slot) + 30 * dayMs).toISOString(),
    guard: 0,
    ...change,
  };
}

const passed = {
  status: 'passed',
  level: 'restored',
  verifiedAt: now,
  detail: '',
  provenAt: now,
} as const;
const retention = retentionSchema.parse({});
const week = retentionSchema.parse({ daily: 7, hourly: 0 });

function preview(rows: readonly BackupRow[], input: Partial<Parameters<typeof retentionPreview>[0]> = {}) {
  const made = retentionPreview({ planId: 'shop', plan: { retention }, now, ...input });
  for (const row of rows) made.add(row);
  return made.result();
}

describe('each backup', () => {
  const rows = [
    backup(1),
    backup(3, { verification: { ...passed, status: 'failed', provenAt: undefined } }),
    backup(9, { verification: passed }),
    backup(10, { pin: { at: now, by: 'ada', reason: 'audit' } }),
    backup(11, { heldUntil: '2026-11-22T00:00:00.000Z' }),
    backup(12),
  ];

  test('has a verdict with its reason, and both ends', () => {
    expect(
      preview(rows, { retention: week }).lines.map(({ verdict, why, expiresNow, expiresThen }) => [
        verdict,
        why,
        expiresNow?.slice(0, 10),
        expiresThen?.slice(0, 10),
      ]),
    ).toEqual([
      ['keep', 'policy', '2026-12-20', '2026-11-27'],
      ['keep', 'policy', '2026-12-18', '2026-11-25'],
      ['keep', 'last proven', '2026-12-12', '2026-11-19'],
      ['keep', 'pinned', '2026-12-11', '2026-11-18'],
      ['keep', 'held until 2026-11-22', '2026-12-10', '2026-11-17'],
      ['expire', 'policy ended', '2026-12-09', '2026-11-16'],
    ]);
  });

  test('counts in the totals and for its tier', () => {
    const { totals, tiers } = preview([...rows, backup(400, { tier: 'yearly', storedBytes: 7 })], {
      retention: week,
    });
    expect(totals).toEqual({ kept: 6, keptBytes: 507, expired: 1, expiredBytes: 100 });
    expect(tiers).toEqual([
      { tier: 'yearly', kept: 1, keptBytes: 7, expired: 0, expiredBytes: 0 },
      { tier: 'daily', kept: 5, keptBytes: 500, expired: 1, expiredBytes: 100 },
    ]);
  });

  test('is kept while the plan or everything is paused', () => {
    const old = [backup(1), backup(200)];
    const pause = { at: now, by: 'ada', reason: '' };
    expect(preview(old).lines[1]?.verdict).toBe('expire');
    for (const input of [{ pausedAll: true }, { plan: { retention, paused: pause } }])
      expect(preview(old, input).lines[1]).toMatchObject({ verdict: 'keep', why: 'paused' });
  });
});

test('without a policy to try, the verdicts are those of the next cleanup', () => {
  const rows = Array.from({ length: 60 }, (_, at) => backup(at + 1));
  const planner = cleanupPlanner({ planId: 'shop', plan: { retention }, now, undeleteDays: 14 });
  expect(preview(rows).lines.map(({ verdict }) => verdict)).toEqual(
    rows.map((row) => planner.decide(row).action),
  );
});

test('what failed, runs or has expired already is no line', () => {
  const rows = (['running', 'failed', 'expired'] as const).map((status, at) => backup(at + 1, { status }));
  expect(preview(rows)).toMatchObject({ lines: [], totals: { kept: 0, expired: 0 } });
});

test('backups of a plan that is gone end as they were made to, unless a policy is tried', () => {
  const rows = [backup(1), backup(31)];
  expect(preview(rows, { plan: undefined }).lines.map(({ verdict }) => verdict)).toEqual(['keep', 'expire']);
  const longer = retentionSchema.parse({ daily: 60 });
  expect(preview(rows, { plan: undefined, retention: longer }).totals.kept).toBe(2);
});

test('the table has a bound, the totals have none', () => {
  const rows = Array.from({ length: mostPreviewLines + 5 }, (_, at) => backup((at + 1) / 24));
  const { lines, totals } = preview(rows);
  expect(lines).toHaveLength(mostPreviewLines);
  expect(totals.kept + totals.expired).toBe(mostPreviewLines + 5);
});
