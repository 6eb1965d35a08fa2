/**
 * One plan, its backups as they really are, and all parts of a stack around them on one virtual time: the catalog in
 * memory, the model of S3, cleanup as it is. Backups are written through the catalog's own methods and as small
 * objects with the keys and tags of real ones; sealing has tests of its own and would take hours here.
 */

import { silentLog } from '../../adapters/log/quiet.ts';
import { memoryAlerts } from '../../adapters/memory/alerts.ts';
import { memoryCatalog } from '../../adapters/memory/catalog.ts';
import { chooseBase, neededThrough } from '../../core/backup/base-choice.ts';
import { backupIdFor, manifestKey, partKey, reportKey } from '../../core/format/layout.ts';
import type { Reference } from '../../core/manifest.ts';
import { type Plan, planSchema } from '../../core/plan.ts';
import type {
  BackupRow,
  Catalog,
  ClaimRequest,
  Needed,
  Owner,
  Pause,
  PlanRow,
  Trigger,
} from '../../core/ports/catalog.ts';
import type { FunctionStarter } from '../../core/ports/surroundings.ts';
import { boundNeeded, neededOf } from '../../core/references.ts';
import { chooseTier } from '../../core/retention.ts';
import { scheduleTimeZone } from '../../core/schedule.ts';
import { type Bucket, type BucketEvents, bucketModel } from './bucket.ts';
import { dayMs, hourMs, iso, machineClock, minuteMs, type WorldTime } from './clock.ts';
import type { Random } from './random.ts';
import { lifecycleDays } from './rules.ts';

export const planId = 'shop';
/** Of what a rebuild finds incomplete. */
export const lacksParts = 'lacks parts';
const manifestBytes = 3;
const segmentBytes = 10;
/** As core/backup/lease.ts has it, about. */
export const leaseMs = 3 * minuteMs;
/** As core/backup/base.ts has it. */
export const holdDays = 1;
/** A slot is made up for so long after its time at most. */
export const latestDays = 10;

/** A backup as it really is, whatever the catalog believes. */
export interface Truth {
  readonly backupId: string;
  readonly slot: string;
  readonly startedMs: number;
  /** What its manifest names of its own, and the manifest: last. */
  readonly keys: readonly string[];
  /** What its manifest names of earlier backups. */
  refs: readonly string[];
  /** What of earlier backups it may come to refer to, while it runs. */
  held: readonly string[];
  /** The run that read everything, of which it comes; absent when it reads everything each time. */
  full?: string;
  readonly extra: RunExtra;
  /** The catalog was lost, and nobody takes it for a backup any more. */
  isForgotten?: boolean;
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
  /** Without the check in front: a rebuild decides nothing, it lists what was decided. */
  readonly unwatched: Catalog;
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
  readonly basis: Basis | undefined;
  readonly random: Random;
  /** What a person hid or removed. */
  readonly damaged: Set<string>;
  /** When something last needed a key of another backup. */
  readonly neededMs: Map<string, number>;
  /** Rows of a catalog that was lost: reports and pins beside the manifest say the same. */
  readonly lost: Map<string, BackupRow>;
  /** The catalog is lost, and made anew from the vault, but for some that nobody adopted yet. */
  rebuild(): Promise<void>;
}

export interface Basis {
  readonly mode: 'incremental' | 'differential';
  readonly fullEveryDays: number;
}

export interface WorldOptions {
  readonly startMs: number;
  readonly undeleteDays: number;
  /** 0: the bucket has no Object Lock. */
  readonly lockDays: number;
  readonly plan: Plan;
  readonly events: BucketEvents;
  readonly basis?: Basis | undefined;
  readonly random: Random;
  /** Puts a check in front of the catalog. */
  readonly watched: (catalog: Catalog) => Catalog;
}

