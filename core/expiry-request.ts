/**
 * What one expireBackups of the catalog may name. DynamoDB takes at most 100 rows and 4 MB in a transaction; a row has
 * up to 120 KB of notes (backup/row-notes.ts), so that 35 rows fit together.
 */
import { type InputIssue, InvalidInput } from './errors.ts';
import type { Guarded } from './ports/catalog.ts';

export const expiryLimits = { maxVictims: 25, maxKeepers: 10 } as const;

/** InvalidInput unless the numbers are within the limits and each backup is named once. */
export function checkExpiryRequest(victims: readonly Guarded[], keepers: readonly Guarded[]): void {
  const { maxVictims, maxKeepers } = expiryLimits;
  const issues: InputIssue[] = [];
  if (victims.length < 1 || victims.length > maxVictims) {
    issues.push({ field: 'victims', value: String(victims.length), allowed: `1 to ${maxVictims} backups` });
  }
  if (keepers.length > maxKeepers) {
    issues.push({
      field: 'keepers',
      value: String(keepers.length),
      allowed: `at most ${maxKeepers} backups`,
    });
  }
  const ids = new Set([...victims, ...keepers].map(({ backupId }) => backupId));
  if (ids.size < victims.length + keepers.length) {
    issues.push({ field: 'victims, keepers', allowed: 'each backup once, in one of the two' });
  }
  if (issues.length > 0) throw new InvalidInput('expiry', issues);
}
