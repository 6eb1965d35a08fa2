/**
 * The round over all plans, deleted ones too: what of them is due by the calendar (cadence.ts) is done, as far as the time
 * goes, and the next sweep goes on where this one stopped. Nothing that one plan does keeps the round from the others: a
 * drill is noted before it begins, and a look that does not come to its end three times is left and told; after three such
 * looks, the plan.
 */
import { asHoldfastError, HoldfastError, hasCode } from '../errors.ts';
import type { BackupRow, PlanProof, PlanRow } from '../ports/catalog.ts';
import type { Report } from '../report.ts';
import { readState, type State, stateSchemas } from '../state.ts';
import { drillDue, lookDue, mayNeedDrill, needsLook } from './cadence.ts';
import { furtherFindings, lookAt, rememberingHeads } from './look.ts';
import type { SweepOptions } from './sweep.ts';
import { tell, tellFinding, tryToVerify, type VerifyDeps } from './verify.ts';

/** Nothing is begun with less than this left, seconds. */
const leastSecondsForLook = 30;
/** A drill is begun only with so much of the sweep's time before it; otherwise the next sweep begins with it. */
const leastShareForDrill = 0.4;
const plansOnPage = 200;
/** Rows may have 120 KB each. */
const backupsOnPage = 25;
/** Of a plan, newest first: where its newest good one and the last proof of it are looked for. */
const newestLooked = 50;
/** How often a page of backups is begun that is never ended. */
const mostTries = 3;
/** Backups of a page that never come to their end before the rest of the plan is left for later. */
const mostLeftOut = 3;
/** Backups of a plan that could not be looked at, for what passes by itself, before the rest of it is left for later. */
const mostOutages = 3;
const endless = new HoldfastError('DEADLINE', `looking at it did not come to its end ${mostTries} times`);

export interface RoundOptions extends SweepOptions {
  /** The round stops when only so much is left, seconds; default 0. */
  readonly stopAtSeconds?: number;
}

export interface RoundResult {
  readonly drilled: number;
  readonly looked: number;
  /** Findings about backups; they were told. */
  readonly failed: number;
  /** All plans were gone through. */
  readonly isComplete: boolean;
}

interface Round {
  readonly deps: VerifyDeps;
  readonly options: RoundOptions;
  readonly memory: Memory;
  readonly secondsAtStart: number;
  readonly tally: { drilled: number; looked: number; failed: number };
}

/** Throws at its end what could neither be recorded nor told. */
export async function proveByCalendar(deps: VerifyDeps, options: RoundOptions): Promise<RoundResult> {
  const tally = { drilled: 0, looked: 0, failed: 0 };
  const memory = await openMemory(deps, options);
  if (!memory) return { ...tally, isComplete: false };
  const round: Round = { deps, options, memory, secondsAtStart: options.secondsLeft(), tally };
  let untold: unknown;
  const note = (planId: string, thrown: unknown) => {
    untold ??= thrown;
    const error = asHoldfastError(thrown);
    deps.log.warn('the round goes on after a failure', { planId, code: error.code, error });
  };
  let isComplete = false;
  try {
    isComplete = await allPlans(round, note);
  } finally {
    await memory.close(isComplete);
  }
  if (untold) throw untold;
  return { ...tally, isComplete };
}

/** Whether no round has come to its end for so long that what waits for its first verification must wait for it. */
export async function isRoundLate({
  catalog,
  clock,
}: Pick<VerifyDeps, 'catalog' | 'clock'>): Promise<boolean> {
  const { value } = await readState(catalog, 'verification');
  const lateMs = 86_400_000;
  return value?.completedAt === undefined || clock.now().getTime() - Date.parse(value.completedAt) > lateMs;
}

