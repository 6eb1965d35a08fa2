/** The parts of the stack as lines of `holdfast status`: one line each, from what was looked at. Pure. */
import type { Condition } from '../core/alerts.ts';
import type { Survey } from '../core/health/survey.ts';
import { refusals } from '../core/health/unseen.ts';
import type { AlertRow } from '../core/ports/catalog.ts';
import type { State } from '../core/state.ts';
import type { Finding } from './context.ts';
import { counted, formatAgo, formatBytes } from './units.ts';

/** Watch runs every hour; a second failed round and a slow third are still no reason to worry a person. */
const watchIsLateAfterMs = 3 * 3_600_000;

/** What was read, or why it could not be. */
export interface Read<T> {
  readonly value?: T;
  readonly finding?: Finding;
}

export interface PartsRequest {
  readonly seen: Survey;
  readonly conditions: readonly Condition[];
  readonly watch: Read<State<'watch'> | undefined>;
  readonly openAlerts: Read<readonly AlertRow[]>;
  readonly vault: readonly Finding[];
  readonly table: readonly Finding[];
  readonly secrets: readonly Finding[];
  readonly hasReplica: boolean;
  readonly now: Date;
}

/** `ok` undefined is a warning here: not wrong, and worth a look. */
export function partsOf(request: PartsRequest): readonly Finding[] {
  return [
    whole('vault', request.vault, request.conditions, ['vault-incomplete', 'quota-near']),
    whole('catalog', request.table, request.conditions, ['catalog-incomplete']),
    keys(request),
    scheduler(request),
    paused(request),
    alerts(request),
    cleanup(request),
    watch(request),
    secondCopy(request),
    restores(request),
  ];
}

/** One line for several findings: what is wrong, else how many were looked at. */
function whole(
  name: string,
  findings: readonly Finding[],
  conditions: readonly Condition[],
  kinds: readonly Condition['kind'][],
): Finding {
  const wrong = findings.find(({ ok }) => ok === false) ?? findings.find(({ ok }) => ok === undefined);
  if (wrong) return { name, ok: wrong.ok, detail: `${wrong.name}: ${wrong.detail}`, next: wrong.next };
  return fromConditions(name, conditions, kinds, counted(findings.length, 'check'));
}

/** Red when one of these kinds is critical, a warning when one is a warning. */
function fromConditions(
  name: string,
  conditions: readonly Condition[],
  kinds: readonly Condition['kind'][],
  well: string,
): Finding {
  const found = conditions.filter(({ kind }) => kinds.includes(kind));
  const [worst] = [...found].sort((a, b) => (a.severity < b.severity ? -1 : 1));
  if (!worst) return { name, ok: true, detail: well };
  const more = found.length > 1 ? ` (and ${found.length - 1} more)` : '';
  return {
    name,
    ok: worst.severity === 'critical' ? false : undefined,
    detail: `${worst.planId ? `${worst.planId}: ` : ''}${worst.why}${more}`,
    next: worst.next,
  };
}

function unseen(name: string, { seen }: PartsRequest, ...parts: readonly string[]): Finding | undefined {
  const found = seen.unseen.find(({ what }) => typeof what === 'string' && parts.includes(what));
  if (!found) return undefined;
  const { message, code, next } = found.error;
  return { name, ok: refusals.includes(code) ? undefined : false, detail: `${message} (${code})`, next };
}

function keys(request: PartsRequest): Finding {
  const name = 'keys';
  const blind = unseen(name, request, 'keys');
  if (blind) return blind;
  const { currentKeyId, keys } = request.seen.stack;
  const wrong = whole(name, request.secrets, request.conditions, ['key-unproven', 'key-old']);
  if (wrong.ok !== true || currentKeyId === undefined) return wrong;
  const { provenAt } = keys?.keys[currentKeyId] ?? {};
  if (provenAt) {
    return {
      name,
      ok: true,
      detail: `${currentKeyId}, export proven ${formatAgo(provenAt, request.now)}`,
    };
  }
  // It nags from the first day; watch reminds after a week.
  return {
    name,
    ok: undefined,
    detail: `${currentKeyId} is nowhere but in this account, as far as is known`,
    next: 'Export it and prove the export: holdfast keys export, holdfast keys prove.',
  };
}

