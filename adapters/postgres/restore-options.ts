/** What a restore of a PostgreSQL database can be asked for, and the names that follow from it. */
import { z } from 'zod';
import { compactTime } from '../../core/format/layout.ts';
import type { RestoreRequest } from '../../core/ports/recovery.ts';
import { identifier, tableName } from './source.ts';

export const postgresRestoreOptions = z.strictObject({
  /** Secret of the server to restore into; default: the one of the source. */
  secret: z.string().min(1).max(2048).optional(),
  /** Name of the new database, or of the one that is replaced; default `<title>_restored_<yyyymmddthhmmssz>`. */
  database: identifier.optional(),
  /** Only these; large objects stay behind. */
  only: z
    .strictObject({
      schemas: z.array(identifier).max(1000).default([]),
      tables: z.array(tableName).max(1000).default([]),
    })
    .optional(),
  /** Old name to new one. */
  roleMap: z.record(identifier, identifier).default({}),
  createRoles: z.boolean().default(false),
  noOwner: z.boolean().default(false),
});
export type PostgresRestoreOptions = z.infer<typeof postgresRestoreOptions>;

export type PostgresRestoreRequest = RestoreRequest<PostgresRestoreOptions>;

/** The database that carries the name in the end: known before anything starts. */
export function databaseNameOf(
  title: string,
  { options, replace, requestedAt }: Pick<PostgresRestoreRequest, 'options' | 'replace' | 'requestedAt'>,
): string {
  return options.database ?? (replace ? title : besideName(title, 'restored', requestedAt));
}

/** `<database>_restored_20261121t020000z`, cut to PostgreSQL's 63 bytes, never in half a character. */
export function besideName(database: string, what: 'restored' | 'before', at: string): string {
  const suffix = `_${what}_${compactTime(at).toLowerCase()}`;
  let stem = database;
  while (Buffer.byteLength(stem + suffix) > 63) stem = [...stem].slice(0, -1).join('');
  return stem + suffix;
}
