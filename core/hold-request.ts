/**
 * What one holdBases of the catalog may name, and how large the notes of a row may be. DynamoDB takes items of
 * 400 KB and transactions of 4 MB over all their rows: with 120 KB of notes at most, 25 expiring rows and their ten
 * keepers fit (expiry-request.ts), and so do a run and its 20 bases.
 */
import { type InputIssue, InvalidInput } from './errors.ts';
import type { Needed, Owner } from './ports/catalog.ts';
import { mostNeededBytes } from './references.ts';

export const holdLimits = { maxBases: 20 } as const;

/** InvalidInput unless each base is named once, has a smaller id, and the needs are within their bound. */
export function checkHoldRequest(owner: Owner, bases: readonly string[], needs: readonly Needed[]): void {
  const { maxBases } = holdLimits;
  const issues: InputIssue[] = [];
  if (bases.length < 1 || bases.length > maxBases) {
    issues.push({ field: 'bases', value: String(bases.length), allowed: `1 to ${maxBases} backups` });
  }
  if (new Set(bases).size < bases.length) issues.push({ field: 'bases', allowed: 'each backup once' });
  const later = [...bases, ...needs.map(({ backupId }) => backupId)].find((id) => id >= owner.backupId);
  if (later !== undefined) {
    issues.push({
      field: 'bases, needs',
      value: later,
      allowed: `backups that are older than ${owner.backupId}`,
    });
  }
  issues.push(...needsIssues(needs));
  if (issues.length > 0) throw new InvalidInput('hold', issues);
}

/** InvalidInput when the needs of a row are larger than its share of the row. */
export function checkNeeds(needs: readonly Needed[] | undefined): void {
  const issues = needsIssues(needs ?? []);
  if (issues.length > 0) throw new InvalidInput('completion', issues);
}

function needsIssues(needs: readonly Needed[]): InputIssue[] {
  const bytes = jsonBytes(needs);
  if (bytes <= mostNeededBytes) return [];
  return [{ field: 'needs', value: `${bytes} bytes`, allowed: `at most ${mostNeededBytes} bytes as JSON` }];
}

export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
