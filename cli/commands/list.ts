/** `holdfast list [PLAN]`: backups, newest first. */

import { planIdSchema } from '../../core/format/layout.ts';
import type { BackupRow, Catalog } from '../../core/ports/catalog.ts';
import { backupColumns } from '../backup-view.ts';
import type { Cli } from '../context.ts';
import { argument, wholeNumber } from '../lookup.ts';
import { renderTable } from '../table.ts';

/** Without a plan, this many plans are looked at; beyond that a person names one. */
const mostPlans = 1000;
/** Plans asked at a time. */
const plansAtATime = 10;

export interface ListOptions {
  readonly limit: string;
}

export async function list(cli: Cli, planId: string | undefined, options: ListOptions): Promise<void> {
  const limit = argument(wholeNumber(1, 1000), options.limit, '--limit');
  const { catalog } = await cli.connect();
  const rows =
    planId === undefined ? await ofAllPlans(cli, catalog, limit) : await ofPlan(catalog, planId, limit);
  cli.out.result(rows, () =>
    rows.length === 0
      ? `No backups${planId ? ` of plan ${planId}` : ''} yet. \`holdfast backup ${planId ?? 'PLAN'}\` makes one now.`
      : renderTable(
          rows,
          backupColumns(cli.out, cli.clock.now(), planId === undefined, rows),
          cli.out.terminal.widthColumns,
        ),
  );
}

async function ofPlan(catalog: Catalog, planId: string, limit: number): Promise<readonly BackupRow[]> {
  // A deleted plan keeps its backups: the plan's own row is not asked for.
  return (await catalog.listBackups(argument(planIdSchema, planId, 'PLAN'), { limit })).rows;
}

async function ofAllPlans(cli: Cli, catalog: Catalog, limit: number): Promise<readonly BackupRow[]> {
  const page = await catalog.listPlans({ limit: mostPlans });
  if (page.cursor)
    cli.out.warn(`only the first ${mostPlans} plans were looked at: name a plan to see the others`);
  let newest: BackupRow[] = [];
  for (let at = 0; at < page.rows.length; at += plansAtATime) {
    const pages = await Promise.all(
      page.rows.slice(at, at + plansAtATime).map(({ plan }) => catalog.listBackups(plan.id, { limit })),
    );
    newest = [...newest, ...pages.flatMap(({ rows }) => rows)]
      .sort((one, other) => (one.backupId < other.backupId ? 1 : -1))
      .slice(0, limit);
  }
  return newest;
}
