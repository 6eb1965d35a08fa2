/** The key of a report as somebody names it: one of this very backup, and nothing else of the vault. */
import { InvalidInput } from '../errors.ts';
import { isReportName, reportKey } from '../format/layout.ts';

/** Its name below the backup's reports. INVALID_INPUT for a key that no report of this backup can have. */
export function requireReportKey(planId: string, backupId: string, key: string): string {
  const prefix = reportKey(planId, backupId, '');
  const name = key.startsWith(prefix) ? key.slice(prefix.length) : '';
  if (isReportName(name)) return name;
  throw new InvalidInput('report', [
    { field: 'key', value: JSON.stringify(key), allowed: `the key of a report of this backup: ${prefix}…` },
  ]);
}
