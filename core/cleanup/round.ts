/**
 * A round of cleanup over all plans, in the order of their ids. It stops before its time is up, remembers how far it
 * came, and starts itself again to go on; a plan that fails, or that killed the function, keeps no other one waiting.
 */
import { randomBytes } from 'node:crypto';
import { HoldfastError, hasCode } from '../errors.ts';
import type { CleanupEvent } from '../events.ts';
import { type CleanupDeps, type CleanupOptions, type CleanupResult, newTally, type Run } from './context.ts';
import { giveBackLease, keepLease, takeLease } from './lease.ts';
import { findingsAfter, type Memory, openMemory } from './memory.ts';
import { cleanPlan, type PlanOutcome, reprievePlan } from './one-plan.ts';
import { planIds } from './plans.ts';
import { explain } from './render.ts';
import { strangersOf } from './strangers.ts';
import { type InAll, type Teller, tellerOf } from './tell.ts';

/**
 * How often a run starts itself again before it waits for the next schedule, which counts anew: 15 hours of runs, so that
 * a daily schedule finds an end. Lambda's own detection would stop it silently after about 16 (Developer Guide, recursive
 * loop detection); the stack switches that off for cleanup alone (RecursiveLoop), and this bound takes its place.
 */
export const mostRestarts = 60;
/** A plan is not begun with less than this left, seconds. */
const leastSecondsForOne = 30;
const roundsRemembered = 30;

/** Who decides when nobody asked. */
export const scheduled = 'schedule';

/**
 * Cleans up all plans, or one. Throws CLEANUP_RUNNING when another one holds the lease, and ALERT_FAILED when a failure
 * could not be told; every other failure has been told and stands in the result.
 */
export async function cleanUp(deps: CleanupDeps, options: CleanupOptions): Promise<CleanupResult> {
  if (options.dryRun) return tryOut(deps, options);
  const { planId } = options;
  return underLease(deps, options, (run, memory, teller) =>
    planId === undefined ? wholeRound(run, memory, teller) : onePlan(planId, run, memory, teller),
  );
}

/** Brings the last good backup of a plan back if it was decided to go (reprieve.ts). Throws as above. */
export async function cleanUpReprieve(
  deps: CleanupDeps,
  options: CleanupOptions & { readonly planId: string },
): Promise<CleanupResult> {
  const { planId } = options;
  return underLease(deps, options, async (run, memory, teller) => {
    const isDone = await teller.guard(planId, () => reprievePlan(planId, run));
    if (isDone) run.tally.plans += 1;
    await memory.save(await teller.afterReprieve(memory.value, new Set(isDone ? [planId] : [])));
    return isDone === true;
  });
}

/** Decides everything and changes nothing; a failure is thrown. */
async function tryOut(deps: CleanupDeps, options: CleanupOptions): Promise<CleanupResult> {
  const now = deps.clock.now().toISOString();
  const run: Run = { deps, options, now, tally: newTally(), roundStartedAt: now };
  const ids = options.planId === undefined ? await planIds(deps, undefined) : [options.planId];
  let isComplete = true;
  for (const id of ids) {
    try {
      await cleanPlan(id, run, strangersOf(run), { expired: 0, kept: 0 });
      run.tally.plans += 1;
    } catch (thrown) {
      if (!hasCode(thrown, 'DEADLINE')) throw thrown;
      isComplete = false;
      break;
    }
  }
  return { ...resultOf(run, isComplete), planned: run.tally.planned };
}

type Work = (run: Run, memory: Memory, teller: Teller) => Promise<boolean | 'again'>;

