/**
 * What the source role cannot see or read. What would make pg_dump fail is an error before bytes flow, by name; what
 * pg_dump would leave out silently (it ends with success) is found here, and the plan decides: fail, or warn.
 */
import type pg from 'pg';
import { HoldfastError } from '../../core/errors.ts';
import type { Catalogue, CatalogueTable } from './catalogue.ts';
import type { ServerFacts } from './facts.ts';
import type { PostgresFacts } from './model.ts';
import { listNames } from './names.ts';
import type { PostgresSource } from './source.ts';

export type NotCovered = PostgresFacts['notCovered'][number];

export interface LargeObjects {
  readonly count: number;
  readonly unreadable: number;
  /** On disk. */
  readonly bytes: number;
}

/** Tables that pg_dump locks and reads definitions of. */
export function lockedTables(catalogue: Catalogue): readonly CatalogueTable[] {
  return catalogue.tables.filter(
    (table) =>
      !table.excluded &&
      (table.kind === 'r' || table.kind === 'p') &&
      (table.extension === undefined || table.configuration !== undefined),
  );
}

/** @throws HoldfastError SOURCE_PRIVILEGE or SOURCE_ROW_SECURITY, naming the tables */
export function requireReadable(catalogue: Catalogue, user: string): void {
  const tables = lockedTables(catalogue).filter((table) => !table.readable);
  const sequences = catalogue.sequences.filter((sequence) => !sequence.readable);
  const hidden = [...tables, ...sequences];
  if (hidden.length > 0) {
    throw new HoldfastError(
      'SOURCE_PRIVILEGE',
      `role ${user} may not read ${hidden.length} tables or sequences: ${listNames(hidden)}`,
      {
        details: { count: hidden.length },
      },
    );
  }
  const thinned = catalogue.tables.filter((table) => table.hasData && table.rowSecurity);
  if (thinned.length > 0) {
    throw new HoldfastError(
      'SOURCE_ROW_SECURITY',
      `row level security would hide rows from role ${user}: ${listNames(thinned)}`,
      {
        details: { count: thinned.length },
      },
    );
  }
}

export async function readLargeObjects(client: pg.Client, server: ServerFacts): Promise<LargeObjects> {
  const result = await client.query<{ count: string; unreadable: string; bytes: string }>(`
    SELECT count(*)::text AS count,
           count(*) FILTER (WHERE NOT pg_has_role(l.lomowner, 'USAGE') AND NOT EXISTS (
             SELECT FROM aclexplode(l.lomacl) a
             WHERE a.privilege_type = 'SELECT' AND (a.grantee = 0 OR pg_has_role(a.grantee, 'USAGE'))))::text AS unreadable,
           pg_table_size('pg_largeobject')::text AS bytes
    FROM pg_largeobject_metadata l`);
  const row = result.rows[0] as { count: string; unreadable: string; bytes: string };
  const anyone = server.superuser || server.anyLargeObject;
  return {
    count: Number(row.count),
    unreadable: anyone ? 0 : Number(row.unreadable),
    bytes: Number(row.bytes),
  };
}

/** What the role cannot see: the dump would be smaller than the database, and nothing would say so. */
export async function findIncomplete(
  client: pg.Client,
  server: ServerFacts,
  largeObjects: LargeObjects,
): Promise<readonly NotCovered[]> {
  const missing: NotCovered[] = [];
  if (largeObjects.unreadable > 0) {
    missing.push({
      what: `all ${largeObjects.count} large objects`,
      why: `role ${server.user} may not read ${largeObjects.unreadable} of them, and pg_dump reads all or none`,
    });
  }
  if (server.superuser) return missing;
  const counts = await client.query<{ subscriptions: string; mappings: string }>(`
    SELECT (SELECT count(*) FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
            WHERE d.datname = current_database())::text AS subscriptions,
           (SELECT count(*) FROM pg_user_mappings WHERE umoptions IS NULL AND usename <> current_user)::text AS mappings`);
  const { subscriptions, mappings } = counts.rows[0] as { subscriptions: string; mappings: string };
  if (subscriptions !== '0') {
    missing.push({ what: `${subscriptions} subscriptions`, why: 'pg_dump reads them only as a superuser' });
  }
  if (mappings !== '0') {
    missing.push({
      what: `options of ${mappings} user mappings`,
      why: 'only their owners and superusers see them',
    });
  }
  return missing;
}

/** Left out by their nature, whoever looks. */
export function leftOut(catalogue: Catalogue, server: ServerFacts): readonly NotCovered[] {
  const foreign = catalogue.tables.filter((table) => table.kind === 'f' && !table.excluded);
  const unlogged = server.standby ? catalogue.tables.filter((table) => table.hasData && table.unlogged) : [];
  return [
    ...(foreign.length > 0
      ? [{ what: `rows of foreign tables: ${listNames(foreign)}`, why: 'they belong to another server' }]
      : []),
    ...(unlogged.length > 0
      ? [{ what: `rows of unlogged tables: ${listNames(unlogged)}`, why: 'a standby does not have them' }]
      : []),
  ];
}

/** @throws HoldfastError SOURCE_INCOMPLETE unless the plan only warns */
export function requireComplete(
  missing: readonly NotCovered[],
  onIncomplete: PostgresSource['onIncomplete'],
): void {
  if (missing.length === 0 || onIncomplete === 'warn') return;
  const list = missing.map(({ what, why }) => `${what} (${why})`).join('; ');
  throw new HoldfastError('SOURCE_INCOMPLETE', `not everything can be dumped: ${list}`, {
    details: { missing },
  });
}
