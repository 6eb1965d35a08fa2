/** The figures in one line: what is there, what it costs, how it went. */
import { useApi } from '../../api/use-api.ts';
import { useFormat } from '../../format.ts';
import { Card, Facts } from '../../kit/card.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import type { Stats } from './growth.ts';

export function Summary({ stats }: { readonly stats: Stats }) {
  const text = useText('storage').summary;
  const format = useFormat();
  const settings = useApi('/v1/settings');
  const { kept, totals, cost, asOf, countedBy, days } = stats;
  const { quotaBytes } = settings.data ?? {};
  const ratio =
    totals.averageSourceBytes !== undefined && totals.averageStoredBytes
      ? totals.averageSourceBytes / totals.averageStoredBytes
      : undefined;
  return (
    <Card title={text.title}>
      <Facts
        facts={[
          [
            text.kept,
            `${format.bytes(kept.storedBytes)}${quotaBytes === undefined ? '' : ` ${text.ofQuota(format.bytes(quotaBytes))}`}`,
          ],
          [text.points, format.number(kept.backups)],
          [text.cost, text.aMonth(format.usd(cost.monthlyUsd))],
          [
            text.success(days),
            totals.successRate === undefined ? text.nothingDue : format.percent(totals.successRate),
          ],
          [
            text.runs(days),
            text.counts(
              format.number(totals.completed),
              format.number(totals.failed),
              format.number(totals.missed),
            ),
          ],
          [text.proven(days), format.number(totals.proven)],
          [
            text.average,
            totals.averageSeconds === undefined ? undefined : format.duration(totals.averageSeconds),
          ],
          [text.ratio, ratio === undefined ? undefined : `${format.number(ratio, 1)} : 1`],
          [text.asOf, <span key="as-of">{countedBy === 'watch' ? <When at={asOf} /> : text.now}</span>],
        ]}
      />
    </Card>
  );
}
