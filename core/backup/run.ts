/**
 * One run of a plan. What it promises: the same slot delivered any number of times makes one backup; `completed` is
 * set last, after every object is confirmed and the manifest is written; anything less is `failed`, says why, and a
 * person is told. A crash between any two steps leaves a row that the next delivery takes over.
 */
import { createHash } from 'node:crypto';
import { alertForFailure } from '../alerts.ts';
import { asHoldfastError, HoldfastError, hasCode } from '../errors.ts';
import { backupIdFor, manifestKey } from '../format/layout.ts';
import { sealManifest } from '../format/sealed-document.ts';
import type { Component, Manifest } from '../manifest.ts';
import type { Plan, Source } from '../plan.ts';
import type { BackupRow, Catalog, Completion, Owner, Trigger } from '../ports/catalog.ts';
import type { Alerts, Clock, Log, Secrets } from '../ports/index.ts';
import type { KeyRing } from '../ports/keys.ts';
import type { ComponentTarget, SourceDriver } from '../ports/source.ts';
import type { ObjectAttributes, Vault } from '../ports/vault.ts';
import { chooseTier } from '../retention.ts';
import { scheduleTimeZone } from '../schedule.ts';
import { dumpComponent } from './component.ts';
import { keepLease, leaseUntil } from './lease.ts';
import { holdSource } from './source-lease.ts';

export interface BackupDeps {
  readonly vault: Vault;
  readonly catalog: Catalog;
  readonly keyRing: KeyRing;
  readonly secrets: Secrets;
  readonly alerts: Alerts;
  readonly clock: Clock;
  readonly log: Log;
  readonly driverFor: (source: Source) => SourceDriver;
  /** Segments at a time where the plan says nothing: one a core, at most 8. */
  readonly defaultParallelism: number;
  readonly holdfastVersion: string;
  /** Days of Object Lock on what is written, when the vault has it. */
  readonly lockDays?: number;
  /** Plain bytes of one part; the format's maximum unless a test wants many. */
  readonly partPlainBytes?: number;
  /** Called before each step; tests stop the run there. */
  readonly onStep?: (step: BackupStep) => Promise<void>;
}

export const backupSteps = [
  'claim',
  'adopt',
  'hold-source',
  'open',
  'dump',
  'confirm',
  'prepare',
  'write-manifest',
  'complete',
] as const;
export type BackupStep = (typeof backupSteps)[number];

export interface BackupRequest {
  readonly plan: Plan;
  /** ISO 8601 UTC: the scheduled slot, or the instant of a manual request. */
  readonly slot: string;
  /** Makes manual requests of the same second differ. */
  readonly token?: string;
  readonly trigger: Trigger;
  readonly createdBy: string;
  readonly correlationId: string;
}

/** In-run repetitions after a failure that may pass by itself; each is a new attempt. */
export const maxAttemptsInRun = 3;

/**
 * Runs the backup to its end and returns its row (`completed` or `failed`). Throws RUN_IN_PROGRESS when another
 * attempt is alive, and whatever kept the failure itself from being recorded or told.
 */
export async function runBackup(
  request: BackupRequest,
  deps: BackupDeps,
  signal: AbortSignal,
): Promise<BackupRow> {
  const backupId = backupIdFor(request.plan.id, request.slot, request.token);
  const log = deps.log.with({ planId: request.plan.id, backupId, correlationId: request.correlationId });
  for (let tries = 1; ; tries += 1) {
    const step = (name: BackupStep) => deps.onStep?.(name) ?? Promise.resolve();
    await step('claim');
    const claim = await claimRun(request, backupId, deps);
    if (claim.outcome === 'completed') {
      log.info('backup is completed already');
      return claim.row;
    }
    if (claim.outcome === 'running') {
      throw new HoldfastError(
        'RUN_IN_PROGRESS',
        `Backup ${backupId} is being made by attempt ${claim.row.attempt}`,
      );
    }
    const owner: Owner = { planId: request.plan.id, backupId, attempt: claim.row.attempt };
    try {
      return await runAttempt(
        request,
        claim.row,
        owner,
        deps,
        signal,
        log.with({ attempt: owner.attempt }),
        step,
      );
    } catch (thrown) {
      const error = asHoldfastError(signal.aborted ? signal.reason : thrown);
      log.error('backup attempt failed', { code: error.code, message: error.message, error });
      if (error.retryable && !hasCode(error, 'CONFLICT') && tries < maxAttemptsInRun && !signal.aborted) {
        await failQuietly(deps.catalog, owner, error, deps.clock, log);
        // Full jitter, so that several plans of one server do not come back together.
        await deps.clock.sleep(1000 + Math.random() * 4000 * tries, signal).catch(() => {});
        if (!signal.aborted) continue;
      }
      return await recordFailure(request, owner, error, deps);
    }
  }
}

