/**
 * When a plan runs. A schedule is parsed once into a form that EventBridge Scheduler takes, and the *slot* of a run,
 * the time at which it should have fired, is computed here: a run is named by its slot and never by "now", so that
 * the same event delivered five times makes one backup.
 *
 * Everything is pure. Times follow EventBridge Scheduler: those that daylight saving skips do not fire, those that it
 * repeats fire once, and a `rate` counts whole 24-hour days from its anchor.
 */
import { Cron as Croner } from 'croner';
import { z } from 'zod';
import { HoldfastError, InvalidInput } from './errors.ts';
import {
  type Cron,
  mayFireOnAdjacentDays,
  type Read,
  readAwsCron,
  readCrontab,
  timesOfDay,
  writeAwsCron,
  writeCroner,
} from './schedule/cron.ts';
import { fromWall, isTimeZone, offsetAt } from './schedule/wall-clock.ts';

/** Two runs closer than this would meet each other's lease, and cost more in requests than they protect. */
export const leastIntervalMinutes = 5;

/** Longer than a leap year is more likely a slip of the pen than a plan. */
const longestRateDays = 366;

const minuteMs = 60_000;
const dayMs = 86_400_000;

export type Schedule =
  | { readonly cron: string; readonly timeZone: string }
  | { readonly rate: string; readonly timeZone: string }
  | { readonly aws: string; readonly timeZone: string };

/** One of `cron`, `rate`, `aws`; parsing tells which field is wrong and what it may be. */
export const scheduleSchema = z
  .strictObject({
    /** `<minute> <hour> <day of month> <month> <day of week>` on the clock of `timeZone`. */
    cron: z.string().max(256).optional(),
    /** `1 hour`, `15 minutes`, `2 days`: counted from when the plan was made, in days of 24 hours. */
    rate: z.string().max(64).optional(),
    /** As EventBridge Scheduler writes it, for what five fields cannot say: `cron(0 2 L * ? *)`. */
    aws: z.string().max(256).optional(),
    /** A name of the IANA database; default UTC. For a rate it says only whose days and months retention counts. */
    timeZone: z
      .string()
      .max(64)
      .refine(isTimeZone, 'a time zone of the IANA database, like Europe/Berlin')
      .optional(),
  })
  .superRefine((input, context) => {
    const given = (['cron', 'rate', 'aws'] as const).filter((key) => input[key] !== undefined);
    const [key] = given;
    if (key === undefined || given.length > 1) {
      context.addIssue({ code: 'custom', message: 'exactly one of cron, rate and aws' });
      return;
    }
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    const read = readText(key, input[key] ?? '');
    if ('problem' in read) refuse(key, read.problem);
    else if (shortestMinutes(read.value) < leastIntervalMinutes) {
      refuse(
        key,
        `fires more often than every ${leastIntervalMinutes} minutes, which is the shortest interval`,
      );
    }
  })
  .transform(({ cron, rate, aws, timeZone = 'UTC' }): Schedule => {
    if (cron !== undefined) return { cron: normalise(cron), timeZone };
    if (aws !== undefined) return { aws: normalise(aws), timeZone };
    return { rate: normalise(rate ?? ''), timeZone };
  });

const normalise = (text: string) => text.trim().replaceAll(/\s+/g, ' ');

/** What a schedule's text means. */
type Meaning = Cron | { readonly rateMinutes: number };

const unitMinutes = { minute: 1, hour: 60, day: 1440 } as const;

function readRate(text: string): Read<Meaning> {
  const [, countText, unit] = /^([1-9]\d{0,5}) (minute|hour|day)s?$/.exec(normalise(text)) ?? [];
  if (!countText || !unit)
    return { problem: 'a number and minutes, hours or days, like "1 hour" or "12 hours"' };
  const rateMinutes = Number(countText) * unitMinutes[unit as keyof typeof unitMinutes];
  return rateMinutes > longestRateDays * 1440
    ? { problem: `at most ${longestRateDays} days` }
    : { value: { rateMinutes } };
}

