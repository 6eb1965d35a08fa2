/** `holdfast evidence [PLAN]`: what was to be backed up in a period, what was, and what proves it. --json has all of it. */

import type { components } from '../../api/schema.ts';
import { planIdSchema } from '../../core/format/layout.ts';
import { answer } from '../api/client.ts';
import type { Cli } from '../context.ts';
import { instant } from '../instant.ts';
import { argument } from '../lookup.ts';
import type { Output } from '../output.ts';
import { renderFacts, renderTable } from '../table.ts';
import { formatAgo, formatDuration, formatTime } from '../units.ts';

type Evidence = components['schemas']['Evidence'];

export async function evidence(
  cli: Cli,
  planId: string | undefined,
  options: { readonly from?: string; readonly to?: string },
): Promise<void> {
  const { from, to } = options;
  const now = cli.clock.now();
  const query = {
    ...(planId !== undefined && { plan: argument(planIdSchema, planId, 'PLAN') }),
    ...(from !== undefined && { from: instant(from, '--from', now) }),
    ...(to !== undefined && { to: instant(to, '--to', now) }),
  };
  const api = await cli.api();
  const found = answer(await api.GET('/v1/evidence', { params: { query } }));
  cli.out.result(found, () => text(found, cli.out, now));
}

function text(found: Evidence, out: Output, now: Date): string {
  const { plans, drills, restores, alerts, left } = found;
  const more = (many: number) => (many > 0 ? `, and ${many} more` : '');
  const proven = found.keys.filter(({ provenAt }) => provenAt !== undefined).length;
  return [
    renderFacts([
      ['Stack', `${found.stackName}, release ${found.version}`],
      ['Period', `${formatTime(found.from)} to ${formatTime(found.to)}`],
      ['Plans', `${plans.length}${more(left.plans)}${found.whole ? '' : ' (not everything was looked at)'}`],
      ['Drills', `${drills.length}${more(left.drills)}`],
      ['Restores', `${restores.length}${more(left.restores)}`],
      ['Alerts', `${alerts.length}${more(left.alerts)}`],
      ['Keys', `${found.keys.length}, ${proven} proven to open a backup from outside the account`],
      ['Deletions', found.deletions && `${found.deletions.length} on request${more(left.deletions)}`],
    ]),
    plans.length === 0
      ? 'No plans.'
      : renderTable(
          plans,
          [
            { title: 'PLAN', value: (row) => row.planId, flexible: true },
            { title: 'RUNS', value: (row) => String(row.expectedRuns), align: 'right' },
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
              title: 'LONGEST GAP',
              value: ({ longestGapSeconds: gap }) => (gap === undefined ? '-' : formatDuration(gap * 1000)),
              align: 'right',
            },
            { title: 'DRILLS', value: ({ proofs }) => String(proofs.restored), align: 'right' },
            {
              title: 'LAST PROVEN',
              value: ({ lastProvenAt: at }) => (at === undefined ? 'never' : formatAgo(at, now)),
              paint: (cell, row) => (row.lastProvenAt === undefined ? out.paint('warn', cell) : cell),
            },
          ],
          out.terminal.widthColumns,
        ),
  ].join('\n\n');
}
