/** What cleanup decides, as tables and as properties over random histories. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseBase, neededThrough } from '../../../core/backup/base-choice.ts';
import { cleanupPlanner, type Decision, guardedKeepers, isUnusual } from '../../../core/cleanup/plan.ts';
import { plannedLine, renderCleanupPlan } from '../../../core/cleanup/render.ts';
import { isGood } from '../../../core/good.ts';
import { retentionSchema } from '../../../core/plan.ts';
import type { BackupRow, Needed } from '../../../core/ports/catalog.ts';
import { expiresAtFor } from '../../../core/retention.ts';

const now = '2026-11-21T23:10:00.000Z';
const dayMs = 86_400_000;
const retention = retentionSchema.parse({ daily: 30 });

const daysAgo = (days: number) => new Date(Date.parse(now) - days * dayMs).toISOString();

/** A daily backup of so many days ago. */
function row(days: number, change: Partial<BackupRow> = {}): BackupRow {
  const slot = daysAgo(days);
  const compact = slot.replace(/\.\d+Z$/, 'Z').replaceAll(/[-:]/g, '');
  return {
    planId: 'shop',
    backupId: `${compact}-00000000`,
    source: 'main',
    kind: 'database',
    trigger: 'schedule',
    createdBy: 'scheduler',
    slot,
    correlationId: 'c',
    status: 'completed',
    attempt: 1,
    tier: 'daily',
    storedBytes: 100,
    guard: 0,
    ...change,
  };
}

const passed = { status: 'passed', level: 'readable', verifiedAt: now, detail: '' } as const;
const proven = { ...passed, level: 'restored', provenAt: now } as const;
const failed = { ...passed, status: 'failed' } as const;
const couldNot = { ...passed, status: 'error' } as const;

/** Decisions of a history, by days ago. */
function decide(rows: readonly BackupRow[], input: object = {}): string[] {
  const planner = cleanupPlanner({ planId: 'shop', plan: { retention }, now, undeleteDays: 14, ...input });
  return rows.map((each) => words(planner.decide(each)));
}

function words(decision: Decision): string {
  return 'why' in decision ? `${decision.action} ${decision.why}` : decision.action;
}

