/** Policies and schedules by chance: small numbers, so that much expires within 400 days. */
import type { Retention } from '../../core/plan.ts';
import type { Random } from './random.ts';

/** Zones with every kind of clock change: none, an hour, half an hour, across midnight. */
const timeZones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Asia/Kolkata',
];

export function randomRetention(random: Random): Retention {
  const count = (most: number) => (random.chance(0.3) ? 0 : random.whole(1, most));
  const retention = {
    hourly: count(48),
    daily: count(14),
    weekly: count(8),
    monthly: count(6),
    yearly: count(1),
    days: random.chance(0.6) ? 0 : random.whole(1, 40),
    manualDays: random.whole(1, 30),
  };
  const { hourly, daily, weekly, monthly, yearly, days } = retention;
  return hourly + daily + weekly + monthly + yearly + days === 0 ? { ...retention, days: 7 } : retention;
}

/** What a plan has most of the time: seldom, since every row is looked at on every day. */
export function randomSchedule(random: Random): unknown {
  const timeZone = random.pick(timeZones);
  return random.pick([
    { cron: '30 2 * * 0', timeZone },
    { cron: '0 0 1 * *', timeZone },
    { cron: '45 1 */5 * *', timeZone },
    { rate: '7 days', timeZone },
    { rate: '100 hours', timeZone },
    { aws: 'cron(30 2 ? * SUN#2 *)', timeZone },
  ]);
}

/** For some days: a burst of runs. */
export function randomFastSchedule(random: Random): { readonly schedule: unknown; readonly days: number } {
  const timeZone = random.pick(timeZones);
  return random.pick([
    { schedule: { cron: '0 * * * *', timeZone }, days: 1 },
    { schedule: { cron: '30 2,8,23 * * *', timeZone }, days: 5 },
    { schedule: { cron: '30 2 * * *', timeZone }, days: 14 },
    { schedule: { rate: '6 hours', timeZone }, days: 4 },
  ]);
}