async function allPlans(round: Round, note: (planId: string, thrown: unknown) => void): Promise<boolean> {
  const { deps, memory } = round;
  for (;;) {
    const { deleted, page, doneUpTo } = memory.value;
    const { rows, cursor } = await deps.catalog.listPlans({ limit: plansOnPage, cursor: page, deleted });
    for (const row of rows) {
      const { id } = row.plan;
      if (doneUpTo !== undefined && id <= doneUpTo) continue;
      if (isOver(round)) return false;
      try {
        if (!(await onePlan(row, round))) return false;
      } catch (thrown) {
        if (hasCode(thrown, 'CATALOG_UNAVAILABLE')) throw thrown;
        note(id, thrown);
      }
      memory.value = { ...memory.value, doneUpTo: id, look: undefined };
    }
    if (cursor !== undefined) memory.value = { ...memory.value, page: cursor, doneUpTo: undefined };
    else if (!deleted)
      memory.value = { ...memory.value, deleted: true, page: undefined, doneUpTo: undefined };
    else return true;
  }
}

/** False when the time does not suffice for all that is due. */
async function onePlan(listed: PlanRow, round: Round): Promise<boolean> {
  const { deps } = round;
  const planId = listed.plan.id;
  let { proof = {} } = listed;
  const save = async (change: PlanProof) => {
    proof = { ...proof, ...change };
    await deps.catalog.saveProof(planId, proof);
  };
  const now = deps.clock.now();
  if (mayNeedDrill(listed, now)) {
    const { rows } = await deps.catalog.listBackups(planId, { status: 'completed', limit: newestLooked });
    const due = drillDue(listed, rows, now);
    if (due) {
      if (round.options.secondsLeft() < round.secondsAtStart * leastShareForDrill) return false;
      await drill(due, round, save);
      if (round.options.signal.aborted) return false;
    }
  }
  if (!lookDue({ ...listed, proof }, now)) return true;
  return lookAtAll({ ...listed, proof }, round, save);
}

type Save = (change: PlanProof) => Promise<void>;

async function drill({ planId, backupId }: BackupRow, round: Round, save: Save): Promise<void> {
  const { deps, options, tally } = round;
  const at = deps.clock.now().toISOString();
  await round.memory.save();
  // Before it begins, so that one that kills its function is not begun again by the next sweep.
  await save({ drill: { at, result: 'begun' } });
  const { correlationId, signal } = options;
  const request = { planId, backupId, level: 'restored', correlationId } as const;
  const outcome = await tryToVerify(request, deps, signal);
  tally.drilled += 1;
  if ('report' in outcome) {
    const { result, level } = outcome.report;
    if (result === 'failed') tally.failed += 1;
    return save({
      drill: { at, result: result === 'failed' ? 'failed' : level === 'restored' ? 'proven' : 'less' },
    });
  }
  // One that had most of the function's time will not have more tomorrow.
  await save({ drill: { at, result: outcome.error.code === 'DEADLINE' ? 'less' : 'error' } });
}

/** Page by page, newest first. False when the time was up. */
async function lookAtAll(row: PlanRow, round: Round, save: Save): Promise<boolean> {
  const { deps, memory } = round;
  const planId = row.plan.id;
  const remembered = { ...deps, vault: rememberingHeads(deps.vault) };
  const begun = memory.value.look?.planId === planId ? memory.value.look : undefined;
  let look = begun ?? { planId, startedAt: deps.clock.now().toISOString(), tries: 0 };
  const errors: NonNullable<PlanProof['storedError']>[] = [];
  const findings = findingsOfPlan(planId, round);
  let outages = 0;
  let isGivenUp = false;
  try {
    for (;;) {
      // The one that never came to an end is the first that is not seen yet, but for those that are left out already.
      const isEndless = look.tries >= mostTries;
      const leftOut = (look.leftOut ?? 0) + (isEndless ? 1 : 0);
      let toLeaveOut = leftOut;
      look = { ...look, leftOut, tries: isEndless ? 1 : look.tries + 1 };
      let hasSeen = false;
      memory.value = { ...memory.value, look };
      await memory.save();
      const { page: cursor, startedAt } = look;
      const page = await deps.catalog.listBackups(planId, {
        status: 'completed',
        limit: backupsOnPage,
        cursor,
      });
      for (const backup of page.rows) {
        if (!needsLook(row, backup, startedAt)) continue;
        if (toLeaveOut > 0) {
          toLeaveOut -= 1;
          errors.push(errorOf(backup.backupId, endless, deps));
          if (leftOut < mostLeftOut || toLeaveOut > 0) continue;
          isGivenUp = true;
          break;
        }
        if (isOver(round)) return stopped(round, look);
        try {
          const looked = await lookAt(backup, round.options.correlationId, remembered, round.options.signal);
          round.tally.looked += 1;
          hasSeen = true;
          if (looked.is === 'found') await findings.add(looked.report);
        } catch (thrown) {
          // One that had only what others left of the time has not been tried yet.
          if (round.options.signal.aborted) return hasSeen ? stopped(round, { ...look, tries: 1 }) : false;
          errors.push(errorOf(backup.backupId, thrown, deps));
          if (asHoldfastError(thrown).retryable) outages += 1;
          isGivenUp = outages >= mostOutages;
          if (isGivenUp) break;
        }
      }
      if (isGivenUp || page.cursor === undefined) break;
      look = { planId, startedAt, page: page.cursor, tries: 0 };
    }
  } finally {
    await findings.tellRest();
  }
  const [storedError] = errors;
  await save(storedError ? { storedError } : { storedAt: look.startedAt, storedError: undefined });
  return true;
}

