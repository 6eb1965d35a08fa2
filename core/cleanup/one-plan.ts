/**
 * Cleanup of one plan: its backups newest first, each decided (plan.ts) and done at once. The row is changed before its
 * objects are, in one transaction with those that justify it; whatever changes in between makes the plan be gone
 * through again. A storage error ends it: nothing is concluded from what could not be read.
 */
import { isDeepStrictEqual } from 'node:util';
import type { BackupRow, Needed } from '../ports/catalog.ts';
import { readState } from '../state.ts';
import { beginStep, checkTime, plan as listLine, mostNamed, type Run, skip } from './context.ts';
import { clearFailed, clearLosers } from './leftovers.ts';
import { lookAt } from './look.ts';
import { markExpired, throwRefused } from './marks.ts';
import {
  type CleanupPlanner,
  cleanupPlanner,
  guardedKeepers,
  mostVictims,
  type PlannerInput,
} from './plan.ts';
import { plannedLine } from './render.ts';
import { isCandidate, mostCandidates, reprieve } from './reprieve.ts';
import { requireStored } from './stored.ts';
import type { Strangers } from './strangers.ts';
import { abortUploads } from './uploads.ts';
import { type Window, windowsOf } from './windows.ts';

/** Times that a plan is gone through again because something changed meanwhile; after that it waits for the next round. */
const mostTries = 3;

/** Folders without a row and a manifest that are cleared for each page of rows; the others in the next round. */
const mostOrphans = 10_000;

/** Counted on the way, so that what was done before a failure is known as well. */
export interface PlanOutcome {
  /** Backups that expired by policy in this round, of this plan; of a whole round, also what people let go before it. */
  expired: number;
  kept: number;
}

export async function cleanPlan(
  planId: string,
  run: Run,
  strangers: Strangers,
  outcome: PlanOutcome,
): Promise<void> {
  await requireStored(planId, run);
  const lastLook = (await run.deps.catalog.getPlan(planId))?.usage?.countedAt;
  for (let tries = 1; tries <= mostTries; tries += 1) {
    const pass = new Pass(planId, run, strangers, await settingsOf(planId, run), lastLook);
    try {
      if (await pass.run()) return;
    } finally {
      outcome.expired = Math.max(outcome.expired, pass.expired);
      outcome.kept = pass.kept;
    }
    run.deps.log.info('a plan changed while it was cleaned up', { planId, tries });
  }
  skip(run, planId, 'its backups kept changing while they were decided about');
}

/** Brings the newest expired backup back when no good one is left; does nothing else. */
export async function reprievePlan(planId: string, run: Run): Promise<void> {
  await requireStored(planId, run);
  const planner = cleanupPlanner(inputOf(planId, run, await settingsOf(planId, run)));
  const candidates: BackupRow[] = [];
  for await (const window of windowsOf(planId, run, async () => undefined)) {
    const look = await lookAt(window, run, run.now);
    for (const each of window.rows) {
      const row = await look(each, planner.wouldKeep(each));
      planner.decide(row);
      if (planner.keepers().good) return;
      if (isCandidate(row, window.stored.has(row.backupId), run) && candidates.length < mostCandidates)
        candidates.push(row);
    }
  }
  await reprieve(candidates, run);
}

/** What the decisions rest on apart from the backups themselves. */
interface Settings {
  readonly plan: PlannerInput['plan'];
  readonly pausedAll: boolean;
}

async function settingsOf(planId: string, { deps }: Run): Promise<Settings> {
  const row = await deps.catalog.getPlan(planId);
  const { value: pause } = await readState(deps.catalog, 'pause');
  return {
    plan: row && { retention: row.plan.retention, paused: row.paused, deleted: row.deleted },
    pausedAll: pause !== undefined && pause !== null,
  };
}

function inputOf(planId: string, { now, deps, options }: Run, settings: Settings): PlannerInput {
  return { planId, now, undeleteDays: deps.undeleteDays, wishes: options.wishes, ...settings };
}

