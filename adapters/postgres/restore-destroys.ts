/** What a restore of PostgreSQL does to what is there, in words and before it starts. Pure. */
import { InvalidInput } from '../../core/errors.ts';
import type { Destruction, Protection, RestoreSteps, StepWords } from '../../core/ports/recovery.ts';
import type { PostgresRestoreRequest } from './restore-options.ts';
import type { PostgresSource } from './source.ts';

/** The secret of the server that it goes onto. */
export function secretOf(
  { secret }: Pick<PostgresSource, 'secret'>,
  { options }: PostgresRestoreRequest,
): string {
  return options.secret ?? secret;
}

/** @throws InvalidInput when the database whose place is taken is not named, or only a part of one would take it */
export function destroys(source: PostgresSource, request: PostgresRestoreRequest): Destruction | undefined {
  if (!request.replace) return undefined;
  const { database, only } = request.options;
  if (database === undefined)
    throw refused('database', 'NAME with replace: the database whose place is taken');
  if (only !== undefined) throw refused('only', 'not together with replace: it would drop everything else');
  return {
    words: [`The database of today stays as ${database}_before_<time> until you drop it.`],
    places: [`the server in secret ${secretOf(source, request)}, database ${database}`],
    kept: true,
  };
}

function refused(field: string, allowed: string): InvalidInput {
  return new InvalidInput('restore', [{ field, allowed }]);
}

export function protects(source: PostgresSource, request: PostgresRestoreRequest): Protection {
  if (secretOf(source, request) !== source.secret) return 'none';
  const { databases } = source;
  if (databases === 'all') return 'all';
  // Then it is the one that the secret names, which only who may read it knows.
  if (databases === undefined) return 'unknown';
  return databases.includes(request.options.database ?? '') ? 'all' : 'none';
}

export function describeSteps(request: PostgresRestoreRequest, { target, what }: StepWords): RestoreSteps {
  const { replace, options } = request;
  if (!replace) {
    return {
      going: [
        `A new ${target} is created with ${what}. No other database is changed.`,
        ...roleSteps(options),
      ],
      ending: ['If anything fails, the new database is dropped again.'],
    };
  }
  const name = options.database ?? '';
  return {
    going: [`A new database with ${what} is restored beside the database ${name}.`, ...roleSteps(options)],
    ending: [
      `Connections to ${name} are ended, both databases are renamed in one transaction: clients then find the restored data.`,
      `The database of today stays as ${name}_before_<time> until you drop it.`,
      `If anything fails before the renaming, ${name} stays as it is.`,
    ],
  };
}

function roleSteps({ roleMap, createRoles, noOwner }: PostgresRestoreRequest['options']): readonly string[] {
  const mapped = Object.entries(roleMap).map(([from, to]) => `${from} becomes ${to}`);
  return [
    ...(mapped.length > 0 ? [`Roles: ${mapped.join(', ')}.`] : []),
    ...(createRoles ? ['Roles that are missing are created, without login and never as superuser.'] : []),
    ...(noOwner ? ['Owners and privileges are left out: everything belongs to the role in the secret.'] : []),
  ];
}