describe('the planner', () => {
  it('keeps what its policy says and expires what is older, from the very instant on', () => {
    expect(decide([row(1), row(29.999), row(30), row(40)])).toEqual([
      'keep policy',
      'keep policy',
      'expire',
      'expire',
    ]);
  });

  it('keeps the last good, the last verified and the last proven one, however old', () => {
    const history = [
      row(40),
      row(41),
      row(42, { verification: passed }),
      row(43, { verification: proven }),
      row(44, { verification: proven }),
    ];
    expect(decide(history)).toEqual([
      'keep last good',
      'expire',
      'keep last verified',
      'keep last proven',
      'expire',
    ]);
  });

  it('does not take a failed or a missing backup for the last good one', () => {
    const history = [row(1, { verification: failed }), row(2, { missingSince: now }), row(50), row(51)];
    expect(decide(history)).toEqual(['keep policy', 'keep policy', 'keep last good', 'expire']);
  });

  it('takes one whose verification could not be carried out for good', () => {
    expect(decide([row(40, { verification: couldNot }), row(41)])).toEqual(['keep last good', 'expire']);
  });

  it('keeps the newest one where nothing is good, as the best there is', () => {
    expect(decide([row(40, { verification: failed }), row(41, { verification: failed })])).toEqual([
      'keep last completed',
      'expire',
    ]);
  });

  it('keeps what is missing for 30 days more, and then no longer', () => {
    const history = [
      row(1),
      row(40, { missingSince: now }),
      row(41, { missingSince: daysAgo(29.999) }),
      row(42, { missingSince: daysAgo(30) }),
    ];
    expect(decide(history)).toEqual(['keep policy', 'keep missing', 'keep missing', 'expire']);
  });

  it('does not mark again what turns up of a backup of which nothing was found to mark', () => {
    const expiry = { reason: 'policy', decidedAt: daysAgo(20), by: 'x', markedAt: daysAgo(20) } as const;
    const gone = (days: number, objects: number) =>
      row(days, { status: 'expired', expiry: { ...expiry, objects } });
    expect(decide([row(1), gone(40, 4), gone(41, 0)])).toEqual(['keep policy', 'recheck', 'none gone']);
  });

  it('keeps what is pinned, held by a restore or by a run that builds upon it, or paused', () => {
    const pin = { at: now, by: 'ada', reason: 'audit' };
    const history = [
      row(40),
      row(41, { pin }),
      row(42, { heldUntil: daysAgo(-1) }),
      row(43, { heldUntil: daysAgo(1) }),
      row(44, { basedOnUntil: daysAgo(-1) }),
      row(45, { heldUntil: daysAgo(1), basedOnUntil: daysAgo(-1) }),
      row(46, { heldUntil: daysAgo(-1), basedOnUntil: daysAgo(1) }),
      row(47, { basedOnUntil: daysAgo(0) }),
    ];
    expect(decide(history)).toEqual([
      'keep last good',
      'keep pinned',
      'keep held',
      'expire',
      'keep held',
      'keep held',
      'keep held',
      'expire',
    ]);
    expect(decide([row(40), row(41)], { pausedAll: true })).toEqual(['keep last good', 'keep paused']);
    expect(decide([row(40), row(41)], { plan: { retention, paused: {} } })[1]).toBe('keep paused');
  });

  it('goes by the current policy, and by that of the day it was made where the plan is gone', () => {
    const short = { plan: { retention: { ...retention, daily: 3, weekly: 0, monthly: 0, yearly: 0 } } };
    expect(decide([row(1), row(5)], short)).toEqual(['keep policy', 'expire']);
    const old = row(50, { expiresAt: daysAgo(-1) });
    expect(decide([row(1), old, row(60, { expiresAt: daysAgo(1) })], { plan: undefined })).toEqual([
      'keep policy',
      'keep policy',
      'expire',
    ]);
    // Nothing says when it goes: it stays.
    expect(decide([row(1), row(99)], { plan: undefined })).toEqual(['keep policy', 'keep policy']);
  });

  it('leaves running and recent runs alone, and takes old ones for leftovers', () => {
    const running = (days: number) => row(days, { status: 'running', leaseUntil: daysAgo(days) });
    const broken = (days: number, change: Partial<BackupRow> = {}) =>
      row(days, { status: 'failed', failedAt: daysAgo(days), ...change });
    const marked = (days: number) =>
      ({ reason: 'failed', decidedAt: now, by: 'x', markedAt: daysAgo(days) }) as const;
    expect(
      decide([
        running(0),
        running(6),
        broken(6.5),
        running(8),
        broken(9),
        broken(10, { expiry: marked(1) }),
        broken(40, { expiry: marked(30) }),
      ]),
    ).toEqual([
      'keep running',
      'keep running',
      'none recent',
      'leftovers',
      'leftovers',
      'none gone',
      'leftovers',
    ]);
  });

  it('finishes what was decided and not marked, and looks again at what should have gone', () => {
    const expired = (days: number, markedAt?: string) =>
      row(days, { status: 'expired', expiry: { reason: 'policy', decidedAt: now, by: 'x', markedAt } });
    const history = [expired(40), expired(41, daysAgo(3)), expired(42, daysAgo(16))];
    expect(decide(history)).toEqual(['finish', 'none gone', 'recheck']);
    expect(decide(history, { pausedAll: true })).toEqual(['none paused', 'none paused', 'none paused']);
  });

  it('refuses rows that are not newest first, rather than protecting the wrong one', () => {
    expect(() => decide([row(2), row(1)])).toThrow(/newest first/);
    expect(() => decide([row(2), row(2)])).toThrow(/newest first/);
  });

  it('names each keeper once, as it was when it was read', () => {
    const planner = cleanupPlanner({ planId: 'shop', plan: { retention }, now, undeleteDays: 14 });
    const [first, second] = [
      row(1, { guard: 3, verification: passed }),
      row(2, { guard: 5, verification: proven }),
    ];
    expect(planner.wouldKeep(first)).toBe(true);
    planner.decide(first);
    expect(planner.wouldKeep(row(1.5, { verification: passed }))).toBe(false);
    expect(planner.wouldKeep(second)).toBe(true);
    planner.decide(second);
    expect(guardedKeepers(planner.keepers())).toEqual([
      { backupId: first.backupId, guard: 3 },
      { backupId: second.backupId, guard: 5 },
    ]);
    expect(planner.counts()).toMatchObject({ kept: 2, keptBytes: 200, expiring: 0 });
  });

  it('is printed as a table', () => {
    const { header, rows } = renderCleanupPlan([
      plannedLine(row(40), { action: 'expire', endedAt: daysAgo(10), kept: [], wished: false }),
      plannedLine(row(41), { action: 'keep', why: 'held', until: daysAgo(-1) }),
    ]);
    expect(header).toHaveLength(rows[0]?.length ?? 0);
    expect(rows[0]?.slice(4)).toEqual(['expire', 'policy ended 2026-11-11']);
    expect(rows[1]?.slice(4)).toEqual(['keep', 'held until 2026-11-22']);
  });
});

