/** When something is wrong with a plan, and when it ends: a table of each condition. */
import { describe, expect, test } from 'vitest';
import { assessPlan } from '../../../core/health/assess-plan.ts';
import type { CopyFacts, PlanFacts } from '../../../core/health/facts.ts';
import { aBackup, aPlanRow, wellFacts } from './world.ts';

const kindsAt = (facts: PlanFacts, now: string, allPaused = false) =>
  assessPlan(facts, { now: new Date(now), allPaused }).map(({ kind }) => kind);
const morning = '2026-11-21T10:00:00Z';

/** Nothing is known of the plan but its newest backup. */
const madeOnly = (row: PlanFacts['row'], slot: string | undefined): PlanFacts => {
  const { lastProvenAt: _, ...facts } = wellFacts(row, slot);
  return slot === undefined ? { row, schedule: 'enabled', unfinished: [], bytesSinceCounted: 0 } : facts;
};

test('a plan whose newest backup is proven, and whose schedule is there, is well', () => {
  expect(kindsAt(wellFacts(), morning)).toEqual([]);
});

test('what kept a kept backup from being looked at is said, with its code', () => {
  const storedError = {
    at: '2026-11-20T10:00:00Z',
    backupId: '20261101T020000Z-0123abcd',
    code: 'KEY_MISSING',
    message: 'none of the keys opens it',
  };
  const row = aPlanRow({}, { proof: { storedAt: '2026-11-10T10:00:00Z', storedError } });
  const [found] = assessPlan(wellFacts(row), { now: new Date(morning), allPaused: false });
  expect(found).toMatchObject({ kind: 'verification-overdue', backupId: storedError.backupId });
  expect(found?.why).toContain('20261101T020000Z-0123abcd: none of the keys opens it (KEY_MISSING');
});

