/** `holdfast plan list`: every plan, with when it runs next. */
import type { PlanRow } from '../../core/ports/catalog.ts';
import { nextRuns } from '../../core/schedule.ts';
import type { Cli, CliContext } from '../context.ts';
import { scheduleText, wantedSchedule } from '../plan-diff.ts';
import { renderTable } from '../table.ts';
import { formatTime } from '../units.ts';

/** The product is designed for 10,000 plans. */
const mostPlans = 10_000;

export async function planList(cli: Cli): Promise<void> {
  const rows = await allPlans(await cli.connect(), mostPlans);
  const now = cli.clock.now();
  const shown = rows.map((row) => ({ ...row, nextRunAt: nextRunOf(row, now) }));
  cli.out.result(shown, () =>
    shown.length === 0
      ? 'No plans yet. Write one (examples/plans/) and apply it with `holdfast plan apply -f FILE`.'
      : renderTable(
          shown,
          [
            { title: 'PLAN', value: ({ plan }) => plan.id },
            { title: 'NAME', value: ({ plan }) => plan.name ?? '-', flexible: true },
            { title: 'SCHEDULE', value: ({ plan }) => scheduleText(wantedSchedule(plan)), flexible: true },
            { title: 'NEXT RUN', value: ({ nextRunAt }) => (nextRunAt ? formatTime(nextRunAt) : '-') },
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

/** Undefined when the plan is off. */
export function nextRunOf({ plan, createdAt }: PlanRow, now: Date): string | undefined {
  return plan.enabled ? nextRuns(plan.schedule, now, 1, createdAt)[0] : undefined;
}

export async function allPlans(
  { catalog }: Pick<CliContext, 'catalog'>,
  most: number,
): Promise<readonly PlanRow[]> {
  const rows: PlanRow[] = [];
  let cursor: string | undefined;
  do {
    const page = await catalog.listPlans({ limit: 1000, cursor });
    rows.push(...page.rows);
    cursor = page.cursor;
  } while (cursor !== undefined && rows.length < most);
  return rows;
}
