/** When a plan runs: what is refused, what AWS is told, and which slot a run belongs to. */
import { Cron as Croner } from 'croner';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidInput } from '../../core/errors.ts';
import { parse } from '../../core/parse.ts';
import {
  awsExpression,
  intervalSeconds,
  lastSlot,
  leastIntervalMinutes,
  nextRuns,
  type Schedule,
  scheduledTimePlaceholder,
  scheduleSchema,
  slotFor,
} from '../../core/schedule.ts';

const at = (isoTime: string) => new Date(isoTime);
const read = (value: unknown): Schedule => parse(scheduleSchema, value, 'schedule');
const messageOf = (value: unknown): string => {
  try {
    return `accepted as ${JSON.stringify(read(value))}`;
  } catch (error) {
    if (error instanceof InvalidInput) return error.message;
    throw error;
  }
};

describe('what is accepted', () => {
  test.each([
    [{ cron: '0 2 * * *' }, { cron: '0 2 * * *', timeZone: 'UTC' }],
    [
      { cron: ' 0  2 * * * ', timeZone: 'Europe/Berlin' },
      { cron: '0 2 * * *', timeZone: 'Europe/Berlin' },
    ],
    [{ rate: '1 hour' }, { rate: '1 hour', timeZone: 'UTC' }],
    // Whose days retention counts; the rate itself counts hours.
    [
      { rate: '5 minutes', timeZone: 'Asia/Tokyo' },
      { rate: '5 minutes', timeZone: 'Asia/Tokyo' },
    ],
    [{ aws: 'cron(0 2 L * ? *)' }, { aws: 'cron(0 2 L * ? *)', timeZone: 'UTC' }],
    [{ aws: 'rate(2 days)' }, { aws: 'rate(2 days)', timeZone: 'UTC' }],
  ])('%j', (written, meant) => {
    expect(read(written)).toEqual(meant);
    // A plan is parsed again each time it is read from the catalog.
    expect(read(meant)).toEqual(meant);
  });
});

describe('what is refused, with the field, the value and what is allowed', () => {
  test.each([
    [{}, 'exactly one of cron, rate and aws'],
    [{ cron: '0 2 * * *', rate: '1 hour' }, 'exactly one of cron, rate and aws'],
    [{ cron: '0 2 * * *', when: 'now' }, 'when'],
    [{ cron: '0 2 * *' }, 'cron is "0 2 * *": must have five fields'],
    [{ cron: '0 2 * * * *' }, 'must have five fields'],
    [{ cron: '60 2 * * *' }, 'the minute "60" must be *, or numbers from 0 to 59'],
    [{ cron: '0 24 * * *' }, 'the hour "24" must be'],
    [{ cron: '0 2 0 * *' }, 'the day of month "0" must be'],
    [{ cron: '0 2 * 13 *' }, 'the month "13" must be'],
    [{ cron: '0 2 * * 8' }, 'the day of week "8" must be'],
    [{ cron: '0 2 * * MOON' }, 'the day of week "MOON" must be'],
    [{ cron: '0 2 * * 2#1' }, 'the day of week "2#1" must be'],
    [{ cron: '0 2 L * *' }, 'the day of month "L" must be'],
    [{ cron: '0 5-2 * * *' }, 'a range whose first number is not larger than its last'],
    [{ cron: '0/0 2 * * *' }, 'stepped by a number of 1 or more'],
    [{ cron: '1-2-3 2 * * *' }, 'the minute "1-2-3"'],
    [{ cron: '0,, 2 * * *' }, 'the minute ""'],
    [{ cron: '0 2 1 * 1' }, 'cannot both be set'],
    [{ cron: '0 2 30 2 *' }, 'never fires: FEB has no day 30'],
    [{ cron: '0 2 31 4,6,9,11 *' }, 'never fires: APR, JUN, SEP, NOV has no day 31'],
    [{ cron: '* * * * *' }, 'more often than every 5 minutes'],
    [{ cron: '*/4 * * * *' }, 'more often than every 5 minutes'],
    [{ cron: '1,3 2 * * *' }, 'more often than every 5 minutes'],
    [{ cron: '0,58 * * * *' }, 'more often than every 5 minutes'],
    [{ cron: '0,58 0,23 * * *' }, 'more often than every 5 minutes'],
    [
      { cron: '0 2 * * *', timeZone: 'Mars/Olympus' },
      'timeZone is "Mars/Olympus": a time zone of the IANA database',
    ],
    [{ cron: '0 2 * * *', timeZone: '+02:00' }, 'a time zone of the IANA database'],
    [{ cron: '0 2 * * *', timeZone: 'europe/berlin' }, 'a time zone of the IANA database'],
    [{ rate: '1 minute' }, 'more often than every 5 minutes'],
    [{ rate: '0 hours' }, 'a number and minutes, hours or days'],
    [{ rate: '1.5 hours' }, 'a number and minutes, hours or days'],
    [{ rate: '400 days' }, 'at most 366 days'],
    [{ aws: '0 2 * * *' }, 'cron(...) or rate(...)'],
    [{ aws: 'cron(0 2 * * *)' }, 'must have six fields'],
    [{ aws: 'cron(0 2 * * ? 2027)' }, 'the year "2027" must be *'],
    [{ aws: 'cron(0 2 * * * *)' }, 'must be ?'],
    [{ aws: 'cron(0 2 ? * ? *)' }, 'must be ?'],
    [{ aws: 'cron(0 2 ? * 0 *)' }, 'the day of week "0" must be'],
    [{ aws: 'cron(0 2 ? * 2#6 *)' }, 'a number from 1 to 5'],
    [{ aws: 'cron(0 2 31W 2 ? *)' }, 'never fires'],
    [{ aws: 'at(2026-11-21T02:00:00)' }, 'cron(...) or rate(...)'],
    ['0 2 * * *', 'expected object'],
  ])('%j', (value, said) => {
    expect(messageOf(value)).toContain(said);
  });

  test('days that do not follow each other may be close at midnight', () => {
    expect(read({ cron: '0,58 0,23 1 * *' })).toMatchObject({ cron: '0,58 0,23 1 * *' });
  });
});