/** `work` says whether all was done; `again`: it goes on in another invocation. */
async function underLease(deps: CleanupDeps, options: CleanupOptions, work: Work): Promise<CleanupResult> {
  const now = deps.clock.now().toISOString();
  // Its own in each invocation: the same event delivered twice is two cleanups.
  const owner = `${options.correlationId}/${randomBytes(4).toString('hex')}`;
  const keep = () => keepLease(deps, owner);
  const isWhole = options.planId === undefined;
  const requestsSince = isWhole ? now : undefined;
  const run = { deps, options, now, tally: newTally(), keepLease: keep, roundStartedAt: now, requestsSince };
  const teller = tellerOf(run);
  let isHeld = false;
  let outcome: boolean | 'again' = false;
  try {
    isHeld = await takeLease(deps, owner);
    if (!isHeld)
      throw new HoldfastError('CLEANUP_RUNNING', 'Another cleanup, or an undelete, holds the lease');
    const memory = await openMemory(deps.catalog, now, async () => deps.onStep?.('save-state'));
    run.roundStartedAt = memory.value.roundStartedAt ?? now;
    if (isWhole) run.requestsSince = memory.value.rounds[0]?.at ?? '';
    outcome = await work(run, memory, teller);
  } catch (thrown) {
    if (hasCode(thrown, 'CLEANUP_RUNNING')) throw thrown;
    await teller.fail(undefined, thrown);
  } finally {
    if (isHeld) await giveBackLease(deps, owner);
  }
  // After the lease is free, so that the next one finds it so.
  if (outcome === 'again') await teller.guard(undefined, () => startAgain(deps, options));
  const result = resultOf(run, outcome === true);
  deps.log.info('cleanup has ended', { ...result });
  teller.throwUntold();
  return result;
}

async function startAgain(
  { starter }: CleanupDeps,
  { by, correlationId, restarts = 0 }: CleanupOptions,
): Promise<void> {
  // As it was asked for: what its schedule began is not a person's.
  const asked = by === scheduled ? {} : { by };
  const event: CleanupEvent = {
    task: 'cleanup',
    dryRun: false,
    ...asked,
    correlationId,
    restarts: restarts + 1,
  };
  await starter.start('cleanup', event);
}

async function onePlan(planId: string, run: Run, memory: Memory, teller: Teller): Promise<boolean> {
  const isDone = await turn(planId, run, teller);
  const done = new Set(isDone ? [planId] : []);
  const told = await teller.afterReprieve(memory.value, done);
  await memory.save({ ...findingsAfter(memory.value, done, run), ...told, lastRunAt: run.now });
  return isDone === true;
}

async function wholeRound(run: Run, memory: Memory, teller: Teller): Promise<boolean | 'again'> {
  const { deps, options, now } = run;
  const done = new Set<string>();
  let { doneUpTo, inProgress } = memory.value;
  if (inProgress !== undefined) {
    // The run before left it without a word: it goes last, which is in the next round.
    await teller.fail(inProgress, new HoldfastError('CRASHED', `Cleanup of plan ${inProgress} did not end`));
    if (doneUpTo === undefined || inProgress > doneUpTo) doneUpTo = inProgress;
  }
  let isStopped = false;
  for (const id of await planIds(deps, doneUpTo)) {
    if (options.secondsLeft() < leastSecondsForOne) {
      isStopped = true;
      break;
    }
    await memory.save({ inProgress: id, doneUpTo, lastRunAt: now, roundStartedAt: run.roundStartedAt });
    const isDone = await turn(id, run, teller);
    if (isDone === undefined) {
      isStopped = true;
      if (hasStoodStill(run)) {
        await teller.fail(id, tooLarge(id));
        doneUpTo = id;
      }
      break;
    }
    if (isDone) done.add(id);
    doneUpTo = id;
  }
  const { round, unusual } = memory.value;
  const isTold = unusual.some(({ at }) => at >= run.roundStartedAt);
  const inAll = await teller.unusualInAll({ ...round, isTold });
  const told = await teller.afterReprieve(memory.value, done);
  const findings = { ...findingsAfter(memory.value, done, run), ...told };
  return endOfRun(run, memory, { isStopped, doneUpTo, findings, inAll });
}

