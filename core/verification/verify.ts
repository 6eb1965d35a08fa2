/**
 * Proves a backup at a level and writes a signed report about it. A verification that finds something wrong is
 * `failed` and told; one that could not be carried out says nothing about the backup: it is recorded, tried again by
 * the sweep, and told by watch once it has lasted. A backup that once failed is never called anything milder by a
 * later attempt that could not be carried out.
 */
import { randomBytes } from 'node:crypto';
import { alertForFailure } from '../alerts.ts';
import { asHoldfastError, errorCodes, HoldfastError } from '../errors.ts';
import { reportContext } from '../format/context.ts';
import { compactTime, reportKey } from '../format/layout.ts';
import { sealDocument } from '../format/sealed-document.ts';
import type { BackupRow, Catalog, VerificationLevel } from '../ports/catalog.ts';
import type { Alerts } from '../ports/index.ts';
import type { Report } from '../report.ts';
import { fetchManifest, type OpenedManifest } from './integrity.ts';
import { nothingProven, type Proof, type ProofDeps, prove, requireKnownManifest } from './prove.ts';
import { drillOf, findingsOf, isProof, verificationStateOf } from './state.ts';

export interface VerifyDeps extends ProofDeps {
  readonly catalog: Catalog;
  readonly alerts: Alerts;
  readonly holdfastVersion: string;
  /** Told of each backup that was proven by being restored; must not throw. */
  readonly onProven?: (report: Report) => Promise<void>;
  /** Given each report that was published; must not throw. */
  readonly onReport?: (report: Report) => void;
  /** Called when one could not be carried out; must not throw. */
  readonly onError?: (request: VerifyRequest) => void;
}

export interface VerifyRequest {
  readonly planId: string;
  readonly backupId: string;
  readonly level: VerificationLevel;
  readonly correlationId: string;
  /** Why a lower level is tried than the plan asks for; stands in the report. */
  readonly remark?: string;
}

/**
 * Verifies one completed backup, for a person who waits. Returns the report (passed or failed, recorded and told);
 * throws what `tryToVerify` throws, and what kept it from being carried out.
 */
export async function verifyBackup(
  request: VerifyRequest,
  deps: VerifyDeps,
  signal: AbortSignal,
): Promise<Report> {
  const outcome = await tryToVerify(request, deps, signal);
  if ('error' in outcome) throw outcome.error;
  return outcome.report;
}

/**
 * The report, or what kept the verification from being carried out (recorded). Throws BACKUP_NOT_FOUND and
 * BACKUP_NOT_RESTORABLE, and what kept the outcome from being recorded or told.
 */
export async function tryToVerify(
  request: VerifyRequest,
  deps: VerifyDeps,
  signal: AbortSignal,
): Promise<{ readonly report: Report } | { readonly error: HoldfastError }> {
  const row = await deps.catalog.getBackup(request.planId, request.backupId);
  if (!row)
    throw new HoldfastError('BACKUP_NOT_FOUND', `Plan ${request.planId} has no backup ${request.backupId}`);
  if (row.status !== 'completed') {
    throw new HoldfastError(
      'BACKUP_NOT_RESTORABLE',
      `Backup ${row.backupId} is ${row.status}, not completed`,
    );
  }
  const log = deps.log.with({ ...request });
  let report: Report;
  try {
    report = await proveOrRefuse(request, row, { ...deps, log }, signal);
  } catch (thrown) {
    const error = asHoldfastError(signal.aborted ? signal.reason : thrown);
    log.error('verification could not be carried out', { code: error.code, message: error.message, error });
    await recordError(request, row, error, deps);
    deps.onError?.(request);
    return { error };
  }
  await recordReport(report, row, deps);
  if (isProof(report)) await deps.onProven?.(report);
  if (report.result === 'failed') await tellFinding(report, deps);
  deps.onReport?.(report);
  return { report };
}

