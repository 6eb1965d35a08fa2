/**
 * The cheap look at a kept backup: its manifest opened and checked, and of every object that it names the head. A backup
 * of which all is as it was written gets a note; one that is not is a finding like any other. It says nothing about what
 * a higher level found: it neither takes away a proof nor clears a failure.
 */
import { HoldfastError, hasCode } from '../errors.ts';
import type { BackupRow } from '../ports/catalog.ts';
import type { ObjectState, Vault } from '../ports/vault.ts';
import type { Report } from '../report.ts';
import { proveOrRefuse, recordReport, type VerifyDeps } from './verify.ts';

/** Heads remembered while the backups of one plan are looked at: 300 bytes each. */
const mostRemembered = 50_000;

/** `gone`: not completed any more; `known`: told before that it is not as it was written. */
export type Looked =
  | { readonly is: 'whole' | 'gone' | 'known' }
  | { readonly is: 'found'; readonly report: Report };

/** Throws what kept it from being carried out, and what kept its outcome from being recorded; nobody is told yet. */
export async function lookAt(
  row: BackupRow,
  correlationId: string,
  deps: VerifyDeps,
  signal: AbortSignal,
): Promise<Looked> {
  const { planId, backupId } = row;
  const request = { planId, backupId, level: 'stored', correlationId } as const;
  const report = await proveOrRefuse(request, row, { ...deps, locks: 'as-written' }, signal);
  if (report.result === 'passed') {
    await deps.catalog.noteStored(planId, backupId, deps.clock.now().toISOString());
    return { is: 'whole' };
  }
  // It may have expired while it was looked at: then it carries the marks that it should.
  const current = await deps.catalog.getBackup(planId, backupId);
  if (current?.status !== 'completed') return { is: 'gone' };
  const { status, level } = current.verification ?? {};
  if (status === 'failed' && level === 'stored') return { is: 'known' };
  try {
    await recordReport(report, current, deps);
  } catch (thrown) {
    if (!hasCode(thrown, 'CONFLICT')) throw thrown;
    return { is: 'gone' };
  }
  return { is: 'found', report };
}

/** Backups of files refer to the same packs over and over: the head of each is asked for once. */
export function rememberingHeads(vault: Vault): Vault {
  const heads = new Map<string, ObjectState>();
  return {
    ...vault,
    async head(key, options = {}) {
      const name = `${key} ${options.versionId ?? ''}`;
      const known = heads.get(name);
      if (known) return known;
      const state = await vault.head(key, options);
      if (state && heads.size < mostRemembered) heads.set(name, state);
      return state;
    },
  };
}

/** What is told of further findings in one plan, after the first was told in full. */
export function furtherFindings(planId: string, backupIds: readonly string[]): HoldfastError {
  const named = backupIds.slice(0, 20).join(', ');
  const more = backupIds.length > 20 ? ` and ${backupIds.length - 20} more` : '';
  return new HoldfastError(
    'EVIDENCE_MISMATCH',
    `${backupIds.length} further backups of ${planId} are not stored as they were written: ${named}${more}`,
    {
      next: `Look for what they have in common: who changed the bucket, its lifecycle or its tags. Then run a backup now (holdfast backup ${planId}); holdfast show BACKUP has each report.`,
    },
  );
}