export async function makeWorld(options: WorldOptions): Promise<World> {
  const time = { nowMs: options.startMs };
  let inner = memoryCatalog();
  const outer = Object.fromEntries(
    Object.keys(inner).map((name) => [
      name,
      (...args: unknown[]) =>
        (inner as unknown as Record<string, (...all: unknown[]) => unknown>)[name]?.(...args),
    ]),
  ) as unknown as Catalog;
  const catalog = options.watched(outer);
  let plan = await catalog.putPlan(options.plan, 0, 'ada', iso(time.nowMs));
  const toAdopt: string[] = [];
  const world: World = {
    time,
    basis: options.basis,
    random: options.random,
    damaged: new Set(),
    lost: new Map(),
    neededMs: new Map(),
    async rebuild() {
      for (const row of await world.rows()) world.lost.set(row.backupId, row);
      inner = memoryCatalog();
      const { paused } = plan;
      await inner.adoptPlan(plan);
      plan = await inner.setPaused(planId, paused);
      for (const truth of world.truths.values()) {
        truth.justifiedMs = time.nowMs;
        const manifest = world.bucket.current(manifestKey(planId, truth.backupId));
        truth.isForgotten = !manifest || truth.completedMs === undefined || options.random.chance(0.2);
        if (!truth.isForgotten) await adopt(world, truth);
      }
    },
    bucket: bucketModel(time, lifecycleDays(options.undeleteDays), options.events),
    catalog,
    unwatched: outer,
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
  return world;
}

export function planOf(schedule: unknown, retention: unknown): Plan {
  return planSchema.parse({
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
 * - `held`: it died before it wrote anything, with what it may need noted.
 * - `unrecorded`: the manifest was written and the machine died before the row said so.
 */
export type RunOutcome = 'completed' | 'retried' | 'failed' | 'died' | 'held' | 'unrecorded';

export interface RunExtra {
  readonly label?: string;
  readonly only?: readonly string[];
  readonly keepDays?: number;
}

/** False when nobody could run it: it is there already, or running. */
export async function run(
  world: World,
  slotMs: number,
  trigger: Trigger,
  outcome: RunOutcome,
  extra: RunExtra = {},
  meanwhile: () => Promise<void> = async () => undefined,
): Promise<boolean> {
  const { catalog, time } = world;
  const { plan } = world.plan();
  const slot = iso(slotMs).replace('.000Z', 'Z');
  const backupId = backupIdFor(planId, slot, trigger === 'schedule' ? undefined : `token-${slotMs}`);
  const before = world.truths.get(backupId);
  if (before?.completedMs !== undefined) return false;
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
    ...extra,
  });
  let { outcome: claimed, row } = await catalog.claimRun(claim());
  // A rebuilt catalog knows no failed attempts; writing their objects again is refused, which fails the run.
  while (claimed === 'claimed' && world.bucket.versionsOf(segmentKey(backupId, row.attempt, 0)).length > 0) {
    await catalog.failRun({ planId, backupId, attempt: row.attempt }, failure, iso(time.nowMs));
    ({ outcome: claimed, row } = await catalog.claimRun(claim()));
  }
  if (claimed !== 'claimed') return false;
  const wins = outcome === 'retried' ? row.attempt + 1 : row.attempt;
  const packs = world.basis ? world.random.whole(1, 3) : 0;
  const own = (attempt: number) => [
    segmentKey(backupId, attempt, 0),
    ...Array.from({ length: packs }, (_, at) => segmentKey(backupId, attempt, at + 1)),
  ];
  const lost = [...(before?.others ?? []), ...(before?.keys.slice(0, -1) ?? [])];
  const truth: Truth = {
    backupId,
    slot,
    startedMs: time.nowMs,
    keys: [...own(wins), manifestKey(planId, backupId)],
    extra,
    refs: [],
    held: [],
    others: outcome === 'retried' ? [...lost, segmentKey(backupId, row.attempt, 0)] : lost,
    justifiedMs: time.nowMs,
  };
  world.truths.set(backupId, truth);
  let owner: Owner = { planId, backupId, attempt: row.attempt };
  let base = await hold(world, owner, truth);
  if (outcome === 'held') return true;
  put(world, segmentKey(backupId, row.attempt, 0), tier, segmentBytes);
  if (outcome === 'failed' || outcome === 'died') {
    world.bucket.startUpload(segmentKey(backupId, row.attempt, 0).replace('.0001', '.0002'));
    if (outcome === 'failed') await catalog.failRun(owner, failure, iso(time.nowMs));
    return true;
  }
  if (outcome === 'retried') {
    await catalog.failRun(owner, failure, iso(time.nowMs));
    const again = await catalog.claimRun(claim());
    owner = { ...owner, attempt: again.row.attempt };
    base = await hold(world, owner, truth);
    put(world, segmentKey(backupId, wins, 0), tier, segmentBytes);
  }
  for (const key of own(wins).slice(1)) put(world, key, tier, segmentBytes, 'pack');
  await meanwhile();
  // What has changed since is not referred to.
  const refs = base ? truth.held.filter((key) => !isIndex(key) && world.random.chance(0.85)).slice(-12) : [];
  await catalog.prepareCompletion(owner, {
    sourceBytes: 100,
    storedBytes: manifestBytes + segmentBytes * (packs + 1),
    compressionRatio: 7.69,
    expiresAt: chooseTier({
      trigger,
      slot,
      timeZone: 'UTC',
      retention: plan.retention,
      completed: [],
      tier,
      keepDays: extra.keepDays,
    }).expiresAt,
    locations: ['model:'],
    tools: {},
    manifest: { lengthBytes: manifestBytes, sha256: 'a'.repeat(64) },
    madeBy: wins,
    ...(world.basis && { needs: needsOf(refs), indexes: indexesOf(backupId, wins, base?.full ?? backupId) }),
  });
  truth.refs = refs;
  truth.held = refs;
  truth.full = world.basis && (base?.full ?? backupId);
  if (refs.some((key) => world.damaged.has(key))) truth.touched = true;
  put(world, manifestKey(planId, backupId), tier, manifestBytes, 'manifest');
  truth.completedMs = time.nowMs;
  if (outcome !== 'unrecorded') await catalog.completeRun(owner, iso(time.nowMs));
  return true;
}

const segmentKey = (backupId: string, attempt: number, index: number) =>
  partKey({ planId, backupId, attempt, component: 'main', index, name: index === 0 ? 'index' : 'pack' }, 1);

const isIndex = (key: string) => key.includes('/0000-');

const needsOf = (keys: readonly string[]): Needed[] =>
  boundNeeded(neededOf([{ parts: keys.map((key) => ({ key })) }] as unknown as Reference[]));

const indexesOf = (backupId: string, attempt: number, fullBackupId: string): BackupRow['indexes'] => ({
  main: {
    attempt,
    segment: { index: 0, name: 'index' },
    plainBytes: segmentBytes,
    parts: [{ key: segmentKey(backupId, attempt, 0), lengthBytes: segmentBytes, sha256: 'b'.repeat(64) }],
    fullBackupId,
  },
});

/** The backup that this run builds upon, held together with all that it needs; undefined: everything is read. */
async function hold(world: World, owner: Owner, truth: Truth): Promise<Truth | undefined> {
  const { basis, catalog, random, truths } = world;
  truth.held = [];
  if (!basis) return undefined;
  const { rows } = await catalog.listBackups(planId, { limit: 200, status: 'completed' });
  // Now and then somebody read the catalog a while ago.
  const known = random.chance(0.1) ? rows.slice(random.whole(0, 3)) : rows;
  const choice = chooseBase({ backupId: owner.backupId, component: 'main', basis }, known);
  if ('full' in choice) return undefined;
  const { row, index } = choice.base;
  const base = truths.get(row.backupId);
  if (!base) return undefined;
  const until = iso(world.time.nowMs + holdDays * dayMs);
  const needs = neededThrough('main', choice.base);
  if (!(await catalog.holdBases(owner, [row.backupId], needs, until))) return undefined;
  truth.held = [...base.refs, ...base.keys.slice(0, -1)];
  return { ...base, full: index.fullBackupId };
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
  const segment = segmentKey(backupId, 1, 0);
  const manifest = manifestKey(planId, backupId);
  put(world, segment, 'manual', segmentBytes);
  if (withManifest) put(world, manifest, 'manual', manifestBytes, 'manifest');
  world.truths.set(backupId, {
    backupId,
    slot,
    startedMs: world.time.nowMs,
    keys: withManifest ? [segment, manifest] : [segment],
    extra: {},
    refs: [],
    held: [],
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
    await adopt(world, truth);
    // Until now nobody knew what it needs of older ones.
    for (const older of world.truths.values())
      if (older.full && older.backupId < backupId)
        for (const key of older.keys) world.neededMs.set(key, world.time.nowMs);
  }
}

async function adopt(world: World, truth: Truth): Promise<void> {
  const { backupId, keys, refs, extra } = truth;
  const before = world.lost.get(backupId);
  const nowMs = world.time.nowMs;
  const manifest = world.bucket.current(manifestKey(planId, backupId));
  if (!manifest) return;
  // Known from now on: the next round is the first to decide about it.
  truth.justifiedMs = nowMs;
  truth.isForgotten = false;
  // As core/recovery does with what is going.
  const isGoing = [manifest, world.bucket.current(keys[0] ?? '')].some((each) => each?.tags.expire === 'yes');
  const tier = manifest.tags.tier as BackupRow['tier'];
  const madeBy = Number(/\/a(\d+)\//.exec(keys[0] ?? '')?.[1] ?? 1);
  const isLacking = [...keys, ...refs].some((key) => !world.bucket.current(key));
  const verification = isLacking
    ? ({ status: 'failed', level: 'stored', verifiedAt: iso(nowMs), detail: lacksParts } as const)
    : before?.verification;
  const needs = needsOf(refs);
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
      attempt: madeBy,
      startedAt: iso(truth.startedMs),
      completedAt: iso(truth.completedMs ?? nowMs),
      storedBytes: manifestBytes + segmentBytes * (keys.length - 1),
      tier,
      expiresAt: chooseTier({
        trigger: 'schedule',
        slot: truth.slot,
        timeZone: 'UTC',
        retention: world.plan().plan.retention,
        completed: [],
        tier,
        keepDays: extra.keepDays,
      }).expiresAt,
      manifest: { lengthBytes: manifestBytes, sha256: 'a'.repeat(64) },
      madeBy,
      guard: 0,
      ...(verification && { verification }),
      ...(before?.pin && !isGoing && { pin: before.pin }),
      ...extra,
      ...(needs.length > 0 && { needs }),
      ...(truth.full && { indexes: indexesOf(backupId, madeBy, truth.full) }),
    },
    iso(nowMs),
  );
  const row = await world.catalog.getBackup(planId, backupId);
  if (!isGoing || row?.status !== 'completed') return;
  await world.unwatched.expireBackups({
    planId,
    victims: [{ backupId, guard: row.guard }],
    keepers: [],
    expiry: { reason: 'policy', decidedAt: iso(nowMs), by: 'rebuild' },
  });
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
