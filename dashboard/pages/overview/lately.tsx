/** What happened lately, to all plans together: a calendar of runs, and the figures that people are asked for. */
import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useApi } from '../../api/use-api.ts';
import { Calendar } from '../../charts/calendar.tsx';
import { useFormat } from '../../format.ts';
import { Card, Facts } from '../../kit/card.tsx';
import { Empty, Loaded } from '../../kit/states.tsx';
import { useText } from '../../text/text.ts';
import { calendarOf, figuresOf, type Stats } from './figures.ts';
import style from './overview.module.css';

const days = 90;
const everyMs = 300_000;
const legend = ['well', 'proven', 'mixed', 'failed', 'missed', 'none'] as const;

export default function Lately() {
  const stats = useApi('/v1/stats', { params: { query: { days } } }, { every: everyMs });
  const text = useText('overview');
  return (
    <div className={style.calendarAndFigures}>
      <Card title={text.calendar.title} lead={text.calendar.lead}>
        <Loaded of={stats} lines={5}>
          {(data) => <Runs stats={data} />}
        </Loaded>
      </Card>
      <Card title={text.figures.title}>
        <Loaded of={stats} lines={5}>
          {(data) => <Figures stats={data} />}
        </Loaded>
      </Card>
    </div>
  );
}

function Runs({ stats }: { readonly stats: Stats }) {
  const text = useText('overview').calendar;
  const format = useFormat();
  const navigate = useNavigate();
  const shown = useMemo(
    () =>
      calendarOf(stats.trend, stats.asOf.slice(0, 10), days).map(({ state, ...counted }) => {
        const said = (['completed', 'failed', 'missed', 'proven'] as const).flatMap((what) =>
          counted[what] > 0 ? [text[what](counted[what])] : [],
        );
        const says = text.day(format.day(counted.day), said.length === 0 ? text.nothing : said.join(', '));
        return { day: counted.day, state, says };
      }),
    [stats, text, format],
  );
  if (stats.trend.length === 0) {
    return (
      <Empty title={text.empty}>
        <p>{text.emptyText}</p>
      </Empty>
    );
  }
  return (
    <Calendar
      label={text.label}
      days={shown}
      onOpen={(day) => void navigate({ to: '/runs', search: { from: day, to: day } as never })}
      legend={
        <ul className="legend">
          {legend.map((state) => (
            <li key={state} className="calendar">
              <span>
                <span className={`${style.swatch} calendar-day day-${state}`} aria-hidden="true" />
                {text.legend[state]}
              </span>
            </li>
          ))}
        </ul>
      }
    />
  );
}

function Figures({ stats }: { readonly stats: Stats }) {
  const text = useText('overview').figures;
  const format = useFormat();
  const { runs, completed, missed, proven, averageSeconds } = figuresOf(stats);
  return (
    <Facts
      facts={[
        [
          text.success,
          runs === 0 ? undefined : `${format.percent(completed / runs)} (${text.of(completed, runs)})`,
        ],
        [text.missed, format.number(missed)],
        [text.proven, format.number(proven)],
        [text.usual, averageSeconds === undefined ? undefined : format.duration(averageSeconds)],
        [text.kept, text.keptValue(format.number(stats.kept.backups), format.bytes(stats.kept.storedBytes))],
        [text.cost, format.usd(stats.cost.monthlyUsd)],
      ]}
    />
  );
}
