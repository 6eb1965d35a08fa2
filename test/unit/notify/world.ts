/** What telling works with, in memory: who was told what, and failures by name. */
import { memoryAlerts } from '../../../adapters/memory/alerts.ts';
import { memoryCatalog } from '../../../adapters/memory/catalog.ts';
import { memoryClock } from '../../../adapters/memory/clock.ts';
import { type Alert, alertForFailure } from '../../../core/alerts.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { alertAttribute, writeAlert } from '../../../core/notify/alert-attribute.ts';
import type { NotifyDeps } from '../../../core/notify/context.ts';
import type { Notice } from '../../../core/notify/notice.ts';
import { stackNotificationsSchema } from '../../../core/notify/settings.ts';
import type { Plan } from '../../../core/plan.ts';
import type { Mail } from '../../../core/ports/notify.ts';
import { silentLog } from '../../support/world.ts';
import { aPlanRow } from '../health/world.ts';

export const secretOf = (name: string) => `holdfast/channels/${name}`;
export const channel = (name: string, least: 'warning' | 'critical' = 'warning') => ({
  name,
  secret: secretOf(name),
  least,
});

export function aPlan(id: string, notifications: Record<string, unknown>, change = {}): Plan {
  return aPlanRow({ id, notifications, ...change }).plan;
}

export const failed: Alert = alertForFailure({
  kind: 'backup-failed',
  planId: 'shop',
  backupId: '20261121T020000Z-3f9a1c22',
  error: new HoldfastError('SOURCE_AUTH', 'password authentication failed for user "backup"'),
  correlationId: 'c-1',
  at: '2026-11-21T02:00:09.000Z',
});

/** As it comes by the topic. */
export function messageOf(alert: Alert, messageId = 'm-1') {
  const attributes: Record<string, string> = { [alertAttribute]: writeAlert(alert, (text) => text) };
  if (alert.planIds) attributes.plans = JSON.stringify(alert.planIds);
  return { messageId, subject: alert.subject, text: alert.text, attributes, sentAt: alert.at };
}

export function notifyWorld(stack: Record<string, unknown> = {}, startIso = '2026-11-21T02:00:10.000Z') {
  const clock = memoryClock(startIso);
  const catalog = memoryCatalog({ now: () => clock.now().getTime() });
  const alerts = memoryAlerts();
  const mails: Mail[] = [];
  const sent: { readonly channel: string; readonly notice: Notice }[] = [];
  const broken = new Set<string>();
  const refuse = (name: string) => {
    if (broken.has(name)) throw new HoldfastError('NOTIFY_FAILED', `${name} answered 500`);
  };
  const deps = {
    catalog,
    alerts,
    clock,
    log: silentLog,
    stack: stackNotificationsSchema.parse(stack),
    stackName: 'Holdfast',
    mailer: {
      async send(mail: Mail) {
        refuse(mail.to);
        mails.push(mail);
      },
    },
    channels: {
      async send({ name }: { name: string }, notice: Notice) {
        refuse(name);
        sent.push({ channel: name, notice });
      },
    },
  } satisfies NotifyDeps;
  return {
    deps,
    catalog,
    clock,
    alerts,
    mails,
    sent,
    broken,
    putPlan: (plan: Plan) => catalog.putPlan(plan, 0, 'ada', '2026-11-01T00:00:00.000Z'),
  };
}
