/**
 * What of a server a restore does not look at beforehand, since it would end there by itself, and a person wants to know
 * sooner: locales and versions of extensions. Only reads; what the server's lists do not tell for certain is a warning.
 */
import type pg from 'pg';
import type { Seen } from '../../core/restore/checks.ts';
import type { LocaleFacts } from './database-create.ts';
import type { PostgresFacts } from './model.ts';
import { type Target, wantedExtensions } from './target.ts';

/** Every server has these, whatever its system. */
const everywhere: ReadonlySet<string> = new Set(['c', 'posix', 'c.utf8', 'default']);

/** `en_US.UTF-8` and `en_US.utf8` are one locale to the system's library. */
function sameLocale(name: string): string {
  const [place = '', codeset] = name.toLowerCase().split('.');
  return codeset === undefined ? place : `${place}.${codeset.replaceAll(/[-_]/g, '')}`;
}

/**
 * pg_collation lists the locales that the system had when the server was set up, under the names of its library; the
 * databases that are there use some as well.
 */
export async function localeSeen(client: pg.Client, facts: LocaleFacts): Promise<Seen> {
  const { encoding, collate, ctype, localeProvider } = facts;
  const wanted = [...new Set([collate, ctype])].filter((name) => !everywhere.has(sameLocale(name)));
  const shown = `${encoding}, ${localeProvider} ${facts.locale ?? collate}`;
  const { rows } = await client.query<{ provider: string; name: string }>(
    `SELECT collprovider::text AS provider, collcollate::text AS name FROM pg_collation WHERE collcollate IS NOT NULL
     UNION SELECT 'c', datcollate::text FROM pg_database UNION SELECT 'c', datctype::text FROM pg_database
     UNION SELECT DISTINCT collprovider::text, '' FROM pg_collation`,
  );
  if (localeProvider === 'icu' && !rows.some(({ provider }) => provider === 'i')) {
    return {
      state: 'failed',
      detail: `${shown}: the server was built without ICU`,
      next: 'Restore onto a server that has ICU; those of Debian, PGDG and RDS do.',
    };
  }
  const known = new Set(rows.map(({ name }) => sameLocale(name)));
  const missing = wanted.filter((name) => !known.has(sameLocale(name)));
  if (missing.length === 0) return `${shown}: the server has it`;
  return {
    state: 'warning',
    detail: `${shown}: the server does not list ${missing.join(', ')}; unless its system has it all the same, creating the database fails`,
    next: 'Install the locale on the server’s system (locale-gen) and restart the server, or restore onto one that has it.',
  };
}

interface Offered {
  readonly name: string;
  readonly version: string;
  readonly ours: boolean;
}

/** Those that are missing were refused before (requireExtensions). */
export async function extensionsSeen(
  client: pg.Client,
  facts: PostgresFacts,
  { superuser, versionNum }: Target,
): Promise<Seen> {
  const names = wantedExtensions(facts);
  if (names.length === 0) return 'none are needed';
  const offered = await readOffered(client, names, versionNum);
  const dumped = new Map(facts.extensions.map(({ name, version }) => [name, version]));
  const others = offered.filter(({ name, version }) => dumped.get(name) !== version);
  const refused = superuser ? [] : offered.filter(({ ours }) => !ours).map(({ name }) => name);
  const words = [
    ...(others.length > 0
      ? [
          `made in the server’s own version: ${others.map((one) => `${one.name} ${one.version} instead of ${dumped.get(one.name)}`).join(', ')}`,
        ]
      : []),
    ...(refused.length > 0
      ? [`left out, with all that needs them, since this role may not create them: ${refused.join(', ')}`]
      : []),
  ];
  if (words.length === 0) return `${names.length} are there: ${names.join(', ')}`;
  return {
    state: 'warning',
    detail: words.join('; '),
    next:
      refused.length > 0
        ? 'Restore with a role that may create them (a superuser, or what the provider has instead).'
        : 'Look at the extensions’ notes for these versions, or install the version of the backup on the server.',
  };
}

/** PostgreSQL 13: extensions that whoever may create in the database may create. */
const trustedSince = 130_000;

async function readOffered(
  client: pg.Client,
  names: readonly string[],
  versionNum: number,
): Promise<readonly Offered[]> {
  const ours = versionNum >= trustedSince ? 'NOT v.superuser OR v.trusted' : 'NOT v.superuser';
  const { rows } = await client.query<Offered>(
    `SELECT a.name::text AS name, a.default_version AS version, ${ours} AS ours
     FROM pg_available_extensions a
     JOIN pg_available_extension_versions v ON v.name = a.name AND v.version = a.default_version
     WHERE a.name = ANY ($1::text[]) ORDER BY a.name COLLATE "C"`,
    [names],
  );
  return rows;
}
