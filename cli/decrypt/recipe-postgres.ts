/** How to bring a PostgreSQL database back with PostgreSQL's own programs, in the order that they need. */
import { type PostgresFacts, postgresFactsSchema } from '../../adapters/postgres/model.ts';
import type { Component } from '../../core/manifest.ts';
import { formatBytes } from '../units.ts';
import { type Recipe, type RecipeInput, shellQuote } from './recipe-parts.ts';
import type { NamedSegment } from './write-files.ts';

export function postgresRecipe({ manifest, component, files }: RecipeInput): Recipe {
  const facts = postgresFactsSchema.safeParse(component.facts).data;
  const database = shellQuote(component.title);
  const of = (section: string) => files.filter(({ segment }) => segment.section === section);
  const steps: (readonly string[])[] = [
    [
      'Programs: psql, createdb, pg_restore and vacuumdb of the version that made the dump or a later one',
      `(pg_dump ${manifest.tools.pg_dump ?? 'of an unknown version'}, server ${facts?.serverVersion ?? 'of an unknown version'}). Tell them the server with`,
      'PGHOST, PGPORT, PGUSER and a .pgpass file; PGUSER is a superuser or the owner of what is restored.',
    ],
    ...of('globals').map(({ fileName }) => [
      'On a server that lacks the roles: create them (no passwords are in the file; roles that exist are reported and skipped).',
      `  psql -X -d postgres -f ${fileName}`,
    ]),
    [
      'An empty database. Choose another name to keep an existing one.',
      `  ${createDatabase(component, facts)}`,
    ],
    ...of('pre-data').map(({ fileName }) => [
      'Schemas, types, tables, functions:',
      `  pg_restore --exit-on-error --no-tablespaces -d ${database} ${fileName}`,
    ]),
    ...dataSteps(of('data'), database),
    ...of('post-data').map(({ fileName }) => [
      'Indexes, keys, triggers, policies; -j builds several at a time:',
      `  pg_restore --exit-on-error --no-tablespaces -j 4 -d ${database} ${fileName}`,
    ]),
    [
      'Statistics for the planner; without them queries are slow:',
      `  vacuumdb --analyze-in-stages -d ${database}`,
    ],
  ];
  return {
    what: `Database ${component.title}`,
    ...(facts ? { size: `${formatBytes(facts.sizeBytes)} on its server` } : {}),
    steps,
    afterwards: afterwards(facts),
  };
}

/**
 * Sequence values are in several files, since a table's file brings those that it owns. They are set from the one
 * that holds everything else, so that an older value cannot come last (docs/format.md).
 */
function dataSteps(files: readonly NamedSegment[], database: string): readonly (readonly string[])[] {
  if (files.length === 0) return [];
  const restore = `pg_restore --exit-on-error --data-only -d ${database}`;
  const lines = files.map(({ segment, fileName }) =>
    segment.name === 'rest'
      ? `  ${restore} ${fileName}`
      : `  pg_restore -l ${fileName} | grep -v ' SEQUENCE SET ' > ${fileName}.list && ${restore} -L ${fileName}.list ${fileName}`,
  );
  return [['Rows, in any order, several at a time if you like:', ...lines]];
}

function createDatabase({ title }: Component, facts: PostgresFacts | undefined): string {
  const options = ['--template=template0'];
  if (facts) {
    options.push(`--encoding=${shellQuote(facts.encoding)}`);
    if (facts.localeProvider !== 'libc') options.push(`--locale-provider=${facts.localeProvider}`);
    if (facts.locale !== undefined && facts.localeProvider !== 'libc') {
      options.push(`--${facts.localeProvider}-locale=${shellQuote(facts.locale)}`);
    }
    if (facts.icuRules !== undefined) options.push(`--icu-rules=${shellQuote(facts.icuRules)}`);
    options.push(`--lc-collate=${shellQuote(facts.collate)}`, `--lc-ctype=${shellQuote(facts.ctype)}`);
    options.push(`--owner=${shellQuote(facts.owner)}`);
  }
  return `createdb ${options.join(' ')} ${shellQuote(title)}`;
}

/** What belongs to the database itself is in no dump of its contents. */
function afterwards(facts: PostgresFacts | undefined): string[] {
  if (!facts) return [];
  const settings = facts.settings.map(
    ({ role, setting }) => `  ${role === null ? '' : `role ${role}: `}${setting}`,
  );
  const extensions = facts.extensions.map(({ name, version }) => `${name} ${version}`);
  return [
    ...(settings.length > 0
      ? ['The database had settings of its own; set them again with ALTER DATABASE … SET:', ...settings]
      : []),
    ...(facts.acl
      ? ['Privileges on the database itself (GRANT … ON DATABASE):', ...facts.acl.map((item) => `  ${item}`)]
      : []),
    ...(extensions.length > 0 ? [`Extensions that the server must offer: ${extensions.join(', ')}`] : []),
    ...facts.superuserOnly.map(({ kind, name }) => `Needs a superuser: ${kind} ${name}`),
    ...facts.notCovered.map(({ what, why }) => `Not in the backup: ${what} (${why})`),
    'manifest.json has row counts and checksums of every table, to compare with.',
  ];
}
