/**
 * Who is told what. Pure: an alert or a notice × plans × the stack's own list → each address and each channel once,
 * however many plans name it.
 */
import { createHash } from 'node:crypto';
import { type Alert, conditionIdOf } from '../alerts.ts';
import type { Channel, Plan } from '../plan.ts';
import type { StackNotifications } from './settings.ts';

interface ToSomebody {
  /** The same for the same address or secret, whatever plan it stands in. */
  readonly id: string;
  /** The plans that name it; none when it is the stack that does. */
  readonly planIds: readonly string[];
}
export type Target =
  | (ToSomebody & { readonly kind: 'mail'; readonly address: string })
  | (ToSomebody & { readonly kind: 'channel'; readonly name: string; readonly secret: string });

interface List {
  readonly planId?: string;
  readonly recipients: readonly string[];
  readonly least: Alert['severity'];
  readonly channels: readonly Channel[];
}

/**
 * Who hears this alert: whom its plans name (with `onFailure`), and the stack's own list when it is about no plan, or
 * about one that nobody knows any more. `plans` are those that the alert is about. What a channel did wrong is not told
 * to that channel.
 */
export function recipientsOf(alert: Alert, plans: readonly Plan[], stack: StackNotifications): Target[] {
  const lists: List[] = plans
    .filter(({ notifications }) => notifications.onFailure)
    .map(({ id, notifications }) => ({ planId: id, ...notifications }));
  if (plans.length === 0 || stack.everyPlan) lists.push(stack);
  const failed = alert.kind === 'notify-failed' ? conditionIdOf(alert) : undefined;
  const isHeard = (least: Alert['severity']) => alert.severity === 'critical' || least === 'warning';
  return targetsOf(lists, isHeard, isHeard).filter((target) => failureIdOf(target) !== failed);
}

/**
 * Who hears of successes and summaries: whoever the plan names. A channel that wants only what is critical is no place
 * for good news.
 */
export function goodNewsRecipients(plans: readonly Plan[]): Target[] {
  const lists = plans.map(({ id, notifications }) => ({ planId: id, ...notifications }));
  return targetsOf(
    lists,
    () => true,
    (least) => least === 'warning',
  );
}

/** Everybody whom these name, whatever they want to hear. */
export function everybody({ id, notifications }: Plan): Target[] {
  const always = () => true;
  return targetsOf([{ planId: id, ...notifications }], always, always);
}

function targetsOf(
  lists: readonly List[],
  isMailed: (least: Alert['severity']) => boolean,
  isSent: (least: Alert['severity']) => boolean,
): Target[] {
  const targets = new Map<string, Target>();
  const add = (target: Target) => {
    const same = targets.get(target.id);
    targets.set(target.id, same ? { ...same, planIds: [...same.planIds, ...target.planIds] } : target);
  };
  for (const { planId, recipients, least, channels } of lists) {
    const planIds = planId === undefined ? [] : [planId];
    for (const address of isMailed(least) ? new Set(recipients) : [])
      add({ kind: 'mail', id: `mail:${address.toLowerCase()}`, address, planIds });
    for (const { name, secret, least: ofChannel } of channels)
      if (isSent(ofChannel)) add({ kind: 'channel', id: `channel:${secret}`, name, secret, planIds });
  }
  return [...targets.values()];
}

/** The condition that this target cannot be told anything; without the address, which is somebody's own. */
export function failureIdOf({ id }: Target): string {
  return `notify-failed/-/${shortHash(id)}`;
}

export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
