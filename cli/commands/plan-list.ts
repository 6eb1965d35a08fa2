/** `holdfast plan list`: every plan, with when it runs next and how its newest backup went. */
import type { PlanShown } from '../api/rows.ts';
import type { Cli } from '../context.ts';
import type { Tone } from '../output.ts';
import { scheduleText } from '../plan-diff.ts';
import { renderTable } from '../table.ts';
import { formatAge, formatTime } from '../units.ts';
import { allPlans } from './plan-apply.ts';

export async function planList(cli: Cli): Promise<void> {
  const rows = await allPlans(await cli.api());
  const now = cli.clock.now();
  cli.out.result(rows, () =>
    rows.length === 0
      ? 'No plans yet. Write one (examples/plans/) and apply it with `holdfast plan apply -f FILE`, or begin with `holdfast init`.'
      : renderTable(
          rows,
          [
            { title: 'PLAN', value: ({ plan }) => plan.id },
            { title: 'NAME', value: ({ plan }) => plan.name ?? '-', flexible: true },
            { title: 'SCHEDULE', value: ({ schedule }) => scheduleText(schedule), flexible: true },
            { title: 'NEXT RUN', value: nextText },
            {
              title: 'LAST',
              value: ({ lastBackup }) =>
                lastBackup ? `${lastBackup.status} ${formatAge(lastBackup.slot, now)}` : 'none yet',
              paint: (cell, row) => cli.out.paint(lastTone(row), cell),
            },
            {
              title: 'SOURCES',
              value: ({ plan }) => plan.sources.map(({ name }) => name).join(', '),
              flexible: true,
            },
            { title: 'REVISION', value: ({ revision }) => String(revision), align: 'right' },
          ],
          cli.out.terminal.widthColumns,
        ),
  );
}

function nextText({ paused, nextRuns: [next] }: PlanShown): string {
  if (paused) return 'paused';
  return next === undefined ? '-' : formatTime(next);
}

function lastTone({ lastBackup }: PlanShown): Tone {
  if (!lastBackup) return 'dim';
  return lastBackup.status === 'failed' ? 'bad' : lastBackup.status === 'completed' ? 'good' : 'warn';
}
