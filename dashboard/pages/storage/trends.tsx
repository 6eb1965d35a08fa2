/** How it grows, how runs went, and how long they took. */
import { useMemo } from 'react';
import { Chart, type Series } from '../../charts/chart.tsx';
import { useFormat } from '../../format.ts';
import { Empty } from '../../kit/states.tsx';
import { useText } from '../../text/text.ts';
import { durationsOf, growthOf, runsOf, type Stats } from './growth.ts';

export function Growth({ stats }: { readonly stats: Stats }) {
  const text = useText('storage').growth;
  const format = useFormat();
  const { times, series } = useMemo(() => {
    const growth = growthOf(stats);
    const lines: readonly Series[] = [
      { label: text.kept, values: growth.kept, kind: 'area' },
      ...(growth.foreseen.length > 0
        ? [{ label: text.foreseen, values: growth.foreseen, dashed: true, color: '--chart-3' }]
        : []),
    ];
    return { times: growth.times, series: lines };
  }, [stats, text]);
  if (!stats.trend.some(({ keptBytes }) => keptBytes !== undefined)) return <Empty title={text.none} />;
  return (
    <Chart title={text.chart} times={times} series={series} format={format.bytes} formatTime={format.day} />
  );
}

export function Success({ stats: { trend } }: { readonly stats: Stats }) {
  const text = useText('storage').success;
  const format = useFormat();
  const { times, series } = useMemo(() => {
    const { due, completed } = runsOf(trend);
    const bars: readonly Series[] = [
      { label: text.due, values: due, kind: 'bars', color: '--critical' },
      { label: text.completed, values: completed, kind: 'bars', color: '--well' },
    ];
    return { times: trend.map(({ day }) => day), series: bars };
  }, [trend, text]);
  if (!series.some(({ values }) => values.some((value) => value !== 0))) return <Empty title={text.none} />;
  return (
    <Chart
      title={text.chart}
      times={times}
      series={series}
      format={format.number}
      formatTime={format.day}
      whole
    />
  );
}

export function Lasting({ stats: { trend } }: { readonly stats: Stats }) {
  const text = useText('storage').lasting;
  const format = useFormat();
  const { times, series } = useMemo(() => {
    const { average, longest } = durationsOf(trend);
    const lines: readonly Series[] = [
      { label: text.average, values: average },
      { label: text.longest, values: longest, color: '--chart-3' },
    ];
    return { times: trend.map(({ day }) => day), series: lines };
  }, [trend, text]);
  if (!series.some(({ values }) => values.some((value) => value !== null)))
    return <Empty title={text.none} />;
  return (
    <Chart
      title={text.chart}
      times={times}
      series={series}
      format={format.duration}
      formatTime={format.day}
    />
  );
}
