/**
 * The usual schedules as a person chooses them, and back. What is none of them stays as it was written. Pure; when a
 * plan runs next is said by the API alone.
 */

/** As a plan has it: one of the first three. */
export interface ScheduleText {
  readonly cron?: string | undefined;
  readonly rate?: string | undefined;
  readonly aws?: string | undefined;
  readonly timeZone?: string | undefined;
}

export type Preset =
  | { readonly kind: 'hourly'; readonly minute: number }
  | { readonly kind: 'everyHours'; readonly hours: number; readonly minute: number }
  /** `02:00`. */
  | { readonly kind: 'daily'; readonly time: string }
  /** 0 is Sunday, as in cron. */
  | { readonly kind: 'weekly'; readonly days: readonly number[]; readonly time: string }
  | { readonly kind: 'cron' | 'rate' | 'aws'; readonly text: string };

export type PresetKind = Preset['kind'];
export const presetKinds = ['hourly', 'everyHours', 'daily', 'weekly', 'cron', 'rate', 'aws'] as const;

/** Those that a day is divided by without a rest: others would make one gap shorter. */
export const hourSteps = [2, 3, 4, 6, 8, 12] as const;

const dayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

export function presetOf({ cron, rate, aws }: ScheduleText): Preset {
  if (rate !== undefined) return { kind: 'rate', text: rate };
  if (aws !== undefined) return { kind: 'aws', text: aws };
  return ofCron(cron ?? '');
}

function ofCron(text: string): Preset {
  const written: Preset = { kind: 'cron', text };
  const [, minuteText, hourText, days] = /^(\d{1,2}) (\S+) \* \* (\S+)$/.exec(text.trim()) ?? [];
  if (minuteText === undefined || hourText === undefined || days === undefined) return written;
  const minute = Number(minuteText);
  if (minute > 59) return written;
  if (hourText === '*') return days === '*' ? { kind: 'hourly', minute } : written;
  const [, step] = /^\*\/(\d{1,2})$/.exec(hourText) ?? [];
  if (step !== undefined) {
    const hours = hourSteps.find((each) => each === Number(step));
    return hours === undefined || days !== '*' ? written : { kind: 'everyHours', hours, minute };
  }
  if (!/^\d{1,2}$/.test(hourText) || Number(hourText) > 23) return written;
  const time = `${two(Number(hourText))}:${two(minute)}`;
  if (days === '*') return { kind: 'daily', time };
  const found = daysOf(days);
  return found === undefined ? written : { kind: 'weekly', days: found, time };
}

/** `1,3`, `MON-FRI`: numbers in order; undefined for what is said otherwise. */
function daysOf(text: string): readonly number[] | undefined {
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const [from, to = from, ...more] = part.split('-').map(dayOf);
    if (from === undefined || to === undefined || more.length > 0 || from > to) return undefined;
    for (let day = from; day <= to; day += 1) found.add(day % 7);
  }
  return [...found].sort();
}

function dayOf(text: string): number | undefined {
  if (/^[0-7]$/.test(text)) return Number(text);
  const at = dayNames.indexOf(text.toUpperCase());
  return at < 0 ? undefined : at;
}

/** With the zone that there was. */
export function scheduleOf(preset: Preset, timeZone: string | undefined): ScheduleText {
  const zone = timeZone === undefined ? {} : { timeZone };
  if (preset.kind === 'rate' || preset.kind === 'aws') return { [preset.kind]: preset.text, ...zone };
  return { cron: cronOf(preset), ...zone };
}

function cronOf(preset: Exclude<Preset, { readonly kind: 'rate' | 'aws' }>): string {
  if (preset.kind === 'cron') return 'text' in preset ? preset.text : '';
  if (preset.kind === 'hourly') return `${preset.minute} * * * *`;
  if (preset.kind === 'everyHours') return `${preset.minute} */${preset.hours} * * *`;
  if ('days' in preset) return `${clock(preset.time)} * * ${[...preset.days].sort().join(',')}`;
  return 'time' in preset ? `${clock(preset.time)} * * *` : '';
}

/** Another choice, with as much of what there was as fits. */
export function turnedTo(kind: PresetKind, before: ScheduleText): Preset {
  const from = presetOf(before);
  const minute = 'minute' in from ? from.minute : 'time' in from ? Number(from.time.slice(3)) : 0;
  const time = 'time' in from ? from.time : `02:${two(minute)}`;
  if (kind === 'hourly') return { kind, minute };
  if (kind === 'everyHours') return { kind, hours: 6, minute };
  if (kind === 'daily') return { kind, time };
  if (kind === 'weekly') return { kind, days: [1], time };
  if (kind === 'rate') return { kind, text: '1 day' };
  if (kind === 'cron') return { kind, text: before.cron ?? '0 2 * * *' };
  return { kind, text: before.aws ?? 'cron(0 2 L * ? *)' };
}

/** Minute and hour, as cron has them: `05:30` is `30 5`. */
function clock(time: string): string {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return `${minute} ${hour}`;
}

const two = (value: number) => String(value).padStart(2, '0');
