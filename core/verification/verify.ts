/**
 * Proves a backup at a level and writes a signed report about it. A verification that finds something wrong is
 * `failed` and told; one that could not be carried out says nothing about the backup and is told as well.
 */
import { randomBytes } from 'node:crypto';
import { alertForFailure } from '../alerts.ts';
import { asHoldfastError, errorCodes, HoldfastError } from '../errors.ts';
import { reportContext } from '../format/context.ts';
import { compactTime, reportKey } from '../format/layout.ts';
import { sealDocument } from '../format/sealed-document.ts';
import type { Component } from '../manifest.ts';
import type { BackupRow, Catalog, VerificationLevel, VerificationState } from '../ports/catalog.ts';
import type { Alerts, Clock, Log } from '../ports/index.ts';
import type { KeyRing } from '../ports/keys.ts';
import type { Comparison, RecoveryContext, RecoveryDriver } from '../ports/recovery.ts';
import type { Vault } from '../ports/vault.ts';
import type { Report } from '../report.ts';
import {
  checkStored,
  fetchManifest,
  hashEverything,
  inParallel,
  type OpenedManifest,
  openSegment,
} from './integrity.ts';

export interface VerifyDeps {
  readonly vault: Vault;
  readonly catalog: Catalog;
  readonly keyRing: KeyRing;
  readonly alerts: Alerts;
  readonly clock: Clock;
  readonly log: Log;
  readonly recoveryFor: (component: Component) => RecoveryDriver;
  readonly parallelism: number;
  readonly holdfastVersion: string;
  /** An empty folder of its own for scratch servers, and how much room there is. */
  readonly workDir: string;
  readonly freeBytes: () => Promise<number>;
  /** Days of Object Lock that the vault gives, when it does. */
  readonly lockDays?: number;
}

export interface VerifyRequest {
  readonly planId: string;
  readonly backupId: string;
  readonly level: VerificationLevel;
  readonly correlationId: string;
}

/**
 * Verifies one completed backup. Returns the report (passed or failed, recorded and told). Throws BACKUP_NOT_FOUND
 * and BACKUP_NOT_RESTORABLE, and what kept it from being carried out, after telling and recording that.
 */
export async function verifyBackup(
  request: VerifyRequest,
  deps: VerifyDeps,
  signal: AbortSignal,
): Promise<Report> {
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
  const startedAt = deps.clock.now();
  try {
    const report = await proveOrRefuse(request, row, startedAt, { ...deps, log }, signal);
    await publishReport(report, row, deps);
    return report;
  } catch (thrown) {
    const error = asHoldfastError(signal.aborted ? signal.reason : thrown);
    log.error('verification could not be carried out', { code: error.code, message: error.message, error });
    await recordOutcome(deps, row, {
      status: 'error',
      level: request.level,
      verifiedAt: deps.clock.now().toISOString(),
      detail: `${error.code}: ${error.message}`,
      provenAt: row.verification?.provenAt,
    });
    await tell(deps, request, error);
    throw error;
  }
}

/** The proof; what is found wrong with the backup becomes a failed report, everything else is thrown. */
async function proveOrRefuse(
  request: VerifyRequest,
  row: BackupRow,
  startedAt: Date,
  deps: VerifyDeps,
  signal: AbortSignal,
): Promise<Report> {
  let opened: OpenedManifest | undefined;
  let proof: Proof | undefined;
  try {
    opened = await fetchManifest(request.planId, request.backupId, deps.vault, deps.keyRing, signal);
    if (row.manifest && row.manifest.sha256 !== opened.sha256) {
      throw new HoldfastError(
        'INTEGRITY_HASH',
        'The manifest in the vault is not the one that the catalog knows',
      );
    }
    proof = await prove(opened, request, row, deps, signal);
  } catch (thrown) {
    if (signal.aborted || !(thrown instanceof HoldfastError) || !speaksOfTheBackup(thrown)) throw thrown;
    proof = { ...emptyProof, remarks: [`${thrown.code}: ${thrown.message}`], failed: true };
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
    remarks: proof.remarks,
  };
}

/** Errors that are a finding about the backup rather than about the world around it. */
function speaksOfTheBackup(error: HoldfastError): boolean {
  return errorCodes[error.code].class === 'integrity';
}

interface Proof {
  readonly level: VerificationLevel;
  readonly stored: Report['stored'];
  readonly components: Report['components'];
  readonly remarks: string[];
  readonly failed: boolean;
}

const emptyProof: Proof = {
  level: 'stored',
  stored: { objects: 0, bytes: 0, hashed: false, differences: [] },
  components: [],
  remarks: [],
  failed: false,
};

const levels: readonly VerificationLevel[] = ['stored', 'readable', 'restored'];

