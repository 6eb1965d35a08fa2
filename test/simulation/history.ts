/**
 * One history: 400 days of one plan, everything in it chosen by a seed. Each day has its runs, verifications, people
 * who do things, parts that fail, cleanup at 23:10 and S3's lifecycle at midnight; then all promises are checked.
 */
import type { CleanupOptions } from '../../core/cleanup/context.ts';
import { cleanUp, cleanUpReprieve } from '../../core/cleanup/round.ts';
import { undelete, undeleteSteps } from '../../core/cleanup/undelete.ts';
import { HoldfastError, hasCode } from '../../core/errors.ts';
import { manifestKey } from '../../core/format/layout.ts';
import type { BackupRow } from '../../core/ports/catalog.ts';
import { nextRuns } from '../../core/schedule.ts';
import { dayMs, hourMs, iso, minuteMs } from './clock.ts';
import { Crashed, gateFor, type Trouble } from './gate.ts';
import { inSmallPages } from './pages.ts';
import { randomFastSchedule, randomRetention, randomSchedule } from './plans.ts';
import {
  Broken,
  checkBases,
  checkBroughtBack,
  checkHeld,
  checkLastGood,
  checkListed,
  checkMarked,
  checkNothingStays,
  isKnownGood,
  isWhole,
  protectedOf,
  watchedBucket,
  watchedCatalog,
} from './promises.ts';
import { type Random, seeded } from './random.ts';
import {
  adoptAll,
  cleanupDepsOf,
  latestDays,
  makeWorld,
  planId,
  planOf,
  type RunOutcome,
  run,
  stranger,
  streamsOfKeeping,
  streamsOfVault,
  verify,
  type World,
} from './world.ts';

export const historyDays = 400;
const startMs = Date.UTC(2026, 0, 1);
const cleanupAtMs = 23 * hourMs + 10 * minuteMs;
const yearMs = 365 * dayMs;
const mostDiary = 4000;
/** Of the rounds, so many go through small pages. */
const smallPages = 0.06;

/** What came to pass, so that a test can say that nothing was tested by chance alone. */
export interface HistoryFacts {
  backups: number;
  rounds: number;
  troubled: number;
  expired: number;
  removed: number;
  reprieved: number;
  undeleted: number;
  interrupted: number;
  hidden: number;
  adopted: number;
  incremental: number;
  heldOnly: number;
  overtaken: number;
  during: number;
  between: number;
  rebuilt: number;
  left: number;
}

/** Runs it; throws Broken with the seed, the day and what had happened before. */
export async function runHistory(seed: number): Promise<HistoryFacts> {
  const history = new History(seed);
  try {
    await history.run();
  } catch (thrown) {
    const message = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    throw new Broken(
      `seed ${seed}, ${history.where()}: ${message}\n${excerpt(history.diary, message).join('\n')}\nReplay: HOLDFAST_SIMULATION_SEED=${seed} HOLDFAST_SIMULATION_RUNS=1 npm test -- test/simulation`,
      { cause: thrown },
    );
  }
  return history.facts;
}

/** What was noted of the backups that the message names, and the last days of the rest. */
function excerpt(diary: readonly string[], message: string): readonly string[] {
  const named = message.match(/\d{8}T\d{6}Z-[0-9a-f]{8}/g) ?? [];
  const isTold = (line: string, at: number) =>
    at >= diary.length - 25 || !line.includes('S3:') || named.some((backupId) => line.includes(backupId));
  return diary.filter(isTold).slice(-80);
}