describe('missed', () => {
  const daily = aPlanRow();
  const hourly = aPlanRow({ schedule: { cron: '0 * * * *' }, graceMinutes: 10 });
  const table: [string, PlanFacts, string, boolean][] = [
    ['is not said within the grace', madeOnly(daily, '2026-11-20T02:00:00Z'), '2026-11-21T02:59:59Z', false],
    ['is said when the grace is over', madeOnly(daily, '2026-11-20T02:00:00Z'), '2026-11-21T03:00:00Z', true],
    [
      'ends with the backup of that slot',
      madeOnly(daily, '2026-11-21T02:00:00Z'),
      '2026-11-21T03:00:00Z',
      false,
    ],
    [
      'ends with one made by hand later',
      madeOnly(daily, '2026-11-21T02:30:00Z'),
      '2026-11-21T03:00:00Z',
      false,
    ],
    [
      'goes by the interval of the plan',
      madeOnly(hourly, '2026-11-21T08:00:00Z'),
      '2026-11-21T09:10:00Z',
      true,
    ],
    ['is said of a plan that never had one', madeOnly(daily, undefined), morning, true],
    [
      'is not said of a plan made after its slot',
      madeOnly(
        aPlanRow({}, { createdAt: '2026-11-21T05:00:00.000Z', updatedAt: '2026-11-21T05:00:00.000Z' }),
        undefined,
      ),
      morning,
      false,
    ],
    [
      'is not said of a slot that the plan did not have before it was changed today',
      madeOnly(
        aPlanRow({ schedule: { cron: '0 8 * * *' } }, { updatedAt: '2026-11-21T08:30:00.000Z' }),
        '2026-11-21T02:00:00Z',
      ),
      morning,
      false,
    ],
    [
      'is said of a changed plan once its newest is older than interval and grace',
      madeOnly(aPlanRow({}, { updatedAt: '2026-11-21T09:00:00.000Z' }), '2026-11-19T02:00:00Z'),
      morning,
      true,
    ],
    [
      'is not said of a plan that is off',
      madeOnly(aPlanRow({ enabled: false }), '2026-11-01T02:00:00Z'),
      morning,
      false,
    ],
    [
      'is not said of a plan that is paused',
      madeOnly(
        aPlanRow({}, { paused: { at: '2026-11-02T00:00:00Z', by: 'ada', reason: 'move' } }),
        '2026-11-01T02:00:00Z',
      ),
      morning,
      false,
    ],
    [
      'waits for a run that lives',
      {
        ...madeOnly(daily, '2026-11-20T02:00:00Z'),
        unfinished: [
          aBackup('2026-11-21T02:00:00Z', { status: 'running', leaseUntil: '2026-11-21T03:10:00Z' }),
        ],
      },
      '2026-11-21T03:05:00Z',
      false,
    ],
    [
      'does not wait for a run that is dead',
      {
        ...madeOnly(daily, '2026-11-20T02:00:00Z'),
        unfinished: [
          aBackup('2026-11-21T02:00:00Z', { status: 'running', leaseUntil: '2026-11-21T03:01:00Z' }),
        ],
      },
      '2026-11-21T03:05:00Z',
      true,
    ],
    [
      'does not need a schedule to exist',
      { ...madeOnly(daily, '2026-11-19T02:00:00Z'), schedule: 'absent' },
      morning,
      true,
    ],
  ];
  test.each(table)('%s', (_, facts, now, isMissed) => {
    expect(kindsAt(facts, now).includes('backup-missed')).toBe(isMissed);
  });

  test('is not said while everything is paused', () => {
    expect(kindsAt(madeOnly(daily, '2026-11-01T02:00:00Z'), morning, true)).not.toContain('backup-missed');
  });

  // 02:30 does not exist on the first of these days, and comes twice on the second.
  const clockChanges: [string, string, string, string][] = [
    ['Europe/Berlin', '2026-03-28T01:30:00Z', '2026-03-30T00:30:00Z', '2026-03-29T12:00:00Z'],
    ['America/New_York', '2026-03-07T07:30:00Z', '2026-03-09T06:30:00Z', '2026-03-08T18:00:00Z'],
  ];
  test.each(clockChanges)(
    'in %s a skipped 02:30 is not missed, and the next one is',
    (timeZone, before, after, day) => {
      const row = aPlanRow({ schedule: { cron: '30 2 * * *', timeZone } });
      expect(kindsAt(madeOnly(row, before), day)).not.toContain('backup-missed');
      const late = (ms: number) => new Date(Date.parse(after) + ms).toISOString();
      expect(kindsAt(madeOnly(row, before), late(59 * 60_000))).not.toContain('backup-missed');
      expect(kindsAt(madeOnly(row, before), late(60 * 60_000))).toContain('backup-missed');
      expect(kindsAt(madeOnly(row, after), late(60 * 60_000))).not.toContain('backup-missed');
    },
  );
  const repeated: [string, string, string][] = [
    ['Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z'],
    ['America/New_York', '2026-11-01T06:30:00Z', '2026-11-02T07:30:00Z'],
  ];
  test.each(repeated)('in %s a repeated hour asks for one backup', (timeZone, first, next) => {
    const row = aPlanRow({ schedule: { cron: '30 1 * * *', timeZone } });
    const two = aPlanRow({ schedule: { cron: '30 2 * * *', timeZone } });
    const plan = timeZone === 'Europe/Berlin' ? two : row;
    const slot = timeZone === 'Europe/Berlin' ? first : '2026-11-01T05:30:00Z';
    const following = timeZone === 'Europe/Berlin' ? next : '2026-11-02T06:30:00Z';
    const before = new Date(Date.parse(following) + 59 * 60_000).toISOString();
    expect(kindsAt(madeOnly(plan, slot), before)).not.toContain('backup-missed');
    expect(
      kindsAt(madeOnly(plan, slot), new Date(Date.parse(following) + 3_600_000).toISOString()),
    ).toContain('backup-missed');
  });
});

