/**
 * One round of watch: looks at everything, tells what broke, lasts or is well again, lets restores go on whose objects
 * are back, has a plan's last good backup taken back, and pings. It says that it is alive only after a whole round, so
 * an alarm speaks for whatever keeps it from one.
 *
 * Each step is carried out whatever became of the one before; the first failure is thrown at the end, so that the
 * function fails, is retried, and is told of.
 */
import type { Condition } from '../alerts.ts';
import { inParallel, mapAtATime } from '../at-a-time.ts';
import { type CountingDeps, countStats } from '../control/stats.ts';
import { hasCode } from '../errors.ts';
import type { Catalog, RestoreRow } from '../ports/catalog.ts';
import type { Alerts, Clock, Log } from '../ports/index.ts';
import type { FunctionStarter, Heartbeat, Pinger } from '../ports/surroundings.ts';
import { readState, type State } from '../state.ts';
import { planAlerting } from './alerting.ts';
import type { HealthSettings } from './facts.ts';
import { foundBy } from './found.ts';
import { isFromMeanwhile, stillSo } from './meanwhile.ts';
import { pingPlans } from './pings.ts';
import { dayMs } from './settings.ts';
import { type Survey, type SurveyDeps, survey } from './survey.ts';
import { tellRecovered } from './tell-recovered.ts';
import { mayStillCrash } from './told-lately.ts';
import { isUnseenBy } from './unseen.ts';
import { canGoOn, type WaitingDeps } from './waiting.ts';

type WatchCatalog = SurveyDeps['catalog'] &
  CountingDeps['catalog'] &
  Pick<
    Catalog,
    | 'getBackup'
    | 'listOpenAlerts'
    | 'getAlert'
    | 'saveAlert'
    | 'closeAlert'
    | 'putState'
    | 'acquireLease'
    | 'releaseLease'
  >;

export interface WatchDeps extends SurveyDeps, WaitingDeps {
  readonly catalog: WatchCatalog;
  readonly alerts: Alerts;
  readonly starter: FunctionStarter;
  readonly heartbeat: Heartbeat;
  readonly pinger: Pinger;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: HealthSettings;
  /** Of the whole; read in each round, so that a new one counts at once. */
  readonly deadManUrl?: () => Promise<string | undefined>;
}

export interface WatchOptions {
  /** Lambda keeps it over its own retries, so a retry of this round is not taken for a second one. */
  readonly roundId: string;
  readonly secondsLeft: () => number;
}

export interface WatchResult {
  readonly status: 'done' | 'incomplete' | 'running-elsewhere';
  readonly plans: number;
  readonly conditions: number;
  readonly told: number;
  readonly restoresStarted: number;
  readonly reprievesStarted: number;
}

/** Longer than a function lives (15 minutes). */
const leaseMs = 16 * 60_000;

/** Looking ends with this much left, for telling; telling, for remembering that it was told. */
const secondsForTelling = 240;
const secondsForTheRest = 30;
/** Left for pings and the heartbeat when counting stops. */
const secondsForCounting = 60;

/** A round starts at most so many restores and so many reprieves; the next one goes on. */
const mostStarts = 50;

/** Only what was decided lately can be taken back without an operator: S3 hides what is marked within a day or two. */
const reprievableMs = 3 * dayMs;

const savesAtATime = 20;

export async function watchRound(deps: WatchDeps, options: WatchOptions): Promise<WatchResult> {
  const now = deps.clock.now();
  const until = new Date(now.getTime() + leaseMs).toISOString();
  const owner = `watch ${options.roundId}`;
  if (!(await deps.catalog.acquireLease('watch', owner, until, now.toISOString()))) {
    deps.log.info('another round of watch is on its way');
    return { ...nothing, status: 'running-elsewhere' };
  }
  try {
    return await round(deps, options, now);
  } finally {
    await deps.catalog.releaseLease('watch', owner).catch((error: unknown) => {
      deps.log.warn('the lease of watch was not released: it ends by itself', { error });
    });
  }
}

const nothing = { plans: 0, conditions: 0, told: 0, restoresStarted: 0, reprievesStarted: 0 } as const;

async function round(deps: WatchDeps, { secondsLeft }: WatchOptions, now: Date): Promise<WatchResult> {
  const { value: last } = await readState(deps.catalog, 'watch');
  const since = last?.completedAt ?? new Date(now.getTime() - dayMs).toISOString();
  const seen = await survey(deps, { now, since, isLate: () => secondsLeft() < secondsForTelling });
  const steps = firstFailure();
  const isLate = () => secondsLeft() < secondsForTheRest;
  const told = await steps.run(() => tell(deps, seen, now, isLate), 0);
  const restoresStarted = await steps.run(
    () => startRestores(deps, seen.stack.waiting ?? [], now, isLate),
    0,
  );
  const reprievesStarted = await steps.run(() => startReprieves(deps, seen, now), 0);
  await count(deps, now, () => secondsLeft() < secondsForCounting);
  await steps.run(async () => {
    const { value, revision } = await readState(deps.catalog, 'watch');
    const before: Partial<State<'watch'>> & Pick<State<'watch'>, 'pinged'> = value ?? { pinged: {} };
    const pinged = await pingPlans(
      { plans: seen.plans, pinged: before.pinged, now, isLate },
      deps.pinger,
      deps.log,
    );
    const isWhole = seen.whole && steps.isWell();
    // What was pinged is remembered after any round; that a round was whole, only after a whole one.
    const completedAt = isWhole ? deps.clock.now().toISOString() : before.completedAt;
    const found = isWhole ? foundBy(seen, value?.found, now) : value?.found;
    if (completedAt) await deps.catalog.putState('watch', { completedAt, pinged, found }, revision);
    if (!isWhole) return;
    await deps.heartbeat.beat(completedAt ?? now.toISOString());
    await pingWhole(deps, seen.conditions);
  }, undefined);
  const result: WatchResult = {
    status: seen.whole ? 'done' : 'incomplete',
    plans: seen.plans.length,
    conditions: seen.conditions.length,
    told,
    restoresStarted,
    reprievesStarted,
  };
  deps.log.info('round of watch ended', { ...result });
  steps.throwFirst();
  return result;
}