/** The report; what is found wrong with the backup makes it a failed one, everything else is thrown. Nothing is recorded. */
export async function proveOrRefuse(
  request: VerifyRequest,
  row: BackupRow,
  deps: ProofDeps & Pick<VerifyDeps, 'holdfastVersion'>,
  signal: AbortSignal,
): Promise<Report> {
  const startedAt = deps.clock.now();
  let opened: OpenedManifest | undefined;
  let proof: Proof;
  try {
    opened = await fetchManifest(request.planId, request.backupId, deps.vault, deps.keyRing, signal);
    requireKnownManifest(row, opened.sha256);
    proof = await prove(opened.manifest, request.level, row, deps, signal);
  } catch (thrown) {
    if (signal.aborted || !(thrown instanceof HoldfastError) || !speaksOfTheBackup(thrown)) throw thrown;
    proof = { ...nothingProven, remarks: [`${thrown.code}: ${thrown.message}`], failed: true };
  }
  const completedAt = deps.clock.now();
  const differs =
    proof.stored.differences.length > 0 ||
    proof.components.some((component) => component.comparison.differences.length > 0);
  return {
    format: 'holdfast/report',
    version: 1,
    planId: request.planId,
    backupId: request.backupId,
    attempt: opened?.manifest.attempt ?? row.attempt,
    correlationId: request.correlationId,
    levelAsked: request.level,
    level: proof.level,
    result: differs || proof.failed ? 'failed' : 'passed',
    startedAt: startedAt.toISOString(),
    completedAt: completedAt.toISOString(),
    seconds: (completedAt.getTime() - startedAt.getTime()) / 1000,
    manifestSha256: opened?.sha256 ?? 'unread',
    tools: { holdfast: deps.holdfastVersion, ...opened?.manifest.tools },
    stored: proof.stored,
    components: proof.components,
    remarks: [...(request.remark ? [request.remark] : []), ...proof.remarks],
  };
}

/** Errors that are a finding about the backup rather than about the world around it. */
function speaksOfTheBackup(error: HoldfastError): boolean {
  return errorCodes[error.code].class === 'integrity';
}

/** The report into the vault, its outcome into the catalog. CONFLICT when the backup is not completed any more. */
export async function recordReport(report: Report, row: BackupRow, deps: VerifyDeps): Promise<void> {
  const id = `${compactTime(report.completedAt)}-${report.level}-${randomBytes(3).toString('hex')}`;
  const { planId, backupId } = report;
  const key = reportKey(planId, backupId, id);
  const [{ recipients }, signer] = await Promise.all([
    deps.keyRing.publicKeys(),
    deps.keyRing.signingKey('verify'),
  ]);
  const context = reportContext(planId, backupId, id);
  const sealed = await sealDocument({ document: report, type: 'report', signer, recipients, context });
  await deps.vault.write(key, [sealed], { role: 'report', tier: row.tier, planId, storageClass: 'STANDARD' });
  // The drill first: what happened stays told, even of a backup that is not there any more.
  const drill = drillOf(report, row.slot, key);
  if (drill) await deps.catalog.saveDrill(drill);
  await deps.catalog.recordVerification(planId, backupId, verificationStateOf(report, key));
}

/** A person is told what a failed one found. */
export async function tellFinding(report: Report, deps: VerifyDeps): Promise<void> {
  const { planId, backupId } = report;
  const findings = findingsOf(report);
  const more = findings.length > 3 ? ` and ${findings.length - 3} more` : '';
  const message = `Backup ${backupId} is not as it was taken: ${findings.slice(0, 3).join('; ')}${more}`;
  const next = `Do not rely on this backup; run one now (holdfast backup ${planId}) and read the report (holdfast show ${backupId}).`;
  await tell(deps, report, new HoldfastError('EVIDENCE_MISMATCH', message, { next }));
}

async function recordError(
  request: VerifyRequest,
  row: BackupRow,
  error: HoldfastError,
  { catalog, clock }: VerifyDeps,
): Promise<void> {
  const found = {
    status: 'error' as const,
    level: request.level,
    detail: `${error.code}: ${error.message}`.slice(0, 1000),
  };
  const at = clock.now().toISOString();
  const { planId, backupId, slot } = row;
  if (request.level === 'restored') await catalog.saveDrill({ planId, backupId, slot, at, ...found });
  // An error says nothing about the backup, so it takes away nothing that an earlier verification found.
  if (row.verification && row.verification.status !== 'error') return;
  await catalog.recordVerification(planId, backupId, { ...found, verifiedAt: at });
}

export async function tell(
  deps: Pick<VerifyDeps, 'alerts' | 'clock'>,
  about: { readonly planId: string; readonly backupId?: string; readonly correlationId: string },
  error: HoldfastError,
): Promise<void> {
  await deps.alerts.publish(
    alertForFailure({
      kind: 'verification-failed',
      planId: about.planId,
      backupId: about.backupId,
      correlationId: about.correlationId,
      error,
      at: deps.clock.now().toISOString(),
    }),
  );
}
