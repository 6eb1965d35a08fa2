/** `holdfast drills [PLAN]`: restore drills, the newest first, beside what the plan promises. */
import { z } from 'zod';
import type { components } from '../../api/schema.ts';
import { planIdSchema } from '../../core/format/layout.ts';
import { answer } from '../api/client.ts';
import { listOf } from '../api/pages.ts';
import type { Cli } from '../context.ts';
import { instant } from '../instant.ts';
import { argument, wholeNumber } from '../lookup.ts';
import type { Tone } from '../output.ts';
import { renderTable } from '../table.ts';
import { formatDuration, formatTime } from '../units.ts';

type Drill = components['schemas']['Drill'];

export interface DrillsOptions {
  readonly from?: string;
  readonly to?: string;
  readonly result?: string;
  readonly limit: string;
}

const results = z.enum(['passed', 'failed', 'error'], 'one of passed, failed, error');

export async function drills(cli: Cli, planId: string | undefined, options: DrillsOptions): Promise<void> {
  const limit = argument(wholeNumber(1, 1000), options.limit, '--limit');
  const { from, to, result } = options;
  const now = cli.clock.now();
  const filter = {
    ...(planId !== undefined && { plan: argument(planIdSchema, planId, 'PLAN') }),
    ...(from !== undefined && { from: instant(from, '--from', now) }),
    ...(to !== undefined && { to: instant(to, '--to', now) }),
    ...(result !== undefined && { result: argument(results, result, '--result') }),
  };
  const api = await cli.api();
  const rows = await listOf(
    async (paging) => answer(await api.GET('/v1/drills', { params: { query: { ...filter, ...paging } } })),
    limit,
  );
  cli.out.result(rows, () =>
    rows.length === 0
      ? 'No drills.'
      : renderTable(
          rows,
          [
            { title: 'AT', value: ({ at }) => formatTime(at) },
            { title: 'PLAN', value: (row) => row.planId, flexible: true },
            { title: 'BACKUP', value: ({ backupId }) => backupId },
            { title: 'RESULT', value: resultOf, paint: (cell, row) => cli.out.paint(toneOf(row), cell) },
            {
              title: 'TOOK',
              value: ({ seconds }) => (seconds === undefined ? '-' : formatDuration(seconds * 1000)),
              align: 'right',
              paint: (cell, row) => (isLong(row) ? cli.out.paint('warn', cell) : cell),
            },
            { title: 'COMPARED', value: comparedOf, flexible: true },
          ],
          cli.out.terminal.widthColumns,
        ),
  );
}

/** One that gave way to reading proved no restore. */
function resultOf({ status, level }: Drill): string {
  return status === 'passed' && level !== 'restored' ? `${level} only` : status;
}

function toneOf({ status, level }: Drill): Tone {
  if (status === 'failed') return 'bad';
  return status === 'passed' && level === 'restored' ? 'good' : 'warn';
}

const isLong = ({ seconds = 0, targetSeconds }: Drill) =>
  targetSeconds !== undefined && seconds > targetSeconds;

function comparedOf({ counted = {}, differences = 0, status, detail }: Drill): string {
  if (status !== 'passed') return detail;
  const named = Object.entries(counted).map(([what, number]) => `${number} ${what}`);
  return [...named, ...(differences > 0 ? [`${differences} differences`] : [])].join(', ') || '-';
}
