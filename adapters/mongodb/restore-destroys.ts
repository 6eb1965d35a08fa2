/** What a restore of MongoDB does to what is there, in words and before it starts: MongoDB keeps nothing old. Pure. */
import type { Destruction, Protection } from '../../core/ports/recovery.ts';
import { databaseNameOf, type MongodbRestoreRequest, withUsers } from './restore-options.ts';
import type { MongodbSource } from './source.ts';

/** Into names with the time of the request no collection is dropped: there is none. Users and roles have no such names. */
export function destroys(source: MongodbSource, request: MongodbRestoreRequest): Destruction | undefined {
  const { drop, database, secret = source.secret, collections, usersAndRoles } = request.options;
  const dropped = request.replace || (drop && database !== undefined);
  if (!dropped && !usersAndRoles) return undefined;
  const server = `the server in secret ${secret}`;
  const which = collections === undefined ? 'Collections' : 'The chosen collections';
  return {
    words: [
      ...(dropped
        ? [
            `${which} that are there today under the same names, in ${placesOf(source, request)}, are DROPPED and made again from the backup. MongoDB keeps nothing of them.`,
          ]
        : []),
      ...(usersAndRoles ? [usersWords(request.replace || drop)] : []),
    ],
    places: [
      ...(dropped ? namesOf(source, request).map((name) => `${server}, ${name}`) : []),
      ...(usersAndRoles ? [`${server}, its users and roles`] : []),
    ],
    kept: false,
  };
}

function usersWords(all: boolean): string {
  return all
    ? 'ALL users and roles of the server are REPLACED by those of the backup, with the passwords of that day: newer ones are gone, perhaps the one of the secret, too.'
    : 'Users and roles of the same names on the server are CHANGED to those of the backup, with the passwords of that day.';
}

export function protects(source: MongodbSource, request: MongodbRestoreRequest): Protection {
  const { database, secret = source.secret, usersAndRoles } = request.options;
  if (secret !== source.secret) return 'none';
  // Only an archive of the whole deployment holds them.
  if (usersAndRoles && Array.isArray(source.databases)) return 'none';
  // Those of the backup, under their own names: a restore checks that they are those of the source of today.
  if (database === undefined || source.databases === 'all') return 'all';
  // Then it is the one that the secret names, or all, which only who may read it knows.
  if (source.databases === undefined) return 'unknown';
  return source.databases.includes(database) ? 'all' : 'none';
}

/** Where it goes, as far as it is known without the manifest: what the backup holds of a source of all is not. */
export function beforehand(source: MongodbSource, request: MongodbRestoreRequest): string {
  const { usersAndRoles, drop } = request.options;
  return `${placesOf(source, request)}${withUsers({ usersAndRoles, drop: drop || request.replace })}`;
}

function placesOf(source: MongodbSource, request: MongodbRestoreRequest): string {
  const names = listed(source, request);
  if (names !== undefined) {
    const shown = names.slice(0, mostShown).map((name) => databaseNameOf(name, request));
    const more = names.length > mostShown ? ` and ${names.length - mostShown} more` : '';
    return `${names.length === 1 ? 'database' : 'databases'} ${shown.join(', ')}${more}`;
  }
  return request.replace
    ? 'every database that the backup holds, under its own name'
    : `every database that the backup holds, as ${databaseNameOf('<name>', request)}`;
}

const mostShown = 20;

function listed(source: MongodbSource, { options }: MongodbRestoreRequest): readonly string[] | undefined {
  if (options.database !== undefined) return [options.database];
  return source.databases === 'all' ? undefined : source.databases;
}

function namesOf(source: MongodbSource, request: MongodbRestoreRequest): readonly string[] {
  const names = listed(source, request);
  return names?.map((name) => `database ${name}`) ?? ['every database that the backup holds'];
}