class History {
  readonly #diary: { readonly atMs: number; readonly text: () => string }[] = [];
  readonly facts: HistoryFacts = {
    backups: 0,
    rounds: 0,
    troubled: 0,
    expired: 0,
    removed: 0,
    reprieved: 0,
    undeleted: 0,
    interrupted: 0,
    hidden: 0,
    adopted: 0,
    incremental: 0,
    heldOnly: 0,
    overtaken: 0,
    during: 0,
    between: 0,
    rebuilt: 0,
    left: 0,
  };
  readonly #random: Random;
  #world!: World;
  #day = 0;
  #slots: number[] = [];
  #everyDays = 1;
  /** Days on which these parts work again. */
  readonly #outages = { backup: 0, verify: 0, cleanup: 0, lifecycle: 0 };
  /** Slots whose runs failed or died, and may be tried again. */
  readonly #failed: number[] = [];
  /** A day on which the fast schedule ends. */
  #fastUntil = 0;
  #restores = 0;
  /** The last round that was due went through. */
  #isWell = true;
  #quietRounds = 0;
  /** Runs between the pages of the round that is under way. */
  #runsOfRound = 0;
  readonly #breaches: string[] = [];
  #checked: { rows: readonly BackupRow[]; changes: number; isCleaned: boolean } | undefined;
  #slow: unknown;

  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  where(): string {
    return `day ${this.#day}, ${this.#world ? iso(this.#world.time.nowMs) : 'before it began'}`;
  }

