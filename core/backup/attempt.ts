/** One attempt at a run, from its claimed row to its completed one; whatever goes wrong is thrown. */
import { InvalidInput } from '../errors.ts';
import type { Manifest } from '../manifest.ts';
import type { Source } from '../plan.ts';
import type { BackupRow } from '../ports/catalog.ts';
import { chooseTier } from '../retention.ts';
import { scheduleTimeZone } from '../schedule.ts';
import { holdBases } from './base.ts';
import { type ComponentMade, dumpComponent } from './component.ts';
import { atATime, dumpTogether, type PlannedComponent, within } from './components.ts';
import { type Attempt, beginStep } from './context.ts';
import { indexKeysFor } from './index-keys.ts';
import { keepLease, leaseUntil } from './lease.ts';
import { complete, type MadeBackup, manifestIsWhole, writeManifest } from './manifest-writer.ts';
import { checkHeld, lockReferences, referencesOf } from './references.ts';
import { type SizeLimit, sizeLimit } from './size-limit.ts';
import { holdSource } from './source-lease.ts';
import { chosenSources, partialNames } from './sources.ts';

const dayMs = 86_400_000;

type Progress = NonNullable<BackupRow['progress']>;

export async function runAttempt(attempt: Attempt): Promise<BackupRow> {
  const { owner, deps, log } = attempt;
  await beginStep(attempt, 'adopt');
  if (await manifestIsWhole(attempt)) {
    log.info('the manifest of an earlier attempt is whole: completing it');
    return complete(attempt);
  }
  const controller = new AbortController();
  const signal = AbortSignal.any([attempt.signal, controller.signal]);
  const limit = sizeLimit(attempt.request.plan.maxSourceBytes, (error) => controller.abort(error));
  let progress: Progress = { plainBytes: 0, estimatedBytes: 0, step: 'open' };
  const renew = () => {
    const noted = { ...progress, ...attempt.segments.figures() };
    return deps.catalog.renewRun(owner, leaseUntil(deps.clock), noted, attempt.steps.notes());
  };
  const lease = keepLease(renew, controller, deps.clock, log);
  try {
    return await holdingSources({ ...attempt, signal }, async (held) => {
      const made = await dumpEverything(held, limit, (update) => {
        progress = update;
        limit.read(update.plainBytes);
      });
      return writeManifest(made, held);
    });
  } catch (thrown) {
    throw signal.aborted ? signal.reason : thrown;
  } finally {
    await lease.stop();
  }
}

/** Leases on what the sources read, so that two runs never dump one server at a time. */
async function holdingSources<T>(attempt: Attempt, run: (attempt: Attempt) => Promise<T>): Promise<T> {
  const { request, owner, deps, signal } = attempt;
  await beginStep(attempt, 'hold-source');
  const sources = chosenSources(request.plan, request.only);
  const names = [...new Set(sources.flatMap((source) => deps.driverFor(source).leases(source)))].sort();
  const held = await holdSource(names, `${owner.backupId}/${owner.attempt}`, deps, signal);
  try {
    return await run(attempt);
  } finally {
    await held.release();
  }
}

async function dumpEverything(
  attempt: Attempt,
  limit: SizeLimit,
  onProgress: (progress: Progress) => void,
): Promise<MadeBackup> {
  const { row, owner, deps, log } = attempt;
  const startedAt = row.startedAt ?? deps.clock.now().toISOString();
  const components = await allComponents(attempt);
  const { recipients } = await deps.keyRing.publicKeys();
  const buildable = components.flatMap(({ source, driver, target }) => {
    const basis = driver.basis?.(source);
    return basis ? [{ component: target.component, basis }] : [];
  });
  const indexKeys = await indexKeysFor(recipients, buildable.length > 0, deps.keyRing, log);
  const { bases, needs } = await holdBases(buildable, indexKeys.opening, attempt);
  const lockUntil = lockedUntil(deps);
  const attributes = { tier: row.tier, planId: owner.planId, lockUntil };
  const progress = progressOf(onProgress);
  // From here each component has steps of its own.
  attempt.track.end();
  const made = await dumpTogether(components, attempt, (component, its) =>
    dumpComponent(
      {
        ...component,
        recipients,
        indexKeys,
        base: bases.get(component.target.component),
        defaultParallelism: Math.ceil(deps.defaultParallelism / atATime(components)),
        attributes,
        limit,
      },
      { ...its, track: its.steps.track() },
      progress(component.target.title),
    ),
  );
  const references = referencesOf(made.map(({ component }) => component));
  checkHeld(references, needs);
  if (lockUntil !== undefined) {
    attempt.track.begin('references');
    await lockReferences(references, lockedUntil(deps) ?? lockUntil, attempt);
  }
  return {
    manifest: manifestOf(attempt, made, { startedAt, expiresAt: expiryOf(attempt) }),
    versions: Object.assign({}, ...made.map(({ versions }) => versions)),
    indexes: new Map(made.flatMap(({ component, index }) => (index ? [[component.name, index]] : []))),
    attributes,
  };
}