describe('what each run of a chain builds upon', () => {
  /** A run on every seventh day, a round 23 hours after each: what is decided about the first of them, which read everything. */
  function decisionsAboutFirst(fullEveryDays: number, runs: number) {
    const basis = { mode: 'differential', fullEveryDays } as const;
    const rows: BackupRow[] = [];
    return Array.from({ length: runs }, (_, at) => {
      const daysLeft = (runs - 1 - at) * 7;
      const run = row(daysLeft + 23 / 24);
      const choice = chooseBase({ backupId: run.backupId, component: 'main', basis }, rows);
      const base = 'base' in choice ? choice.base : undefined;
      const fullBackupId = base?.index.fullBackupId ?? run.backupId;
      const segment = { index: 0, name: 'index' };
      const main = { attempt: 1, segment, plainBytes: 1, parts: [], fullBackupId };
      const needs = base && [{ ...neededThrough('main', base)[0], segments: '1' } as Needed];
      const held = rows.findIndex(({ backupId }) => backupId === base?.row.backupId);
      // For a day, as core/backup/base.ts holds it.
      if (held >= 0) rows[held] = { ...(rows[held] as BackupRow), basedOnUntil: daysAgo(daysLeft - 1 / 24) };
      rows.unshift({ ...run, indexes: { main }, ...(needs && { needs }) });
      const planner = cleanupPlanner({
        planId: 'shop',
        plan: { retention },
        now: daysAgo(daysLeft),
        undeleteDays: 14,
      });
      return rows.map((each) => planner.decide(each)).at(-1) as Decision;
    });
  }

  it('stays beyond its policy while runs build upon it, though each round falls into a new hold', () => {
    const decisions = decisionsAboutFirst(60, 9).map(words);
    expect(decisions.slice(0, 5)).toEqual(Array(5).fill('keep policy'));
    expect(decisions.slice(5)).toEqual(Array(4).fill('keep held'));
  });

  it('goes in the first round after everything was read again, but for what is needed of it', () => {
    const decisions = decisionsAboutFirst(60, 10);
    expect(words(decisions[8] as Decision)).toBe('keep held');
    expect(decisions[9]).toMatchObject({
      action: 'expire',
      kept: [{ backupId: expect.any(String), attempt: 1, component: 'main', segments: '1' }],
    });
  });

  it('goes as soon as its policy ends when the next run does not build upon it', () => {
    expect(decisionsAboutFirst(14, 6).map(words)).toEqual([...Array(5).fill('keep policy'), 'expire']);
  });
});

describe('unusual marking', () => {
  it.each([
    [10, 0, false],
    [11, 0, true],
    [11, 33, false],
    [12, 35, true],
    [200, 700, false],
  ])('%i of %i more: %s', (expired, kept, expected) => {
    expect(isUnusual(expired, kept)).toBe(expected);
  });
});

describe('any history', () => {
  const anyRow = fc.record({
    days: fc.integer({ min: 0, max: 500 }),
    tier: fc.constantFrom('hourly', 'daily', 'weekly', 'monthly', 'yearly', 'manual'),
    status: fc.constantFrom('completed', 'completed', 'completed', 'failed', 'running', 'expired'),
    verification: fc.constantFrom(undefined, passed, proven, failed, couldNot),
    missing: fc.integer({ min: 0, max: 9 }),
    pinned: fc.integer({ min: 0, max: 9 }),
    guard: fc.integer({ min: 0, max: 9 }),
  });
  const history = fc.uniqueArray(anyRow, { selector: ({ days }) => days, maxLength: 60 }).map((rows) =>
    rows
      .sort((a, b) => a.days - b.days)
      .map(({ days, missing, pinned, ...rest }) =>
        row(days, {
          ...rest,
          missingSince: missing === 0 ? now : undefined,
          pin: pinned === 0 ? { at: now, by: 'x', reason: 'y' } : undefined,
          leaseUntil: daysAgo(days),
        } as Partial<BackupRow>),
      ),
  );
  const policy = fc.record({
    hourly: fc.integer({ min: 0, max: 72 }),
    daily: fc.integer({ min: 1, max: 60 }),
    weekly: fc.integer({ min: 0, max: 20 }),
    monthly: fc.integer({ min: 0, max: 12 }),
    yearly: fc.integer({ min: 0, max: 2 }),
  });

  it('keeps what is protected and what its policy keeps, and expires everything else', () => {
    fc.assert(
      fc.property(history, policy, (rows, counts) => {
        const kept = { ...retention, ...counts };
        const planner = cleanupPlanner({ planId: 'shop', plan: { retention: kept }, now, undeleteDays: 14 });
        const decisions = rows.map((each) => planner.decide(each));
        // Worked out from all rows at once, in another way than the planner does.
        const good = rows.filter(isGood);
        const protectedIds = new Set(
          [
            good[0],
            good.find((each) => each.verification?.provenAt !== undefined),
            good.find((each) => each.verification?.status === 'passed'),
            rows.find((each) => each.status === 'completed' && each.missingSince === undefined),
            ...rows.filter((each) => each.pin),
          ].map((each) => each?.backupId),
        );
        for (const [at, each] of rows.entries()) {
          if (each.status !== 'completed') {
            expect(decisions[at]?.action).not.toBe('expire');
            continue;
          }
          const isDue = expiresAtFor(each.tier, each.slot, kept) <= now;
          const mustStay = !isDue || protectedIds.has(each.backupId) || each.missingSince === now;
          expect(decisions[at]?.action).toBe(mustStay ? 'keep' : 'expire');
        }
        // A good one goes only where a good one stays.
        const goodGoing = rows.some((each, at) => isGood(each) && decisions[at]?.action === 'expire');
        if (goodGoing) expect(planner.keepers().good).toBeDefined();
      }),
      { numRuns: 300 },
    );
  });
});
