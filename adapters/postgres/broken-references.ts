/**
 * What is kept and needs what the plan excludes: pg_dump writes it, and restoring it fails. The backup is made all the
 * same (its rows are whole), and says so as a warning, before the night on which somebody restores it.
 */
import type pg from 'pg';
import type { Catalogue } from './catalogue.ts';

/** Lines for people, at most 20 and one that counts the rest. Read in the transaction that `client` is in. */
export async function brokenReferences(
  client: pg.Client,
  catalogue: Pick<Catalogue, 'tables'>,
): Promise<readonly string[]> {
  const excluded = catalogue.tables.filter((table) => table.excluded).map((table) => table.oid);
  if (excluded.length === 0) return [];
  const { rows } = await client.query<{ what: string; needs: string }>(brokenQuery, [excluded]);
  const lines = rows
    .slice(0, 20)
    .map(
      ({ what, needs }) =>
        `${what} needs ${needs}, which the plan excludes: restoring it will fail. Exclude both, or only the rows (exclude.tableData).`,
    );
  return rows.length > 20 ? [...lines, `and ${rows.length - 20} more that need what is excluded`] : lines;
}

const brokenQuery = `
SELECT 'foreign key ' || quote_ident(con.conname) || ' of ' || con.conrelid::regclass AS what, con.confrelid::regclass::text AS needs
FROM pg_constraint con
WHERE con.contype = 'f' AND con.confrelid = ANY ($1::oid[]) AND con.conrelid <> ALL ($1::oid[])
UNION ALL
SELECT DISTINCT 'view ' || r.ev_class::regclass, d.refobjid::regclass::text
FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
  AND d.refobjid = ANY ($1::oid[]) AND r.ev_class <> ALL ($1::oid[])
UNION ALL
SELECT 'publication ' || quote_ident(p.pubname), pr.prrelid::regclass::text
FROM pg_publication_rel pr JOIN pg_publication p ON p.oid = pr.prpubid
WHERE pr.prrelid = ANY ($1::oid[])
ORDER BY 1, 2`;
