/**
 * One plan, its backups as they really are, and all parts of a stack around them on one virtual time: the catalog in
 * memory, the model of S3, cleanup as it is. Backups are written through the catalog's own methods and as small
 * objects with the keys and tags of real ones; sealing has tests of its own and would take hours here.
 */

import { silentLog } from '../../adapters/log/quiet.ts';
import { memoryAlerts } from '../../adapters/memory/alerts.ts';
import { memoryCatalog } from '../../adapters/memory/catalog.ts';
import { backupIdFor, manifestKey, partKey, reportKey } from '../../core/format/layout.ts';
import { type Plan, parsePlan } from '../../core/plan.ts';
import type {
  BackupRow,
  Catalog,
  ClaimRequest,
  Owner,
  Pause,
  PlanRow,
  Trigger,
} from '../../core/ports/catalog.ts';
import type { FunctionStarter } from '../../core/ports/surroundings.ts';
import { chooseTier } from '../../core/retention.ts';
import { scheduleTimeZone } from '../../core/schedule.ts';
import { type Bucket, type BucketEvents, bucketModel } from './bucket.ts';
import { dayMs, hourMs, iso, machineClock, minuteMs, type WorldTime } from './clock.ts';
import { lifecycleDays } from './rules.ts';

export const planId = 'shop';
const manifestBytes = 3;
const segmentBytes = 10;
/** As core/backup/lease.ts has it, about. */
export const leaseMs = 3 * minuteMs;

/** A backup as it really is, whatever the catalog believes. */
export interface Truth {
  readonly backupId: string;
  readonly slot: string;
  readonly startedMs: number;
  /** What its manifest names, and the manifest. */
  readonly keys: readonly string[];
  /** Of attempts that lost or failed, and reports. */
  readonly others: string[];
  /** Since when it is a whole backup. */
  completedMs?: number;
  /** A person hid or removed something of it. */
  touched?: boolean;
  /** When something last justified that it is still there. */
  justifiedMs: number;
}

export interface World {
  readonly time: WorldTime;
  readonly bucket: Bucket;
  readonly catalog: Catalog;
  readonly undeleteDays: number;
  readonly lockDays: number;
  /** By backup id. Those of which nothing is left are taken out. */
  readonly truths: Map<string, Truth>;
  /** The plan as it is now. */
  plan(): PlanRow;
  /** Every row, newest first. */
  rows(): Promise<readonly BackupRow[]>;
  setPlan(plan: Plan): Promise<void>;
  setPaused(pause: Pause | undefined): Promise<void>;
  /** What was handed to adopt and not done yet. */
  readonly toAdopt: string[];
  readonly starter: FunctionStarter;
  readonly alerts: ReturnType<typeof memoryAlerts>;
}

export interface WorldOptions {
  readonly startMs: number;
  readonly undeleteDays: number;
  /** 0: the bucket has no Object Lock. */
  readonly lockDays: number;
  readonly plan: Plan;
  readonly events: BucketEvents;
  /** Puts a check in front of the catalog. */
  readonly watched: (catalog: Catalog) => Catalog;
}

export async function makeWorld(options: WorldOptions): Promise<World> {
  const time = { nowMs: options.startMs };
  const catalog = options.watched(memoryCatalog());
  let plan = await catalog.putPlan(options.plan, 0, 'ada', iso(time.nowMs));
  const toAdopt: string[] = [];
  return {
    time,
    bucket: bucketModel(time, lifecycleDays(options.undeleteDays), options.events),
    catalog,
    undeleteDays: options.undeleteDays,
    lockDays: options.lockDays,
    truths: new Map(),
    plan: () => plan,
    async rows() {
      const all: BackupRow[] = [];
      let cursor: string | undefined;
      do {
        const page = await catalog.listBackups(planId, { limit: 1000, cursor });
        all.push(...page.rows);
        cursor = page.cursor;
      } while (cursor !== undefined);
      return all;
    },
    async setPlan(next) {
      plan = await catalog.putPlan(next, plan.revision, 'ada', iso(time.nowMs));
    },
    async setPaused(pause) {
      plan = await catalog.setPaused(planId, pause);
    },
    toAdopt,
    starter: {
      async start(target, event) {
        if (target !== 'adopt') return;
        for (const { backupId } of (event as { backups: { backupId: string }[] }).backups)
          toAdopt.push(backupId);
      },
    },
    alerts: memoryAlerts(),
  };
}

