/** What a plan promises in time and does not keep. */
import { describe, expect, test } from 'vitest';
import { assessPlan } from '../../../core/health/assess-plan.ts';
import type { PlanFacts } from '../../../core/health/facts.ts';
import { gatherPlan } from '../../../core/health/gather-plan.ts';
import type { BackupRow } from '../../../core/ports/catalog.ts';
import { recoveryPointSeconds, recoveryTimeSeconds } from '../../../core/targets.ts';
import { aBackup, aPlanRow, wellFacts } from './world.ts';

const found = (facts: PlanFacts, now: string) =>
  assessPlan(facts, { now: new Date(now), allPaused: false }).filter(({ kind }) =>
    kind.startsWith('recovery-'),
  );
const hours = (recoveryPointMinutes: number, change: object = {}) =>
  aPlanRow({ targets: { recoveryPointMinutes }, ...change });

describe('the recovery point', () => {
  test('is late once the newest good backup is older than promised, since that moment', () => {
    const facts = wellFacts(hours(360));
    expect(found(facts, '2026-11-21T08:00:00Z')).toEqual([]);
    expect(found(facts, '2026-11-21T08:00:01Z')).toEqual([
      expect.objectContaining({
        id: 'recovery-point-late/shop',
        severity: 'warning',
        planId: 'shop',
        since: '2026-11-21T08:00:00.000Z',
        why: 'the newest good backup is 6 h old; the target is 6 h; its schedule lets 24 h pass between two runs',
      }),
    ]);
  });

  test('without any backup it counts from the making of the plan', () => {
    const row = {
      ...hours(2880),
      createdAt: '2026-11-18T12:00:00.000Z',
      updatedAt: '2026-11-21T01:00:00.000Z',
    };
    const { lastGood: _, lastMade: __, lastEnded: ___, lastVerified: ____, ...nothing } = wellFacts(row);
    const paused = { ...nothing, row: { ...row, plan: { ...row.plan, graceMinutes: 10_080 } } };
    expect(found(paused, '2026-11-21T12:30:00Z').map(({ why }) => why)).toEqual([
      'there is no good backup, 3 days after the plan was made; the target is 2 days',
    ]);
  });

  test('is not told beside a run that failed or was missed', () => {
    const late = '2026-11-22T12:00:00Z';
    const facts = wellFacts(hours(360));
    expect(assessPlan(facts, { now: new Date(late), allPaused: false }).map(({ kind }) => kind)).toContain(
      'backup-missed',
    );
    expect(found(facts, late)).toEqual([]);
    const failed = aBackup('2026-11-21T02:00:00Z', { status: 'failed', failedAt: '2026-11-21T02:01:00Z' });
    expect(found({ ...facts, lastEnded: failed }, '2026-11-21T12:00:00Z')).toEqual([]);
  });

  test('is nobody’s promise while the plan is off or paused', () => {
    const paused = { at: '2026-11-21T03:00:00Z', by: 'ada', reason: 'move' };
    for (const row of [hours(360, { enabled: false }), { ...hours(360), paused }]) {
      expect(found(wellFacts(row), '2026-11-21T12:00:00Z')).toEqual([]);
    }
  });

  test('by default is what the schedule promises, and no warning of its own', () => {
    expect(recoveryPointSeconds(aPlanRow().plan)).toBe(86_400 + 3600);
    expect(recoveryPointSeconds(hours(90).plan)).toBe(5400);
    expect(recoveryTimeSeconds(aPlanRow().plan)).toBeUndefined();
    expect(found(wellFacts(), '2026-11-21T12:00:00Z')).toEqual([]);
  });
});

describe('the recovery time', () => {
  const row = aPlanRow({ targets: { recoveryTimeMinutes: 5 } });
  const drilled = (
    seconds: number | undefined,
    change: object = {},
    slot = '2026-11-21T02:00:00Z',
  ): BackupRow => {
    const backup = aBackup(slot);
    const { verification } = backup;
    return {
      ...backup,
      verification: verification && { ...verification, ...change, ...(seconds !== undefined && { seconds }) },
    };
  };
  const gathered = async (rows: readonly BackupRow[]) =>
    gatherPlan(
      row,
      'enabled',
      { catalog: { listBackups: async () => ({ rows }) }, undeleteDays: 14 },
      new Date('2026-11-21T10:00:00Z'),
    );

  test('is too long when the last drill that passed took longer', async () => {
    expect(found(await gathered([drilled(300)]), '2026-11-21T10:00:00Z')).toEqual([]);
    expect(found(await gathered([drilled(301)]), '2026-11-21T10:00:00Z')).toEqual([
      expect.objectContaining({
        id: 'recovery-time-long/shop',
        severity: 'warning',
        since: '2026-11-21T02:15:00.000Z',
        why: 'the last restore drill took 5 min (301 s); the target is 5 min',
      }),
    ]);
  });

  test('goes by the newest drill: not by reading, not by one that failed, and not by an older one', async () => {
    const older = drilled(900, {}, '2026-11-20T02:00:00Z');
    for (const newer of [drilled(5, { level: 'readable' }), drilled(5, { status: 'failed' })]) {
      expect(found(await gathered([newer, older]), '2026-11-21T10:00:00Z')).toHaveLength(1);
    }
    expect(found(await gathered([drilled(5), older]), '2026-11-21T10:00:00Z')).toEqual([]);
    expect(found(await gathered([drilled(undefined)]), '2026-11-21T10:00:00Z')).toEqual([]);
  });
});
