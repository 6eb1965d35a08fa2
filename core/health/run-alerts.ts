/**
 * What a run does for the list of alerts, so that it is true within seconds and not with the next round of watch: one
 * that fails puts its plan on it, one that completes takes off it what that ended. Watch goes by the same rows and the
 * same rules, and so neither tells what the other told.
 */
import type { Alert } from '../alerts.ts';
import { conditionIdOf } from '../alerts.ts';
import type { AlertRow, BackupRow, Catalog } from '../ports/catalog.ts';
import type { Alerts, Clock, Log } from '../ports/index.ts';
import { readState } from '../state.ts';
import { planAlerting } from './alerting.ts';
import { assessPlan } from './assess-plan.ts';
import { gatherPlan } from './gather-plan.ts';
import { dayMs, hourMs } from './settings.ts';
import { tellRecovered } from './tell-recovered.ts';
import { wasTold } from './told-lately.ts';
import { isUnseenBy } from './unseen.ts';

export interface RunAlertsDeps {
  readonly catalog: Pick<
    Catalog,
    'getAlert' | 'saveAlert' | 'closeAlert' | 'getPlan' | 'listBackups' | 'getState'
  >;
  readonly alerts: Alerts;
  readonly clock: Clock;
  readonly log: Log;
}

/** Watch reminds once a day, in its hourly round; a run that still fails speaks up itself only when watch did not. */
const remindedByWatchMs = dayMs + 2 * hourMs;
/** In a row whose alert has not gone out yet: whoever finds it so tells. */
const neverTold = new Date(0).toISOString();

/**
 * Tells, unless people heard within a day that this plan fails. The row is there before the alert is, so that what
 * becomes of delivering it can be noted. Throws when it could not be told; that the row could not be written keeps
 * nobody from hearing.
 */
export async function tellFailedRun(alert: Alert, run: BackupRow, deps: RunAlertsDeps): Promise<void> {
  const { catalog, alerts, log } = deps;
  const conditionId = conditionIdOf(alert);
  const open = await openRow(conditionId, deps);
  const now = new Date(alert.at);
  const isToldLately = open !== undefined && wasTold(open, remindedByWatchMs, now);
  // That only some sources failed says nothing of the plan's runs: watch does not see it, and would call it well.
  const isOfPlan = run.only === undefined;
  const save = async (row: AlertRow) => {
    if (!isOfPlan) return;
    await catalog.saveAlert(row).catch((error: unknown) => {
      log.warn('the alert of this failure is not on the list: watch puts it there', { conditionId, error });
    });
  };
  const { kind, severity, planId, backupId, subject, why: text } = alert;
  const begun = open ?? { since: alert.at, lastToldAt: neverTold, timesTold: 0 };
  const { since, lastToldAt, timesTold } = begun;
  const row = { conditionId, kind, severity, planId, backupId, subject, text, since, lastToldAt, timesTold };
  await save(row);
  if (isToldLately) {
    log.warn('the failure is not told: people heard within a day that this plan fails', { code: alert.code });
    return;
  }
  await alerts.publish(alert);
  await save({ ...row, lastToldAt: alert.at, timesTold: timesTold + 1 });
}

/** In doubt there is none: one alert too many is better. */
async function openRow(conditionId: string, { catalog, log }: RunAlertsDeps): Promise<AlertRow | undefined> {
  try {
    const row = await catalog.getAlert(conditionId);
    return row?.closedAt === undefined ? row : undefined;
  } catch (error) {
    log.warn('whether this was told lately is not known', { conditionId, error });
    return undefined;
  }
}

/** What a completed run can end. */
const endedByRuns = [
  'backup-failed',
  'backup-crashed',
  'backup-missed',
  'run-stuck',
  'no-good-backup',
] as const;
/** And one that its schedule started. */
const endedByScheduledRuns = [...endedByRuns, 'schedule-undelivered'] as const;
export const kindsEndedByRuns: ReadonlySet<string> = new Set(endedByScheduledRuns);

/** Never throws: the backup is made, and watch closes what stays open here. */
export async function tellWellAgain(made: BackupRow, deps: RunAlertsDeps): Promise<void> {
  if (made.only !== undefined) return;
  try {
    await closeEnded(made, deps);
  } catch (error) {
    deps.log.warn('alerts that this backup has ended may stay open until watch looks', { error });
  }
}

async function closeEnded(made: BackupRow, deps: RunAlertsDeps): Promise<void> {
  const { catalog, clock } = deps;
  const kinds = made.trigger === 'schedule' ? endedByScheduledRuns : endedByRuns;
  const asked = await Promise.all(kinds.map((kind) => catalog.getAlert(`${kind}/${made.planId}`)));
  const open = asked.filter((row) => row !== undefined).filter(({ closedAt }) => closedAt === undefined);
  if (open.length === 0) return;
  const plan = await catalog.getPlan(made.planId);
  // Conditions of a plan that was deleted end silently: watch sees to it.
  if (!plan || plan.deleted) return;
  const now = clock.now();
  const { value: pause } = await readState(catalog, 'pause');
  // Where no good one is left the window counts, and this one is good.
  const facts = await gatherPlan(
    plan,
    'unknown',
    { catalog: { listBackups: listingOf(made, catalog) }, undeleteDays: 1 },
    now,
  );
  const isPaused = plan.paused !== undefined || Boolean(pause);
  const { tell } = planAlerting({
    open,
    conditions: assessPlan(facts, { now, allPaused: Boolean(pause) }),
    isUnseen: isUnseenBy({
      unseen: [],
      plans: [{ planId: made.planId, enabled: plan.plan.enabled, paused: isPaused }],
    }),
    isPlan: () => true,
    now,
  });
  for (const telling of tell) {
    if (telling.alert.state === 'recovered') await tellRecovered(telling, deps);
  }
}

/** Lists of the catalog may lag behind what was just written. */
function listingOf(made: BackupRow, catalog: RunAlertsDeps['catalog']): Catalog['listBackups'] {
  return async (planId, options) => {
    const page = await catalog.listBackups(planId, options);
    const rows = page.rows.map((row) => (row.backupId === made.backupId ? made : row));
    const isFirst = options?.cursor === undefined && options?.status === undefined;
    if (!isFirst || rows.includes(made)) return { ...page, rows };
    return { ...page, rows: [made, ...rows].sort((a, b) => (a.backupId > b.backupId ? -1 : 1)) };
  };
}
