/** Where an alert leads, what is told of its delivery, and its history. */
import { describe, expect, test } from 'vitest';
import { historyOf, nextStepOf } from '../../../dashboard/pages/alert/next-step.ts';
import { deliveriesOf } from '../../../dashboard/pages/alerts/delivery.ts';
import { placeOf } from '../../../dashboard/pages/alerts/place.ts';

describe('an alert leads straight to what broke', () => {
  const backupId = '20261121T020000Z-5ffc8dc6';

  test.each([
    ['backup-failed', { backupId, planId: 'shop' }, `/runs/${backupId}`],
    ['run-stuck', { backupId, planId: 'shop' }, `/runs/${backupId}`],
    ['verification-failed', { backupId, planId: 'shop' }, `/points/${backupId}`],
    ['backup-missed', { planId: 'shop' }, '/plans/shop'],
    ['restore-failed', { backupId, planId: 'shop' }, '/restores'],
    ['key-unproven', {}, '/settings'],
  ])('%s', (kind, about, href) => {
    expect(placeOf({ kind, ...about })?.href).toBe(href);
  });

  test('one about the stack has no better page than its own', () => {
    expect(placeOf({ kind: 'watch-crashed' })).toBeUndefined();
  });
});

test('its next step is that of the condition that still lasts', () => {
  const conditions = [{ id: 'backup-failed/shop', next: 'Mend the password.' }];
  expect(nextStepOf({ conditionId: 'backup-failed/shop' }, conditions)).toBe('Mend the password.');
  expect(nextStepOf({ conditionId: 'backup-failed/other' }, conditions)).toBeUndefined();
  expect(nextStepOf({ conditionId: 'backup-failed/shop' }, undefined)).toBeUndefined();
});

test('channels that failed come before those that arrived, each by name', () => {
  const at = '2026-11-21T02:00:00Z';
  const error = { code: 'NOTIFY_REFUSED', message: '404' };
  const found = deliveriesOf({ deliveries: { pager: { at }, email: { at }, chat: { at, error } } });
  expect(found.map(({ channel }) => channel)).toEqual(['chat', 'email', 'pager']);
  expect(deliveriesOf({})).toEqual([]);
});

describe('what happened to an alert', () => {
  test('is in the order of time', () => {
    const history = historyOf({
      since: '2026-11-21T02:00:00Z',
      lastToldAt: '2026-11-21T04:00:00Z',
      timesTold: 2,
      acknowledged: { at: '2026-11-21T03:00:00Z', by: 'ada' },
      closedAt: '2026-11-21T05:00:00Z',
    });
    expect(history.map(({ what }) => what)).toEqual(['since', 'acknowledged', 'told', 'closed']);
  });

  test('one that was never told does not say that it was', () => {
    const at = '2026-11-21T02:00:00Z';
    expect(historyOf({ since: at, lastToldAt: at, timesTold: 0 }).map(({ what }) => what)).toEqual(['since']);
  });
});
