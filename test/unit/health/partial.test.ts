/** Backups of some sources only (`only`): they stand for no run of the plan, so they silence nothing about it. */
import { describe, expect, test } from 'vitest';
import { assessPlan } from '../../../core/health/assess-plan.ts';
import { gatherPlan } from '../../../core/health/gather-plan.ts';
import type { BackupRow } from '../../../core/ports/catalog.ts';
import { aBackup, aPlanRow } from './world.ts';

const now = new Date('2026-11-21T12:00:00Z');
const slotOf = (day: number, hour = 2) =>
  `2026-11-${String(day).padStart(2, '0')}T${String(hour).padStart(2, '0')}:00:00Z`;
const partial = (slot: string, change: Partial<BackupRow> = {}) =>
  aBackup(slot, { only: ['uploads'], ...change });
const failed = (slot: string, change: Partial<BackupRow> = {}) =>
  aBackup(slot, {
    status: 'failed',
    failedAt: slot,
    completedAt: undefined,
    verification: undefined,
    error: { code: 'DUMP_FAILED', message: 'x' },
    ...change,
  });
const bad = { status: 'failed', level: 'readable', verifiedAt: slotOf(21), detail: 'x' } as const;

const told = async (...rows: readonly BackupRow[]) => {
  const listBackups = async (_: string, { status }: { status?: string } = {}) => ({
    rows: status ? rows.filter((row) => row.status === status) : rows,
  });
  const row = aPlanRow({}, { proof: { storedAt: now.toISOString() } });
  const facts = await gatherPlan(row, 'enabled', { catalog: { listBackups }, undeleteDays: 14 }, now);
  return { facts, kinds: assessPlan(facts, { now, allPaused: false }).map(({ kind }) => kind) };
};

describe('a backup of some sources', () => {
  test('does not make up for the nightly one that failed', async () => {
    const { kinds } = await told(partial(slotOf(21, 3)), failed(slotOf(21)), aBackup(slotOf(17)));
    expect(kinds).toEqual(['backup-failed', 'backup-missed']);
  });

  test('does not make up for a missed one while it runs, either', async () => {
    const running = partial(slotOf(21, 3), {
      status: 'running',
      completedAt: undefined,
      startedAt: slotOf(21, 11),
      leaseUntil: slotOf(21, 13),
    });
    expect((await told(running, aBackup(slotOf(17)))).kinds).toEqual(['backup-missed']);
  });

  test('that expired does not either', async () => {
    const gone = partial(slotOf(21, 3), { status: 'expired' });
    expect((await told(gone, aBackup(slotOf(17)))).kinds).toEqual(['backup-missed']);
  });

  test('that fails is told by its run, and says nothing about the plan', async () => {
    const { facts, kinds } = await told(failed(slotOf(21, 3), { only: ['uploads'] }), aBackup(slotOf(21)));
    expect(kinds).toEqual([]);
    expect(facts.lastFailed).toBeUndefined();
  });

  test('that died is told like any other', async () => {
    const dead = partial(slotOf(21, 3), {
      status: 'running',
      completedAt: undefined,
      leaseUntil: slotOf(21, 4),
    });
    expect((await told(dead, aBackup(slotOf(21)))).kinds).toEqual(['run-stuck']);
  });

  test('that passed its verification does not hide that the newest whole one failed its own', async () => {
    const { kinds } = await told(
      partial(slotOf(21, 3)),
      aBackup(slotOf(21), { verification: bad }),
      aBackup(slotOf(20)),
    );
    expect(kinds).toEqual(['verification-failed']);
  });

  test('is no proof of the plan', async () => {
    const readable = { status: 'passed', level: 'readable', verifiedAt: slotOf(21), detail: '' } as const;
    const { facts } = await told(partial(slotOf(21, 3)), aBackup(slotOf(21), { verification: readable }));
    expect(facts.lastProvenAt).toBeUndefined();
  });

  test('that is marked to go is nothing to bring back where no good one is left', async () => {
    const at = slotOf(21, 10);
    const gone = partial(slotOf(20, 3), {
      status: 'expired',
      expiry: { reason: 'policy', decidedAt: at, by: 'x', markedAt: at },
    });
    const { facts, kinds } = await told(gone, aBackup(slotOf(21), { verification: bad }));
    expect(facts.recoverable).toBeUndefined();
    expect(kinds).toContain('no-good-backup');
    expect(kinds).not.toContain('last-good-marked');
  });
});
