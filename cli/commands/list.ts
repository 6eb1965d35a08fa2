/** `holdfast list [PLAN]`: backups, newest first, or as they are asked for. */
import { z } from 'zod';
import { labelSchema } from '../../core/events.ts';
import { planIdSchema } from '../../core/format/layout.ts';
import { answer } from '../api/client.ts';
import { listOf } from '../api/pages.ts';
import { backupColumns } from '../backup-view.ts';
import type { Cli } from '../context.ts';
import { instant } from '../instant.ts';
import { argument, wholeNumber } from '../lookup.ts';
import { renderTable } from '../table.ts';

export interface ListOptions {
  readonly limit: string;
  readonly status?: string;
  readonly kind?: string;
  readonly tier?: string;
  readonly verified?: string;
  readonly label?: string;
  readonly from?: string;
  readonly to?: string;
  readonly sort?: string;
  readonly order?: string;
}

const oneOf = <T extends string>(...names: readonly [T, ...T[]]) =>
  z.enum(names, `one of ${names.join(', ')}`);
const statuses = oneOf('pending', 'running', 'completed', 'failed', 'expired');
const kinds = oneOf('database', 'files', 'full');
const tiers = oneOf('hourly', 'daily', 'weekly', 'monthly', 'yearly', 'manual');
const proofs = oneOf('passed', 'failed', 'none', 'stored', 'readable', 'restored');
const orders = oneOf('asc', 'desc');
/** As it is typed, and as the API calls it. */
const sorts = { time: 'slot', size: 'storedBytes', duration: 'durationSeconds' } as const;

export async function list(cli: Cli, planId: string | undefined, options: ListOptions): Promise<void> {
  const limit = argument(wholeNumber(1, 1000), options.limit, '--limit');
  const query = queryOf(planId, options, cli.clock.now());
  const api = await cli.api();
  const rows = await listOf(
    async (paging) => answer(await api.GET('/v1/backups', { params: { query: { ...query, ...paging } } })),
    limit,
  );
  const isNarrowed = Object.keys(query).length > (planId === undefined ? 0 : 1);
  cli.out.result(rows, () =>
    rows.length === 0
      ? isNarrowed
        ? 'No backups like that.'
        : `No backups${planId ? ` of plan ${planId}` : ''} yet. \`holdfast backup ${planId ?? 'PLAN'}\` makes one now.`
      : renderTable(
          rows,
          backupColumns(cli.out, cli.clock.now(), planId === undefined, rows),
          cli.out.terminal.widthColumns,
        ),
  );
}

function queryOf(planId: string | undefined, options: ListOptions, now: Date) {
  const given = <T extends z.ZodType>(schema: T, value: unknown, name: string) =>
    value === undefined ? undefined : argument(schema, value, name);
  const { status, kind, tier, verified, label, from, to, sort, order } = options;
  const query = {
    plan: given(planIdSchema, planId, 'PLAN'),
    status: given(statuses, status, '--status'),
    kind: given(kinds, kind, '--kind'),
    tier: given(tiers, tier, '--tier'),
    verified: given(proofs, verified, '--verified'),
    label: given(labelSchema, label, '--label'),
    from: from === undefined ? undefined : instant(from, '--from', now),
    to: to === undefined ? undefined : instant(to, '--to', now),
    sort: sort === undefined ? undefined : sorts[argument(oneOf('time', 'size', 'duration'), sort, '--sort')],
    order: given(orders, order, '--order'),
  };
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as typeof query;
}