describe('what EventBridge Scheduler is told', () => {
  test.each([
    ['0 2 * * *', 'cron(0 2 * * ? *)'],
    ['*/15 8-18 * * mon-fri', 'cron(0/15 8-18 ? * MON-FRI *)'],
    // Sunday is 0 or 7 in five fields and 1 in AWS's, so days of the week are written by name.
    ['0 2 * * 0', 'cron(0 2 ? * SUN *)'],
    ['0 2 * * 7', 'cron(0 2 ? * SUN *)'],
    ['0 2 * * 5-7', 'cron(0 2 ? * SUN,FRI,SAT *)'],
    ['0 2 * * */2', 'cron(0 2 ? * SUN,TUE,THU,SAT *)'],
    ['0 2 * * 0-6', 'cron(0 2 * * ? *)'],
    ['30 1 1,15 * *', 'cron(30 1 1,15 * ? *)'],
    ['0 3 1 1-3 *', 'cron(0 3 1 1-3 ? *)'],
    ['0 3 1 */3 *', 'cron(0 3 1 1/3 ? *)'],
    ['0 3 1 JAN,JUL *', 'cron(0 3 1 1,7 ? *)'],
    ['10/20 * * * *', 'cron(10/20 * * * ? *)'],
  ])('%s becomes %s', (cron, expression) => {
    expect(awsExpression(read({ cron }))).toEqual({ expression, timeZone: 'UTC' });
  });

  test.each([
    ['cron(0 2 ? * 2 *)', 'cron(0 2 ? * MON *)'],
    ['cron(0 2 L * ? *)', 'cron(0 2 L * ? *)'],
    ['cron(0 2 LW * ? *)', 'cron(0 2 LW * ? *)'],
    ['cron(0 2 15W * ? *)', 'cron(0 2 15W * ? *)'],
    ['cron(0 2 ? * FRIL *)', 'cron(0 2 ? * 6L *)'],
    ['cron(0 2 ? * 2#1 *)', 'cron(0 2 ? * 2#1 *)'],
    ['cron(0 2 ? * L *)', 'cron(0 2 ? * SAT *)'],
    ['rate(120 minutes)', 'rate(2 hours)'],
    ['rate(1 day)', 'rate(1 day)'],
  ])('%s stays what it means: %s', (aws, expression) => {
    expect(awsExpression(read({ aws, timeZone: 'Asia/Tokyo' }))).toEqual({
      expression,
      timeZone: 'Asia/Tokyo',
    });
  });

  test('means the same when it is read back', () => {
    fc.assert(
      fc.property(crontabs, instants, (cron, now) => {
        const schedule = read({ cron });
        const again = read({ aws: awsExpression(schedule).expression });
        expect(nextRuns(again, now, 5)).toEqual(nextRuns(schedule, now, 5));
        expect(awsExpression(again)).toEqual(awsExpression(schedule));
      }),
      { numRuns: 200 },
    );
  });
});

const list = (from: number, to: number, most = 4) =>
  fc
    .uniqueArray(fc.integer({ min: from, max: to }), { minLength: 1, maxLength: most })
    .map((values) => values.join(','));

