/**
 * Cron expressions in one meaning. Both ways of writing them (five fields as in crontab, six fields as in AWS) are
 * read here into `Cron`; AWS's text and croner's text are both made from it, so that what the console shows and what
 * Holdfast computes cannot differ.
 *
 * Sunday is 0 in `Cron`, 0 or 7 in five fields, 1 in AWS's numbers; names are written out to keep that in one place.
 */
import type { InputIssue } from '../errors.ts';

export type Days =
  | { readonly on: 'all' }
  | { readonly on: 'days-of-month' | 'days-of-week'; readonly values: readonly number[] }
  /** The last day of the month, or its last Monday to Friday. */
  | { readonly on: 'last-day' | 'last-working-day' }
  | { readonly on: 'working-day-nearest'; readonly day: number }
  | { readonly on: 'last-weekday'; readonly weekday: number }
  | { readonly on: 'nth-weekday'; readonly weekday: number; readonly nth: number };

export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: readonly number[];
  readonly days: Days;
}

/** What one field may hold. `values` are the numbers as they are written. */
interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly names?: readonly string[];
  /** The number of the first name. */
  readonly firstName?: number;
}

const monthNames = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const dayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const minute: Field = { name: 'minute', from: 0, to: 59 };
const hour: Field = { name: 'hour', from: 0, to: 23 };
const dayOfMonth: Field = { name: 'day of month', from: 1, to: 31 };
const month: Field = { name: 'month', from: 1, to: 12, names: monthNames, firstName: 1 };
const crontabWeekday: Field = { name: 'day of week', from: 0, to: 7, names: dayNames, firstName: 0 };
const awsWeekday: Field = { name: 'day of week', from: 1, to: 7, names: dayNames, firstName: 1 };

/** Thrown while reading; becomes an issue of the field `cron` or `aws`. */
class Refused extends Error {}

function refuse(text: string, field: Field, allowed: string): never {
  throw new Refused(`the ${field.name} "${text}" must be ${allowed}`);
}

function describe(field: Field): string {
  const names = field.names ? ` or ${field.names.join(' ')}` : '';
  return `*, or numbers from ${field.from} to ${field.to}${names}, as a list (1,2), a range (1-5) or steps (*/2)`;
}

function readNumber(text: string, field: Field): number {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  const value =
    named >= 0 ? named + (field.firstName ?? 0) : /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= field.from && value <= field.to)) refuse(text, field, describe(field));
  return value;
}

/** `*`, `3`, `MON-FRI`, `1-30/5`, a slash alone counts from a number to the end of the field: `3/10`. */
function readRange(text: string, field: Field): number[] {
  const [range = '', stepText, ...more] = text.split('/');
  if (more.length > 0) refuse(text, field, describe(field));
  const step = stepText === undefined ? 1 : /^\d{1,2}$/.test(stepText) ? Number(stepText) : 0;
  if (step < 1) refuse(text, field, 'stepped by a number of 1 or more');
  const ends = range.split('-');
  if (ends.length > 2) refuse(text, field, describe(field));
  const [first = '', last] = ends;
  let from = field.from;
  let to = field.to;
  if (range !== '*') {
    from = readNumber(first, field);
    if (last !== undefined) to = readNumber(last, field);
    else if (stepText === undefined) to = from;
  }
  if (from > to) refuse(text, field, 'a range whose first number is not larger than its last');
  const values: number[] = [];
  for (let value = from; value <= to; value += step) values.push(value);
  return values;
}

function readField(text: string, field: Field): number[] {
  const values = text.split(',').flatMap((item) => readRange(item, field));
  return [...new Set(values)].sort((a, b) => a - b);
}

const isAny = (text: string) => text === '*' || text === '?';

function readWeekdays(text: string, field: Field): Days {
  // `*/2` over 0..7 would count Sunday twice; the wildcard means the seven days from the field's first.
  const whole = field.to - field.from === 7 && text.startsWith('*') ? { ...field, to: 6 } : field;
  const sundayIs = field.firstName ?? 0;
  const values = [...new Set(readField(text, whole).map((value) => (value - sundayIs) % 7))].sort(
    (a, b) => a - b,
  );
  return values.length === 7 ? { on: 'all' } : { on: 'days-of-week', values };
}

