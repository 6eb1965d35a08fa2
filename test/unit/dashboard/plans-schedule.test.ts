import { expect, test } from 'vitest';
import {
  presetOf,
  type ScheduleText,
  scheduleOf,
  turnedTo,
} from '../../../dashboard/pages/plans/schedule.ts';

test.each<[ScheduleText, object]>([
  [{ cron: '17 * * * *' }, { kind: 'hourly', minute: 17 }],
  [{ cron: '5 */6 * * *' }, { kind: 'everyHours', hours: 6, minute: 5 }],
  [{ cron: '40 1 * * *' }, { kind: 'daily', time: '01:40' }],
  [{ cron: '0 2 * * 1,3' }, { kind: 'weekly', days: [1, 3], time: '02:00' }],
  [{ cron: '0 2 * * 0' }, { kind: 'weekly', days: [0], time: '02:00' }],
  [{ rate: '6 hours' }, { kind: 'rate', text: '6 hours' }],
  [{ aws: 'cron(0 2 L * ? *)' }, { kind: 'aws', text: 'cron(0 2 L * ? *)' }],
  [{ cron: '0 2 1 * *' }, { kind: 'cron', text: '0 2 1 * *' }],
])('%j is the choice %j, and is written as it was', (schedule, preset) => {
  expect(presetOf(schedule)).toEqual(preset);
  expect(scheduleOf(presetOf(schedule), undefined)).toEqual(schedule);
});

test.each([
  '0 */5 * * *',
  '61 * * * *',
  '0 24 * * *',
  '0 2 * * 1-3,MON#2',
  '0 2 * 1 *',
  '*/5 * * * *',
  '0 2 * *',
])('what no choice says stays as it was written: %s', (cron) =>
  expect(presetOf({ cron })).toEqual({ kind: 'cron', text: cron }),
);

test('days by name, by range and Sunday as 7 are the same days', () => {
  expect(presetOf({ cron: '0 2 * * MON-FRI' })).toMatchObject({ days: [1, 2, 3, 4, 5] });
  expect(presetOf({ cron: '0 2 * * 6-7' })).toMatchObject({ days: [0, 6] });
});

test('another choice keeps the time and the zone that there were', () => {
  const weekly = turnedTo('weekly', { cron: '40 1 * * *' });
  expect(weekly).toEqual({ kind: 'weekly', days: [1], time: '01:40' });
  expect(scheduleOf(weekly, 'Europe/Berlin')).toEqual({ cron: '40 1 * * 1', timeZone: 'Europe/Berlin' });
  expect(turnedTo('hourly', { cron: '40 1 * * *' })).toEqual({ kind: 'hourly', minute: 40 });
});
