/** Backups by what a person called them: an exact label, among a bounded number of rows, newest first. */
import { HoldfastError, InvalidInput } from '../errors.ts';
import type { BackupRow, BackupStatus, Catalog } from '../ports/catalog.ts';
import { formatTime } from './units.ts';

/** Rows of a plan that are read at most: of 208 days, when one is made each hour. What is older is found by its id. */
const mostRows = 5000;
const rowsOfPage = 100;
/** Without a plan's name, the plans that are looked through. */
const mostPlans = 20;
/** Of what else there is, so many are named. */
const mostNamed = 10;

/** Rows of a plan, newest first; `cutAt` hears the slot of the last one when there are more than are read. */
export async function* newestFirst(
  catalog: Pick<Catalog, 'listBackups'>,
  planId: string,
  { status, cutAt }: { readonly status?: BackupStatus; readonly cutAt?: (slot: string) => void } = {},
): AsyncGenerator<BackupRow> {
  let cursor: string | undefined;
  let last: string | undefined;
  for (let pages = 0; pages < mostRows / rowsOfPage; pages += 1) {
    const page = await catalog.listBackups(planId, {
      limit: rowsOfPage,
      ...(status && { status }),
      ...(cursor && { cursor }),
    });
    yield* page.rows;
    last = page.rows.at(-1)?.slot ?? last;
    cursor = page.cursor;
    if (!cursor) return;
  }
  cutAt?.(last ?? '');
}

/**
 * The backup with that label, of that plan or, without one, of any. A completed one goes before one that is gone or
 * never came to be; `note` hears of a newer one that did not. INVALID_INPUT lists the candidates when there are several; BACKUP_NOT_FOUND the labels there are.
 */
export async function findLabelled(
  catalog: Catalog,
  label: string,
  planId?: string,
  note: (text: string) => void = () => {},
): Promise<BackupRow> {
  const wanted = label.trim();
  const found: BackupRow[] = [];
  const others = new Set<string>();
  /** Plans with more rows than are read: whether such a label is among the older ones nobody knows. */
  const cut: string[] = [];
  for (const each of planId === undefined ? await allPlans(catalog) : [planId]) {
    for await (const row of newestFirst(catalog, each, {
      cutAt: (slot) => cut.push(`${each}: ${notLookedAt(slot)}`),
    })) {
      if (row.label === wanted) found.push(row);
      else if (row.label !== undefined && others.size < mostNamed) others.add(`${row.planId}@"${row.label}"`);
    }
  }
  const completed = found.filter(({ status }) => status === 'completed');
  const [row, another] = completed.length > 0 ? completed : found;
  if (row && !another) {
    const newer = found.find((each) => each.status !== 'completed' && each.slot > row.slot);
    if (newer)
      note(
        `a newer one of that label, ${newer.backupId} of ${formatTime(newer.slot)}, is ${newer.status}: it is not the one.`,
      );
    return row;
  }
  if (!row) throw none(wanted, planId, [...others], cut);
  const candidates = (completed.length > 0 ? completed : found)
    .slice(0, mostNamed)
    .map(
      ({ planId: plan, backupId, slot, status }) => `${backupId} (${plan}, ${formatTime(slot)}, ${status})`,
    );
  throw new InvalidInput('backup', [
    { field: 'label', value: JSON.stringify(wanted), allowed: `one of these ids: ${candidates.join(', ')}` },
  ]);
}

async function allPlans(catalog: Catalog): Promise<readonly string[]> {
  const { rows, cursor } = await catalog.listPlans({ limit: mostPlans });
  if (!cursor) return rows.map(({ plan }) => plan.id);
  throw new InvalidInput('backup', [
    { field: 'label', allowed: `PLAN@LABEL, since there are more than ${mostPlans} plans` },
  ]);
}

function notLookedAt(slot: string): string {
  return `only the newest ${mostRows} backups were looked at, which go back to ${slot === '' ? 'an unknown time' : formatTime(slot)}`;
}

function none(
  label: string,
  planId: string | undefined,
  others: readonly string[],
  cut: readonly string[],
): HoldfastError {
  const where = planId === undefined ? '' : ` of plan ${planId}`;
  if (cut.length > 0) {
    return new HoldfastError(
      'BACKUP_NOT_FOUND',
      `no backup${where} with the label ${JSON.stringify(label)} was found, but there are older ones (${cut.join('; ')})`,
      {
        details: { label, planId, labels: others, cut },
        next: 'Name an older one by its id, which the command that made it printed, and which its manifest and the log have.',
      },
    );
  }
  return new HoldfastError(
    'BACKUP_NOT_FOUND',
    `there is no backup${where} with the label ${JSON.stringify(label)}`,
    {
      details: { label, planId, labels: others },
      ...(others.length > 0 && { next: `These labels are there: ${others.join(', ')}.` }),
    },
  );
}