/** An orderly end: the page counts as never begun. */
function stopped({ memory }: Round, look: NonNullable<State<'verification'>['look']>): false {
  memory.value = { ...memory.value, look: { ...look, tries: look.tries - 1 } };
  return false;
}

function errorOf(
  backupId: string,
  thrown: unknown,
  { clock, log }: VerifyDeps,
): NonNullable<PlanProof['storedError']> {
  const { code, message } = asHoldfastError(thrown);
  log.warn('a kept backup could not be looked at', { backupId, code, message, error: thrown });
  return { at: clock.now().toISOString(), backupId, code, message: message.slice(0, 500) };
}

/**
 * The first is told in full, the others together: a change to a bucket must not be a mail for each of a thousand. One that
 * could not be told is among the others, since no later look tells what is recorded; throws when that fails too.
 */
function findingsOfPlan(planId: string, { deps, options, tally }: Round) {
  const further: string[] = [];
  let isFirst = true;
  return {
    async add(report: Report): Promise<void> {
      tally.failed += 1;
      deps.onReport?.(report);
      if (!isFirst) return void further.push(report.backupId);
      try {
        await tellFinding(report, deps);
        isFirst = false;
      } catch (thrown) {
        const { planId, backupId } = report;
        deps.log.warn('a finding could not be told yet', { planId, backupId, error: thrown });
        further.push(backupId);
      }
    },
    async tellRest(): Promise<void> {
      if (further.length === 0) return;
      const { correlationId } = options;
      await tell(deps, { planId, correlationId }, furtherFindings(planId, further));
    },
  };
}

function isOver({ options }: Round): boolean {
  const { signal, secondsLeft, stopAtSeconds = 0 } = options;
  return signal.aborted || secondsLeft() - stopAtSeconds < leastSecondsForLook;
}

interface Memory {
  value: State<'verification'>;
  /** CONFLICT when another sweep has taken the round over. */
  save(): Promise<void>;
  close(isComplete: boolean): Promise<void>;
}

/** Undefined while another sweep is at it. */
async function openMemory(
  { catalog, clock, log }: VerifyDeps,
  options: RoundOptions,
): Promise<Memory | undefined> {
  const read = await readState(catalog, 'verification');
  let { revision } = read;
  const now = clock.now();
  const value = read.value ?? stateSchemas.verification.parse({});
  if (value.busyUntil !== undefined && Date.parse(value.busyUntil) > now.getTime()) return undefined;
  const busyUntil = new Date(now.getTime() + (options.secondsLeft() + 120) * 1000).toISOString();
  const memory: Memory = {
    value: { ...value, busyUntil },
    async save() {
      ({ revision } = await catalog.putState('verification', memory.value, revision));
    },
    async close(isComplete) {
      const { busyUntil: _, ...rest } = memory.value;
      memory.value = isComplete
        ? stateSchemas.verification.parse({ completedAt: clock.now().toISOString() })
        : rest;
      await memory.save();
    },
  };
  try {
    await memory.save();
  } catch (thrown) {
    if (!hasCode(thrown, 'CONFLICT')) throw thrown;
    log.info('another sweep goes through the plans');
    return undefined;
  }
  return memory;
}