async function prove(
  { manifest }: OpenedManifest,
  request: VerifyRequest,
  row: BackupRow,
  deps: VerifyDeps,
  signal: AbortSignal,
): Promise<Proof> {
  const lockUntil =
    deps.lockDays === undefined || !row.startedAt
      ? undefined
      : new Date(Date.parse(row.startedAt) + deps.lockDays * 86_400_000).toISOString();
  const check = await checkStored(manifest, deps.vault, { versions: row.versions, lockUntil }, signal);
  let stored: Report['stored'] = {
    objects: check.objects,
    bytes: check.bytes,
    hashed: false,
    differences: [...check.differences],
  };
  if (request.level === 'stored' || stored.differences.length > 0) return { ...emptyProof, stored };

  const remarks: string[] = [];
  const components: Report['components'] = [];
  const privateKeys = await deps.keyRing.privateKeys();
  const reopen = (component: Component) => (segment: Component['segments'][number]) =>
    openSegment(manifest, component, segment, deps.vault, privateKeys, check.pinned, signal);
  const context: RecoveryContext = {
    clock: deps.clock,
    log: deps.log,
    signal,
    parallelism: deps.parallelism,
    onProgress: () => {},
  };

  let reached: VerificationLevel = request.level;
  for (const component of manifest.components) {
    const driver = deps.recoveryFor(component);
    const before = deps.clock.now().getTime();
    let level: VerificationLevel = request.level;
    if (level === 'restored') {
      const needed = driver.drillBytes(component);
      const free = await deps.freeBytes();
      if (needed > free) {
        level = 'readable';
        remarks.push(
          `${component.title}: a restore drill needs about ${needed} bytes of scratch space and ${free} are free, so it was verified as readable instead.`,
        );
      }
    }
    let comparison: Comparison;
    if (level === 'restored') {
      // No tool is fed bytes that were not compared with the signed manifest first.
      const damaged = await hashEverything(
        { ...manifest, components: [component] },
        deps.vault,
        check.pinned,
        signal,
      );
      stored = { ...stored, hashed: true, differences: [...stored.differences, ...damaged] };
      if (damaged.length > 0) return { ...emptyProof, stored, components, remarks };
      comparison = await driver.drill(component, reopen(component), deps.workDir, context);
    } else {
      comparison = await readComponent(component, driver, reopen(component), deps.parallelism);
      stored = { ...stored, hashed: true };
    }
    components.push({
      name: component.name,
      title: component.title,
      level,
      seconds: (deps.clock.now().getTime() - before) / 1000,
      comparison: {
        compared: { ...comparison.compared },
        differences: [...comparison.differences],
        notProven: [...comparison.notProven],
        facts: { ...comparison.facts },
      },
    });
    if (levels.indexOf(level) < levels.indexOf(reached)) reached = level;
  }
  return { level: reached, stored, components, remarks, failed: false };
}

async function readComponent(
  component: Component,
  driver: RecoveryDriver,
  open: (segment: Component['segments'][number]) => AsyncIterable<Uint8Array>,
  parallelism: number,
): Promise<Comparison> {
  const readings = new Map<number, Record<string, unknown>>();
  const largestFirst = [...component.segments].sort((a, b) => b.plainBytes - a.plainBytes);
  await inParallel(largestFirst, parallelism, async (segment) => {
    readings.set(segment.index, await driver.read(segment, open(segment)));
  });
  return driver.compareReading(component, readings);
}

async function publishReport(report: Report, row: BackupRow, deps: VerifyDeps): Promise<void> {
  const id = `${compactTime(report.completedAt)}-${report.level}-${randomBytes(3).toString('hex')}`;
  const key = reportKey(report.planId, report.backupId, id);
  const [{ recipients }, signer] = await Promise.all([
    deps.keyRing.publicKeys(),
    deps.keyRing.signingKey('verify'),
  ]);
  const context = reportContext(report.planId, report.backupId, id);
  const sealed = await sealDocument({ document: report, type: 'report', signer, recipients, context });
  await deps.vault.write(key, [sealed], {
    role: 'report',
    tier: row.tier,
    planId: report.planId,
    storageClass: 'STANDARD',
  });
  const differences = [
    ...report.remarks,
    ...report.stored.differences,
    ...report.components.flatMap((component) => component.comparison.differences),
  ];
  const proven = report.result === 'passed' && report.level === 'restored';
  await recordOutcome(deps, row, {
    status: report.result,
    level: report.level,
    verifiedAt: report.completedAt,
    reportKey: key,
    detail: differences.slice(0, 3).join('; ').slice(0, 1000),
    provenAt: proven ? report.completedAt : row.verification?.provenAt,
  });
  if (report.result === 'failed') {
    const more = differences.length > 3 ? ` and ${differences.length - 3} more` : '';
    await tell(
      deps,
      report,
      new HoldfastError(
        'EVIDENCE_MISMATCH',
        `Backup ${report.backupId} is not as it was taken: ${differences.slice(0, 3).join('; ')}${more}`,
        {
          next: `Do not rely on this backup; run one now (holdfast backup ${report.planId}) and read the report (holdfast show ${report.backupId}).`,
        },
      ),
    );
  }
}

async function recordOutcome(deps: VerifyDeps, row: BackupRow, state: VerificationState): Promise<void> {
  await deps.catalog.recordVerification(row.planId, row.backupId, state);
}

async function tell(
  deps: VerifyDeps,
  about: { planId: string; backupId: string; correlationId: string },
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

/** What a sweep does with the time it has: a drill is not begun with less than this left. */
export const leastSecondsForOne = 120;

/**
 * Verifies what has completed and was not verified yet, oldest first, each at its plan's level, until the time is
 * used up; the next sweep goes on. One backup's trouble does not keep the others from being verified.
 */
export async function verifyDue(
  deps: VerifyDeps,
  options: {
    readonly correlationId: string;
    readonly secondsLeft: () => number;
    readonly signal: AbortSignal;
  },
): Promise<{ readonly verified: number; readonly failed: number; readonly left: number }> {
  const due = await deps.catalog.listUnverified(100);
  let verified = 0;
  let failed = 0;
  for (const row of due) {
    if (options.secondsLeft() < leastSecondsForOne) break;
    const plan = await deps.catalog.getPlan(row.planId);
    const { planId, backupId } = row;
    const level = plan?.plan.verification.level ?? 'readable';
    try {
      const report = await verifyBackup(
        { planId, backupId, level, correlationId: options.correlationId },
        deps,
        options.signal,
      );
      if (report.result === 'passed') verified += 1;
      else failed += 1;
    } catch (thrown) {
      if (options.signal.aborted) throw thrown;
      failed += 1;
    }
  }
  return { verified, failed, left: due.length - verified - failed };
}
