/**
 * What could not be delivered is told by another way: by the topic, so that its subscribers hear it, and whoever else is
 * named. Once a day for each address and channel; the alert ends by itself a day after the last. What fails while such
 * an alert is told raises none: two channels that are both broken would tell of each other for ever.
 */
import { alertOf } from '../alerts.ts';
import type { NotifyDeps } from './context.ts';
import type { Outcome, Telling } from './deliver.ts';
import { cut, type Notice } from './notice.ts';
import { failureIdOf, type Target } from './recipients.ts';

const dayMs = 86_400_000;
/** That there is no sender at all is said once. */
const sameNewsMs = { channel: dayMs, noSender: 30 * dayMs } as const;

/** Throws ALERT_FAILED when not even that could be told; then the message is delivered again. */
export async function tellUndelivered(
  tellings: readonly Telling[],
  outcomes: readonly Outcome[],
  deps: NotifyDeps,
): Promise<void> {
  const notices = new Map(tellings.map(({ target, notice }) => [target.id, notice]));
  for (const outcome of outcomes) {
    const notice = notices.get(outcome.target.id);
    if (outcome.status !== 'failed' || !outcome.error || !notice) continue;
    if (notice.about.kind === 'notify-failed') continue;
    await tellOne(outcome.target, notice, outcome.error, deps);
  }
}

async function tellOne(
  target: Target,
  notice: Notice,
  error: NonNullable<Outcome['error']>,
  deps: NotifyDeps,
): Promise<void> {
  const { catalog, alerts, clock, log } = deps;
  const isSender = target.kind === 'mail' && !deps.mailer;
  const conditionId = isSender ? 'notify-failed/-/no-sender' : failureIdOf(target);
  const now = clock.now();
  const at = now.toISOString();
  const until = new Date(now.getTime() + sameNewsMs[isSender ? 'noSender' : 'channel']).toISOString();
  if (!(await isNews(conditionId, until, at, deps))) return;
  const to = target.kind === 'mail' ? target.address : `the channel ${target.name} (${target.secret})`;
  const severity = notice.event === 'alert' && !isSender ? 'critical' : 'warning';
  const why = `"${cut(notice.subject, 150)}" did not reach ${to}: ${error.message}`;
  const alert = alertOf({
    id: conditionId,
    kind: 'notify-failed',
    severity,
    state: 'broken',
    planId: notice.about.planId,
    why,
    next: error.next,
    code: error.code,
    correlationId: notice.about.correlationId,
    at,
  });
  try {
    await alerts.publish(alert);
  } catch (thrown) {
    await catalog
      .releaseOnce(keyOf(conditionId))
      .catch((error: unknown) => log.warn('a claim stays', { error }));
    throw thrown;
  }
  // What lasts until somebody deploys would seem to be well again after a day.
  if (isSender) return;
  const { kind, planId, subject } = alert;
  try {
    const row = await catalog.getAlert(conditionId);
    const open = row?.closedAt === undefined ? row : undefined;
    const told = { since: open?.since ?? at, lastToldAt: at, timesTold: (open?.timesTold ?? 0) + 1 };
    await catalog.saveAlert({ conditionId, kind, severity, planId, subject, text: why, ...told });
  } catch (thrown) {
    log.warn('that this was told is not remembered', { conditionId, error: thrown });
  }
}

const keyOf = (conditionId: string) => `notify/undelivered/${conditionId}`;

async function isNews(conditionId: string, until: string, now: string, deps: NotifyDeps): Promise<boolean> {
  try {
    return (await deps.catalog.claimOnce(keyOf(conditionId), conditionId, until, now)).outcome === 'claimed';
  } catch (error) {
    deps.log.warn('whether this was told lately is not known', { conditionId, error });
    return true;
  }
}
