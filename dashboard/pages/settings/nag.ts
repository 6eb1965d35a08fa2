/** What is still to be done with the keys, so that backups outlive the account. Pure. */
import type { Schemas } from '../../api/use-api.ts';

export type Settings = Schemas['Settings'];
export type Key = Settings['keys'][number];

export interface KeyNag {
  readonly keyId: string;
  /** - `export`: it is nowhere but in the account. - `prove`: nobody has shown that the export opens a backup. */
  readonly what: 'export' | 'prove';
}

/** Of the key that new backups are sealed for; undefined when all is done, or there is none of the stack's own. */
export function nagOf(keys: readonly Key[]): KeyNag | undefined {
  const key = keys.find(({ current }) => current);
  if (!key) return undefined;
  if (key.exportedAt === undefined && key.provenAt === undefined) return { keyId: key.id, what: 'export' };
  if (key.provenAt === undefined) return { keyId: key.id, what: 'prove' };
  return undefined;
}