async function allComponents(attempt: Attempt): Promise<readonly PlannedComponent[]> {
  const { request, deps, log, signal } = attempt;
  await beginStep(attempt, 'open');
  const all: PlannedComponent[] = [];
  const names = new Set<string>();
  const sources = chosenSources(request.plan, request.only);
  for (const source of sources) {
    const driver = deps.driverFor(source);
    const targets = await driver.targets(source, { ...deps, log, signal }).catch((thrown: unknown): never => {
      throw sources.length > 1 ? within(`source ${source.name}`, thrown) : thrown;
    });
    for (const target of targets) {
      if (names.has(target.component)) throw sameName(source, target.component);
      names.add(target.component);
      all.push({ source, driver, target });
    }
  }
  return all;
}

/** The second database of `shop` is `shop-02`, which may be the name of another source. */
function sameName(source: Source, component: string): InvalidInput {
  return new InvalidInput('plan', [
    {
      field: 'sources',
      value: JSON.stringify(source.name),
      allowed: `a name whose components differ from those of the others: ${component} is there twice`,
    },
  ]);
}

function expiryOf({ request, row }: Attempt): string {
  const { plan, trigger, slot, keepDays } = request;
  return chooseTier({
    trigger,
    slot,
    timeZone: scheduleTimeZone(plan.schedule),
    retention: plan.retention,
    completed: [],
    tier: row.tier,
    keepDays,
  }).expiresAt;
}

/** From now on; undefined where the vault has no locks. */
function lockedUntil({ lockDays, clock }: Attempt['deps']): string | undefined {
  if (lockDays === undefined) return undefined;
  return new Date(clock.now().getTime() + lockDays * dayMs).toISOString();
}

/** Sums up what the components that run at the same time report. */
function progressOf(onProgress: (progress: Progress) => void) {
  let plainBytes = 0;
  let estimatedBytes = 0;
  return (title: string) => (change: { plainBytes?: number; estimatedBytes?: number }) => {
    plainBytes += change.plainBytes ?? 0;
    estimatedBytes += change.estimatedBytes ?? 0;
    onProgress({ plainBytes, estimatedBytes, step: `dump ${title}` });
  };
}

function manifestOf(
  { request, row, owner, deps }: Attempt,
  made: readonly ComponentMade[],
  times: Pick<Manifest, 'startedAt' | 'expiresAt'>,
): Manifest {
  const { plan, label, keepDays, trigger, createdBy, correlationId, slot } = request;
  const only = partialNames(plan, request.only);
  const components = made.map(({ component }) => component);
  // Of its own objects alone: what it refers to is counted where it was written.
  const parts = components.flatMap(({ segments }) => segments.flatMap((segment) => segment.parts));
  const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
  return {
    format: 'holdfast/manifest',
    version: 1,
    planId: plan.id,
    backupId: owner.backupId,
    attempt: owner.attempt,
    kind: row.kind,
    trigger,
    ...(label !== undefined && { label }),
    ...(only && { only: [...only] }),
    createdBy,
    correlationId,
    slot,
    ...times,
    completedAt: deps.clock.now().toISOString(),
    tier: row.tier,
    ...(keepDays !== undefined && { keepDays }),
    plan,
    tools: Object.assign(
      { holdfast: deps.holdfastVersion, node: process.versions.node },
      ...made.map(({ tools }) => tools),
    ),
    totals: {
      sourceBytes: sum(made.map(({ sourceBytes }) => sourceBytes)),
      plainBytes: sum(components.flatMap(({ segments }) => segments.map((segment) => segment.plainBytes))),
      storedBytes: sum(parts.map(({ lengthBytes }) => lengthBytes)),
      segments: sum(components.map(({ segments }) => segments.length)),
      objects: parts.length + 1,
    },
    components,
    warnings: made.flatMap(({ warnings }) => warnings),
  };
}
