/**
 * Which verification reports of a backup the vault has, by their names. What they say is sealed, and who lists them has
 * no private key: the row of the backup knows what came of the latest.
 */
import { reportKey } from '../format/layout.ts';
import type { BackupRow, VerificationLevel } from '../ports/catalog.ts';
import type { Vault } from '../ports/vault.ts';

export interface ListedReport {
  readonly key: string;
  readonly level: VerificationLevel;
  /** To the second. */
  readonly at: string;
}

/** Names that are read: of daily checks over 27 years. */
const mostRead = 10_000;
const mostShown = 50;
const name = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-(stored|readable|restored)-[0-9a-f]{6}$/;

/** The newest first. */
export async function listReports(
  vault: Pick<Vault, 'list'>,
  { planId, backupId }: Pick<BackupRow, 'planId' | 'backupId'>,
): Promise<readonly ListedReport[]> {
  const prefix = reportKey(planId, backupId, '');
  const found: ListedReport[] = [];
  let read = 0;
  for await (const { key } of vault.list(prefix)) {
    read += 1;
    if (read > mostRead) break;
    const [, year, month, day, hour, minute, second, level] = name.exec(key.slice(prefix.length)) ?? [];
    if (level === undefined) continue;
    const at = `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
    found.push({ key, level: level as VerificationLevel, at });
  }
  return found.slice(-mostShown).reverse();
}