async function claimRun(request: BackupRequest, backupId: string, deps: BackupDeps) {
  const { plan, trigger, slot } = request;
  const completed = await deps.catalog.newestOfEachTier(plan.id);
  const { tier } = chooseTier({
    trigger,
    slot,
    timeZone: scheduleTimeZone(plan.schedule),
    retention: plan.retention,
    completed,
  });
  return deps.catalog.claimRun({
    planId: plan.id,
    backupId,
    source: plan.sources.map((source) => source.name).join(','),
    kind: 'database',
    trigger,
    createdBy: request.createdBy,
    slot,
    correlationId: request.correlationId,
    tier,
    now: deps.clock.now().toISOString(),
    leaseUntil: leaseUntil(deps.clock),
  });
}

async function runAttempt(
  request: BackupRequest,
  row: BackupRow,
  owner: Owner,
  deps: BackupDeps,
  signal: AbortSignal,
  log: Log,
  step: (name: BackupStep) => Promise<void>,
): Promise<BackupRow> {
  await step('adopt');
  if (await manifestIsWhole(row, owner, deps)) {
    log.info('the manifest of an earlier attempt is whole: completing it');
    return deps.catalog.completeRun(owner, deps.clock.now().toISOString());
  }

  const controller = new AbortController();
  const either = AbortSignal.any([signal, controller.signal]);
  let progress: NonNullable<BackupRow['progress']> = { plainBytes: 0, estimatedBytes: 0, step: 'open' };
  const lease = keepLease(
    () => deps.catalog.renewRun(owner, leaseUntil(deps.clock), progress),
    controller,
    deps.clock,
    log,
  );
  try {
    return await holdSources(request.plan, owner, deps, either, step, async () => {
      const manifest = await dumpEverything(request, row, owner, deps, either, log, step, (update) => {
        progress = { ...progress, ...update };
      });
      return writeManifest(manifest, owner, deps, either, step);
    });
  } catch (thrown) {
    throw either.aborted ? either.reason : thrown;
  } finally {
    await lease.stop();
  }
}

/** Leases on every source, so that two runs never dump one server at a time. */
async function holdSources<T>(
  plan: Plan,
  owner: Owner,
  deps: BackupDeps,
  signal: AbortSignal,
  step: (name: BackupStep) => Promise<void>,
  run: () => Promise<T>,
): Promise<T> {
  await step('hold-source');
  const names = [...new Set(plan.sources.map((source) => `source:${source.secret}`))].sort();
  const held = await holdSource(names, `${owner.backupId}/${owner.attempt}`, deps, signal);
  try {
    return await run();
  } finally {
    await held.release();
  }
}

interface Made {
  readonly manifest: Manifest;
  readonly versions: Readonly<Record<string, string>>;
  readonly attributes: Omit<ObjectAttributes, 'role' | 'storageClass'>;
}

async function dumpEverything(
  request: BackupRequest,
  row: BackupRow,
  owner: Owner,
  deps: BackupDeps,
  signal: AbortSignal,
  log: Log,
  step: (name: BackupStep) => Promise<void>,
  onProgress: (progress: Partial<NonNullable<BackupRow['progress']>>) => void,
): Promise<Made> {
  const { plan } = request;
  const startedAt = row.startedAt ?? deps.clock.now().toISOString();
  const { recipients } = await deps.keyRing.publicKeys();
  const { storageClass, expiresAt } = chooseTier({
    trigger: request.trigger,
    slot: request.slot,
    timeZone: scheduleTimeZone(plan.schedule),
    retention: plan.retention,
    completed: [],
    tier: row.tier,
  });
  const lockUntil =
    deps.lockDays === undefined
      ? undefined
      : new Date(deps.clock.now().getTime() + deps.lockDays * 86_400_000).toISOString();
  const attributes = { tier: row.tier, planId: plan.id, lockUntil };

  const components: Component[] = [];
  const versions: Record<string, string> = {};
  const tools: Record<string, string> = { holdfast: deps.holdfastVersion, node: process.versions.node };
  const warnings: string[] = [];
  let sourceBytes = 0;
  let plainBytes = 0;
  let estimatedBytes = 0;
  for (const { source, driver, target } of await allTargets(plan, deps, signal, log, step)) {
    const made = await dumpComponent(
      {
        source,
        driver,
        target,
        owner,
        recipients,
        attributes: { ...attributes, role: 'segment', storageClass },
      },
      deps,
      signal,
      log.with({ component: target.component }),
      step,
      (change) => {
        if (change.estimatedBytes) estimatedBytes += change.estimatedBytes;
        if (change.plainBytes) plainBytes += change.plainBytes;
        onProgress({ plainBytes, estimatedBytes, step: `dump ${target.title}` });
      },
    );
    components.push(made.component);
    Object.assign(versions, made.versions);
    Object.assign(tools, made.tools);
    warnings.push(...made.warnings);
    sourceBytes += made.sourceBytes;
  }
  const parts = components.flatMap((component) => component.segments.flatMap((segment) => segment.parts));
  const manifest: Manifest = {
    format: 'holdfast/manifest',
    version: 1,
    planId: plan.id,
    backupId: owner.backupId,
    attempt: owner.attempt,
    kind: row.kind,
    trigger: request.trigger,
    createdBy: request.createdBy,
    correlationId: request.correlationId,
    slot: request.slot,
    startedAt,
    completedAt: deps.clock.now().toISOString(),
    tier: row.tier,
    expiresAt,
    plan,
    tools,
    totals: {
      sourceBytes,
      plainBytes,
      storedBytes: parts.reduce((sum, part) => sum + part.lengthBytes, 0),
      segments: components.reduce((sum, component) => sum + component.segments.length, 0),
      objects: parts.length + 1,
    },
    components,
    warnings,
  };
  return { manifest, versions, attributes };
}