/** Five fields of which at most one of the days is set, never more often than every five minutes. */
const crontabs = fc
  .tuple(
    fc.constantFrom('0', '30', '*/15', '5,35', '59'),
    fc.oneof(fc.constant('*'), fc.constantFrom('*/6', '1-4', '0,23'), list(0, 23)),
    fc.constantFrom('*', 'day', 'weekday'),
    list(1, 28),
    fc.oneof(fc.constant('*'), list(1, 12)),
    list(0, 6),
  )
  .map(([minute, hour, which, day, month, weekday]) =>
    [minute, hour, which === 'day' ? day : '*', month, which === 'weekday' ? weekday : '*'].join(' '),
  );

const instants = fc.date({
  min: at('2024-01-01T00:00:00Z'),
  max: at('2032-01-01T00:00:00Z'),
  noInvalidDate: true,
});

/** With changes by a whole hour, by half an hour, on the southern half of the world, and with none. */
const zones = fc.constantFrom(
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Asia/Kolkata',
  'UTC',
);

const rates = fc.constantFrom('5 minutes', '1 hour', '7 hours', '1 day', '3 days');

const anySchedule: fc.Arbitrary<Schedule> = fc.oneof(
  fc.tuple(crontabs, zones).map(([cron, timeZone]) => read({ cron, timeZone })),
  rates.map((rate) => read({ rate })),
);

describe('daylight saving', () => {
  const nightly = (cron: string, timeZone: string) => read({ cron, timeZone });

  test('a time that the zone skips does not fire', () => {
    const berlin = nightly('30 2 * * *', 'Europe/Berlin');
    expect(nextRuns(berlin, at('2026-03-27T12:00:00Z'), 3)).toEqual([
      '2026-03-28T01:30:00Z',
      '2026-03-30T00:30:00Z',
      '2026-03-31T00:30:00Z',
    ]);
    expect(lastSlot(berlin, at('2026-03-29T12:00:00Z'))).toBe('2026-03-28T01:30:00Z');
  });

  test('a time that the zone repeats fires once, the first time', () => {
    const berlin = nightly('30 2 * * *', 'Europe/Berlin');
    expect(nextRuns(berlin, at('2026-10-24T12:00:00Z'), 2)).toEqual([
      '2026-10-25T00:30:00Z',
      '2026-10-26T01:30:00Z',
    ]);
    // The clock shows 02:29 again, after 02:30 has been.
    expect(lastSlot(berlin, at('2026-10-25T01:29:00Z'))).toBe('2026-10-25T00:30:00Z');
    expect(lastSlot(berlin, at('2026-10-25T01:31:00Z'))).toBe('2026-10-25T00:30:00Z');
  });

  test('an hourly schedule leaves out the repeated hour', () => {
    const hourly = nightly('0 * * * *', 'Europe/Berlin');
    expect(nextRuns(hourly, at('2026-10-24T23:30:00Z'), 3)).toEqual([
      '2026-10-25T00:00:00Z',
      '2026-10-25T02:00:00Z',
      '2026-10-25T03:00:00Z',
    ]);
  });

  test('half an hour counts as well (Lord Howe)', () => {
    const island = nightly('15 2 * * *', 'Australia/Lord_Howe');
    // On 4 October 2026 the clock goes from 02:00 to 02:30.
    expect(nextRuns(island, at('2026-10-02T20:00:00Z'), 2)).toEqual([
      '2026-10-04T15:15:00Z',
      '2026-10-05T15:15:00Z',
    ]);
  });

  test('midnight itself may be what is skipped (Santiago)', () => {
    const midnight = nightly('0 0 * * *', 'America/Santiago');
    expect(nextRuns(midnight, at('2026-09-05T12:00:00Z'), 1)).toEqual(['2026-09-07T03:00:00Z']);
  });

  test('a day that a zone skips has no slot (Apia, 30 December 2011)', () => {
    const noon = nightly('0 12 * * *', 'Pacific/Apia');
    expect(nextRuns(noon, at('2011-12-29T00:00:00Z'), 2)).toEqual([
      '2011-12-29T22:00:00Z',
      '2011-12-30T22:00:00Z',
    ]);
    expect(lastSlot(noon, at('2011-12-30T20:00:00Z'))).toBe('2011-12-29T22:00:00Z');
  });
});

