/** One message of the alerts topic: told to whom its plans and the stack name, and the outcome noted in its row. */
import { type Alert, conditionIdOf } from '../alerts.ts';
import { eachAtATime } from '../at-a-time.ts';
import { rowErrorOf } from '../errors.ts';
import type { Plan } from '../plan.ts';
import type { Delivery } from '../ports/catalog.ts';
import { readMessage, type TopicMessage } from './alert-attribute.ts';
import { alertNotice } from './alert-notice.ts';
import { type NotifyDeps, reasonFor } from './context.ts';
import { deliver, type Outcome } from './deliver.ts';
import { roomForMail } from './flood.ts';
import { recipientsOf, shortHash } from './recipients.ts';
import { tellUndelivered } from './undelivered.ts';

const readsAtATime = 10;
/** Rows that the outcome of a digest is noted in. */
const mostNoted = 100;

export interface Told {
  readonly delivered: number;
  readonly failed: number;
  readonly toldBefore: number;
  /** Mails that were not sent, since there were too many. */
  readonly heldBack: number;
}

/** `messageId` is the same for each delivery of the message. Throws what keeps it from being told at all. */
export async function tellAlert(
  message: TopicMessage & { readonly messageId: string },
  requestId: string,
  deps: NotifyDeps,
): Promise<Told> {
  const alert = readMessage(message);
  if (!alert) return { delivered: 0, failed: 0, toldBefore: 0, heldBack: 0 };
  const planIds = alert.planId === undefined ? (alert.planIds ?? []) : [alert.planId];
  const plans = await plansOf(planIds, deps);
  const wanted = recipientsOf(alert, plans, deps.stack);
  const isMailed = wanted.some(({ kind }) => kind === 'mail') && alert.planId !== undefined;
  const room = isMailed ? await roomForMail(alert.planId ?? '-', 'alert', deps) : { isLeft: true };
  const targets = room.isLeft ? wanted : wanted.filter(({ kind }) => kind !== 'mail');
  const id = shortHash(message.messageId);
  const tellings = targets.map((target) => ({
    target,
    notice: alertNotice(alert, {
      id,
      planIds: target.planIds,
      reason: reasonFor(target),
      stackName: deps.stackName,
      ...(deps.consoleUrl !== undefined && { consoleUrl: deps.consoleUrl }),
      ...(target.kind === 'mail' && room.remark !== undefined && { remark: room.remark }),
    }),
  }));
  const outcomes = await deliver(tellings, { key: message.messageId, requestId }, deps);
  await noteDeliveries(alert, outcomes, deps);
  await tellUndelivered(tellings, outcomes, deps);
  return { ...countsOf(outcomes), heldBack: wanted.length - targets.length };
}

export function countsOf(outcomes: readonly Outcome[]): Omit<Told, 'heldBack'> {
  const of = (status: Outcome['status']) => outcomes.filter((outcome) => outcome.status === status).length;
  return { delivered: of('delivered'), failed: of('failed'), toldBefore: of('told-before') };
}

/** Those that there are, deleted ones too: what went wrong with their backups is still told. */
async function plansOf(planIds: readonly string[], { catalog }: NotifyDeps): Promise<Plan[]> {
  const found: Plan[] = [];
  await eachAtATime(planIds, readsAtATime, async (planId) => {
    const row = await catalog.getPlan(planId);
    if (row) found.push(row.plan);
  });
  return found.sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** By `email` for all addresses together, and by the name of each channel. */
async function noteDeliveries(alert: Alert, outcomes: readonly Outcome[], deps: NotifyDeps): Promise<void> {
  const at = deps.clock.now().toISOString();
  const deliveries = new Map<string, Delivery>();
  for (const { target, status, error } of outcomes) {
    const name = target.kind === 'mail' ? 'email' : target.name;
    if (status === 'told-before' || deliveries.get(name)?.error) continue;
    deliveries.set(name, { at, ...(error && { error: rowErrorOf(error) }) });
  }
  const isDigest = alert.planId === undefined && alert.conditionId === undefined && alert.planIds;
  const ids = isDigest
    ? (alert.planIds ?? []).slice(0, mostNoted).map((planId) => `${alert.kind}/${planId}`)
    : [conditionIdOf(alert)];
  const notes = ids.flatMap((id) => [...deliveries].map(([name, delivery]) => ({ id, name, delivery })));
  // One row's notes must not meet each other.
  for (const { id, name, delivery } of notes) {
    try {
      await deps.catalog.noteDelivery(id, name, delivery);
    } catch (error) {
      deps.log.warn('a delivery is not noted', { conditionId: id, channel: name, error });
    }
  }
}
