/** How a plan went: the last thirty days in a line, ninety as a calendar, and how long runs took. */
import { useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { type Schemas, useApi } from '../../api/use-api.ts';
import { Calendar } from '../../charts/calendar.tsx';
import { Chart } from '../../charts/chart.tsx';
import { type Day, Strip } from '../../charts/strip.tsx';
import { useFormat } from '../../format.ts';
import { Card, Columns } from '../../kit/card.tsx';
import { Link } from '../../kit/link.tsx';
import { Empty, Loaded } from '../../kit/states.tsx';
import { useText } from '../../text/text.ts';
import { calendarOf } from '../overview/figures.ts';
import { Legend } from './legend.tsx';
import { trendsOf } from './trends.ts';

const days = 90;
const everyMs = 300_000;
const states = ['well', 'proven', 'mixed', 'failed', 'missed', 'none'] as const;

export function History({
  planId,
  days: strip,
}: {
  readonly planId: string;
  readonly days: readonly Day[] | undefined;
}) {
  const text = useText('plan').history;
  const stats = useApi('/v1/stats', { params: { query: { plan: planId, days } } }, { every: everyMs });
  return (
    <>
      <Card
        title={text.title}
        lead={text.lead}
        actions={
          <Link to="/runs" search={{ plan: planId } as never}>
            {text.all}
          </Link>
        }
      >
        {strip && (
          <div>
            <span className="small">{text.strip}</span>
            <Strip days={strip} />
          </div>
        )}
        <Loaded of={stats} lines={5}>
          {(data) => <Days planId={planId} stats={data} />}
        </Loaded>
      </Card>
      {stats.data && hasRun(stats.data) && (
        <Card title={text.trends}>
          <Trends stats={stats.data} />
        </Card>
      )}
    </>
  );
}

/** A day that was counted and on which nothing was due is none to show. */
const hasRun = ({ trend }: Schemas['Stats']) =>
  trend.some(({ completed, failed, missed }) => completed + failed + missed > 0);

function Days({ planId, stats }: { readonly planId: string; readonly stats: Schemas['Stats'] }) {
  const text = useText('plan').history;
  const words = useText('overview').calendar;
  const format = useFormat();
  const navigate = useNavigate();
  const shown = useMemo(
    () =>
      calendarOf(stats.trend, stats.asOf.slice(0, 10), days).map(({ state, day, ...counted }) => {
        const said = (['completed', 'failed', 'missed', 'proven'] as const).flatMap((what) =>
          counted[what] > 0 ? [words[what](counted[what])] : [],
        );
        return {
          day,
          state,
          says: words.day(format.day(day), said.length === 0 ? words.nothing : format.list(said)),
        };
      }),
    [stats, words, format],
  );
  if (!hasRun(stats)) {
    return (
      <Empty title={text.none}>
        <p>{text.noneText}</p>
      </Empty>
    );
  }
  return (
    <Calendar
      label={text.label}
      days={shown}
      onOpen={(day) => void navigate({ to: '/runs', search: { plan: planId, from: day, to: day } as never })}
      legend={<Legend states={states.map((state) => [state, words.legend[state]])} />}
    />
  );
}

function Trends({ stats }: { readonly stats: Schemas['Stats'] }) {
  const text = useText('plan').history;
  const format = useFormat();
  const trends = useMemo(() => trendsOf(stats.trend, stats.asOf.slice(0, 10)), [stats]);
  const durations = useMemo(
    () => [
      { label: text.average, values: trends.average, kind: 'line' as const, color: '--chart-1' },
      {
        label: text.longest,
        values: trends.longest,
        kind: 'line' as const,
        color: '--chart-3',
        dashed: true,
      },
    ],
    [trends, text],
  );
  const success = useMemo(
    () => [{ label: text.rate, values: trends.success, kind: 'area' as const, color: '--chart-4' }],
    [trends, text],
  );
  const seconds = useCallback((value: number) => format.duration(value), [format]);
  const share = useCallback((value: number) => format.percent(value), [format]);
  const time = useCallback((iso: string) => format.day(iso.slice(0, 10)), [format]);
  return (
    <Columns>
      <Chart
        title={text.duration}
        times={trends.days}
        series={durations}
        format={seconds}
        formatTime={time}
      />
      <Chart title={text.success} times={trends.days} series={success} format={share} formatTime={time} />
    </Columns>
  );
}