/** The plan that was stopped had all the time of this run, and nothing of it was marked: the next run would fare the same. */
function hasStoodStill({ tally, options }: Run): boolean {
  const { plans, failed, marked, leftovers } = tally;
  return !options.signal.aborted && plans + failed.length + marked.objects + leftovers.objects === 0;
}

function tooLarge(planId: string): HoldfastError {
  return new HoldfastError(
    'DEADLINE',
    `Plan ${planId} takes longer to look through than a run of cleanup lasts; the plans after it went on without it`,
    {
      next: `Run \`holdfast cleanup ${planId}\` and look at its log: what it says last is what takes the time.`,
    },
  );
}

/** Remembers what this run did, as a part of its round or as the end of it. */
async function endOfRun(
  { tally, now, roundStartedAt, options }: Run,
  memory: Memory,
  end: { isStopped: boolean; doneUpTo: string | undefined; findings: object; inAll: InAll },
): Promise<boolean | 'again'> {
  const { round, rounds, completedAt } = memory.value;
  const sum = {
    backups: round.backups + tally.marked.backups,
    objects: round.objects + tally.marked.objects + tally.leftovers.objects,
    bytes: round.bytes + tally.marked.bytes + tally.leftovers.bytes,
    failures: round.failures + tally.failed.length,
    restarts: round.restarts + 1,
    ...end.inAll,
  };
  const always = { ...end.findings, inProgress: undefined, lastRunAt: now };
  const error = tally.failed[0];
  const lastError = error && `${error.code}: ${error.message}`.slice(0, 1000);
  if (end.isStopped) {
    const kept = lastError ?? memory.value.lastError;
    await memory.save({ ...always, round: sum, roundStartedAt, doneUpTo: end.doneUpTo, lastError: kept });
    // Of this chain alone: a round that takes longer goes on with the next schedule, as often again.
    return (options.restarts ?? 0) < mostRestarts ? 'again' : false;
  }
  const { backups, objects, bytes, failures } = sum;
  await memory.save({
    ...always,
    doneUpTo: undefined,
    roundStartedAt: undefined,
    round: { backups: 0, objects: 0, bytes: 0, failures: 0, restarts: 0, expired: 0, kept: 0 },
    rounds: [{ at: now, backups, objects, bytes }, ...rounds].slice(0, roundsRemembered),
    lastError: failures === 0 ? undefined : (lastError ?? memory.value.lastError),
    completedAt: failures === 0 ? now : completedAt,
  });
  return true;
}

/** One plan: true when it was gone through, false when it failed, undefined when the time was up. */
async function turn(planId: string, run: Run, teller: Teller): Promise<boolean | undefined> {
  const outcome: PlanOutcome = { expired: 0, kept: 0 };
  const isDone = await teller.guard(planId, () => cleanPlan(planId, run, strangersOf(run), outcome));
  if (isDone) run.tally.plans += 1;
  // One that was stopped is judged by the run that comes to its end: it counts what expired since the round began.
  if (isDone !== undefined) await teller.unusual(planId, outcome);
  return isDone;
}

function resultOf({ tally, options }: Run, complete: boolean): CleanupResult {
  const { plans, marked, leftovers, needed, kept, missing, adopted, reprieved } = tally;
  const { uploadsAborted, skipped, failed } = tally;
  return {
    dryRun: options.dryRun ?? false,
    plans,
    marked,
    leftovers,
    needed,
    kept,
    missing,
    adopted,
    reprieved,
    uploadsAborted,
    skipped,
    failed,
    complete,
    ...(options.wishes && { wishesRefused: wishesRefused(tally) }),
  };
}

function wishesRefused({ wishes }: Run['tally']): Readonly<Record<string, string>> {
  const kept = [...wishes].filter(([, { action }]) => action === 'keep');
  return Object.fromEntries(kept.map(([backupId, decision]) => [backupId, explain(decision)]));
}