function readDaysOfMonth(text: string): Days {
  const values = readField(text, dayOfMonth);
  return values.length === 31 ? { on: 'all' } : { on: 'days-of-month', values };
}

/** L, LW, 15W, 6L, FRIL, 2#1: only in AWS's form. Undefined when the text is an ordinary field. */
function readSpecialDay(day: string, weekday: string): Days | undefined {
  const upperDay = day.toUpperCase();
  const upperWeekday = weekday.toUpperCase();
  if (upperDay === 'L') return { on: 'last-day' };
  if (upperDay === 'LW') return { on: 'last-working-day' };
  const nearest = /^(\d{1,2})W$/.exec(upperDay);
  if (nearest) return { on: 'working-day-nearest', day: readNumber(nearest[1] ?? '', dayOfMonth) };
  // "L" alone in the day of week is the last day of the week, Saturday.
  if (upperWeekday === 'L') return { on: 'days-of-week', values: [6] };
  const last = /^(\w+)L$/.exec(upperWeekday);
  if (last) return { on: 'last-weekday', weekday: readNumber(last[1] ?? '', awsWeekday) - 1 };
  const nth = /^(\w+)#(\w+)$/.exec(upperWeekday);
  if (nth) {
    const weekdayNumber = readNumber(nth[1] ?? '', awsWeekday) - 1;
    const which = Number(nth[2]);
    if (!(which >= 1 && which <= 5)) refuse(weekday, awsWeekday, 'a day, # and a number from 1 to 5 (2#1)');
    return { on: 'nth-weekday', weekday: weekdayNumber, nth: which };
  }
  return undefined;
}

function readDays(day: string, weekday: string, field: Field): Days {
  if (!isAny(day) && !isAny(weekday)) {
    throw new Refused(
      `day of month (${day}) and day of week (${weekday}) cannot both be set: EventBridge Scheduler takes one of them; make two plans`,
    );
  }
  if (field === awsWeekday) {
    const special = readSpecialDay(day, weekday);
    if (special) return special;
  }
  if (!isAny(day)) return readDaysOfMonth(day);
  if (!isAny(weekday)) return readWeekdays(weekday, field);
  return { on: 'all' };
}

function readFields(fields: readonly string[], weekdayField: Field): Cron {
  const [minutes = '', hours = '', day = '', months = '', weekday = ''] = fields;
  return {
    minutes: readField(minutes, minute),
    hours: readField(hours, hour),
    months: readField(months, month),
    days: readDays(day, weekday, weekdayField),
  };
}

/** Result of reading: the cron, or the sentence that says what is wrong. */
export type Read<T> = { readonly value: T } | { readonly problem: InputIssue['allowed'] };

function attempt<T>(read: () => T): Read<T> {
  try {
    return { value: read() };
  } catch (thrown) {
    if (thrown instanceof Refused) return { problem: thrown.message };
    throw thrown;
  }
}

/** Reads `0 2 * * MON-FRI`: minute, hour, day of month, month, day of week (0 or 7 is Sunday). */
export function readCrontab(text: string): Read<Cron> {
  return attempt(() => {
    const fields = text.trim().split(/\s+/);
    if (fields.length !== 5) {
      throw new Refused(
        'must have five fields: minute, hour, day of month, month, day of week, like "0 2 * * *"',
      );
    }
    return checkFires(readFields(fields, crontabWeekday));
  });
}

/** Reads the inside of AWS's `cron(...)`: five fields with 1 for Sunday, L, W and #, and a year that must be `*`. */
export function readAwsCron(text: string): Read<Cron> {
  return attempt(() => {
    const fields = text.trim().split(/\s+/);
    if (fields.length !== 6) {
      throw new Refused(
        'must have six fields: minute, hour, day of month, month, day of week, year, like "cron(0 2 * * ? *)"',
      );
    }
    // A year would make the schedule end one day, and a backup that silently stops is what this product is against.
    if (fields[5] !== '*')
      throw new Refused(`the year "${fields[5]}" must be *: a backup schedule does not end`);
    if ((fields[2] === '?') === (fields[4] === '?')) {
      throw new Refused('exactly one of day of month and day of week must be ?');
    }
    return checkFires(readFields(fields, awsWeekday));
  });
}