function readText(key: 'cron' | 'rate' | 'aws', text: string): Read<Meaning> {
  if (key === 'cron') return readCrontab(text);
  if (key === 'rate') return readRate(text);
  const [, form, inside = ''] = /^(cron|rate)\((.*)\)$/.exec(text.trim()) ?? [];
  if (form === 'cron') return readAwsCron(inside);
  if (form === 'rate') return readRate(inside);
  return { problem: 'cron(...) or rate(...) as EventBridge Scheduler writes them' };
}

function meaningOf(schedule: Schedule): Meaning {
  const read =
    'cron' in schedule
      ? readText('cron', schedule.cron)
      : 'rate' in schedule
        ? readText('rate', schedule.rate)
        : readText('aws', schedule.aws);
  if ('value' in read) return read.value;
  throw new InvalidInput('schedule', [
    { field: 'schedule', value: JSON.stringify(schedule), allowed: read.problem },
  ]);
}

/** The zone whose days, weeks and months count for the plan's retention. */
export function scheduleTimeZone(schedule: Schedule): string {
  return schedule.timeZone;
}

function gapsWithinDay(cron: Cron): number[] {
  const times = timesOfDay(cron);
  return times.slice(1).map((time, index) => time - (times[index] ?? 0));
}

/** From the last time of one day to the first of a day `days` later, in minutes. */
function gapAcrossDays(cron: Cron, days: number): number {
  const times = timesOfDay(cron);
  return days * 1440 + (times[0] ?? 0) - (times.at(-1) ?? 0);
}

function shortestMinutes(meaning: Meaning): number {
  if ('rateMinutes' in meaning) return meaning.rateMinutes;
  return Math.min(...gapsWithinDay(meaning), gapAcrossDays(meaning, mayFireOnAdjacentDays(meaning) ? 1 : 2));
}

/** The expression and zone for EventBridge Scheduler: `cron(0 2 * * ? *)` or `rate(1 hour)`. */
export function awsExpression(schedule: Schedule): {
  readonly expression: string;
  readonly timeZone: string;
} {
  const meaning = meaningOf(schedule);
  const timeZone = schedule.timeZone;
  if (!('rateMinutes' in meaning)) return { expression: `cron(${writeAwsCron(meaning)})`, timeZone };
  const { rateMinutes } = meaning;
  const unit = rateMinutes % 1440 === 0 ? 'day' : rateMinutes % 60 === 0 ? 'hour' : 'minute';
  const count = rateMinutes / unitMinutes[unit];
  return { expression: `rate(${count} ${unit}${count === 1 ? '' : 's'})`, timeZone };
}

/** A croner that knows no zone: it enumerates what the wall clock shows, fromWall() says which of these exist. */
function wallClockTimes(pattern: string): Croner {
  return new Croner(pattern, { timezone: 'UTC', mode: '5-part' });
}

/** More steps than any search here needs: two days of the shortest interval are 576. */
const mostSteps = 2_000;

function lost(schedule: Schedule): HoldfastError {
  return new HoldfastError('INTERNAL', `no time found for the schedule ${JSON.stringify(schedule)}`);
}

/**
 * The next `count` times strictly after `after`, ISO 8601 UTC, ascending. `anchor` is where a rate counts from
 * (default 1970-01-01T00:00:00Z).
 */
export function nextRuns(schedule: Schedule, after: Date, count: number, anchor?: string): string[] {
  const meaning = meaningOf(schedule);
  const afterMs = after.getTime();
  const found: string[] = [];
  if ('rateMinutes' in meaning) {
    const slotMs = rateSlot(meaning.rateMinutes, afterMs, anchor);
    for (let step = 1; step <= count; step += 1)
      found.push(iso(slotMs + step * meaning.rateMinutes * minuteMs));
    return found;
  }
  const timeZone = schedule.timeZone;
  const times = wallClockTimes(writeCroner(meaning));
  let wall = new Date(afterMs + offsetAt(timeZone, afterMs));
  for (let steps = 0; found.length < count && steps < mostSteps + 2 * count; steps += 1) {
    const next = times.nextRun(wall);
    if (!next) break;
    wall = next;
    const instant = fromWall(timeZone, next.getTime());
    if (instant !== undefined && instant > afterMs) found.push(iso(instant));
  }
  if (found.length < count) throw lost(schedule);
  return found;
}

