/**
 * What was proven about a backup, from the reports beside it: the newest that can be read gives the verification,
 * the newest drill that passed the proof. Only a report that verify signed, about that very manifest, counts.
 */
import { HoldfastError } from '../errors.ts';
import { reportContext } from '../format/context.ts';
import { isReportName, reportKey } from '../format/layout.ts';
import { openDocument } from '../format/sealed-document.ts';
import { parse } from '../parse.ts';
import type { DrillRow, VerificationState } from '../ports/catalog.ts';
import type { KeyRing } from '../ports/keys.ts';
import type { Vault } from '../ports/vault.ts';
import { type Report, reportSchema } from '../report.ts';
import { readDocument } from '../verification/integrity.ts';
import { drillOf, isProof, verificationStateOf } from '../verification/state.ts';
import { type Unreadable, unreadable } from './unreadable.ts';

/** Newest first, at most so many are looked at; a backup is verified a handful of times in its life. */
const mostReports = 200;
/** And at most so many opened. */
const mostOpened = 20;

export interface ReportDeps {
  readonly vault: Vault;
  readonly keyRing: KeyRing;
}

export interface ProvenOf {
  /** Undefined when there is no report that can be read. */
  readonly verification: VerificationState | undefined;
  /** The newest first, of at most 20 reports: those named after a drill, and the newest whatever it was to be. */
  readonly drills: readonly DrillRow[];
}

/** What cannot be read goes to `note`. */
export async function provenOf(
  about: {
    readonly planId: string;
    readonly backupId: string;
    readonly slot: string;
    readonly manifestSha256: string;
  },
  deps: ReportDeps,
  note: (problem: Unreadable) => void,
): Promise<ProvenOf> {
  const prefix = reportKey(about.planId, about.backupId, '');
  const names = await newestReportNames(prefix, deps.vault);
  let newest: VerificationState | undefined;
  const drills: DrillRow[] = [];
  let opened = 0;
  for (const name of names) {
    // Once the newest is known, only a drill can add something.
    if (newest && !name.includes('-restored-')) continue;
    if (opened === mostOpened) break;
    opened += 1;
    const key = prefix + name;
    let report: Report;
    try {
      report = await readReport({ ...about, id: name }, deps);
    } catch (thrown) {
      note(unreadable(key, thrown));
      continue;
    }
    const drill = drillOf(report, about.slot, key);
    if (drill) drills.push(drill);
    newest ??= verificationStateOf(report, key);
    if (isProof(report) && newest.provenAt === undefined)
      newest = { ...newest, provenAt: report.completedAt };
  }
  return { verification: newest, drills };
}

/** Names of the reports of a backup, the newest first, at most 200. */
export async function newestReportNames(prefix: string, vault: Vault): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { key } of vault.list(prefix)) {
    const name = key.slice(prefix.length);
    if (!isReportName(name)) continue;
    names.push(name);
    if (names.length > mostReports) names.shift();
  }
  return names.reverse();
}

async function readReport(
  about: { planId: string; backupId: string; manifestSha256: string; id: string },
  deps: ReportDeps,
): Promise<Report> {
  const report = await openReport(about, deps);
  // A failed one may not even have been able to read the manifest.
  if (report.result === 'passed' && report.manifestSha256 !== about.manifestSha256) {
    throw new HoldfastError('INTEGRITY_SIGNATURE', 'the report is about another manifest of this backup');
  }
  return report;
}

/** The report of that name, signed by verify for this very backup. Throws OBJECT_MISSING, INTEGRITY_*, KEY_MISSING. */
export async function openReport(
  { planId, backupId, id }: { readonly planId: string; readonly backupId: string; readonly id: string },
  { vault, keyRing }: ReportDeps,
  signal?: AbortSignal,
): Promise<Report> {
  const [bytes, privateKeys, { signers }] = await Promise.all([
    readDocument(reportKey(planId, backupId, id), vault, signal),
    keyRing.privateKeys(),
    keyRing.publicKeys(),
  ]);
  const context = reportContext(planId, backupId, id);
  const report = parse(
    reportSchema,
    await openDocument({ bytes, type: 'report', privateKeys, signers, context }),
    'report',
  );
  if (report.planId !== planId || report.backupId !== backupId) {
    throw new HoldfastError(
      'INTEGRITY_SIGNATURE',
      `the report of ${planId}/${backupId} was signed for ${report.planId}/${report.backupId}`,
    );
  }
  return report;
}