export function planOf(schedule: unknown, retention: unknown): Plan {
  return parsePlan({
    id: planId,
    sources: [{ kind: 'postgres', name: 'main', secret: 'holdfast/sources/shop' }],
    schedule,
    retention,
  });
}

/**
 * How a run goes.
 * - `retried`: the first attempt left a segment, the second made the backup.
 * - `failed`, `died`: a segment is left; the row says failed, or still says running.
 * - `unrecorded`: the manifest was written and the machine died before the row said so.
 */
export type RunOutcome = 'completed' | 'retried' | 'failed' | 'died' | 'unrecorded';

export async function run(
  world: World,
  slotMs: number,
  trigger: Trigger,
  outcome: RunOutcome,
  meanwhile: () => Promise<void> = async () => undefined,
): Promise<void> {
  const { catalog, time } = world;
  const { plan } = world.plan();
  const slot = iso(slotMs).replace('.000Z', 'Z');
  const backupId = backupIdFor(planId, slot, trigger === 'schedule' ? undefined : `token-${slotMs}`);
  if (world.truths.has(backupId)) return;
  const { tier } = chooseTier({
    trigger,
    slot,
    timeZone: scheduleTimeZone(plan.schedule),
    retention: plan.retention,
    completed: await catalog.newestOfEachTier(planId),
  });
  const claim = (): ClaimRequest => ({
    planId,
    backupId,
    source: 'main',
    kind: 'database',
    trigger,
    createdBy: 'schedule',
    slot,
    correlationId: 'run',
    tier,
    now: iso(time.nowMs),
    leaseUntil: iso(time.nowMs + leaseMs),
  });
  const { outcome: claimed, row } = await catalog.claimRun(claim());
  if (claimed !== 'claimed') return;
  const wins = outcome === 'retried' ? row.attempt + 1 : row.attempt;
  const segment = (attempt: number) =>
    partKey({ planId, backupId, attempt, component: 'main', index: 0, name: 'data' }, 1);
  const truth: Truth = {
    backupId,
    slot,
    startedMs: time.nowMs,
    keys: [segment(wins), manifestKey(planId, backupId)],
    others: outcome === 'retried' ? [segment(row.attempt)] : [],
    justifiedMs: time.nowMs,
  };
  world.truths.set(backupId, truth);
  put(world, segment(row.attempt), tier, segmentBytes);
  if (outcome === 'failed' || outcome === 'died') {
    world.bucket.startUpload(segment(row.attempt).replace('.0001', '.0002'));
    if (outcome === 'failed')
      await catalog.failRun({ planId, backupId, attempt: 1 }, failure, iso(time.nowMs));
    return;
  }
  let owner: Owner = { planId, backupId, attempt: row.attempt };
  if (outcome === 'retried') {
    await catalog.failRun(owner, failure, iso(time.nowMs));
    const again = await catalog.claimRun(claim());
    owner = { ...owner, attempt: again.row.attempt };
    put(world, segment(wins), tier, segmentBytes);
  }
  await meanwhile();
  await catalog.prepareCompletion(owner, {
    sourceBytes: 100,
    storedBytes: manifestBytes + segmentBytes,
    compressionRatio: 7.69,
    expiresAt: chooseTier({
      trigger,
      slot,
      timeZone: 'UTC',
      retention: plan.retention,
      completed: [],
      tier,
    }).expiresAt,
    locations: ['model:'],
    tools: {},
    manifest: { lengthBytes: manifestBytes, sha256: 'a'.repeat(64) },
    madeBy: wins,
  });
  put(world, manifestKey(planId, backupId), tier, manifestBytes, 'manifest');
  truth.completedMs = time.nowMs;
  if (outcome !== 'unrecorded') await catalog.completeRun(owner, iso(time.nowMs));
}

const failure = { code: 'DUMP_FAILED', message: 'pg_dump ended with 1' };

