/** Backups by what a person called them: an exact label, among a bounded number of rows, newest first. */
import { HoldfastError, InvalidInput } from '../core/errors.ts';
import type { BackupRow, BackupStatus, Catalog } from '../core/ports/catalog.ts';
import { formatTime } from './units.ts';

/** Rows of a plan that are looked at: of more than a year, when one is made each two hours. */
const mostRows = 5000;
/** Without a plan's name, the plans that are looked through. */
const mostPlans = 20;
/** Of what else there is, so many are named. */
const mostNamed = 10;

/** Rows of a plan, newest first, at most 5,000. */
export async function* newestFirst(
  catalog: Catalog,
  planId: string,
  status?: BackupStatus,
): AsyncGenerator<BackupRow> {
  let cursor: string | undefined;
  let read = 0;
  do {
    const page = await catalog.listBackups(planId, {
      limit: 100,
      ...(status && { status }),
      ...(cursor && { cursor }),
    });
    yield* page.rows;
    read += page.rows.length;
    cursor = page.cursor;
  } while (cursor && read < mostRows);
}

/**
 * The backup with that label, of that plan or, without one, of any. A completed one goes before one that is gone or
 * never came to be. INVALID_INPUT lists the candidates when there are several; BACKUP_NOT_FOUND the labels there are.
 */
export async function findLabelled(catalog: Catalog, label: string, planId?: string): Promise<BackupRow> {
  const wanted = label.trim();
  const found: BackupRow[] = [];
  const others = new Set<string>();
  for (const each of planId === undefined ? await allPlans(catalog) : [planId]) {
    for await (const row of newestFirst(catalog, each)) {
      if (row.label === wanted) found.push(row);
      else if (row.label !== undefined && others.size < mostNamed) others.add(`${row.planId}@"${row.label}"`);
    }
  }
  const completed = found.filter(({ status }) => status === 'completed');
  const [row, another] = completed.length > 0 ? completed : found;
  if (row && !another) return row;
  if (!row) throw none(wanted, planId, [...others]);
  const candidates = (completed.length > 0 ? completed : found)
    .slice(0, mostNamed)
    .map(
      ({ planId: plan, backupId, slot, status }) => `${backupId} (${plan}, ${formatTime(slot)}, ${status})`,
    );
  throw new InvalidInput('command line', [
    { field: 'label', value: JSON.stringify(wanted), allowed: `one of these ids: ${candidates.join(', ')}` },
  ]);
}

async function allPlans(catalog: Catalog): Promise<readonly string[]> {
  const { rows, cursor } = await catalog.listPlans({ limit: mostPlans });
  if (!cursor) return rows.map(({ plan }) => plan.id);
  throw new InvalidInput('command line', [
    { field: 'label', allowed: `PLAN@LABEL, since there are more than ${mostPlans} plans` },
  ]);
}

function none(label: string, planId: string | undefined, others: readonly string[]): HoldfastError {
  const where = planId === undefined ? '' : ` of plan ${planId}`;
  return new HoldfastError(
    'BACKUP_NOT_FOUND',
    `there is no backup${where} with the label ${JSON.stringify(label)}`,
    {
      details: { label, planId, labels: others },
      ...(others.length > 0 && { next: `These labels are there: ${others.join(', ')}.` }),
    },
  );
}