/**
 * The last time at or before `now` that the schedule should have fired, ISO 8601 UTC. `anchor` is where a rate
 * counts from (default 1970-01-01T00:00:00Z).
 */
export function lastSlot(schedule: Schedule, now: Date, anchor?: string): string {
  const meaning = meaningOf(schedule);
  const nowMs = now.getTime();
  if ('rateMinutes' in meaning) return iso(rateSlot(meaning.rateMinutes, nowMs, anchor));
  const timeZone = schedule.timeZone;
  const times = wallClockTimes(writeCroner(meaning));
  // The clock may have been set back within the last day; start from what it showed at its highest.
  const highest = Math.max(offsetAt(timeZone, nowMs), offsetAt(timeZone, nowMs - dayMs));
  let wall = new Date(nowMs + highest + 1000);
  for (let steps = 0; steps < mostSteps; steps += 1) {
    const [previous] = times.previousRuns(1, wall);
    if (!previous) break;
    wall = previous;
    const instant = fromWall(timeZone, previous.getTime());
    if (instant !== undefined && instant <= nowMs) return iso(instant);
  }
  throw lost(schedule);
}

function rateSlot(rateMinutes: number, atMs: number, anchor?: string): number {
  const anchorMs = anchor === undefined ? 0 : secondsOnly(Date.parse(anchor));
  const intervalMs = rateMinutes * minuteMs;
  return anchorMs + Math.floor((atMs - anchorMs) / intervalMs) * intervalMs;
}

/** What arrives where nobody fills in EventBridge Scheduler's placeholder: the local AWS, or an event sent by hand. */
export const scheduledTimePlaceholder = '<aws.scheduler.scheduled-time>';

const isoTime = z.iso.datetime({ offset: true });

/**
 * The slot of a scheduled run: the event's own scheduled time, or the last time the schedule should have fired where
 * the placeholder arrived literally. Anything else is InvalidInput. ISO 8601 UTC, to the second.
 */
export function slotFor(scheduledTime: string, schedule: Schedule, now: Date, anchor?: string): string {
  if (scheduledTime === scheduledTimePlaceholder) return lastSlot(schedule, now, anchor);
  if (isoTime.safeParse(scheduledTime).success) return iso(Date.parse(scheduledTime));
  throw new InvalidInput('event', [
    {
      field: 'scheduledTime',
      value: JSON.stringify(scheduledTime).slice(0, 100),
      allowed: `an ISO 8601 time, or ${scheduledTimePlaceholder}`,
    },
  ]);
}

/** How many firing days are looked at for the longest gap: more than a year of daily ones. */
const sampledDays = 400;

/**
 * The longest time between two runs, in seconds, by the clock on the wall: it is the plan's recovery point objective.
 * A change of the clock may lengthen one gap (a skipped 02:30 doubles it); `lastSlot` knows.
 */
export function intervalSeconds(schedule: Schedule): number {
  const meaning = meaningOf(schedule);
  if ('rateMinutes' in meaning) return meaning.rateMinutes * 60;
  const acrossDays = gapAcrossDays(meaning, longestDaysBetween(meaning));
  return Math.max(acrossDays, ...gapsWithinDay(meaning)) * 60;
}

function longestDaysBetween(cron: Cron): number {
  const { days, months } = cron;
  // The two common shapes need no search.
  if (months.length === 12 && days.on === 'all') return 1;
  if (months.length === 12 && days.on === 'days-of-week') {
    const { values } = days;
    return Math.max(...values.map((value, index) => (values[index + 1] ?? (values[0] ?? 0) + 7) - value));
  }
  const midnights = wallClockTimes(writeCroner(cron, { minutes: [0], hours: [0] }));
  const found = midnights
    .nextRuns(sampledDays, new Date('2000-01-01T00:00:00Z'))
    .map((date) => date.getTime());
  return Math.max(...found.slice(1).map((time, index) => (time - (found[index] ?? time)) / dayMs));
}

function secondsOnly(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000;
}

function iso(milliseconds: number): string {
  return new Date(secondsOnly(milliseconds)).toISOString().replace('.000Z', 'Z');
}
