/**
 * The rows of a plan beside the folders of the vault, newest first, in memory that does not grow with either. The
 * catalog lists backups newest first and the vault lists names upwards, so they are laid side by side in windows: a
 * page of rows, and the names between its oldest row and the page before it.
 *
 * Cost of a round: for every 500 rows a page of the catalog, and a listing each below plans/ and reports/ (S3 gives
 * 1,000 names a call). No object is listed here. A folder that is gone is noticed; a folder that only lacks its
 * manifest is noticed for the backups whose manifests are looked at one by one (look.ts says which).
 */
import { backupIdSchema } from '../format/layout.ts';
import type { BackupRow } from '../ports/catalog.ts';
import type { Vault } from '../ports/vault.ts';
import type { Run } from './context.ts';

/**
 * A row has 120 KB of notes (core/backup/row-notes.ts) and 64 KB of what stays of it for others, at the very most: 92 MB
 * a window. Most have 5 KB.
 */
const rowsOfWindow = 500;

export interface Window {
  /** Newest first. */
  readonly rows: readonly BackupRow[];
  /** Those of the rows that have a folder below plans/. */
  readonly stored: ReadonlySet<string>;
  /** Those of the rows that have a folder below reports/. */
  readonly reported: ReadonlySet<string>;
}

/** `onStranger` is called for each folder that is named like a backup and has no row on its page. */
export async function* windowsOf(
  planId: string,
  { deps }: Run,
  onStranger: (backupId: string, below: 'plans' | 'reports') => Promise<void>,
): AsyncGenerator<Window> {
  let cursor: string | undefined;
  let before: string | undefined;
  do {
    const page = await deps.catalog.listBackups(planId, { limit: rowsOfWindow, cursor });
    cursor = page.cursor;
    const ids = new Set(page.rows.map((row) => row.backupId));
    // The last window reaches down to the oldest folder.
    const from = cursor === undefined ? undefined : page.rows.at(-1)?.backupId;
    const present = async (below: 'plans' | 'reports') => {
      const found = new Set<string>();
      for await (const name of namesBetween(deps.vault, `${below}/${planId}/`, from, before)) {
        if (ids.has(name)) found.add(name);
        else await onStranger(name, below);
      }
      return found;
    };
    const stored = await present('plans');
    const reported = await present('reports');
    yield { rows: page.rows, stored, reported };
    before = page.rows.at(-1)?.backupId ?? before;
  } while (cursor !== undefined);
}

/** Names of backups from `from` (with it; default: the first) to `before` (without it; default: the last). */
async function* namesBetween(
  vault: Vault,
  prefix: string,
  from: string | undefined,
  before: string | undefined,
): AsyncGenerator<string> {
  // `after` leaves its own name out: one character less comes just before every name that begins with it.
  for await (const name of vault.folders(prefix, { after: from?.slice(0, -1) })) {
    if (from !== undefined && name < from) continue;
    if (before !== undefined && name >= before) return;
    if (backupIdSchema.safeParse(name).success) yield name;
  }
}
