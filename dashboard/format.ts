/** Times, sizes and numbers as people read them, in their language and their time zone. Everything takes ISO 8601 UTC and bytes. */
import { useTimeZone } from './app/preferences.ts';
import { localeOf, useLanguage } from './text/text.ts';

export interface Format {
  /** `21 Nov 2026, 03:00 CET`. */
  dateTime(iso: string, zone?: string): string;
  /** `21 Nov`, of an instant or a day (`2026-11-21`). */
  day(iso: string): string;
  time(iso: string, zone?: string): string;
  /** `3 hours ago`, `in 2 days`. */
  relative(iso: string, now: Date): string;
  /** `1 h 12 min`, `4.2 s`. */
  duration(seconds: number): string;
  /** Powers of 1,024: `1.5 GiB`. */
  bytes(bytes: number): string;
  number(value: number, digits?: number): string;
  /** 0 to 1. */
  percent(share: number): string;
  usd(dollars: number): string;
  list(items: readonly string[]): string;
}

export function useFormat(): Format {
  const language = useLanguage();
  const [zone] = useTimeZone();
  return sharedFormat(localeOf(language), zone);
}

const shared = new Map<string, Format>();

/** One for all who ask: what it is made of is slow to make. */
function sharedFormat(locale: string, zone: string): Format {
  const key = `${locale} ${zone}`;
  let found = shared.get(key);
  if (!found) {
    found = formatOf(locale, zone);
    shared.set(key, found);
  }
  return found;
}

export function formatOf(locale: string, ownZone: string): Format {
  const made = new Map<string, Intl.DateTimeFormat>();
  const dates = (timeZone: string, kind: keyof typeof shapes) => {
    const key = `${timeZone} ${kind}`;
    let found = made.get(key);
    if (!found) {
      found = new Intl.DateTimeFormat(locale, { ...shapes[kind], timeZone });
      made.set(key, found);
    }
    return found;
  };
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  // To make one takes a hundred times as long as to use it, which a page of hundreds of rows would feel.
  const numbers = new Map<string, Intl.NumberFormat>();
  const numberFormat = (key: string, options: Intl.NumberFormatOptions) => {
    let found = numbers.get(key);
    if (!found) {
      found = new Intl.NumberFormat(locale, options);
      numbers.set(key, found);
    }
    return found;
  };
  const number = (value: number, maximumFractionDigits = 0) =>
    numberFormat(`number ${maximumFractionDigits}`, { maximumFractionDigits }).format(value);
  const unit = (value: number, name: string, digits = 0) =>
    numberFormat(`${name} ${digits}`, {
      ...{ style: 'unit', unit: name, unitDisplay: 'short' },
      maximumFractionDigits: digits,
    } as const).format(value);
  return {
    dateTime: (iso, zone = ownZone) => dates(zone, 'dateTime').format(new Date(iso)),
    // A day has no zone of its own: it is what it says.
    day: (iso) => dates(iso.length === 10 ? 'UTC' : ownZone, 'day').format(new Date(iso)),
    time: (iso, zone = ownZone) => dates(zone, 'time').format(new Date(iso)),
    relative: (iso, now) => {
      const seconds = (Date.parse(iso) - now.getTime()) / 1000;
      const [name, size] = steps.find(([, , upTo]) => Math.abs(seconds) < upTo) ?? lastStep;
      return relative.format(Math.round(seconds / size), name);
    },
    duration: (seconds) => {
      if (seconds < 1) return unit(Math.round(seconds * 1000), 'millisecond');
      if (seconds < 60) return unit(seconds, 'second', seconds < 10 ? 1 : 0);
      const whole = Math.round(seconds);
      const parts = (
        [
          ['day', 86_400],
          ['hour', 3_600],
          ['minute', 60],
          ['second', 1],
        ] as const
      )
        .map(
          ([name, size], at, all) =>
            [name, Math.floor((at === 0 ? whole : whole % (all[at - 1]?.[1] ?? 1)) / size)] as const,
        )
        .filter(([, count]) => count > 0);
      return parts
        .slice(0, 2)
        .map(([name, count]) => unit(count, name))
        .join(' ');
    },
    bytes: (bytes) => {
      const at = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
      const value = bytes / 1024 ** at;
      return `${number(value, at === 0 || value >= 100 ? 0 : 1)} ${units[at]}`;
    },
    number,
    // Cut, not rounded: nearly all is not all.
    percent: (share) =>
      new Intl.NumberFormat(locale, {
        style: 'percent',
        maximumFractionDigits: share > 0.99 ? 2 : 1,
        roundingMode: 'trunc',
      }).format(share),
    usd: (dollars) =>
      new Intl.NumberFormat(locale, {
        style: 'currency',
        currency: 'USD',
        maximumFractionDigits: dollars >= 100 ? 0 : 2,
      }).format(dollars),
    list: (items) => new Intl.ListFormat(locale, { type: 'conjunction' }).format(items),
  };
}

const shapes = {
  dateTime: {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  },
  day: { day: 'numeric', month: 'short' },
  time: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Unit, its seconds, and up to how many seconds it is the one to say. */
const steps: readonly (readonly [Intl.RelativeTimeFormatUnit, number, number])[] = [
  ['second', 1, 45],
  ['minute', 60, 45 * 60],
  ['hour', 3_600, 36 * 3_600],
  ['day', 86_400, 60 * 86_400],
  ['month', 30.44 * 86_400, 700 * 86_400],
];
const lastStep = ['year', 365.25 * 86_400] as const;
