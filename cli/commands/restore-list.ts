/** `holdfast restore list`, `show` and `cancel`. */
import { z } from 'zod';
import { planIdSchema } from '../../core/format/layout.ts';
import { type Api, answer } from '../api/client.ts';
import { listOf } from '../api/pages.ts';
import type { Restore } from '../api/rows.ts';
import type { Cli } from '../context.ts';
import { argument, wholeNumber } from '../lookup.ts';
import type { Tone } from '../output.ts';
import { facts, targetOf } from '../restore-view.ts';
import { renderTable } from '../table.ts';
import { formatAge } from '../units.ts';

const restoreIdSchema = z
  .string()
  .regex(/^r-[0-9a-z-]{8,60}$/, 'a restore id like r-20261121t020000z-3f9a1c22');
const names = ['pending', 'waiting', 'running', 'completed', 'failed', 'cancelled'] as const;
const statuses = z.enum(names, `one of ${names.join(', ')}`);

export async function getRestore(api: Api, restoreId: string): Promise<Restore> {
  const path = { restoreId: argument(restoreIdSchema, restoreId, 'RESTORE') };
  return answer(await api.GET('/v1/restores/{restoreId}', { params: { path } }));
}

export interface RestoreListOptions {
  readonly limit: string;
  readonly status?: string;
}

export async function restoreList(
  cli: Cli,
  planId: string | undefined,
  options: RestoreListOptions,
): Promise<void> {
  const limit = argument(wholeNumber(1, 1000), options.limit, '--limit');
  const narrowed = {
    ...(planId !== undefined && { plan: argument(planIdSchema, planId, 'PLAN') }),
    ...(options.status !== undefined && { status: argument(statuses, options.status, '--status') }),
  };
  const api = await cli.api();
  const rows = await listOf(
    async (paging) =>
      answer(await api.GET('/v1/restores', { params: { query: { ...narrowed, ...paging } } })),
    limit,
  );
  const now = cli.clock.now();
  cli.out.result(rows, () =>
    rows.length === 0
      ? 'No restores.'
      : renderTable(
          rows,
          [
            { title: 'RESTORE', value: (row) => row.restoreId },
            { title: 'STATUS', value: statusOf, paint: (cell, row) => cli.out.paint(toneOf(row), cell) },
            { title: 'PLAN', value: (row) => row.planId, flexible: true },
            { title: 'BACKUP', value: (row) => row.backupId },
            { title: 'AGE', value: (row) => formatAge(row.createdAt, now), align: 'right' },
            { title: 'TO', value: (row) => targetOf(row.result ?? {}) ?? '-', flexible: true },
            { title: 'BY', value: (row) => row.createdBy, flexible: true },
          ],
          cli.out.terminal.widthColumns,
        ),
  );
}

const statusOf = ({ status, dead }: Restore) => (dead ? `${status}, dead` : status);

function toneOf({ status, dead }: Restore): Tone {
  if (dead || status === 'failed') return 'bad';
  return status === 'completed' ? 'good' : status === 'cancelled' ? 'dim' : 'warn';
}

/** `holdfast restore show RESTORE_ID`. */
export async function restoreShow(cli: Cli, restoreId: string): Promise<void> {
  const row = await getRestore(await cli.api(), restoreId);
  cli.out.result(row, () => facts(row, cli.clock.now()));
}

/** `holdfast restore cancel RESTORE_ID`. */
export async function restoreCancel(cli: Cli, restoreId: string): Promise<void> {
  await cancelRestore(await cli.api(), restoreId);
  cli.out.result(
    { restoreId, cancelRequested: true },
    () =>
      `Asked restore ${restoreId} to stop; it does within seconds. \`holdfast restore show ${restoreId}\` tells.`,
  );
}

export async function cancelRestore(api: Api, restoreId: string): Promise<void> {
  const path = { restoreId: argument(restoreIdSchema, restoreId, 'RESTORE') };
  answer(await api.POST('/v1/restores/{restoreId}/cancel', { params: { path } }));
}