describe('slots', () => {
  test('a rate counts from its anchor in days of 24 hours', () => {
    const daily = read({ rate: '1 day' });
    const anchor = '2026-03-01T09:17:30.500Z';
    expect(lastSlot(daily, at('2026-11-21T09:17:29Z'), anchor)).toBe('2026-11-20T09:17:30Z');
    expect(lastSlot(daily, at('2026-11-21T09:17:30Z'), anchor)).toBe('2026-11-21T09:17:30Z');
    expect(nextRuns(daily, at('2026-11-21T09:17:30Z'), 1, anchor)).toEqual(['2026-11-22T09:17:30Z']);
    // Before the anchor, when a clock is wrong, it is still on the grid.
    expect(lastSlot(daily, at('2026-03-01T00:00:00Z'), anchor)).toBe('2026-02-28T09:17:30Z');
  });

  test('in UTC they are what croner says', () => {
    fc.assert(
      fc.property(crontabs, instants, (cron, now) => {
        const schedule = read({ cron });
        const oracle = new Croner(cron, { timezone: 'UTC', mode: '5-part' });
        const expected = oracle.nextRuns(4, now).map((date) => date.toISOString().replace('.000Z', 'Z'));
        expect(nextRuns(schedule, now, 4)).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  test('five deliveries of one event, each as late as may be before the next slot, have one slot', () => {
    const delays = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
      minLength: 5,
      maxLength: 5,
    });
    fc.assert(
      fc.property(anySchedule, instants, delays, (schedule, after, fractions) => {
        const [slot = '', next = ''] = nextRuns(schedule, after, 2);
        const gapMs = Date.parse(next) - Date.parse(slot);
        const slots = fractions.map((fraction) => {
          const deliveredAt = new Date(Date.parse(slot) + Math.floor(fraction * gapMs));
          return slotFor(scheduledTimePlaceholder, schedule, deliveredAt);
        });
        expect(new Set(slots)).toEqual(new Set([slot]));
      }),
      { numRuns: 300 },
    );
  });

  test('a later time never has an earlier slot, and a slot is its own', () => {
    fc.assert(
      fc.property(
        anySchedule,
        instants,
        fc.integer({ min: 0, max: 40 * 86_400 }),
        (schedule, now, seconds) => {
          const slot = lastSlot(schedule, now);
          const later = lastSlot(schedule, new Date(now.getTime() + seconds * 1000));
          expect(Date.parse(later)).toBeGreaterThanOrEqual(Date.parse(slot));
          expect(Date.parse(slot)).toBeLessThanOrEqual(now.getTime());
          expect(lastSlot(schedule, at(slot))).toBe(slot);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('a clock that is off by a day still names a slot of the schedule', () => {
    fc.assert(
      fc.property(anySchedule, instants, fc.constantFrom(-1, 1), (schedule, now, days) => {
        const slot = lastSlot(schedule, new Date(now.getTime() + days * 86_400_000));
        expect(nextRuns(schedule, new Date(Date.parse(slot) - 1000), 1)).toEqual([slot]);
      }),
      { numRuns: 200 },
    );
  });

  test('runs ascend, and are never closer than the shortest interval that is allowed', () => {
    fc.assert(
      fc.property(anySchedule, instants, (schedule, now) => {
        const runs = [now.getTime(), ...nextRuns(schedule, now, 10).map((run) => Date.parse(run))];
        const gaps = runs.slice(2).map((run, index) => run - (runs[index + 1] ?? 0));
        expect(runs[1]).toBeGreaterThan(now.getTime());
        expect(Math.min(...gaps)).toBeGreaterThanOrEqual(leastIntervalMinutes * 60_000);
      }),
      { numRuns: 200 },
    );
  });
});

describe('the slot of an event', () => {
  const daily = read({ cron: '0 2 * * *' });
  const now = at('2026-11-21T09:30:00Z');

  test.each([
    ['2026-11-20T02:00:00Z', '2026-11-20T02:00:00Z'],
    ['2026-11-20T02:00:00.000Z', '2026-11-20T02:00:00Z'],
    ['2026-11-20T03:00:00+01:00', '2026-11-20T02:00:00Z'],
    [scheduledTimePlaceholder, '2026-11-21T02:00:00Z'],
  ])('%s is %s', (scheduledTime, slot) => {
    expect(slotFor(scheduledTime, daily, now)).toBe(slot);
  });

  test.each([
    '',
    'now',
    '2026-11-20',
    '2026-13-01T00:00:00Z',
    '<aws.scheduler.execution-id>',
    '2026-11-20T02:00:00',
  ])('"%s" is refused', (scheduledTime) => {
    expect(() => slotFor(scheduledTime, daily, now)).toThrow(/scheduledTime .*an ISO 8601 time/);
  });
});

describe('the longest time between two runs', () => {
  test.each([
    [{ cron: '0 2 * * *' }, 86_400],
    [{ cron: '0 8-18 * * *' }, 14 * 3600],
    [{ cron: '*/15 * * * *' }, 900],
    [{ cron: '0 2 * * MON-FRI' }, 3 * 86_400],
    [{ cron: '0 2 * * 1' }, 7 * 86_400],
    [{ cron: '0 2 1 * *' }, 31 * 86_400],
    [{ cron: '0 2 1 1 *' }, 366 * 86_400],
    [{ aws: 'cron(0 2 ? * 6L *)' }, 35 * 86_400],
    [{ rate: '36 hours' }, 36 * 3600],
  ])('%j is %d seconds', (schedule, seconds) => {
    expect(intervalSeconds(read(schedule))).toBe(seconds);
  });
});