/** Going through a plan once. */
class Pass {
  expired = 0;
  readonly #planId: string;
  readonly #run: Run;
  readonly #strangers: Strangers;
  readonly #settings: Settings;
  readonly #lastLook: string | undefined;
  readonly #planner: CleanupPlanner;
  readonly #isPaused: boolean;
  /** All for the same reason, since one transaction says one. */
  #victims: { readonly row: BackupRow; readonly kept: readonly Needed[]; readonly wished: boolean }[] = [];
  /** Of the page that is being gone through. */
  readonly #orphans = new Set<string>();
  readonly #candidates: BackupRow[] = [];
  #missing = 0;
  readonly #missingNamed: { planId: string; backupId: string; since: string }[] = [];

  constructor(
    planId: string,
    run: Run,
    strangers: Strangers,
    settings: Settings,
    lastLook: string | undefined,
  ) {
    this.#lastLook = lastLook;
    this.#planId = planId;
    this.#run = run;
    this.#strangers = strangers;
    this.#settings = settings;
    this.#planner = cleanupPlanner(inputOf(planId, run, settings));
    this.#isPaused = settings.pausedAll || settings.plan?.paused !== undefined;
  }

  get kept(): number {
    return this.#planner.counts().kept;
  }

  /** False when something changed that decisions rested on. */
  async run(): Promise<boolean> {
    const meet = (backupId: string, below: 'plans' | 'reports') => this.#meet(backupId, below);
    for await (const window of windowsOf(this.#planId, this.#run, meet)) {
      const look = await lookAt(window, this.#run, this.#lastLook);
      for (const each of window.rows) {
        checkTime(this.#run.options);
        const row = await look(each, this.#planner.wouldKeep(each));
        if (!(await this.#decide(row, window))) return false;
      }
      if (!(await this.#clearOrphans())) return false;
      const last = window.rows.at(-1);
      if (last) this.#planner.forgetFrom(last.backupId);
    }
    if (!(await this.#expire())) return false;
    await this.#strangers.flush();
    await this.#end();
    return true;
  }

  /** Folders are met before the rows of their page, which may need something of them. */
  async #meet(backupId: string, below: 'plans' | 'reports'): Promise<void> {
    const met = await this.#strangers.meet({ planId: this.#planId, backupId }, below, this.#isPaused);
    if (met.is === 'row') this.#planner.protect(met.row);
    if (met.is === 'unknown') this.#planner.meetUnknown(backupId);
    if (met.is === 'orphan' && this.#orphans.size < mostOrphans) this.#orphans.add(backupId);
  }

  async #clearOrphans(): Promise<boolean> {
    const planId = this.#planId;
    for (const backupId of this.#orphans) {
      checkTime(this.#run.options);
      if (!(await this.#settle(backupId))) return false;
      const mayBeNeeded = this.#planner.mayBeNeededByUnknown(backupId);
      const needed = this.#planner.neededOf(backupId);
      await this.#strangers.clear({ planId, backupId }, needed, mayBeNeeded);
    }
    this.#orphans.clear();
    return true;
  }

  /** What a backup that waits for its expiry needs may only be marked after that. False when something changed. */
  async #settle(backupId: string): Promise<boolean> {
    const isNeeded = this.#victims.some(({ row }) =>
      row.needs?.some((needed) => needed.backupId === backupId),
    );
    return !isNeeded || this.#expire();
  }

  async #decide(row: BackupRow, { stored, reported }: Window): Promise<boolean> {
    const { options, tally } = this.#run;
    const decision = this.#planner.decide(row);
    if (options.wishes?.has(row.backupId)) tally.wishes.set(row.backupId, decision);
    const isThere = stored.has(row.backupId) || reported.has(row.backupId);
    if (row.status === 'completed' && row.missingSince !== undefined)
      this.#noteMissing(row, row.missingSince);
    if (row.status === 'expired' && !this.#planner.keepers().good)
      this.#noteCandidate(row, stored.has(row.backupId));
    if (this.#wasExpiredInThisRound(row) || this.#wasLetGo(row)) this.expired += 1;
    if (options.dryRun) {
      const isQuiet =
        (decision.action === 'none' && decision.why !== 'needed') ||
        (decision.action === 'keep' && decision.why === 'policy');
      if (!isQuiet && (isThere || row.status === 'completed'))
        listLine(this.#run, plannedLine(row, decision));
      if (decision.action === 'expire') this.expired += 1;
      return true;
    }
    if (decision.action === 'expire') {
      const { kept, wished } = decision;
      const isOther = this.#victims.some((victim) => victim.wished !== wished);
      if (isOther && !(await this.#expire())) return false;
      this.#victims.push({ row, kept, wished });
      return this.#victims.length < mostVictims || this.#expire();
    }
    if (decision.action === 'keep') {
      if (row.status === 'completed' && !this.#isPaused)
        await clearLosers(row, this.#run, this.#planner.neededOf(row.backupId));
      return true;
    }
    if (decision.action === 'none') return true;
    if (!(await this.#settle(row.backupId))) return false;
    const { kept } = decision;
    switch (decision.action) {
      case 'finish':
      case 'adjust':
        return this.#mark(row.backupId, kept, true);
      case 'recheck':
        return !isThere || this.#mark(row.backupId, kept, false);
      case 'leftovers':
        // One that left nothing may still hold what others wrote.
        if (isThere || row.needs) await clearFailed(row, this.#run, kept, this.#strangers.adopt);
        return true;
    }
  }

  #noteCandidate(row: BackupRow, isStored: boolean): void {
    if (this.#candidates.length < mostCandidates && isCandidate(row, isStored, this.#run))
      this.#candidates.push(row);
  }

  #noteMissing({ planId, backupId }: BackupRow, since: string): void {
    this.#missing += 1;
    if (this.#missingNamed.length < mostNamed) this.#missingNamed.push({ planId, backupId, since });
  }

  #wasExpiredInThisRound({ expiry }: BackupRow): boolean {
    return (
      expiry?.reason === 'policy' &&
      Date.parse(expiry.decidedAt) >= Date.parse(this.#run.roundStartedAt) &&
      // Later than now was a clock that was wrong, in some other round.
      Date.parse(expiry.decidedAt) <= Date.parse(this.#run.now)
    );
  }

  /** One wish after the other is unusual to no run of its own: the next round adds them up. */
  #wasLetGo({ expiry }: BackupRow): boolean {
    const { requestsSince, now } = this.#run;
    if (requestsSince === undefined || expiry?.reason !== 'request') return false;
    return expiry.decidedAt > requestsSince && Date.parse(expiry.decidedAt) <= Date.parse(now);
  }

  /** Expires the victims there are, and marks them. */
  async #expire(): Promise<boolean> {
    const { deps, options, now } = this.#run;
    const victims = this.#victims;
    this.#victims = [];
    const [first] = victims;
    if (!first) return true;
    // Somebody may have paused the plan, or lengthened what it keeps, since it was read.
    if (!isDeepStrictEqual(await settingsOf(this.#planId, this.#run), this.#settings)) return false;
    await beginStep(this.#run, 'expire');
    const areExpired = await deps.catalog.expireBackups({
      planId: this.#planId,
      victims: victims.map(({ row: { backupId, guard } }) => ({ backupId, guard })),
      keepers: guardedKeepers(this.#planner.keepers()),
      expiry: { reason: first.wished ? 'request' : 'policy', decidedAt: now, by: options.by },
    });
    if (!areExpired) return false;
    if (!first.wished) this.expired += victims.length;
    for (const { row, kept } of victims) if (!(await this.#mark(row.backupId, kept, false))) return false;
    return true;
  }

  /** Pages of the catalog may lag behind: what was brought back meanwhile must not be marked. */
  async #mark(backupId: string, kept: readonly Needed[], mayBeMarked: boolean): Promise<boolean> {
    const row = await this.#run.deps.catalog.getBackup(this.#planId, backupId);
    return row?.status !== 'expired' || markExpired(row, this.#run, kept, mayBeMarked);
  }

  async #end(): Promise<void> {
    const { deps, tally, options, now } = this.#run;
    const counts = this.#planner.counts();
    for (const [why, count] of Object.entries(counts.byReason))
      tally.kept[why] = (tally.kept[why] ?? 0) + count;
    tally.missing += this.#missing;
    tally.missingNamed.push(...this.#missingNamed);
    if (options.dryRun) return;
    if (!this.#planner.keepers().good) await reprieve(this.#candidates, this.#run);
    if (!this.#isPaused) await abortUploads(this.#planId, this.#run);
    if (this.#settings.plan) {
      await beginStep(this.#run, 'save-usage');
      const { kept: backups, keptBytes: storedBytes, byTier } = counts;
      const usage = { countedAt: now, backups, storedBytes, byTier };
      await deps.catalog.saveUsage(this.#planId, usage);
    }
    throwRefused(this.#planId, this.#run);
  }
}
