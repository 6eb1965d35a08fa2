/**
 * Days as a calendar of weeks, one cell a day, gone through with the arrow keys: a grid with one stop for Tab. What the
 * cell in focus says stands below, so that nothing is told by colour or by pointing alone.
 */
import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { useFormat } from '../format.ts';
import { useLanguage } from '../text/text.ts';

export interface CalendarDay {
  /** `2026-11-21`. */
  readonly day: string;
  /** A class of charts.css: `well`, `failed`, … */
  readonly state: string;
  /** What a reader of the screen hears, and what is shown of it below: whole, with the date. */
  readonly says: string;
}

const dayMs = 86_400_000;

export function Calendar({
  label,
  days,
  onOpen,
  legend,
}: {
  readonly label: string;
  /** Without gaps, the oldest first. */
  readonly days: readonly CalendarDay[];
  /** Enter, Space or a press on a day. */
  readonly onOpen?: (day: string) => void;
  readonly legend?: ReactNode;
}) {
  const format = useFormat();
  const language = useLanguage();
  const [at, setAt] = useState(days.length - 1);
  const place = useRef<HTMLTableElement>(null);
  const weeks = useMemo(() => weeksOf(days), [days]);
  const current = days[Math.min(at, days.length - 1)];
  const names = useMemo(() => {
    const of = new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' });
    // 2024-01-01 was a Monday.
    return Array.from({ length: 7 }, (_, index) => of.format(new Date(Date.UTC(2024, 0, 1 + index))));
  }, [language]);
  const scroll = useRef<HTMLDivElement>(null);
  // The newest days are what one looks for first, where not all are in sight.
  // biome-ignore lint/correctness/useExhaustiveDependencies: other days are another width.
  useEffect(() => {
    if (scroll.current) scroll.current.scrollLeft = scroll.current.scrollWidth;
  }, [days.length]);
  const go = (to: number) => {
    const bounded = Math.max(0, Math.min(days.length - 1, to));
    setAt(bounded);
    place.current?.querySelector<HTMLElement>(`[data-at="${bounded}"]`)?.focus();
  };
  const onKey = (event: KeyboardEvent) => {
    const steps: Readonly<Record<string, number>> = {
      ArrowUp: -1,
      ArrowDown: 1,
      ArrowLeft: -7,
      ArrowRight: 7,
      PageUp: -28,
      PageDown: 28,
      Home: -days.length,
      End: days.length,
    };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      go(at + step);
    } else if ((event.key === 'Enter' || event.key === ' ') && current) {
      event.preventDefault();
      onOpen?.(current.day);
    }
  };
  return (
    <div className="calendar">
      <div ref={scroll} className="calendar-scroll">
        {/* biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid of ARIA is a table by its nature. */}
        <table ref={place} role="grid" aria-label={label} onKeyDown={onKey}>
          <tbody>
            {names.map((name, weekday) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {weeks.map((week, column) => {
                  const index = week[weekday];
                  const day = index === undefined ? undefined : days[index];
                  if (index === undefined || !day) {
                    // biome-ignore lint/suspicious/noArrayIndexKey: weeks have no other name.
                    return <td key={column} aria-hidden="true" />;
                  }
                  return (
                    <td
                      key={day.day}
                      data-at={index}
                      className={`calendar-day day-${day.state}`}
                      tabIndex={index === at ? 0 : -1}
                      aria-label={day.says}
                      title={day.says}
                      onFocus={() => setAt(index)}
                      onClick={() => onOpen?.(day.day)}
                      onKeyDown={undefined}
                    />
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="calendar-says" aria-hidden="true">
        {current?.says ?? format.day(new Date().toISOString())}
      </p>
      {legend}
    </div>
  );
}

/** Columns of seven indexes, Monday first; undefined before the first day. */
function weeksOf(days: readonly CalendarDay[]): readonly (readonly (number | undefined)[])[] {
  const first = days[0];
  if (!first) return [];
  const lead = (new Date(`${first.day}T00:00:00Z`).getUTCDay() + 6) % 7;
  const weeks: (number | undefined)[][] = [];
  days.forEach((_, index) => {
    const place = lead + index;
    const week = Math.floor(place / 7);
    weeks[week] ??= Array.from({ length: 7 });
    (weeks[week] as (number | undefined)[])[place % 7] = index;
  });
  return weeks;
}

/** All days from one to the other, both included: `2026-11-21`. */
export function daysBetween(from: string, to: string): readonly string[] {
  const first = Date.parse(`${from}T00:00:00Z`);
  const count = Math.round((Date.parse(`${to}T00:00:00Z`) - first) / dayMs) + 1;
  return Array.from({ length: Math.max(0, Math.min(count, 1_200)) }, (_, at) =>
    new Date(first + at * dayMs).toISOString().slice(0, 10),
  );
}
