/** When it is told that a verification cannot be carried out: once it has lasted, once a day, and louder after a day. */
import { describe, expect, it } from 'vitest';
import { assessPlan } from '../../../core/health/assess-plan.ts';
import { aBackup, aPlanRow, wellFacts } from './world.ts';

const slot = '2026-11-21T02:00:00Z';
const completedAt = '2026-11-21T02:02:00.000Z';
const waiting = aBackup(slot, {
  completedAt,
  verification: {
    status: 'error',
    level: 'restored',
    // Of the newest try: it moves with each sweep.
    verifiedAt: '2026-11-21T02:55:00.000Z',
    detail: 'KEY_MISSING: no private key opens it',
  },
});

function kindsAt(now: string) {
  const facts = {
    ...wellFacts(aPlanRow({ schedule: { rate: '30 days' } }), slot),
    longestUnverified: waiting,
  };
  return assessPlan(facts, { now: new Date(now), allPaused: false }).map(
    (one) => `${one.kind} ${one.severity}`,
  );
}

describe('a verification that cannot be carried out', () => {
  it('is nothing to tell while it may pass by itself', () => {
    expect(kindsAt('2026-11-21T03:01:00Z')).toEqual([]);
  });

  it('is a warning after an hour, and critical after a day, in place of "overdue"', () => {
    expect(kindsAt('2026-11-21T03:03:00Z')).toEqual(['verification-error warning']);
    expect(kindsAt('2026-11-22T02:10:00Z')).toEqual(['verification-error critical']);
  });

  it('says why, and since when', () => {
    const facts = { ...wellFacts(aPlanRow(), slot), longestUnverified: waiting };
    const found = assessPlan(facts, { now: new Date('2026-11-21T04:00:00Z'), allPaused: false });
    expect(found).toMatchObject([
      { id: 'verification-error/shop', backupId: waiting.backupId, since: completedAt },
    ]);
    expect(found[0]?.why).toContain('KEY_MISSING');
  });
});