describe('each other condition', () => {
  const failedRun = aBackup('2026-11-21T02:00:00Z', {
    status: 'failed',
    failedAt: '2026-11-21T02:00:09Z',
    error: { code: 'SOURCE_AUTH', message: 'wrong password' },
  });
  const unproven = aBackup('2026-11-20T02:00:00Z', { verification: undefined });
  const row = aPlanRow;
  const copies = (state: CopyFacts['state'], completedAt: string): CopyFacts[] => [
    { backupId: failedRun.backupId, completedAt, state },
  ];
  const copy = (state: CopyFacts['state']) => ({ copies: copies(state, '2026-11-21T02:02:00Z') });
  const table: [string, Partial<PlanFacts>, string, string[]][] = [
    ['the newest run failed', { lastEnded: failedRun }, morning, ['backup-failed']],
    [
      'a run lost its lease 16 minutes ago',
      {
        unfinished: [
          aBackup('2026-11-21T09:00:00Z', { status: 'running', leaseUntil: '2026-11-21T09:44:00Z' }),
        ],
      },
      morning,
      ['run-stuck'],
    ],
    [
      'a run lost its lease 14 minutes ago',
      {
        unfinished: [
          aBackup('2026-11-21T09:00:00Z', { status: 'running', leaseUntil: '2026-11-21T09:46:00Z' }),
        ],
      },
      morning,
      [],
    ],
    ['the schedule is gone', { schedule: 'absent' }, morning, ['schedule-wrong']],
    ['the schedule is switched off', { schedule: 'disabled' }, morning, ['schedule-wrong']],
    ['the schedules could not be listed', { schedule: 'unknown' }, morning, []],
    ['a plan that is off has no schedule', { schedule: 'absent', row: row({ enabled: false }) }, morning, []],
    [
      'a plan was applied a moment ago',
      { schedule: 'absent', row: row({}, { updatedAt: '2026-11-21T09:55:00.000Z' }) },
      morning,
      [],
    ],
    [
      'the newest verified backup failed',
      {
        lastVerified: aBackup('2026-11-20T02:00:00Z', {
          verification: {
            status: 'failed',
            level: 'restored',
            verifiedAt: '2026-11-20T02:15:00Z',
            detail: 'rows differ',
          },
        }),
      },
      morning,
      ['verification-failed'],
    ],
    [
      'a backup waits for its verification for a day',
      { longestUnverified: unproven },
      '2026-11-21T02:02:00Z',
      [],
    ],
    [
      'and for more than a day',
      { longestUnverified: unproven },
      '2026-11-21T02:02:01Z',
      ['verification-overdue'],
    ],
    [
      'an old backup was adopted just now',
      { longestUnverified: { ...unproven, adoptedAt: '2026-11-21T09:00:00Z' } },
      morning,
      [],
    ],
    [
      'the last drill is a week and its grace old',
      { lastProvenAt: '2026-11-13T10:00:00Z', oldestUnprovenAt: '2026-11-14T02:02:00Z' },
      morning,
      [],
    ],
    [
      'and older, though every new one was read',
      { lastProvenAt: '2026-11-13T09:59:59Z', oldestUnprovenAt: '2026-11-14T02:02:00Z' },
      morning,
      ['verification-overdue'],
    ],
    [
      'a plan never had a drill, a week and a day after its first good backup',
      { lastProvenAt: undefined, oldestUnprovenAt: '2026-11-13T09:59:59Z' },
      morning,
      ['verification-overdue'],
    ],
    [
      'nothing is newer than the last drill, and the calendar asks for another one',
      { lastProvenAt: '2026-10-01T02:15:00Z', oldestUnprovenAt: undefined },
      morning,
      ['verification-overdue'],
    ],
    [
      'and the plan rests',
      { lastProvenAt: '2026-10-01T02:15:00Z', oldestUnprovenAt: undefined, row: row({ enabled: false }) },
      morning,
      [],
    ],
    [
      'a month between drills',
      { lastProvenAt: '2026-10-22T02:15:00Z', row: row({ verification: { drill: 'monthly' } }) },
      morning,
      [],
    ],
    [
      'each new one is to be drilled, none by the calendar, and drills have given way for 15 days',
      {
        lastProvenAt: '2026-11-06T02:15:00Z',
        oldestUnprovenAt: '2026-11-07T02:02:00Z',
        row: row({ verification: { level: 'restored', drill: 'never' } }),
      },
      morning,
      ['verification-overdue'],
    ],
    [
      'and nothing is newer than the last one',
      {
        lastProvenAt: '2026-10-01T02:15:00Z',
        oldestUnprovenAt: undefined,
        row: row({ verification: { level: 'restored', drill: 'never' } }),
      },
      morning,
      [],
    ],
    [
      'a plan asks for reading only',
      {
        lastProvenAt: undefined,
        oldestUnprovenAt: '2026-10-01T02:15:00Z',
        row: row({ verification: { level: 'readable', drill: 'never' } }),
      },
      morning,
      [],
    ],
    [
      'all kept backups were looked at the day before yesterday',
      { row: row({}, { proof: { storedAt: '2026-11-19T10:00:00Z' } }) },
      morning,
      [],
    ],
    [
      'and longer ago',
      { row: row({}, { proof: { storedAt: '2026-11-19T09:59:59Z' } }) },
      morning,
      ['verification-overdue'],
    ],
    [
      'nobody ever looked at any',
      { oldestGoodAt: '2026-11-19T09:59:59Z' },
      morning,
      ['verification-overdue'],
    ],
    [
      'and nobody is asked to',
      { oldestGoodAt: '2026-01-19T09:59:59Z', row: row({ verification: { stored: 'never' } }) },
      morning,
      [],
    ],
    ['79 % of the quota', { row: row({ quotaBytes: 100 }), bytesSinceCounted: 79 }, morning, []],
    ['80 % of the quota', { row: row({ quotaBytes: 100 }), bytesSinceCounted: 80 }, morning, ['quota-near']],
    [
      'the quota, counted and since',
      {
        row: row(
          { quotaBytes: 100 },
          { usage: { countedAt: '2026-11-20T00:00:00Z', backups: 2, storedBytes: 60 } },
        ),
        bytesSinceCounted: 40,
      },
      morning,
      ['quota-near'],
    ],
    ['the copy is there', copy('completed'), morning, []],
    ['the copy is pending for hours', copy('pending'), morning, ['replication-behind']],
    ['the copy is pending for minutes', copy('pending'), '2026-11-21T03:00:00Z', []],
    ['the copy failed', copy('failed'), '2026-11-21T02:10:00Z', ['replication-behind']],
    ['nobody took it for copying, minutes ago', copy('none'), '2026-11-21T02:10:00Z', []],
    ['nobody took it for copying', copy('none'), '2026-11-21T02:13:00Z', ['replication-behind']],
    [
      'the newest copy is on its way, and the one before it never arrived',
      {
        copies: [...copies('pending', '2026-11-21T09:30:00Z'), ...copies('pending', '2026-11-21T08:30:00Z')],
      },
      morning,
      ['replication-behind'],
    ],
    [
      'the newest copy is on its way, and the one before it is there',
      { copies: [...copies('none', '2026-11-21T09:55:00Z'), ...copies('completed', '2026-11-21T08:30:00Z')] },
      morning,
      [],
    ],
    [
      'nothing is good any more, and nothing can be brought back',
      { lastGood: undefined },
      morning,
      ['no-good-backup'],
    ],
    [
      'a plan of less than a day has no good one yet',
      { lastGood: undefined, row: row({}, { createdAt: '2026-11-20T11:00:00.000Z' }) },
      morning,
      [],
    ],
    [
      'the last good one is marked',
      {
        lastGood: undefined,
        recoverable: aBackup('2026-11-20T02:00:00Z', {
          status: 'expired',
          expiry: { reason: 'policy', decidedAt: '2026-11-21T01:00:00Z', by: 'cleanup' },
        }),
      },
      morning,
      ['last-good-marked'],
    ],
    [
      'it is paused',
      { row: row({}, { paused: { at: '2026-11-20T00:00:00Z', by: 'ada', reason: 'move' } }) },
      morning,
      ['paused'],
    ],
  ];
  test.each(table)('%s', (_, change, now, kinds) => {
    expect(kindsAt({ ...wellFacts(), ...change }, now)).toEqual(kinds);
  });

  test('a full quota is critical, a near one a warning', () => {
    const at = (bytesSinceCounted: number) =>
      assessPlan(
        { ...wellFacts(row({ quotaBytes: 100 })), bytesSinceCounted },
        { now: new Date(morning), allPaused: false },
      ).map(({ severity }) => severity);
    expect(at(99)).toEqual(['warning']);
    expect(at(100)).toEqual(['critical']);
  });
});