  async run(): Promise<void> {
    const random = this.#random;
    const undeleteDays = random.pick([1, 7, 14, 14, 30]);
    const lockDays = random.chance(0.25) ? random.whole(1, 40) : 0;
    this.#everyDays = random.pick([1, 1, 1, 1, 3, 7]);
    this.#slow = randomSchedule(random);
    const mode = random.pick(['full', 'incremental', 'incremental', 'differential'] as const);
    const basis = mode === 'full' ? undefined : { mode, fullEveryDays: random.whole(5, 90) };
    let world: World | undefined;
    const events = watchedBucket(
      () => world?.time.nowMs ?? startMs,
      undeleteDays * dayMs,
      (version, how) => {
        if (how !== 'marked') this.facts[how] += 1;
        this.#note(() => `S3: ${version.key} is ${how}`);
      },
    );
    world = await makeWorld({
      startMs,
      undeleteDays,
      lockDays,
      plan: planOf(this.#slow, randomRetention(random)),
      events,
      basis,
      random,
      watched: (catalog) =>
        watchedCatalog(
          catalog,
          () => world?.time.nowMs ?? startMs,
          (what) => this.#breaches.push(what),
        ),
    });
    this.#world = world;
    this.#note(
      `${basis ? `${mode}, all every ${basis.fullEveryDays} d, ` : ''}window ${undeleteDays} d, lock ${lockDays} d, cleanup every ${this.#everyDays} d, ${JSON.stringify(world.plan().plan.retention)}, ${JSON.stringify(this.#slow)}`,
    );
    for (this.#day = 0; this.#day < historyDays; this.#day += 1) await this.#oneDay();
  }

  /** Put into words only when it is read, which most never are. */
  get diary(): readonly string[] {
    return this.#diary.map(({ atMs, text }) => `  ${iso(atMs)} ${text()}`);
  }

  #note(text: string | (() => string)): void {
    this.#diary.push({ atMs: this.#world.time.nowMs, text: typeof text === 'string' ? () => text : text });
    if (this.#diary.length > mostDiary) this.#diary.splice(0, mostDiary / 2);
  }

  async #oneDay(): Promise<void> {
    const world = this.#world;
    const beganMs = startMs + this.#day * dayMs;
    this.#startOutages();
    await this.#schedules(beganMs);
    while (this.#slots[0] !== undefined && this.#slots[0] < beganMs + cleanupAtMs) await this.#runNext();
    world.time.nowMs = Math.max(world.time.nowMs, beganMs + 20 * hourMs);
    if (this.#day >= this.#outages.verify) await this.#verifyDue();
    if (this.#random.chance(0.12)) await this.#somebodyActs();
    if (this.#random.chance(0.003)) await this.#rebuild();
    if (this.#random.chance(0.3)) await this.#heedAlert();
    world.time.nowMs = beganMs + cleanupAtMs;
    const isCleaned = await this.#cleanUp();
    this.facts.adopted += world.toAdopt.length;
    await adoptAll(world);
    while (this.#slots[0] !== undefined && this.#slots[0] < beganMs + dayMs) await this.#runNext();
    if (this.#random.chance(0.01)) await this.#allFoundBad(beganMs + cleanupAtMs + 20 * minuteMs);
    world.time.nowMs = beganMs + dayMs;
    const isLate = this.#day < this.#outages.lifecycle;
    if (!isLate) world.bucket.midnight();
    const rows = await world.rows();
    this.#check(rows, isCleaned === 'cleaned');
    // A day without a round is as healthy as the round before it.
    if (isCleaned !== 'idle') this.#isWell = isCleaned === 'cleaned';
    const isHealthy = this.#isWell && !isLate;
    checkNothingStays(world, rows, { isHealthy, everyDays: this.#everyDays });
  }

  /** What was found of the same rows and the same objects yesterday holds today. */
  #check(rows: readonly BackupRow[], isCleaned: boolean): void {
    const world = this.#world;
    const { changes } = world.bucket;
    const before = this.#checked;
    // Rows are shared while they stay as they are.
    const isSame =
      before?.changes === changes &&
      (before.isCleaned || !isCleaned) &&
      before.rows.length === rows.length &&
      rows.every((row, at) => row === before.rows[at]);
    if (isSame) return;
    checkListed(world, rows);
    checkMarked(world, rows);
    checkHeld(world, rows);
    checkBases(world, rows);
    checkLastGood(world, rows, isCleaned);
    this.#checked = { rows, changes, isCleaned };
  }

  #startOutages(): void {
    const random = this.#random;
    for (const part of ['backup', 'verify', 'cleanup', 'lifecycle'] as const) {
      if (this.#day < this.#outages[part] || !random.chance(0.006)) continue;
      const days = random.whole(1, part === 'lifecycle' ? 4 : part === 'backup' ? 40 : 20);
      this.#outages[part] = this.#day + days;
      this.#note(`${part} is out for ${days} days`);
    }
  }

  /** Slots up to tomorrow; some days have a faster schedule. */
  async #schedules(beganMs: number): Promise<void> {
    const random = this.#random;
    const { plan } = this.#world.plan();
    if (this.#fastUntil === this.#day && this.#day > 0)
      await this.#change(planOf(this.#slow, plan.retention));
    else if (random.chance(0.006)) {
      const { schedule, days } = randomFastSchedule(random);
      this.#fastUntil = this.#day + days;
      await this.#change(planOf(schedule, plan.retention));
    }
    const last = this.#slots.at(-1);
    if (last !== undefined && last >= beganMs + dayMs) return;
    const { plan: now, createdAt } = this.#world.plan();
    const afterMs = Math.max(last ?? 0, beganMs - 1);
    // Of a slow schedule two reach beyond tomorrow; more would only be thrown away when the plan changes.
    const count = this.#day < this.#fastUntil ? 10 : 2;
    this.#slots.push(
      ...nextRuns(now.schedule, new Date(afterMs), count, createdAt).map((at) => Date.parse(at)),
    );
  }

  async #change(plan: Parameters<World['setPlan']>[0]): Promise<void> {
    await this.#world.setPlan(plan);
    this.#slots = [];
    this.#note(`plan: ${JSON.stringify(plan.schedule)} ${JSON.stringify(plan.retention)}`);
  }

  async #runNext(): Promise<void> {
    const world = this.#world;
    const slotMs = this.#slots.shift() as number;
    if (world.plan().paused) return;
    world.time.nowMs = Math.max(world.time.nowMs, slotMs);
    const outcome = this.#outcome();
    if (outcome !== 'completed') this.#note(`run of ${iso(slotMs)}: ${outcome}`);
    if (outcome === 'held') this.facts.heldOnly += 1;
    if (!(await run(world, slotMs, 'schedule', outcome, {}, () => this.#during()))) return;
    this.facts.backups += 1;
    const isIncremental = [...world.truths.values()].at(-1)?.refs.length;
    if (isIncremental) this.facts.incremental += 1;
    if (outcome === 'failed' || outcome === 'died' || outcome === 'held') this.#failed.push(slotMs);
    else await this.#retryOlder();
  }

  /** An older slot is made up for after a newer one completed. */
  async #retryOlder(): Promise<void> {
    const slotMs = this.#failed.pop();
    if (slotMs === undefined || !this.#random.chance(0.6)) return;
    if (slotMs < this.#world.time.nowMs - latestDays * dayMs) return;
    this.#world.time.nowMs += 10 * minuteMs;
    if (!(await run(this.#world, slotMs, 'schedule', 'completed'))) return;
    this.#note(`the run of ${iso(slotMs)} is made up for`);
    this.facts.overtaken += 1;
  }

  /** While a run is under way, after it noted what it needs. */
  async #during(): Promise<void> {
    if (!this.#random.chance(0.03)) return;
    this.facts.during += 1;
    this.#note('cleanup runs during a run');
    await this.#round({ kind: 'none' }, 0);
    if (this.#breaches.length > 0) throw new Broken(this.#breaches.join('; '));
  }

  /** While cleanup goes from one page of backups to the next: runs claim their rows above, and hold bases below. */
  async #betweenPages(): Promise<void> {
    const random = this.#random;
    // A plan that changes more often than it is gone through again waits for the next round, rightly.
    if (this.#runsOfRound >= 2 || !random.chance(0.1)) return;
    this.#runsOfRound += 1;
    this.#world.time.nowMs += minuteMs;
    const outcome = random.pick(['completed', 'retried', 'died', 'held'] as const);
    this.#note(`between two pages of cleanup a run: ${outcome}`);
    if (await run(this.#world, this.#world.time.nowMs, 'manual', outcome)) this.facts.between += 1;
  }

  async #rebuild(): Promise<void> {
    this.#note('the catalog is lost, and rebuilt');
    this.facts.rebuilt += 1;
    await this.#world.rebuild();
  }

  #outcome(): RunOutcome {
    if (this.#day < this.#outages.backup) return 'failed';
    const dice = this.#random.next();
    if (dice < 0.9) return 'completed';
    if (dice < 0.94) return 'retried';
    if (dice < 0.96) return 'failed';
    if (dice < 0.97) return 'held';
    return dice < 0.985 ? 'died' : 'unrecorded';
  }

  async #verifyDue(): Promise<void> {
    const world = this.#world;
    for (const row of await world.catalog.listUnverified(5)) {
      const dice = this.#random.next();
      const status = dice < 0.93 ? 'passed' : dice < 0.97 ? 'failed' : 'error';
      if (status !== 'passed') this.#note(`verification of ${row.backupId}: ${status}`);
      await verify(world, row, status);
    }
  }

  async #somebodyActs(): Promise<void> {
    const world = this.#world;
    const random = this.#random;
    const rows = await world.rows();
    const completed = rows.filter((row) => row.status === 'completed');
    const any = completed.length > 0 ? random.pick(completed) : undefined;
    // The newest ones are where it hurts.
    const recent = completed.length > 0 ? random.pick(completed.slice(0, 3)) : undefined;
    const deed = random.whole(1, 15);
    switch (deed) {
      case 1:
      case 2: {
        const { plan } = world.plan();
        await this.#change({ ...plan, retention: randomRetention(random) });
        return;
      }
      case 3: {
        const extra = random.pick([
          {},
          { label: 'before the change', keepDays: random.whole(1, 90) },
          { only: ['main'] },
        ]);
        this.#note(`a backup by hand ${JSON.stringify(extra)}`);
        await run(world, world.time.nowMs, 'manual', 'completed', extra);
        return;
      }
      case 4:
      case 5:
        return this.#pin(any);
      case 6:
        return this.#hold(any);
      case 7:
      case 8:
        return this.#foundBad(recent);
      case 9:
        return this.#damage(random.chance(0.5) ? recent : any);
      case 10:
        return this.#pause();
      case 11:
        this.#note('a folder from elsewhere');
        return stranger(world, random.chance(0.6));
      case 12:
      case 13:
        return this.#undelete(rows.filter((row) => row.status === 'expired'));
      case 14:
        return this.#hideManifest(rows);
      default:
        return this.#bringBackHidden();
    }
  }

  async #pin(row: BackupRow | undefined): Promise<void> {
    if (!row) return;
    const pin = row.pin ? undefined : { at: iso(this.#world.time.nowMs), by: 'ada', reason: 'audit' };
    this.#note(`${row.backupId} is ${pin ? 'pinned' : 'unpinned'}`);
    await this.#world.catalog.setPin(planId, row.backupId, pin);
  }

  async #hold(row: BackupRow | undefined): Promise<void> {
    if (!row) return;
    const at = iso(this.#world.time.nowMs);
    const until = iso(this.#world.time.nowMs + this.#random.pick([2, 7]) * dayMs);
    this.#restores += 1;
    this.#note(`${row.backupId} is restored, held until ${until}`);
    await this.#world.catalog.createRestore(
      {
        restoreId: `r-${String(this.#restores).padStart(8, '0')}`,
        planId,
        backupId: row.backupId,
        status: 'pending',
        createdBy: 'ada',
        createdAt: at,
        request: {},
        correlationId: 'restore',
      },
      until,
    );
  }

  async #foundBad(row: BackupRow | undefined): Promise<void> {
    if (!row) return;
    this.#note(`${row.backupId} is found to be bad`);
    await verify(this.#world, row, 'failed');
  }

  /** Between marking and S3's round: watch sees it within the hour and asks for a reprieve. */
  async #allFoundBad(atMs: number): Promise<void> {
    const world = this.#world;
    world.time.nowMs = Math.max(world.time.nowMs, atMs);
    for (const row of (await world.rows()).filter(isKnownGood)) await this.#foundBad(row);
    const result = await cleanUpReprieve(cleanupDepsOf(world), { ...this.#options(), planId }).catch(
      (thrown: unknown) => {
        // One that died holds the lease for 16 minutes more; watch asks again within the hour.
        if (hasCode(thrown, 'CLEANUP_RUNNING')) return undefined;
        throw thrown;
      },
    );
    if (!result) return;
    this.facts.reprieved += result.reprieved.length;
    for (const each of result.reprieved) this.#note(`reprieved ${each}`);
    if (result.failed.length === 0) checkLastGood(world, await world.rows(), true);
  }

  /** The alert `last-good-marked` names undelete: a person does what it says. */
  async #heedAlert(): Promise<void> {
    const rows = await this.#world.rows();
    if (rows.some(isKnownGood)) return;
    const newest = rows.find(
      (row) => row.status === 'expired' && row.verification?.status !== 'failed' && !row.only,
    );
    if (newest) await this.#undelete([newest]);
  }

  async #damage(row: BackupRow | undefined): Promise<void> {
    const truth = row && this.#world.truths.get(row.backupId);
    if (!truth) return;
    const key = this.#random.pick(truth.keys);
    const forGood = this.#random.chance(0.5);
    this.#touch(key);
    this.#note(`${key} is ${forGood ? 'removed for good' : 'hidden'} by hand`);
    if (forGood) this.#world.bucket.destroy(key);
    else this.#world.bucket.hide(key);
  }

  #touch(key: string): void {
    this.#world.damaged.add(key);
    for (const truth of this.#world.truths.values())
      if (truth.keys.includes(key) || truth.refs.includes(key)) truth.touched = true;
  }

  /** Of one that justifies that others go: it must not go itself meanwhile. */
  #hideManifest(rows: readonly BackupRow[]): void {
    const kept = rows.filter(({ backupId }) => protectedOf(rows).has(backupId));
    const row = kept.length > 0 ? this.#random.pick(kept) : undefined;
    const truth = row && this.#world.truths.get(row.backupId);
    if (!truth) return;
    this.#touch(manifestKey(planId, truth.backupId));
    this.facts.hidden += 1;
    this.#note(`the manifest of ${truth.backupId}, which is protected, is hidden by hand`);
    this.#world.bucket.hide(manifestKey(planId, truth.backupId));
  }

  async #bringBackHidden(): Promise<void> {
    for (const truth of this.#world.truths.values()) {
      if (!truth.touched) continue;
      for (const key of truth.keys) {
        const [top, below] = this.#world.bucket.versionsOf(key);
        if (!top?.deleteMarker || !below || below.tags.expire === 'yes') continue;
        this.#note(`${key} is brought back by hand`);
        await this.#world.bucket.keeping.removeDeleteMarker(key, top.versionId);
      }
    }
  }

  async #pause(): Promise<void> {
    const { paused } = this.#world.plan();
    await this.#world.setPaused(
      paused ? undefined : { at: iso(this.#world.time.nowMs), by: 'ada', reason: '' },
    );
    this.#note(paused ? 'resumed' : 'paused');
  }

  async #undelete(expired: readonly BackupRow[]): Promise<void> {
    const world = this.#world;
    const row = expired[0] && this.#random.pick(expired.slice(0, 5));
    const truth = row && world.truths.get(row.backupId);
    if (!row || !truth || truth.touched) return;
    this.#note(`undelete ${row.backupId}`);
    try {
      if (this.#random.chance(0.4)) await this.#undeleteInterrupted(row.backupId);
      await undeleteNow(world, row.backupId);
      this.facts.undeleted += 1;
    } catch (thrown) {
      if (!(thrown instanceof HoldfastError)) throw thrown;
      this.#note(`undelete: ${thrown.code} ${thrown.message}`);
      if (thrown.code === 'CLEANUP_RUNNING') return;
      const areThere = (keys: readonly string[]) =>
        keys.every((key) => world.bucket.versionsOf(key).some((version) => !version.deleteMarker));
      // What it needs of others is there for as long as cleanup promises, at the least.
      const decidedMs = Date.parse(row.expiry?.decidedAt ?? iso(0));
      const isEarly =
        decidedMs <= world.time.nowMs && world.time.nowMs < decidedMs + world.undeleteDays * dayMs;
      if (areThere(truth.keys) && (isEarly || areThere(truth.refs)))
        throw new Broken(`${row.backupId} is all there and could not be brought back: ${thrown.message}`);
      return;
    }
    if (!isWhole(world, truth)) throw new Broken(`${row.backupId} was brought back, but not all of it`);
    const after = await world.catalog.getBackup(planId, row.backupId);
    checkBroughtBack(after, row.backupId);
    truth.justifiedMs = world.time.nowMs;
    for (const key of truth.refs) world.neededMs.set(key, world.time.nowMs);
    // It comes back pinned, since its policy has ended; without the pin it goes again.
    if (this.#random.chance(0.7)) await this.#pin(after);
  }

  async #undeleteInterrupted(backupId: string): Promise<void> {
    const at = this.#random.pick(undeleteSteps);
    this.#note(`undelete of ${backupId} is interrupted before ${at}`);
    this.facts.interrupted += 1;
    try {
      await undeleteNow(this.#world, backupId, async (step) => {
        if (step === at) throw new Crashed();
      });
    } catch (thrown) {
      if (!(thrown instanceof Crashed)) throw thrown;
    }
  }

  /** `idle`: no round was due. */
  async #cleanUp(): Promise<'cleaned' | 'troubled' | 'idle'> {
    if (this.#day < this.#outages.cleanup) return 'troubled';
    if (this.#day % this.#everyDays !== 0) return 'idle';
    const random = this.#random;
    const trouble = random.chance(0.1) ? await this.#trouble() : ({ kind: 'none' } as const);
    const aheadMs = random.chance(0.03)
      ? random.whole(-180, 180) * minuteMs
      : random.chance(0.0008)
        ? yearMs
        : 0;
    if (aheadMs !== 0) this.#note(`the clock of cleanup is ${aheadMs / minuteMs} min ahead`);
    if (trouble.kind !== 'none') this.#note(`cleanup will meet: ${trouble.kind} at call ${trouble.atCall}`);
    this.facts.rounds += 1;
    const isGood = await this.#round(trouble, aheadMs);
    if (this.#breaches.length > 0) throw new Broken(this.#breaches.join('; '));
    const isTroubled = trouble.kind !== 'none' || aheadMs !== 0;
    if (isTroubled) this.facts.troubled += 1;
    if (isTroubled) {
      this.#quietRounds = 0;
      return 'troubled';
    }
    // After a trouble one round may still end without this plan (the one before died in it), and then all goes on.
    this.#quietRounds += 1;
    // Everything was removed by hand: that a round says so is what it should do.
    const isEmpty = () => !this.#world.bucket.keys('plans/').some((key) => this.#world.bucket.current(key));
    if (!isGood && this.#quietRounds > 1 && !isEmpty())
      throw new Broken('a round in which nothing was wrong did not go through');
    return isGood ? 'cleaned' : 'troubled';
  }

  async #trouble(): Promise<Trouble> {
    const random = this.#random;
    const atCall = random.whole(1, random.pick([10, 40, 120]));
    const kind = random.pick([
      'crash',
      'crash',
      'error',
      'outage',
      'lost-reply',
      'intrude',
      'intrude',
    ] as const);
    if (kind !== 'intrude') return { kind, atCall };
    const act = random.pick([
      async () => {
        this.#note('a second cleanup begins');
        await this.#round({ kind: 'none' }, random.chance(0.3) ? yearMs : 0);
      },
      async () => {
        const good = (await this.#world.rows()).filter(isKnownGood);
        await this.#foundBad(good[0]);
      },
      async () => {
        const good = (await this.#world.rows()).filter(isKnownGood);
        await this.#damage(good[0]);
      },
      async () => this.#pin((await this.#world.rows()).findLast((row) => row.status === 'completed')),
      async () => this.#hold((await this.#world.rows()).findLast((row) => row.status === 'completed')),
      async () => this.#pause(),
      async () => {
        const outcome = random.pick(['completed', 'retried', 'died', 'held'] as const);
        await run(this.#world, this.#world.time.nowMs, 'manual', outcome);
      },
    ]);
    // Between the decision and its transaction is where it would hurt most.
    return { kind, atCall, act, ...(random.chance(0.5) && { before: 'expireBackups' }) };
  }

  #options(): CleanupOptions {
    return {
      correlationId: `c-${this.facts.rounds}`,
      by: 'schedule',
      secondsLeft: () => 900,
      signal: new AbortController().signal,
    };
  }

  /** True when it went through everything. */
  async #round(trouble: Trouble, aheadMs: number): Promise<boolean> {
    const world = this.#world;
    const gate = gateFor(trouble);
    const deps = cleanupDepsOf(world, aheadMs);
    this.#runsOfRound = 0;
    const catalog = this.#random.chance(smallPages)
      ? inSmallPages(deps.catalog, this.#random, () => this.#betweenPages())
      : deps.catalog;
    try {
      const result = await cleanUp(
        {
          ...deps,
          catalog: gate.guard(catalog),
          vault: gate.guard(deps.vault, streamsOfVault),
          keeping: gate.guard(deps.keeping, streamsOfKeeping),
          starter: gate.guard(deps.starter),
        },
        this.#options(),
      );
      this.facts.reprieved += result.reprieved.length;
      this.facts.left += result.needed.objects;
      for (const each of result.reprieved) this.#note(`reprieved ${each}`);
      // Of a single backup: its manifest is hidden, so that nobody knows what of it should go.
      const skipped = result.skipped.some(({ what }) => what === planId);
      for (const { code, message } of result.failed) this.#note(`cleanup failed: ${code} ${message}`);
      return result.failed.length === 0 && result.complete && result.plans > 0 && !skipped;
    } catch (thrown) {
      if (thrown instanceof Broken) throw thrown;
      if (thrown instanceof Crashed || thrown instanceof HoldfastError) {
        this.#note(
          `cleanup: ${thrown instanceof HoldfastError ? `${thrown.code} ${thrown.message}` : 'crashed'}`,
        );
        return false;
      }
      throw thrown;
    }
  }
}

async function undeleteNow(
  world: World,
  backupId: string,
  onStep?: (step: string) => Promise<void>,
): Promise<void> {
  const signal = new AbortController().signal;
  await undelete(
    { ...cleanupDepsOf(world), ...(onStep && { onStep }) },
    { backupId, by: 'ada', correlationId: 'undelete', signal },
  );
}