async function allTargets(
  plan: Plan,
  deps: BackupDeps,
  signal: AbortSignal,
  log: Log,
  step: (name: BackupStep) => Promise<void>,
): Promise<{ source: Source; driver: SourceDriver; target: ComponentTarget }[]> {
  await step('open');
  const all = [];
  for (const source of plan.sources) {
    const driver = deps.driverFor(source);
    const context = { ...deps, log, signal };
    for (const target of await driver.targets(source, context)) all.push({ source, driver, target });
  }
  return all;
}

async function writeManifest(
  { manifest, versions, attributes }: Made,
  owner: Owner,
  deps: BackupDeps,
  signal: AbortSignal,
  step: (name: BackupStep) => Promise<void>,
): Promise<BackupRow> {
  const { recipients } = await deps.keyRing.publicKeys();
  const signer = await deps.keyRing.signingKey('backup');
  const sealed = await sealManifest({ manifest, signer, recipients });
  const { totals } = manifest;
  const storedBytes = totals.storedBytes + sealed.length;
  const completion: Completion = {
    sourceBytes: totals.sourceBytes,
    storedBytes,
    compressionRatio: Math.round((totals.sourceBytes / storedBytes) * 100) / 100,
    expiresAt: manifest.expiresAt,
    locations: [deps.vault.location],
    tools: manifest.tools,
    manifest: { lengthBytes: sealed.length, sha256: sha256(sealed) },
    warnings: manifest.warnings,
    versions: Object.keys(versions).length > 500 ? undefined : versions,
  };
  await step('prepare');
  await deps.catalog.prepareCompletion(owner, completion);
  await step('write-manifest');
  signal.throwIfAborted();
  await deps.vault.write(
    manifestKey(owner.planId, owner.backupId),
    [sealed],
    { ...attributes, role: 'manifest', storageClass: 'STANDARD' },
    { signal },
  );
  await step('complete');
  return deps.catalog.completeRun(owner, deps.clock.now().toISOString());
}

/** True when the vault holds, byte for byte, the manifest that an earlier attempt said it would write. */
async function manifestIsWhole(row: BackupRow, owner: Owner, deps: BackupDeps): Promise<boolean> {
  if (!row.manifest) return false;
  const key = manifestKey(owner.planId, owner.backupId);
  const state = await deps.vault.head(key);
  if (!state || state.lengthBytes !== row.manifest.lengthBytes) return false;
  const hash = createHash('sha256');
  for await (const chunk of await deps.vault.read(key, { versionId: state.versionId })) hash.update(chunk);
  return hash.digest('hex') === row.manifest.sha256;
}

async function recordFailure(
  request: BackupRequest,
  owner: Owner,
  error: HoldfastError,
  deps: BackupDeps,
): Promise<BackupRow> {
  const at = deps.clock.now().toISOString();
  let row: BackupRow | undefined;
  let unrecorded: unknown;
  try {
    row = await deps.catalog.failRun(owner, { code: error.code, message: error.message }, at);
    // The reply to the last step may have been lost, or another attempt may have made it: then nothing has failed.
    if (row.status === 'completed') return row;
  } catch (thrown) {
    unrecorded = thrown;
  }
  await deps.alerts.publish(
    alertForFailure({
      kind: 'backup-failed',
      planId: owner.planId,
      backupId: owner.backupId,
      error,
      correlationId: request.correlationId,
      at,
    }),
  );
  if (!row) throw unrecorded;
  return row;
}

async function failQuietly(
  catalog: Catalog,
  owner: Owner,
  error: HoldfastError,
  clock: Clock,
  log: Log,
): Promise<void> {
  try {
    await catalog.failRun(owner, { code: error.code, message: error.message }, clock.now().toISOString());
  } catch (thrown) {
    // The lease ends by itself; the next claim then takes the row over.
    log.warn('the failure of an attempt was not recorded', { error: thrown });
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