/** Runs steps one after the other whatever becomes of each, and keeps the first failure. */
function firstFailure() {
  let first: { readonly thrown: unknown } | undefined;
  return {
    isWell: () => first === undefined,
    async run<T>(step: () => Promise<T>, otherwise: T): Promise<T> {
      try {
        return await step();
      } catch (thrown) {
        first ??= { thrown };
        return otherwise;
      }
    },
    throwFirst() {
      if (first) throw first.thrown;
    },
  };
}

/** Publishes, then remembers, one after the other: a crash between tells twice rather than never. */
async function tell(deps: WatchDeps, seen: Survey, now: Date, isLate: () => boolean): Promise<number> {
  const plans = new Set(seen.plans.map(({ planId }) => planId));
  const isUnseen = isUnseenBy(seen);
  const open = await deps.catalog.listOpenAlerts();
  const opened = new Set(open.map(({ conditionId }) => conditionId));
  const { tell: tellings, note } = planAlerting({
    open,
    conditions: await stillSo(seen.conditions, deps.catalog, now),
    over: await untoldEnds(seen.over, deps),
    isUnseen: (row) => isUnseen(row) || mayStillCrash(row, now) || isFromMeanwhile(row, now),
    isPlan: (planId) => plans.has(planId),
    now,
  });
  let told = 0;
  for (const { alert, rows } of tellings) {
    if (isLate()) {
      deps.log.warn('no time left to tell everything: the next round does', { left: tellings.length - told });
      break;
    }
    if (alert.state === 'recovered' && rows.every(({ conditionId }) => opened.has(conditionId))) {
      if (await tellRecovered({ alert, rows }, deps)) told += 1;
      continue;
    }
    await deps.alerts.publish(alert);
    told += 1;
    await inParallel(rows, savesAtATime, (row) => deps.catalog.saveAlert(row));
  }
  await inParallel(note, savesAtATime, (row) => deps.catalog.saveAlert(row));
  return told;
}

/** Of what ended between two rounds: what the run that failed did not put on the list, so that none could take it off. */
async function untoldEnds(
  over: readonly Condition[],
  { catalog }: Pick<WatchDeps, 'catalog'>,
): Promise<readonly Condition[]> {
  const told = await mapAtATime(over, savesAtATime, async ({ id, since }) => {
    const row = await catalog.getAlert(id);
    return row !== undefined && (row.closedAt === undefined || row.closedAt >= since);
  });
  return over.filter((_, at) => !told[at]);
}

async function startRestores(
  deps: WatchDeps,
  waiting: readonly RestoreRow[],
  now: Date,
  isLate: () => boolean,
): Promise<number> {
  let started = 0;
  let failure: unknown;
  for (const row of waiting) {
    if (started >= mostStarts || isLate()) break;
    try {
      if (!(await canGoOn(row, deps, now))) continue;
      await deps.starter.start('restore', { task: 'restore', restoreId: row.restoreId });
      started += 1;
    } catch (error) {
      // One that cannot be looked at must not keep the others waiting.
      failure ??= error;
      deps.log.warn('a restore that waits could not be looked at', { restoreId: row.restoreId, error });
    }
  }
  if (failure) throw failure;
  return started;
}

/** Figures are for looking at: that they could not be counted fails no round. */
async function count({ catalog, log }: WatchDeps, now: Date, isLate: () => boolean): Promise<void> {
  try {
    if (!(await countStats({ catalog }, now, isLate)))
      log.warn('no time left to count the figures of all plans');
  } catch (error) {
    log.warn('the figures could not be counted: those of the last round stay', { error });
  }
}

async function startReprieves(deps: WatchDeps, { plans }: Survey, now: Date): Promise<number> {
  const due = plans
    .filter(({ reprieve }) => reprieve && now.getTime() - Date.parse(reprieve.decidedAt) < reprievableMs)
    .slice(0, mostStarts);
  for (const { planId } of due) await deps.starter.start('cleanup', { task: 'reprieve', planId });
  return due.length;
}

/** As long as nobody hears alerts, or one may not have been heard, this silence is the alert. */
async function pingWhole(
  { deadManUrl, pinger, log }: WatchDeps,
  conditions: readonly Condition[],
): Promise<void> {
  if (conditions.some(({ kind }) => kind === 'alerts-unheard' || kind === 'alarm')) return;
  const url = await deadManUrl?.();
  if (url === undefined) return;
  try {
    await pinger.ping(url);
  } catch (error) {
    if (!hasCode(error, 'PING_FAILED', 'HOST_FORBIDDEN')) throw error;
    log.warn('the dead-man URL of the stack could not be pinged', { error });
  }
}