const longestMonthDays = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function checkFires(cron: Cron): Cron {
  const { days } = cron;
  const first =
    days.on === 'days-of-month' ? (days.values[0] ?? 0) : days.on === 'working-day-nearest' ? days.day : 0;
  if (cron.months.some((value) => first <= (longestMonthDays[value - 1] ?? 0))) return cron;
  throw new Refused(
    `never fires: ${cron.months.map((value) => monthNames[value - 1]).join(', ')} has no day ${first}`,
  );
}

/** Minutes of the day at which it fires on the days it fires, ascending. */
export function timesOfDay(cron: Cron): number[] {
  return cron.hours.flatMap((hourValue) => cron.minutes.map((minuteValue) => hourValue * 60 + minuteValue));
}

/** False only when two days in a row cannot both be days it fires. */
export function mayFireOnAdjacentDays({ days }: Cron): boolean {
  if (days.on === 'all') return true;
  if (days.on === 'days-of-week') return days.values.some((value) => days.values.includes((value + 1) % 7));
  if (days.on !== 'days-of-month') return false;
  const { values } = days;
  return (
    values.some((value) => values.includes(value + 1)) ||
    (values.includes(1) && values.some((value) => value >= 28))
  );
}

/** `0,5,10` as `0/5`, five in a row as `1-5`, all as `*`. */
function writeNumbers(values: readonly number[], from: number, to: number): string {
  if (values.length === to - from + 1) return '*';
  const first = values[0] ?? from;
  const step = (values[1] ?? first) - first;
  const last = values.at(-1) ?? first;
  const evenly = values.every((value, index) => value === first + index * step);
  if (values.length >= 3 && step > 1 && evenly && last + step > to) return `${first}/${step}`;
  if (values.length >= 3 && step === 1 && evenly) return `${first}-${last}`;
  return values.join(',');
}

function writeWeekdays(values: readonly number[]): string {
  const names = values.map((value) => dayNames[value]);
  const inARow = values.every((value, index) => value === (values[0] ?? 0) + index);
  return names.length >= 3 && inARow ? `${names[0]}-${names.at(-1)}` : names.join(',');
}

function writeAwsDays(days: Days): { day: string; weekday: string } {
  switch (days.on) {
    case 'all':
      return { day: '*', weekday: '?' };
    case 'days-of-month':
      return { day: writeNumbers(days.values, 1, 31), weekday: '?' };
    case 'days-of-week':
      return { day: '?', weekday: writeWeekdays(days.values) };
    case 'last-day':
      return { day: 'L', weekday: '?' };
    case 'last-working-day':
      return { day: 'LW', weekday: '?' };
    case 'working-day-nearest':
      return { day: `${days.day}W`, weekday: '?' };
    case 'last-weekday':
      return { day: '?', weekday: `${days.weekday + 1}L` };
    case 'nth-weekday':
      return { day: '?', weekday: `${days.weekday + 1}#${days.nth}` };
  }
}

/** AWS's six fields, without `cron(…)`. */
export function writeAwsCron(cron: Cron): string {
  const { day, weekday } = writeAwsDays(cron.days);
  const months = writeNumbers(cron.months, 1, 12);
  return `${writeNumbers(cron.minutes, 0, 59)} ${writeNumbers(cron.hours, 0, 23)} ${day} ${months} ${weekday} *`;
}

/** Five fields for croner; `times` replaces minute and hour, to ask for days only. */
export function writeCroner(
  cron: Cron,
  times: { minutes: readonly number[]; hours: readonly number[] } = cron,
): string {
  const { days } = cron;
  let day = '*';
  let weekday = '*';
  if (days.on === 'days-of-month') day = days.values.join(',');
  else if (days.on === 'days-of-week') weekday = days.values.join(',');
  else if (days.on === 'last-day') day = 'L';
  else if (days.on === 'last-working-day') day = 'LW';
  else if (days.on === 'working-day-nearest') day = `${days.day}W`;
  else if (days.on === 'last-weekday') weekday = `${days.weekday}#L`;
  else if (days.on === 'nth-weekday') weekday = `${days.weekday}#${days.nth}`;
  return `${times.minutes.join(',')} ${times.hours.join(',')} ${day} ${cron.months.join(',')} ${weekday}`;
}
