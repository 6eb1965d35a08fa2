/** Schedules and policies in words, the same on every page. */
import { useCallback, useMemo } from 'react';
import type { Schemas } from '../../api/use-api.ts';
import { type Format, useFormat } from '../../format.ts';
import { useLanguage, useText } from '../../text/text.ts';
import { presetOf, type ScheduleText } from './schedule.ts';

/** Monday to Sunday in the person's language, with their numbers in cron. */
export function useWeekdays(style: 'long' | 'short' = 'long'): readonly (readonly [number, string])[] {
  const language = useLanguage();
  return useMemo(() => {
    const names = new Intl.DateTimeFormat(language, { weekday: style, timeZone: 'UTC' });
    // 2024-01-01 was a Monday.
    return [1, 2, 3, 4, 5, 6, 0].map(
      (day, at) => [day, names.format(new Date(Date.UTC(2024, 0, 1 + at)))] as const,
    );
  }, [language, style]);
}

/** Without the zone: `every day at 02:00`. */
export function useScheduleWords(): (schedule: ScheduleText) => string {
  const text = useText('plans').schedule;
  const format = useFormat();
  const weekdays = useWeekdays();
  return useCallback(
    (schedule) => {
      const preset = presetOf(schedule);
      switch (preset.kind) {
        case 'hourly':
          return text.hourly(two(preset.minute));
        case 'everyHours':
          return text.everyHours(preset.hours, two(preset.minute));
        case 'daily':
          return text.daily(preset.time);
        case 'weekly': {
          const names = weekdays.filter(([day]) => preset.days.includes(day)).map(([, name]) => name);
          return text.weekly(format.list(names), preset.time);
        }
        case 'rate':
          return text.rate(rateWords(preset.text, format));
        default:
          return preset.text;
      }
    },
    [text, format, weekdays],
  );
}

const unitSeconds = { minute: 60, hour: 3_600, day: 86_400 } as const;

/** `6 hours` in the person's language; what is none as it is written. */
function rateWords(text: string, format: Format): string {
  const [, count, unit] = /^(\d{1,6}) (minute|hour|day)s?$/.exec(text) ?? [];
  if (count === undefined) return text;
  return format.duration(Number(count) * unitSeconds[unit as keyof typeof unitSeconds]);
}

const two = (value: number) => String(value).padStart(2, '0');

export type Retention = Schemas['PlanFields']['retention'];
export const scheduledTiers = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;

/** `30 daily, 12 weekly`: the tiers that are on. */
export function useRetentionWords(): (retention: Retention) => string {
  const text = useText('plans').retention;
  const format = useFormat();
  return useCallback(
    (retention) => {
      const tiers = scheduledTiers.filter((tier) => retention[tier] > 0);
      const words = tiers.map((tier) => text[tier](retention[tier]));
      return format.list(retention.days > 0 ? [...words, text.days(retention.days)] : words);
    },
    [text, format],
  );
}
