/** Who is told what. */
import { expect, test } from 'vitest';
import type { Alert } from '../../../core/alerts.ts';
import { everybody, failureIdOf, goodNewsRecipients, recipientsOf } from '../../../core/notify/recipients.ts';
import { nobody, stackNotificationsSchema } from '../../../core/notify/settings.ts';
import type { Plan } from '../../../core/plan.ts';
import { aPlan, channel, failed, secretOf } from './world.ts';

const shop = aPlan('shop', {
  recipients: ['ada@example.org'],
  channels: [channel('ops'), channel('pager', 'critical')],
});
const wiki = aPlan('wiki', { recipients: ['Ada@example.org', 'bob@example.org'], least: 'critical' });
const quiet = aPlan('quiet', { onFailure: false, recipients: ['eve@example.org'] });
const stack = stackNotificationsSchema.parse({
  recipients: ['root@example.org'],
  channels: [channel('all')],
});
const { planId: _, ...bare } = failed;

const names = (alert: Alert, plans: readonly Plan[], list = nobody) =>
  recipientsOf(alert, plans, list).map((to) => (to.kind === 'mail' ? to.address : to.name));

test('whoever a plan names hears of its failures, reminders and recoveries', () => {
  for (const state of ['broken', 'reminder', 'recovered'] as const)
    expect(names({ ...failed, state }, [shop], stack)).toEqual(['ada@example.org', 'ops', 'pager']);
});

test('a warning does not reach those who want only what is critical', () => {
  expect(names({ ...failed, severity: 'warning' }, [shop, wiki])).toEqual(['ada@example.org', 'ops']);
});

test('a plan that wants no failures told names nobody', () => {
  expect(names(failed, [quiet])).toEqual([]);
});

test('an address that two plans name is told once, with both plans', () => {
  const [ada, , , bob] = recipientsOf({ ...bare, planIds: ['shop', 'wiki'] }, [shop, wiki], stack);
  expect(ada).toMatchObject({ address: 'ada@example.org', planIds: ['shop', 'wiki'] });
  expect(bob).toMatchObject({ address: 'bob@example.org', planIds: ['wiki'] });
});

test('what is about no plan, or about one that nobody knows, goes to the list of the stack', () => {
  expect(names(bare, [], stack)).toEqual(['root@example.org', 'all']);
  expect(names(failed, [], stack)).toEqual(['root@example.org', 'all']);
});

test('the list of the stack hears of every plan when it asks for that', () => {
  expect(names(failed, [shop], { ...stack, everyPlan: true })).toEqual([
    'ada@example.org',
    'ops',
    'pager',
    'root@example.org',
    'all',
  ]);
});

test('that a channel failed is not told to that channel', () => {
  const ops = everybody(shop).find((to) => to.kind === 'channel' && to.name === 'ops');
  if (!ops) throw new Error('no channel');
  const alert: Alert = { ...failed, kind: 'notify-failed', conditionId: failureIdOf(ops) };
  expect(names(alert, [shop])).toEqual(['ada@example.org', 'pager']);
});

test('good news does not reach channels that want only what is critical', () => {
  const told = goodNewsRecipients([shop, wiki]).map(({ id }) => id);
  expect(told).toEqual(['mail:ada@example.org', `channel:${secretOf('ops')}`, 'mail:bob@example.org']);
});
