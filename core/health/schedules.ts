/**
 * The schedules of the plans beside what their rows say: seen, and, where whoever looks may, put right. The list has
 * names and whether each is on, a hundred a call; what an expression says is a call for each plan, so that a large
 * stack is gone through in turns, all of it once a day.
 */
import { createHash } from 'node:crypto';
import type { Condition } from '../alerts.ts';
import { scheduleDiffers, scheduleText, wantedSchedule } from '../control/plan-change.ts';
import { reconcileSchedule } from '../control/plan-schedule.ts';
import { asHoldfastError, hasCode } from '../errors.ts';
import { planIdSchema } from '../format/layout.ts';
import type { Catalog, PlanRow } from '../ports/catalog.ts';
import type { PlanScheduler } from '../ports/scheduler.ts';
import type { ScheduleFacts } from './facts.ts';
import type { Unseen } from './gather-stack.ts';
import { settlingMs } from './settings.ts';
import { notedOnce, refusals } from './unseen.ts';

export interface SchedulesDeps {
  readonly catalog: Pick<Catalog, 'getPlan'>;
  readonly scheduler: Pick<PlanScheduler, 'list' | 'get'>;
  /** Absent: it is only looked. */
  readonly mender?: Pick<PlanScheduler, 'put' | 'remove'>;
}

export interface SchedulesOptions {
  readonly now: Date;
  readonly planId?: string;
  readonly byPerson?: boolean;
}

export interface Schedules {
  /** Throws what keeps it from being seen. */
  of(row: PlanRow): Promise<ScheduleFacts>;
  /** Schedules of no plan, once all plans were looked at. Removed only where a row says that its plan was deleted. */
  strangers(plans: ReadonlySet<string>): Promise<readonly Condition[]>;
}

/** Compared in each round; of more plans, each once in 24 hours. */
const mostCompared = 500;
const hourMs = 3_600_000;
/** Removed in one round; the next one goes on. */
const mostRemoved = 100;
/** Schedules without a listed plan whose rows are asked for in one round. */
const mostStrangers = 1000;
/** Named in one message. */
const mostNamed = 20;

/**
 * One that the list lacks is asked for by its name before it is called absent: it may have been made meanwhile, and
 * the local AWS cuts its list off without saying so.
 */
export async function seeSchedules(
  deps: SchedulesDeps,
  { now, planId, byPerson = false }: SchedulesOptions,
  unseen: Unseen[],
): Promise<Schedules> {
  const { scheduler, mender } = deps;
  const listed = new Map<string, boolean>();
  try {
    if (planId === undefined) {
      for await (const each of scheduler.list()) listed.set(each.planId, each.enabled);
    }
  } catch (thrown) {
    unseen.push({ what: 'schedules', error: asHoldfastError(thrown) });
    return { of: async () => ({ schedule: 'unknown' }), strangers: async () => [] };
  }
  let compared = 0;

  /** Whether what the list cannot tell is asked for. */
  const isCompared = ({ plan }: PlanRow): boolean => {
    if (!mender) return false;
    compared += 1;
    return compared <= mostCompared || turnOf(plan.id) === Math.floor(now.getTime() / hourMs) % 24;
  };

  const look = async (row: PlanRow): Promise<ScheduleFacts> => {
    const { plan } = row;
    const known = listed.get(plan.id);
    const isOff = known !== undefined && known !== plan.enabled;
    const wanted = wantedSchedule(plan);
    if (known !== undefined && !isOff && !isCompared(row))
      return { schedule: known ? 'enabled' : 'disabled' };
    const state = await scheduler.get(plan.id);
    if (state === undefined)
      return { schedule: 'absent', drift: 'its schedule in EventBridge Scheduler is gone' };
    const schedule = state.enabled ? 'enabled' : 'disabled';
    if (!scheduleDiffers(wanted, state)) return { schedule };
    const drift = `its schedule in EventBridge Scheduler is ${scheduleText(state)}, and should be ${scheduleText(wanted)}`;
    return { schedule, drift };
  };

  /** A change writes the row first: its schedule follows in a moment, and is no drift. */
  const isSettled = ({ updatedAt }: PlanRow) => now.getTime() - Date.parse(updatedAt) >= settlingMs;

  const mended = async (row: PlanRow, facts: ScheduleFacts): Promise<ScheduleFacts> => {
    if (facts.drift === undefined || !mender || !isSettled(row)) return facts;
    try {
      await reconcileSchedule({ catalog: deps.catalog, scheduler: mender }, row.plan.id);
      return { ...facts, mended: true };
    } catch (thrown) {
      return { ...facts, mendError: asHoldfastError(thrown) };
    }
  };

  return {
    async of(row) {
      try {
        return await mended(row, await look(row));
      } catch (thrown) {
        if (!byPerson || !hasCode(thrown, ...refusals)) throw thrown;
        notedOnce(unseen, 'schedules', asHoldfastError(thrown));
        return { schedule: 'unknown' };
      }
    },

    async strangers(plans) {
      // An empty catalog beside schedules is a catalog that was lost: nothing is concluded from it.
      if (!mender || planId !== undefined || plans.size === 0) return [];
      const names = [...listed.keys()].filter(
        (name) => !plans.has(name) && planIdSchema.safeParse(name).success,
      );
      const found: Condition[] = [];
      const rowless: string[] = [];
      let tried = 0;
      for (const name of names.slice(0, mostStrangers)) {
        if (tried >= mostRemoved) break;
        // A deleted plan keeps its row: without one, the catalog may have lost it, or is being rebuilt.
        if ((await deps.catalog.getPlan(name)) === undefined) {
          rowless.push(name);
          continue;
        }
        tried += 1;
        const condition = await removeStranger(name, { catalog: deps.catalog, scheduler: mender }, now);
        if (condition) found.push(condition);
      }
      return rowless.length > 0 ? [...found, ofNoRow(rowless, now)] : found;
    },
  };
}

function ofNoRow(names: readonly string[], now: Date): Condition {
  const named = names.slice(0, mostNamed).join(', ');
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : '';
  return {
    id: 'schedule-wrong/-/-',
    kind: 'schedule-wrong',
    severity: 'warning',
    since: now.toISOString(),
    why: `there are schedules for what is no plan in the catalog: ${named}${more}. Their runs fail; they were left as they are`,
    next: 'If the catalog lost these plans, make it again: holdfast catalog rebuild. Otherwise delete the schedules in EventBridge Scheduler.',
  };
}

async function removeStranger(
  name: string,
  deps: Parameters<typeof reconcileSchedule>[0],
  now: Date,
): Promise<Condition | undefined> {
  const about = {
    id: `schedule-wrong/-/${name}`,
    kind: 'schedule-wrong',
    severity: 'warning',
    since: now.toISOString(),
  } as const;
  try {
    // It may be of a plan that was made since the plans were listed: then it stays.
    if ((await reconcileSchedule(deps, name)) === 'put') return undefined;
    return {
      ...about,
      once: true,
      why: `there was a schedule for ${name}, which is no plan (any more); it was removed`,
      next: 'Nothing, if that plan was meant to go: its backups stay.',
    };
  } catch (thrown) {
    const { code, message, next } = asHoldfastError(thrown);
    return {
      ...about,
      code,
      why: `there is a schedule for ${name}, which is no plan (any more), and it could not be removed: ${message}`,
      next,
    };
  }
}

function turnOf(planId: string): number {
  return createHash('sha256').update(planId).digest().readUInt16BE() % 24;
}
