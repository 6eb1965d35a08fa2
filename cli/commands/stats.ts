/** `holdfast stats [PLAN]`: how backups went, what they take up and cost, and when the next are due. */

import type { components } from '../../api/schema.ts';
import { planIdSchema } from '../../core/format/layout.ts';
import { answer } from '../api/client.ts';
import type { Cli } from '../context.ts';
import { argument, wholeNumber } from '../lookup.ts';
import type { Output } from '../output.ts';
import { renderFacts, renderTable } from '../table.ts';
import { counted, formatAge, formatAgo, formatBytes, formatDuration, formatTime } from '../units.ts';

type Stats = components['schemas']['Stats'];

/** Of plans and of runs to come, so many have a line; --json has all. */
const mostLines = 20;

export async function stats(
  cli: Cli,
  planId: string | undefined,
  options: { readonly days: string },
): Promise<void> {
  const days = argument(wholeNumber(1, 365), options.days, '--days');
  const query = { days, ...(planId !== undefined && { plan: argument(planIdSchema, planId, 'PLAN') }) };
  const api = await cli.api();
  const found = answer(await api.GET('/v1/stats', { params: { query } }));
  cli.out.result(found, () => text(found, cli.out, cli.clock.now()));
}

function text(found: Stats, out: Output, now: Date): string {
  const { widthColumns } = out.terminal;
  const plans = found.byPlan.slice(0, mostLines);
  const more = found.byPlan.length - plans.length + found.otherPlans;
  return [
    facts(found, now),
    plans.length === 0
      ? ''
      : renderTable(
          plans,
          [
            { title: 'PLAN', value: (row) => row.planId, flexible: true },
            { title: 'KEPT', value: (row) => String(row.backups), align: 'right' },
            { title: 'STORED', value: (row) => formatBytes(row.storedBytes), align: 'right' },
            { title: 'OK', value: (row) => String(row.completed), align: 'right' },
            {
              title: 'FAILED',
              value: (row) => String(row.failed),
              align: 'right',
              paint: (cell, row) => (row.failed > 0 ? out.paint('bad', cell) : cell),
            },
            {
              title: 'MISSED',
              value: (row) => String(row.missed),
              align: 'right',
              paint: (cell, row) => (row.missed > 0 ? out.paint('bad', cell) : cell),
            },
            {
              title: 'LAST',
              value: ({ lastBackup }) =>
                lastBackup ? `${lastBackup.status} ${formatAge(lastBackup.slot, now)}` : 'none yet',
            },
          ],
          widthColumns,
        ) + (more > 0 ? `\nand ${more} more plans` : ''),
    trend(found, out),
    found.nextRuns.length === 0
      ? ''
      : `Next: ${found.nextRuns
          .slice(0, 5)
          .map(({ planId, at }) => `${planId} ${formatAge(at, now)}`)
          .join(', ')}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function facts(
  { totals, kept, cost, plans, days, asOf, countedBy, whole, byTier }: Stats,
  now: Date,
): string {
  const { completed, failed, missed, successRate, averageSeconds, averageStoredBytes, longestSeconds } =
    totals;
  const tiers = Object.entries(byTier).filter(([, { backups }]) => backups > 0);
  const last = (seconds: number | undefined) =>
    seconds === undefined ? '-' : formatDuration(seconds * 1000);
  return renderFacts([
    [
      'As of',
      `${formatTime(asOf)} (${countedBy === 'now' ? 'counted now' : `by watch, ${formatAgo(asOf, now)}`})`,
    ],
    ['Plans', `${plans.total}, ${plans.enabled} on${whole ? '' : '; only the first 50 are counted yet'}`],
    [
      `Last ${days} days`,
      `${completed} completed, ${failed} failed, ${missed} missed${successRate === undefined ? '' : ` (${(successRate * 100).toFixed(1)} % well)`}`,
    ],
    [
      'Proven',
      `${totals.proven} by a restore drill, ${totals.verified} verified, ${totals.verifyFailed} FAILED verification`,
    ],
    ['Took', `${last(averageSeconds)} on average, ${last(longestSeconds)} at most`],
    [
      'Size',
      averageStoredBytes === undefined ? undefined : `${formatBytes(averageStoredBytes)} stored on average`,
    ],
    ['Kept', `${counted(kept.backups, 'backup')}, ${formatBytes(kept.storedBytes)}`],
    [
      '  by tier',
      tiers.length === 0
        ? undefined
        : tiers.map(([tier, one]) => `${tier} ${one.backups} (${formatBytes(one.storedBytes)})`).join(', '),
    ],
    [
      'Costs about',
      `$${cost.monthlyUsd.toFixed(2)} a month of storage (list prices of ${cost.region}, ${cost.pricesAsOf})`,
    ],
  ]);
}

const bars = ' ▁▂▃▄▅▆▇█';

/** A column a day: how many ran, red where one failed or was missed. */
function trend({ trend: all }: Stats, out: Output): string {
  const days = all.slice(-Math.min(60, out.terminal.widthColumns - 10));
  const most = Math.max(0, ...days.map(({ completed, failed, missed }) => completed + failed + missed));
  if (most === 0) return '';
  const line = days.map(({ completed, failed, missed }) => {
    const count = completed + failed + missed;
    const bar = bars[count === 0 ? 0 : Math.max(1, Math.round((count * (bars.length - 1)) / most))] ?? ' ';
    return failed + missed > 0 ? out.paint('bad', bar) : bar;
  });
  const wrong = days.filter(({ failed, missed }) => failed + missed > 0).map(({ day }) => day.slice(5));
  const named = wrong.length === 0 ? '' : `\nNot well on ${wrong.slice(-10).join(', ')}`;
  return `Runs a day since ${days[0]?.day}: ${line.join('')}${named}`;
}