function put(world: World, key: string, tier: string, lengthBytes: number, role = 'segment'): void {
  world.bucket.put(key, {
    lengthBytes,
    tags: { role, tier, plan: planId },
    lockUntilMs: world.lockDays === 0 ? 0 : world.time.nowMs + world.lockDays * dayMs,
  });
}

/** A folder that came from elsewhere: with a manifest it is a backup, without one it is rubbish. */
export function stranger(world: World, withManifest: boolean): void {
  const slotMs = Math.floor((world.time.nowMs - 20 * dayMs) / 1000) * 1000;
  const slot = iso(slotMs).replace('.000Z', 'Z');
  const backupId = backupIdFor(planId, slot, 'stranger');
  if (world.truths.has(backupId)) return;
  const segment = partKey({ planId, backupId, attempt: 1, component: 'main', index: 0, name: 'data' }, 1);
  const manifest = manifestKey(planId, backupId);
  put(world, segment, 'manual', segmentBytes);
  if (withManifest) put(world, manifest, 'manual', manifestBytes, 'manifest');
  world.truths.set(backupId, {
    backupId,
    slot,
    startedMs: world.time.nowMs,
    keys: withManifest ? [segment, manifest] : [segment],
    others: [],
    justifiedMs: world.time.nowMs,
    ...(withManifest && { completedMs: world.time.nowMs }),
  });
}

/** What the function `adopt` does with manifests that no row knows; opening them has tests of its own. */
export async function adoptAll(world: World): Promise<void> {
  for (const backupId of world.toAdopt.splice(0)) {
    const truth = world.truths.get(backupId);
    const manifest = world.bucket.current(manifestKey(planId, backupId));
    if (!truth || manifest?.tags.expire === 'yes') continue;
    if (!manifest || truth.completedMs === undefined)
      throw new Error(`${backupId} was handed to adopt without a manifest`);
    // Known from now on: the next round is the first to decide about it.
    truth.justifiedMs = world.time.nowMs;
    const tier = manifest.tags.tier as BackupRow['tier'];
    await world.catalog.adoptBackup(
      {
        planId,
        backupId,
        source: 'main',
        kind: 'database',
        trigger: tier === 'manual' ? 'manual' : 'schedule',
        createdBy: 'schedule',
        slot: truth.slot,
        correlationId: 'adopt',
        status: 'completed',
        attempt: 1,
        startedAt: iso(truth.startedMs),
        completedAt: iso(truth.completedMs),
        storedBytes: manifestBytes + segmentBytes,
        tier,
        expiresAt: chooseTier({
          trigger: 'schedule',
          slot: truth.slot,
          timeZone: 'UTC',
          retention: world.plan().plan.retention,
          completed: [],
          tier,
        }).expiresAt,
        manifest: { lengthBytes: manifestBytes, sha256: 'a'.repeat(64) },
        madeBy: 1,
        guard: 0,
      },
      iso(world.time.nowMs),
    );
  }
}

/** What verify found out, and its report in the vault. */
export async function verify(
  world: World,
  row: BackupRow,
  status: 'passed' | 'failed' | 'error',
): Promise<void> {
  const at = iso(world.time.nowMs);
  // One more for each change of the row: written once, as all keys are.
  const key = reportKey(planId, row.backupId, `r${row.guard}-${world.time.nowMs}`);
  if (status !== 'error') {
    put(world, key, row.tier, 2, 'report');
    world.truths.get(row.backupId)?.others.push(key);
  }
  await world.catalog.recordVerification(planId, row.backupId, {
    status,
    level: 'restored',
    verifiedAt: at,
    detail: '',
    ...(status !== 'error' && { reportKey: key }),
    ...(status === 'passed' && { provenAt: at }),
  });
}

/** What cleanup and undelete work with, on a clock that may be wrong. */
export function cleanupDepsOf(world: World, aheadMs = 0) {
  return {
    catalog: world.catalog,
    vault: world.bucket.vault,
    keeping: world.bucket.keeping,
    alerts: world.alerts,
    starter: world.starter,
    clock: machineClock(world.time, aheadMs),
    log: silentLog,
    undeleteDays: world.undeleteDays,
  };
}

export const streamsOfVault = ['list', 'folders'];
export const streamsOfKeeping = ['versions', 'unfinishedUploads'];
export { dayMs, hourMs };
