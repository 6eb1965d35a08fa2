/**
 * Loads a table faster: TRUNCATE and COPY in one statement text are one transaction, and a server with
 * wal_level=minimal then writes no log for the rows (what pg_restore -j does for itself). The table was made a moment
 * ago, so there is nothing to lose.
 */
import { decoded, type TocEntry } from './restore-toc.ts';

/** The entry with a COPY that truncates first, where the table is one that was just made. */
export function copyAfterTruncate(entry: TocEntry, made: ReadonlySet<string>): TocEntry {
  if (entry.desc !== 'TABLE DATA' || entry.copyStatement === undefined) return entry;
  // Rows of these go through the root of the partitions, which several entries share.
  if ((entry.defn ?? '').includes('load via partition root')) return entry;
  if (!made.has(`${decoded(entry.namespace)}.${decoded(entry.tag)}`)) return entry;
  const table = `${quoted(entry.namespace)}.${quoted(entry.tag)}`;
  return { ...entry, copyStatement: `TRUNCATE TABLE ONLY ${table}; ${entry.copyStatement}` };
}

/** In the archive's own encoding, hence not quoteIdentifier. */
function quoted(name: string | undefined): string {
  return `"${(name ?? '').replaceAll('"', '""')}"`;
}
