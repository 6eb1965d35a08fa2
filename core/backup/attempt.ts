/** One attempt at a run, from its claimed row to its completed one; whatever goes wrong is thrown. */
import type { Component, Manifest } from '../manifest.ts';
import type { Source } from '../plan.ts';
import type { BackupRow } from '../ports/catalog.ts';
import type { ComponentTarget, SourceDriver } from '../ports/source.ts';
import { chooseTier } from '../retention.ts';
import { scheduleTimeZone } from '../schedule.ts';
import { dumpComponent } from './component.ts';
import { type Attempt, beginStep } from './context.ts';
import { keepLease, leaseUntil } from './lease.ts';
import { type MadeBackup, manifestIsWhole, writeManifest } from './manifest-writer.ts';
import { holdSource } from './source-lease.ts';

type Progress = NonNullable<BackupRow['progress']>;

export async function runAttempt(attempt: Attempt): Promise<BackupRow> {
  const { owner, deps, log } = attempt;
  await beginStep(attempt, 'adopt');
  if (await manifestIsWhole(attempt)) {
    log.info('the manifest of an earlier attempt is whole: completing it');
    return deps.catalog.completeRun(owner, deps.clock.now().toISOString());
  }
  const controller = new AbortController();
  const signal = AbortSignal.any([attempt.signal, controller.signal]);
  let progress: Progress = { plainBytes: 0, estimatedBytes: 0, step: 'open' };
  const renew = () => deps.catalog.renewRun(owner, leaseUntil(deps.clock), progress);
  const lease = keepLease(renew, controller, deps.clock, log);
  try {
    return await holdingSources({ ...attempt, signal }, async (held) => {
      const made = await dumpEverything(held, (update) => {
        progress = update;
      });
      return writeManifest(made, held);
    });
  } catch (thrown) {
    throw signal.aborted ? signal.reason : thrown;
  } finally {
    await lease.stop();
  }
}

/** Leases on every source, so that two runs never dump one server at a time. */
async function holdingSources<T>(attempt: Attempt, run: (attempt: Attempt) => Promise<T>): Promise<T> {
  const { request, owner, deps, signal } = attempt;
  await beginStep(attempt, 'hold-source');
  const names = [...new Set(request.plan.sources.map((source) => `source:${source.secret}`))].sort();
  const held = await holdSource(names, `${owner.backupId}/${owner.attempt}`, deps, signal);
  try {
    return await run(attempt);
  } finally {
    await held.release();
  }
}

async function dumpEverything(
  attempt: Attempt,
  onProgress: (progress: Progress) => void,
): Promise<MadeBackup> {
  const { request, row, owner, deps, log } = attempt;
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
  for (const { source, driver, target } of await allTargets(attempt)) {
    const made = await dumpComponent(
      { source, driver, target, recipients, attributes: { ...attributes, role: 'segment', storageClass } },
      { ...attempt, log: log.with({ component: target.component }) },
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
  attempt: Attempt,
): Promise<{ source: Source; driver: SourceDriver; target: ComponentTarget }[]> {
  const { request, deps, log, signal } = attempt;
  await beginStep(attempt, 'open');
  const all = [];
  for (const source of request.plan.sources) {
    const driver = deps.driverFor(source);
    for (const target of await driver.targets(source, { ...deps, log, signal })) {
      all.push({ source, driver, target });
    }
  }
  return all;
}
