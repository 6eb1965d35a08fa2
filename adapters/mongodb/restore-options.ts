/** What a restore of MongoDB can be asked for, and where it goes. Pure. */
import { z } from 'zod';
import { HoldfastError, InvalidInput } from '../../core/errors.ts';
import { compactTime } from '../../core/format/layout.ts';
import type { RestoreRequest } from '../../core/ports/recovery.ts';
import type { CollectionFact, MongodbFacts } from './model.ts';
import { show } from './names.ts';

export const mongodbRestoreOptions = z.strictObject({
  /** Secret of the server to restore into; default: the one of the source. */
  secret: z.string().min(1).max(2048).optional(),
  /** Name of the new database, or of the one that is replaced; default `<database>_restored_<yyyymmddthhmmssz>`. */
  database: z
    .string()
    .regex(
      /^[^/\\. "$*<>:|?\0]{1,63}$/,
      'the name of a database: 1 to 63 characters, none of / \\ . " $ * < > : | ?',
    )
    .refine((name) => Buffer.byteLength(name) <= 63, 'the name of a database: at most 63 bytes')
    .refine(
      (name) => !['admin', 'config', 'local'].includes(name.toLowerCase()),
      'a database that is not the server’s own',
    )
    .optional(),
  /** Only these, as the backup names them; of a backup of several databases `database.collection`. */
  collections: z.array(z.string().min(1).max(320)).min(1).max(1000).optional(),
  /** Into a database that has collections: those that the backup holds are dropped and made again. */
  drop: z.boolean().default(false),
  /**
   * Of a whole deployment, where its oplog can be replayed: users and roles, too. With drop or replace they take the
   * place of all that the server has; without it they are never touched, and the oplog is not replayed.
   */
  usersAndRoles: z.boolean().default(false),
});
export type MongodbRestoreOptions = z.infer<typeof mongodbRestoreOptions>;
export type MongodbRestoreRequest = RestoreRequest<MongodbRestoreOptions>;

export interface RestoreTarget {
  /** Old name to the name in the target; equal where it stays. */
  readonly databases: ReadonlyMap<string, string>;
  /** By `show`; undefined: everything. */
  readonly only?: ReadonlySet<string>;
  /** Collections of the same name are dropped. */
  readonly drop: boolean;
  /** The server's users and roles, too; with `drop` in place of all of them. */
  readonly usersAndRoles: boolean;
}

/** Databases that are the server's own: a restore never goes into one, and never brings one back by itself. */
const ownDatabases: ReadonlySet<string> = new Set(['admin', 'config', 'local']);

/** @throws InvalidInput when what is asked for is not in the backup, or cannot be said to mongorestore */
export function restoreTarget(
  facts: Pick<MongodbFacts, 'scope' | 'databases' | 'collections'>,
  request: Pick<MongodbRestoreRequest, 'options' | 'replace' | 'requestedAt'>,
): RestoreTarget {
  const { options, replace } = request;
  const names = facts.databases.filter((name) => !ownDatabases.has(name));
  if (options.database !== undefined && names.length !== 1) {
    const allowed = `none, since the backup holds ${names.length} databases; each keeps its name, with what is said by default behind it`;
    throw new InvalidInput('restore', [
      { field: 'options.database', value: JSON.stringify(options.database), allowed },
    ]);
  }
  const databases = new Map(names.map((name) => [name, databaseNameOf(name, request)]));
  const only = options.collections === undefined ? undefined : chosen(facts, options.collections);
  if (options.usersAndRoles && facts.scope !== 'deployment') {
    throw new InvalidInput('restore', [
      {
        ...{ field: 'options.usersAndRoles', value: 'true' },
        allowed: 'false, since the backup is not of a whole deployment and holds no users and roles',
      },
    ]);
  }
  const { usersAndRoles } = options;
  return { databases, drop: replace || options.drop, usersAndRoles, ...(only === undefined ? {} : { only }) };
}

/** The name that a database carries in the end. */
export function databaseNameOf(
  name: string,
  { options, replace, requestedAt }: Pick<MongodbRestoreRequest, 'options' | 'replace' | 'requestedAt'>,
): string {
  return options.database ?? (replace ? name : besideName(name, requestedAt));
}

/** As they are in the backup, for a server that holds nothing else. */
export function sameNames(facts: Pick<MongodbFacts, 'databases'>): RestoreTarget {
  const names = facts.databases.filter((name) => !ownDatabases.has(name));
  return { databases: new Map(names.map((name) => [name, name])), drop: false, usersAndRoles: false };
}

function chosen(
  facts: Pick<MongodbFacts, 'scope' | 'databases' | 'collections'>,
  wanted: readonly string[],
): ReadonlySet<string> {
  const prefix = facts.scope === 'database' ? `${facts.databases[0]}.` : '';
  const known = new Set(facts.collections.filter((one) => !ownDatabases.has(one.database)).map(show));
  // As the contents of a backup name them, too: with the database, also where there is one only.
  const full = (name: string) => (known.has(name) && !known.has(prefix + name) ? name : prefix + name);
  for (const [at, name] of wanted.entries()) {
    const problem = known.has(full(name))
      ? name.includes('$')
        ? 'a name without $, which mongorestore cannot choose by'
        : undefined
      : 'a collection that the backup holds; the manifest lists them (`holdfast show`)';
    if (problem !== undefined) {
      throw new InvalidInput('restore', [
        { field: `options.collections[${at}]`, value: JSON.stringify(name).slice(0, 100), allowed: problem },
      ]);
    }
  }
  return new Set(wanted.map(full));
}

export function isWanted(
  target: RestoreTarget,
  one: Pick<CollectionFact, 'database' | 'collection'>,
): boolean {
  if (!target.databases.has(one.database)) return false;
  return target.only === undefined || target.only.has(show(one));
}

/** `shop_restored_20261121t020000z`, cut to MongoDB's 63 bytes, never in half a character. */
export function besideName(database: string, at: string): string {
  const suffix = `_restored_${compactTime(at).toLowerCase()}`;
  let stem = database;
  while (Buffer.byteLength(stem + suffix) > 63) stem = [...stem].slice(0, -1).join('');
  return stem + suffix;
}

export function describeTarget(target: RestoreTarget): string {
  const names = [...target.databases.values()];
  const shown = names.slice(0, 5).join(', ');
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  return `${names.length === 1 ? 'database' : 'databases'} ${shown}${more}${withUsers(target)}`;
}

/** What `usersAndRoles` does, to be read before it is done. */
export function withUsers({ usersAndRoles, drop }: Pick<RestoreTarget, 'usersAndRoles' | 'drop'>): string {
  if (!usersAndRoles) return '';
  return drop
    ? ', and in place of all users and roles of the server those of the backup'
    : ', and the users and roles of the backup, beside those of the server or in place of their namesakes';
}

/** Two old names may not end as one, which a cut at 63 bytes could bring about. */
export function requireDistinct(target: RestoreTarget): void {
  const names = [...target.databases.values()];
  if (new Set(names).size === names.length) return;
  throw new HoldfastError(
    'TARGET_UNSUITABLE',
    'two databases of the backup would get the same new name: their names are too long; restore them one at a time from a plan that names them',
  );
}