describe('a plan that is paused', () => {
  const at = (pausedAt: string, now: string, change: Partial<PlanFacts> = {}, allPaused = false) => {
    const paused = allPaused ? undefined : { at: pausedAt, by: 'ada', reason: 'move' };
    const facts = { ...wellFacts(aPlanRow({}, { paused })), ...change };
    return assessPlan(facts, { now: new Date(now), allPaused });
  };
  const severity = (pausedAt: string, now: string, change: Partial<PlanFacts> = {}) =>
    at(pausedAt, now, change).find(({ kind }) => kind === 'paused')?.severity;

  test('is critical once its newest good backup is older than interval and grace', () => {
    expect(severity('2026-11-20T00:00:00Z', '2026-11-22T03:00:00Z')).toBe('warning');
    expect(severity('2026-11-20T00:00:00Z', '2026-11-22T03:00:01Z')).toBe('critical');
    expect(severity('2026-11-20T00:00:00Z', morning, { lastGood: undefined })).toBe('critical');
  });

  test('is critical once the pause is older than a week', () => {
    expect(severity('2026-11-14T10:00:00Z', morning)).toBe('warning');
    expect(severity('2026-11-14T09:59:59Z', morning)).toBe('critical');
  });

  test('is not reminded of its runs, but of what is lost', () => {
    const failed = aBackup('2026-11-21T02:00:00Z', { status: 'failed' });
    const change = { lastEnded: failed, lastGood: undefined };
    const reminders = (all: boolean) =>
      at('2026-11-20T00:00:00Z', morning, change, all).map(({ kind, once }) => [kind, once ?? false]);
    expect(reminders(false)).toEqual([
      ['backup-failed', true],
      ['no-good-backup', false],
      ['paused', false],
    ]);
    expect(reminders(true)).toEqual([
      ['backup-failed', true],
      ['no-good-backup', false],
    ]);
  });
});