function scheduler(request: PartsRequest): Finding {
  const blind = unseen('scheduler', request, 'schedules');
  const plans = request.seen.plans.filter(({ enabled }) => enabled).length;
  return (
    blind ??
    fromConditions(
      'scheduler',
      request.conditions,
      ['schedule-wrong'],
      `${counted(plans, 'plan')} on, each has its schedule`,
    )
  );
}

/** That of everything; a plan's own stands at the plan. */
function paused(request: PartsRequest): Finding {
  const { pause } = request.seen.stack;
  const own = request.seen.plans.filter((plan) => plan.paused).length;
  const well = own === 0 ? 'nothing is paused' : `not everything; ${counted(own, 'plan')} by itself`;
  const whole = request.conditions.filter(({ planId }) => planId === undefined);
  const blind = unseen('pause', request, 'pause');
  return blind ?? fromConditions('pause', pause ? whole : [], ['paused'], well);
}

function alerts(request: PartsRequest): Finding {
  const blind = unseen('alerts', request, 'recipients', 'alarms');
  if (blind) return blind;
  const recipients = request.seen.stack.recipients ?? [];
  const confirmed = recipients.filter((recipient) => recipient.confirmed).length;
  const waits = recipients.length - confirmed;
  const { openAlerts } = request;
  const told = openAlerts.value ? `, ${counted(openAlerts.value.length, 'open alert')}` : '';
  return (
    openAlerts.finding ??
    fromConditions(
      'alerts',
      request.conditions,
      ['alerts-unheard', 'alarm'],
      `${confirmed} confirmed ${confirmed === 1 ? 'recipient' : 'recipients'}${waits > 0 ? `, ${waits} not confirmed` : ''}${told}`,
    )
  );
}

function cleanup(request: PartsRequest): Finding {
  const blind = unseen('cleanup', request, 'cleanup');
  if (blind) return blind;
  const { cleanup } = request.seen.stack;
  const [last] = cleanup?.rounds ?? [];
  const marked = last ? `, marked ${last.backups} backups (${formatBytes(last.bytes)})` : '';
  const well = cleanup?.completedAt
    ? `last whole round ${formatAgo(cleanup.completedAt, request.now)}${marked}`
    : 'no whole round yet';
  return fromConditions(
    'cleanup',
    request.conditions,
    ['cleanup-stalled', 'cleanup-failed', 'cleanup-unusual'],
    well,
  );
}

function watch({ watch, seen, conditions, now }: PartsRequest): Finding {
  const name = 'watch';
  if (watch.finding) return { ...watch.finding, name };
  const completedAt = watch.value?.completedAt;
  const next =
    'Start it: holdfast doctor looks at its function; the log of the watch function says what stops it.';
  if (completedAt === undefined) {
    // A stack without plans has nothing to watch yet.
    const ok = seen.plans.length === 0 ? undefined : false;
    return { name, ok, detail: 'it has not finished a round yet', next };
  }
  const isLate = now.getTime() - Date.parse(completedAt) > watchIsLateAfterMs;
  const detail = `last whole round ${formatAgo(completedAt, now)}`;
  if (isLate) return { name, ok: false, detail, next };
  // A warning is about what the caller may see, not about watch.
  const found = conditions.filter(({ severity }) => severity === 'critical');
  return fromConditions(name, found, ['watch-incomplete'], detail);
}

function secondCopy(request: PartsRequest): Finding {
  const blind = unseen('second copy', request, 'copies');
  if (blind) return blind;
  const { hasReplica, conditions } = request;
  return hasReplica
    ? fromConditions('second copy', conditions, ['replication-behind'], 'not behind')
    : { name: 'second copy', ok: true, detail: 'none (option replica)' };
}

function restores(request: PartsRequest): Finding {
  const blind = unseen('restores', request, 'restores');
  const waiting = request.seen.stack.waiting?.length ?? 0;
  return blind ?? { name: 'restores', ok: true, detail: `${waiting} wait for archived objects` };
}
