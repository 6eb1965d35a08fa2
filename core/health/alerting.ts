/**
 * Conditions that were told × conditions that are so now → what is told, and what is remembered of it. Pure.
 *
 * Each condition is told when it breaks, again after a day while it lasts, and when it is well again; at once when it
 * becomes critical. What a run has told itself counts as told. What could not be looked at is neither well nor worse:
 * it stays as it is. Conditions of a plan that was deleted end silently, and so do those whose end is no good news.
 */
import {
  type Alert,
  alertForCondition,
  alertForRecovery,
  alertTitles,
  type Condition,
  digest,
  type Told,
} from '../alerts.ts';
import type { AlertRow } from '../ports/catalog.ts';
import { remindAfterMs } from './settings.ts';

/**
 * Published first and remembered next, so that a crash between tells twice rather than never; but of an end that a row
 * on the list has (tell-recovered.ts).
 */
export interface Telling {
  readonly alert: Alert;
  readonly rows: readonly AlertRow[];
}

export interface Alerting {
  readonly tell: readonly Telling[];
  /** Remembered without telling: what a run has told itself, what became milder, what ended with its plan. */
  readonly note: readonly AlertRow[];
}

export interface AlertingRequest {
  readonly open: readonly AlertRow[];
  readonly conditions: readonly Condition[];
  /** What was told by whoever it happened to and has ended since the last round. */
  readonly over?: readonly Condition[];
  /** True for a condition that this round could not see. */
  readonly isUnseen: (row: AlertRow) => boolean;
  /** True for a plan that exists; conditions of others end silently. */
  readonly isPlan: (planId: string) => boolean;
  readonly now: Date;
}

/** More of the same kind and state in one round are told as one. */
const mostAlone = 20;

type Step = { readonly alert: Alert; readonly row: AlertRow };

export function planAlerting(request: AlertingRequest): Alerting {
  const { open, conditions, over = [], isUnseen, isPlan, now } = request;
  const at = now.toISOString();
  const rows = new Map(open.map((row) => [row.conditionId, row]));
  const steps: Step[] = [];
  const note: AlertRow[] = [];
  const present = new Set<string>();
  for (const condition of conditions) {
    if (present.has(condition.id)) continue;
    present.add(condition.id);
    const step = forCondition(condition, rows.get(condition.id), now);
    if (step === undefined) continue;
    if (step.alert) steps.push({ alert: step.alert, row: step.row });
    else note.push(step.row);
  }
  for (const row of open) {
    if (present.has(row.conditionId) || isUnseen(row)) continue;
    const closed = { ...row, closedAt: at };
    const isGone = row.planId !== undefined && !isPlan(row.planId);
    if (isGone || isNoRelief(row, present)) note.push(closed);
    else steps.push({ alert: alertForRecovery(toldOf(row), at), row: closed });
  }
  for (const condition of over) {
    // One that is open, or that has begun anew, is told by the rules above.
    if (present.has(condition.id) || rows.has(condition.id)) continue;
    const alert = alertForRecovery(condition, at);
    const told = { lastToldAt: condition.toldAt ?? condition.since, timesTold: 1 };
    steps.push({ alert, row: { ...rowFor(condition, alert, told), closedAt: at } });
  }
  return { tell: grouped(steps, at), note };
}

/** It turned into its neighbour, which speaks for itself; or the time to do something about it is over. */
function isNoRelief({ kind, planId }: AlertRow, present: ReadonlySet<string>): boolean {
  if (kind === 'cleanup-unusual') return true;
  const neighbour = neighbours[kind];
  return neighbour !== undefined && present.has(`${neighbour}/${planId}`);
}

const neighbours: Readonly<Record<string, string>> = {
  'last-good-marked': 'no-good-backup',
  'no-good-backup': 'last-good-marked',
};

function forCondition(
  condition: Condition,
  row: AlertRow | undefined,
  now: Date,
): { readonly alert?: Alert; readonly row: AlertRow } | undefined {
  const at = now.toISOString();
  if (row === undefined) {
    const toldLately = condition.toldAt !== undefined && !isDue(condition.toldAt, now);
    const alert = alertForCondition(condition, 'broken', at);
    const made = rowFor(condition, alert, { lastToldAt: at, timesTold: 1 });
    return toldLately ? { row: { ...made, lastToldAt: condition.toldAt ?? at } } : { alert, row: made };
  }
  const lasting = { ...condition, since: row.since };
  // A run that fails while its plan's alert is open leaves the telling to watch (told-lately.ts).
  const toldAt = condition.kind === 'backup-failed' ? undefined : condition.toldAt;
  const lastToldAt = later(row.lastToldAt, toldAt);
  const isToldAlready = lastToldAt !== row.lastToldAt;
  const worse = row.severity === 'warning' && condition.severity === 'critical' && !isToldAlready;
  if (worse || (!condition.once && isDue(lastToldAt, now))) {
    const alert = alertForCondition(lasting, worse ? 'broken' : 'reminder', at);
    return { alert, row: rowFor(lasting, alert, { lastToldAt: at, timesTold: row.timesTold + 1 }) };
  }
  // Milder now: should it become critical again, that is told at once. Or worse, and told by whoever found it.
  if (row.severity === condition.severity) return undefined;
  return { row: { ...row, severity: condition.severity } };
}

function isDue(lastToldAt: string, now: Date): boolean {
  return now.getTime() - Date.parse(lastToldAt) >= remindAfterMs;
}

function later(one: string, other: string | undefined): string {
  return other !== undefined && other > one ? other : one;
}

function rowFor(
  condition: Condition,
  alert: Alert,
  told: Pick<AlertRow, 'lastToldAt' | 'timesTold'>,
): AlertRow {
  const { id: conditionId, kind, severity, planId, backupId, since } = condition;
  return {
    conditionId,
    kind,
    severity,
    planId,
    backupId,
    subject: alert.subject,
    // Of a row no more is needed than why, for the alert that ends it.
    text: condition.why,
    since,
    ...told,
  };
}

/** The same again for those of them that are left. */
export function recoveryOf(rows: readonly AlertRow[]): readonly Telling[] {
  const [first] = rows;
  if (first === undefined) return [];
  const at = first.closedAt ?? first.since;
  return grouped(
    rows.map((row) => ({ alert: alertForRecovery(toldOf(row), at), row })),
    at,
  );
}

function toldOf({ conditionId: id, kind, severity, planId, backupId, text, since }: AlertRow): Told {
  // A kind that a later release has dropped is still told to be over.
  const known = kind in alertTitles ? (kind as Told['kind']) : 'warning';
  return { id, kind: known, severity, planId, backupId, why: text, since };
}

function grouped(steps: readonly Step[], at: string): Telling[] {
  const groups = Map.groupBy(steps, ({ alert }) => `${alert.kind} ${alert.state} ${alert.severity}`);
  return [...groups.values()].flatMap((group): Telling[] => {
    const [first, ...others] = group.map(({ alert }) => alert);
    if (first === undefined || group.length <= mostAlone) {
      return group.map(({ alert, row }) => ({ alert, rows: [row] }));
    }
    return [{ alert: digest([first, ...others], at), rows: group.map(({ row }) => row) }];
  });
}
