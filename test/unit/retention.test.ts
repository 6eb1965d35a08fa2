/** Which tier a run is, how it is stored, and until when it is kept. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Retention, retentionSchema } from '../../core/plan.ts';
import type { Tier } from '../../core/ports/vault.ts';
import { chooseTier, expiresAtFor, scheduledTiers, type TierRequest } from '../../core/retention.ts';

const policy = (change: Partial<Retention> = {}): Retention => retentionSchema.parse(change);

function choose(slot: string, change: Partial<TierRequest> = {}) {
  return chooseTier({
    trigger: 'schedule',
    slot,
    timeZone: 'UTC',
    retention: policy(),
    completed: [],
    ...change,
  });
}

/** Runs that all complete, each choosing by what came before. */
function history(
  slots: readonly string[],
  change: Partial<TierRequest> = {},
): { slot: string; tier: Tier }[] {
  const completed: { slot: string; tier: Tier }[] = [];
  for (const slot of slots) completed.push({ slot, tier: choose(slot, { ...change, completed }).tier });
  return completed;
}

function nightsFrom(first: string, count: number): string[] {
  return Array.from({ length: count }, (_, day) =>
    new Date(Date.parse(first) + day * 86_400_000).toISOString(),
  );
}

describe('the tier of a run', () => {
  test('the first run of a plan is its yearly one, the next its daily', () => {
    expect(history(nightsFrom('2026-11-17T02:00:00Z', 3)).map(({ tier }) => tier)).toEqual([
      'yearly',
      'daily',
      'daily',
    ]);
  });

  test('the first of the year, of the month and of the ISO week stand out in a year of nights', () => {
    const runs = history(nightsFrom('2026-12-01T02:00:00Z', 75));
    const of = (tier: Tier) => runs.filter((run) => run.tier === tier).map(({ slot }) => slot.slice(0, 10));
    expect(of('yearly')).toEqual(['2026-12-01', '2027-01-01']);
    expect(of('monthly')).toEqual(['2027-02-01']);
    // Mondays, but for those on which the month begins (1 February 2027).
    expect(of('weekly')).toEqual([
      ...['2026-12-07', '2026-12-14', '2026-12-21', '2026-12-28'],
      ...['2027-01-04', '2027-01-11', '2027-01-18', '2027-01-25', '2027-02-08'],
    ]);
    expect(of('hourly')).toEqual([]);
  });

  test('of several runs a day the first is the daily, the others are hourly', () => {
    const completed = [{ slot: '2026-11-16T02:00:00Z', tier: 'yearly' as const }];
    const slots = [
      '2026-11-17T00:00:00Z',
      '2026-11-17T06:00:00Z',
      '2026-11-17T12:00:00Z',
      '2026-11-18T00:00:00Z',
    ];
    const tiers: Tier[] = [];
    for (const slot of slots) {
      const { tier } = choose(slot, { completed });
      completed.push({ slot, tier: tier as 'yearly' });
      tiers.push(tier);
    }
    expect(tiers).toEqual(['daily', 'hourly', 'hourly', 'daily']);
  });

  test('the year, the month and the day are those of the zone', () => {
    const completed = [{ slot: '2026-12-31T10:00:00Z', tier: 'yearly' as const }];
    expect(choose('2026-12-31T23:30:00Z', { completed }).tier).toBe('hourly');
    expect(choose('2026-12-31T23:30:00Z', { completed, timeZone: 'Europe/Berlin' }).tier).toBe('yearly');
  });

  test('a week belongs together across the end of a year', () => {
    const completed = [
      { slot: '2026-12-28T02:00:00Z', tier: 'weekly' as const },
      { slot: '2027-01-01T01:00:00Z', tier: 'yearly' as const },
    ];
    expect(choose('2027-01-03T02:00:00Z', { completed }).tier).toBe('daily');
    expect(choose('2027-01-04T02:00:00Z', { completed }).tier).toBe('weekly');
  });

  test('a tier that is not kept is not chosen', () => {
    expect(choose('2026-11-17T02:00:00Z', { retention: policy({ yearly: 0 }) }).tier).toBe('monthly');
    const dailyOnly = policy({ yearly: 0, monthly: 0, weekly: 0, hourly: 0 });
    const completed = [{ slot: '2026-11-17T02:00:00Z', tier: 'daily' as const }];
    expect(choose('2026-11-17T08:00:00Z', { retention: dailyOnly, completed }).tier).toBe('daily');
  });

  test('nothing kept at all is kept as long as a manual backup, rather than not at all', () => {
    // A plan may not say so; one from before that rule may.
    const none: Retention = { ...policy(), yearly: 0, monthly: 0, weekly: 0, daily: 0, hourly: 0 };
    expect(choose('2026-11-17T02:00:00Z', { retention: none })).toMatchObject({
      tier: 'daily',
      keepDays: 30,
    });
  });

  test.each(['manual', 'restore-point'] as const)(
    'a run by %s is manual, and stands for no period',
    (trigger) => {
      expect(choose('2026-11-17T02:00:00Z', { trigger }).tier).toBe('manual');
      const completed = [{ slot: '2026-11-17T02:00:00Z', tier: 'manual' as const }];
      expect(choose('2026-11-17T03:00:00Z', { completed }).tier).toBe('yearly');
    },
  );

  test('a failed yearly is made up for by the next run, since only completed ones count', () => {
    expect(
      choose('2027-01-02T02:00:00Z', { completed: [{ slot: '2026-12-31T02:00:00Z', tier: 'daily' }] }).tier,
    ).toBe('yearly');
  });

  test('the newest of each tier says as much as the whole history', () => {
    const intervals = fc.constantFrom(1, 6, 24, 36);
    const start = fc.date({ min: new Date('2025-01-01'), max: new Date('2027-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(
        start,
        intervals,
        fc.constantFrom('UTC', 'Europe/Berlin', 'Pacific/Apia'),
        (first, hours, timeZone) => {
          const slots = Array.from({ length: 60 }, (_, index) =>
            new Date(first.getTime() + index * hours * 3_600_000).toISOString(),
          );
          const completed = history(slots, { timeZone });
          const newest = scheduledTiers.flatMap(
            (tier) => completed.findLast((run) => run.tier === tier) ?? [],
          );
          const next = new Date(first.getTime() + 60 * hours * 3_600_000).toISOString();
          expect(choose(next, { timeZone, completed: newest })).toEqual(
            choose(next, { timeZone, completed }),
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('how long it is kept, and how it is stored', () => {
  const slot = '2026-11-17T02:00:00.000Z';
  test.each([
    ['hourly', 'STANDARD', '2026-11-19T02:00:00.000Z', 2],
    ['daily', 'STANDARD', '2026-12-17T02:00:00.000Z', 30],
    ['weekly', 'STANDARD_IA', '2027-02-09T02:00:00.000Z', 84],
    ['monthly', 'GLACIER_IR', '2027-11-17T02:00:00.000Z', 365],
    ['yearly', 'GLACIER_IR', '2029-11-17T02:00:00.000Z', 1096],
    ['manual', 'STANDARD', '2026-12-17T02:00:00.000Z', 30],
  ] as const)('%s: %s until %s', (tier, storageClass, expiresAt, keepDays) => {
    expect(choose(slot, { tier })).toEqual({ tier, storageClass, expiresAt, keepDays });
  });

  test('months and years are those of the calendar; a day that is not there is the last of its month', () => {
    const one = policy({ monthly: 1, yearly: 1, weekly: 1, daily: 1 });
    expect(choose('2027-01-31T02:00:00Z', { tier: 'monthly', retention: one }).expiresAt).toBe(
      '2027-02-28T02:00:00.000Z',
    );
    expect(choose('2028-02-29T02:00:00Z', { tier: 'yearly', retention: one }).expiresAt).toBe(
      '2029-02-28T02:00:00.000Z',
    );
  });

  test('a backup is kept as long as the longest of the tiers that it stands for', () => {
    const retention = policy({ yearly: 1, monthly: 36 });
    expect(choose('2027-01-01T02:00:00Z', { retention })).toMatchObject({
      tier: 'yearly',
      expiresAt: '2030-01-01T02:00:00.000Z',
    });
  });

  test('an expiry is always a time that can be written, after the slot', () => {
    const counts = fc.record({
      hourly: fc.integer({ min: 0, max: 10_000 }),
      daily: fc.integer({ min: 0, max: 10_000 }),
      weekly: fc.integer({ min: 0, max: 10_000 }),
      monthly: fc.integer({ min: 0, max: 10_000 }),
      yearly: fc.integer({ min: 0, max: 10_000 }),
      manualDays: fc.integer({ min: 1, max: 36_500 }),
      days: fc.integer({ min: 0, max: 36_500 }),
    });
    fc.assert(
      fc.property(counts, fc.constantFrom(...scheduledTiers, 'manual' as const), (retention, tier) => {
        const { expiresAt } = choose(slot, { retention, tier });
        expect(expiresAt).toMatch(/^\d{4}-/);
        expect(Date.parse(expiresAt)).toBeGreaterThan(Date.parse(slot));
      }),
    );
  });
});

describe('plain days', () => {
  const slot = '2026-11-17T02:00:00.000Z';
  const off = { hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 };

  test('alone they are the whole policy: every run is a daily one, kept that long', () => {
    const retention = policy({ ...off, days: 45 });
    expect(choose(slot, { retention })).toEqual({
      tier: 'daily',
      storageClass: 'STANDARD',
      expiresAt: '2027-01-01T02:00:00.000Z',
      keepDays: 45,
    });
    const again = choose('2026-11-17T03:00:00Z', { retention, completed: [{ slot, tier: 'daily' }] });
    expect(again.tier).toBe('daily');
  });

  test('beside tiers they lengthen what is shorter and leave alone what is longer', () => {
    const retention = policy({ days: 45 });
    expect(expiresAtFor('hourly', slot, retention)).toBe('2027-01-01T02:00:00.000Z');
    expect(expiresAtFor('daily', slot, retention)).toBe('2027-01-01T02:00:00.000Z');
    expect(expiresAtFor('weekly', slot, retention)).toBe(expiresAtFor('weekly', slot, policy()));
  });

  test('a manual backup is kept by manualDays alone', () => {
    expect(expiresAtFor('manual', slot, policy({ days: 45, manualDays: 2 }))).toBe(
      '2026-11-19T02:00:00.000Z',
    );
  });

  test('a plan whose tiers are all off is accepted with days, and refused without', () => {
    expect(policy({ ...off, days: 1 }).days).toBe(1);
    expect(() => policy(off)).toThrow(/keeps no scheduled backup at all/);
  });
});

describe('a policy that changed counts for old backups too', () => {
  const slot = '2026-11-17T02:00:00.000Z';

  test('shorter ends earlier, longer ends later, whatever the row said when it was made', () => {
    expect(expiresAtFor('daily', slot, policy({ daily: 7 }))).toBe('2026-11-24T02:00:00.000Z');
    expect(expiresAtFor('daily', slot, policy({ daily: 90 }))).toBe('2027-02-15T02:00:00.000Z');
  });

  test('a tier that was switched off is kept as the lower ones say, and as manualDays says without any', () => {
    expect(expiresAtFor('weekly', slot, policy({ weekly: 0 }))).toBe(expiresAtFor('daily', slot, policy()));
    expect(expiresAtFor('hourly', slot, policy({ hourly: 0, manualDays: 3 }))).toBe(
      '2026-11-20T02:00:00.000Z',
    );
  });

  test('raising any number never makes a backup of an enabled tier go earlier', () => {
    const names = ['hourly', 'daily', 'weekly', 'monthly', 'yearly', 'days', 'manualDays'] as const;
    const counts = fc.record({
      ...(Object.fromEntries(names.map((name) => [name, fc.integer({ min: 1, max: 500 })])) as Record<
        (typeof names)[number],
        fc.Arbitrary<number>
      >),
    });
    fc.assert(
      fc.property(
        counts,
        fc.constantFrom(...names),
        fc.integer({ min: 1, max: 100 }),
        fc.constantFrom(...scheduledTiers, 'manual' as const),
        (retention, name, more, tier) => {
          const longer = { ...retention, [name]: retention[name] + more };
          expect(expiresAtFor(tier, slot, longer) >= expiresAtFor(tier, slot, retention)).toBe(true);
        },
      ),
    );
  });

  test('a slot that is no time is a defect that says so', () => {
    expect(() => expiresAtFor('daily', 'yesterday', policy())).toThrow(/"yesterday" is not a time/);
  });
});
