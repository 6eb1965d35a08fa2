/** Figures over time as lines or bars (uPlot, fetched with the first chart), and the same as a table for who reads it. */
import { lazy, Suspense, useState } from 'react';
import { Loading } from '../kit/states.tsx';
import { useText } from '../text/text.ts';

export interface Series {
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly kind?: 'line' | 'bars' | 'area';
  /** A colour of charts.css: `--chart-1` to `--chart-5`, `--well`, `--critical`, `--warning`. */
  readonly color?: string;
  /** A line that is a bound, not a measurement. */
  readonly dashed?: boolean;
  /** Each value is marked: where there are few, or gaps between them. */
  readonly marked?: boolean;
}

export interface ChartProps {
  readonly title: string;
  /** ISO 8601 UTC, or days. */
  readonly times: readonly string[];
  readonly series: readonly Series[];
  /** For axes and the table. */
  readonly format: (value: number) => string;
  readonly formatTime: (iso: string) => string;
  readonly height?: number;
  /** They are counts: the axis names no parts of one. */
  readonly whole?: boolean;
}

const Plot = lazy(() => import('./plot.tsx'));

export function Chart(props: ChartProps) {
  const text = useText('common');
  const [open, setOpen] = useState(false);
  const { title, times, series, format, formatTime } = props;
  return (
    <figure className="chart">
      <figcaption>{title}</figcaption>
      <Suspense fallback={<Loading lines={3} />}>
        <Plot {...props} />
      </Suspense>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{text.asTable}</summary>
        {open && (
          <div className="table-place">
            <table className="table">
              <caption className="visually-hidden">{title}</caption>
              <thead>
                <tr>
                  <th scope="col">{text.time}</th>
                  {series.map(({ label }) => (
                    <th key={label} scope="col" data-align="end">
                      {label}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {times.map((time, at) => (
                  <tr key={time}>
                    <th scope="row" data-label={text.time}>
                      {formatTime(time)}
                    </th>
                    {series.map(({ label, values }) => {
                      const value = values[at];
                      return (
                        <td key={label} data-label={label} data-align="end">
                          {value === null || value === undefined ? '–' : format(value)}
                        </td>
                      );
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </details>
    </figure>
  );
}
