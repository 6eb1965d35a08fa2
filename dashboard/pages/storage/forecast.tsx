/** What will be kept and cost if it goes on like this, and how that was reckoned. */
import { useFormat } from '../../format.ts';
import { Table } from '../../kit/table.tsx';
import { useText } from '../../text/text.ts';
import { forecastDays, growthShare, type Stats } from './growth.ts';

export function Forecast({ stats: { forecast, kept, cost } }: { readonly stats: Stats }) {
  const text = useText('storage').forecast;
  const format = useFormat();
  if (!forecast) return <p className="small">{text.none}</p>;
  const rows = [
    { name: text.today, keptBytes: kept.storedBytes, monthlyUsd: cost.monthlyUsd, share: undefined },
    ...forecastDays.map((days) => ({
      name: text.inDays(Number(days)),
      ...forecast.days[days],
      share: growthShare(kept.storedBytes, forecast.days[days].keptBytes),
    })),
  ];
  return (
    <>
      <h3>{text.title}</h3>
      <Table
        label={text.title}
        rows={rows}
        keyOf={({ name }) => name}
        columns={[
          { id: 'when', header: text.when, heads: true, cell: ({ name }) => name },
          { id: 'kept', header: text.kept, align: 'end', cell: ({ keptBytes }) => format.bytes(keptBytes) },
          {
            id: 'change',
            header: text.change,
            align: 'end',
            cell: ({ share }) =>
              share === undefined ? '–' : `${share >= 0 ? '+' : '−'}${format.percent(Math.abs(share))}`,
          },
          { id: 'cost', header: text.cost, align: 'end', cell: ({ monthlyUsd }) => format.usd(monthlyUsd) },
        ]}
      />
      <p className="small">
        {text.method} <span lang="en">{forecast.method}</span>
      </p>
    </>
  );
}
