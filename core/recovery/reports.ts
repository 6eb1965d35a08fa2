/**
 * What was proven about a backup, from the reports beside it: the newest that can be read gives the verification,
 * the newest drill that passed the proof. Only a report that verify signed, about that very manifest, counts.
 */
import { HoldfastError } from '../errors.ts';
import { reportContext } from '../format/context.ts';
import { openDocument } from '../format/sealed-document.ts';
import { parse } from '../parse.ts';
import type { VerificationState } from '../ports/catalog.ts';
import type { KeyRing } from '../ports/keys.ts';
import type { Vault } from '../ports/vault.ts';
import { type Report, reportSchema } from '../report.ts';
import { readDocument } from '../verification/integrity.ts';
import { isProof, verificationStateOf } from '../verification/state.ts';
import { type Unreadable, unreadable } from './unreadable.ts';

/** Newest first, at most so many are looked at; a backup is verified a handful of times in its life. */
const mostReports = 200;
/** And at most so many opened. */
const mostOpened = 20;

/** `<compact time>-<level>-<random>`, as verify names them: they sort by time. */
const reportName = /^\d{8}T\d{6}Z-(stored|readable|restored)-[0-9a-f]{6}$/;

export interface ReportDeps {
  readonly vault: Vault;
  readonly keyRing: KeyRing;
}

/** Undefined when there is no report that can be read. What cannot be read goes to `note`. */
export async function verificationOf(
  about: { readonly planId: string; readonly backupId: string; readonly manifestSha256: string },
  deps: ReportDeps,
  note: (problem: Unreadable) => void,
): Promise<VerificationState | undefined> {
  const prefix = `reports/${about.planId}/${about.backupId}/`;
  const names = await newestNames(prefix, deps.vault);
  let newest: VerificationState | undefined;
  let opened = 0;
  for (const name of names) {
    // Once the newest is known, only a drill can add something.
    if (newest && !name.includes('-restored-')) continue;
    if (opened === mostOpened) break;
    opened += 1;
    const key = prefix + name;
    let report: Report;
    try {
      report = await readReport({ ...about, id: name, key }, deps);
    } catch (thrown) {
      note(unreadable(key, thrown));
      continue;
    }
    if (!newest) newest = verificationStateOf(report, key);
    if (isProof(report)) return { ...newest, provenAt: report.completedAt };
  }
  return newest;
}

async function newestNames(prefix: string, vault: Vault): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { key } of vault.list(prefix)) {
    const name = key.slice(prefix.length);
    if (!reportName.test(name)) continue;
    names.push(name);
    if (names.length > mostReports) names.shift();
  }
  return names.reverse();
}

async function readReport(
  about: { planId: string; backupId: string; manifestSha256: string; id: string; key: string },
  { vault, keyRing }: ReportDeps,
): Promise<Report> {
  const { planId, backupId, id, key } = about;
  const [bytes, privateKeys, { signers }] = await Promise.all([
    readDocument(key, vault),
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
  // A failed one may not even have been able to read the manifest.
  if (report.result === 'passed' && report.manifestSha256 !== about.manifestSha256) {
    throw new HoldfastError('INTEGRITY_SIGNATURE', 'the report is about another manifest of this backup');
  }
  return report;
}
