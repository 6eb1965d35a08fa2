/** Each is told once, whatever becomes of the others; and what could not be told is told by another way. */
import { describe, expect, test } from 'vitest';
import { memorySurroundings } from '../../../adapters/memory/surroundings.ts';
import { tellAlert } from '../../../core/notify/tell-alert.ts';
import { startSuccessNotice, tellSuccess } from '../../../core/notify/tell-success.ts';
import { tellWeek } from '../../../core/notify/tell-week.ts';
import { tryEverybody } from '../../../core/notify/try-everybody.ts';
import type { BackupRow } from '../../../core/ports/catalog.ts';
import { silentLog } from '../../support/world.ts';
import { aBackup } from '../health/world.ts';
import { aPlan, channel, failed, messageOf, notifyWorld } from './world.ts';

const notifications = { recipients: ['ada@example.org', 'bob@example.org'], channels: [channel('ops')] };

async function shopWorld(change: Record<string, unknown> = {}, stack = {}) {
  const world = notifyWorld(stack);
  await world.putPlan(aPlan('shop', { ...notifications, ...change }));
  return world;
}

describe('an alert', () => {
  test('reaches each address alone, and each channel', async () => {
    const { deps, mails, sent } = await shopWorld();
    expect(await tellAlert(messageOf(failed), 'r-1', deps)).toEqual({
      delivered: 3,
      failed: 0,
      toldBefore: 0,
      heldBack: 0,
    });
    expect(mails.map(({ to }) => to)).toEqual(['ada@example.org', 'bob@example.org']);
    expect(mails[0]?.subject).toBe('[Holdfast] Backup failed - plan shop');
    expect(sent.map((each) => each.channel)).toEqual(['ops']);
  });

  test('that is delivered twice is told once', async () => {
    const { deps, mails, sent } = await shopWorld();
    await tellAlert(messageOf(failed), 'r-1', deps);
    expect(await tellAlert(messageOf(failed), 'r-2', deps)).toMatchObject({ delivered: 0, toldBefore: 3 });
    expect(await tellAlert(messageOf(failed), 'r-1', deps)).toMatchObject({ delivered: 0, toldBefore: 3 });
    expect([mails.length, sent.length]).toEqual([2, 1]);
    await tellAlert(messageOf(failed, 'm-2'), 'r-3', deps);
    expect(mails).toHaveLength(4);
  });

  test('over which a function died is told by its repetition, and by no other', async () => {
    const { deps, mails } = await shopWorld({ recipients: ['ada@example.org'], channels: [] });
    const catalog = { ...deps.catalog, noteOnce: async () => Promise.reject(new Error('killed')) };
    await tellAlert(messageOf(failed), 'r-1', { ...deps, catalog });
    expect(await tellAlert(messageOf(failed), 'r-2', deps)).toMatchObject({ toldBefore: 1 });
    expect(await tellAlert(messageOf(failed), 'r-1', deps)).toMatchObject({ delivered: 1 });
    expect(mails).toHaveLength(2);
  });

  test('is told when the catalog cannot say whether it was', async () => {
    const { deps, mails } = await shopWorld();
    const broken = async () => Promise.reject(new Error('down'));
    const catalog = {
      ...deps.catalog,
      claimOnce: broken,
      noteOnce: broken,
      countUp: broken,
      noteDelivery: broken,
    };
    await tellAlert(messageOf(failed), 'r-1', { ...deps, catalog });
    expect(mails).toHaveLength(2);
  });

  test('is not told at all rather than to the wrong people: without its plan the call fails and is repeated', async () => {
    const { deps } = await shopWorld();
    const catalog = { ...deps.catalog, getPlan: async () => Promise.reject(new Error('down')) };
    await expect(tellAlert(messageOf(failed), 'r-1', { ...deps, catalog })).rejects.toThrow('down');
  });

  test('has its outcome noted in its row, by channel', async () => {
    const { deps, catalog, broken } = await shopWorld();
    broken.add('ops');
    const told = { since: failed.at, lastToldAt: failed.at, timesTold: 1 };
    const { kind, severity, planId, subject } = failed;
    await catalog.saveAlert({
      conditionId: 'backup-failed/shop',
      kind,
      severity,
      planId,
      subject,
      text: failed.why,
      ...told,
    });
    await tellAlert(messageOf(failed), 'r-1', deps);
    const at = '2026-11-21T02:00:10.000Z';
    expect((await catalog.getAlert('backup-failed/shop'))?.deliveries).toEqual({
      email: { at },
      ops: { at, error: { code: 'NOTIFY_FAILED', message: 'ops answered 500' } },
    });
  });
});

describe('what could not be delivered', () => {
  test('keeps nobody else from being told, and is told by the topic, once a day', async () => {
    const { deps, mails, alerts, broken, clock, catalog } = await shopWorld();
    broken.add('ops').add('ada@example.org');
    expect(await tellAlert(messageOf(failed), 'r-1', deps)).toMatchObject({ delivered: 1, failed: 2 });
    expect(mails.map(({ to }) => to)).toEqual(['bob@example.org']);
    expect(alerts.published).toMatchObject([
      { kind: 'notify-failed', severity: 'critical', planId: 'shop', code: 'NOTIFY_FAILED' },
      {
        kind: 'notify-failed',
        why: expect.stringContaining('the channel ops (holdfast/channels/ops): ops answered 500'),
      },
    ]);
    await tellAlert(messageOf(failed, 'm-2'), 'r-2', deps);
    expect(alerts.published).toHaveLength(2);
    clock.advance(86_400_000);
    await tellAlert(messageOf(failed, 'm-3'), 'r-3', deps);
    expect(alerts.published).toHaveLength(4);
    const open = (await catalog.listOpenAlerts()).filter(({ kind }) => kind === 'notify-failed');
    expect(open.map(({ timesTold }) => timesTold)).toEqual([2, 2]);
  });

  test('is told to the others of the plan, and never in a circle', async () => {
    const { deps, alerts, broken, mails, sent } = await shopWorld({
      channels: [channel('one'), channel('two'), channel('three')],
    });
    broken.add('one');
    await tellAlert(messageOf(failed), 'r-1', deps);
    const [alert] = alerts.published;
    if (!alert) throw new Error('the alert is missing');
    mails.length = sent.length = 0;
    // It comes back by the topic, and now another channel fails over it.
    broken.add('two');
    expect(await tellAlert(messageOf(alert, 'm-2'), 'r-2', deps)).toMatchObject({ delivered: 3, failed: 1 });
    expect(mails.map(({ to }) => to)).toEqual(['ada@example.org', 'bob@example.org']);
    expect(sent.map((each) => each.channel)).toEqual(['three']);
    expect(alerts.published).toHaveLength(1);
  });

  test('and cannot be told by the topic either makes the call fail, and is told by its repetition', async () => {
    const { deps, alerts, broken } = await shopWorld();
    broken.add('ops');
    alerts.breakDown(true);
    await expect(tellAlert(messageOf(failed), 'r-1', deps)).rejects.toMatchObject({ code: 'ALERT_FAILED' });
    alerts.breakDown(false);
    await tellAlert(messageOf(failed), 'r-1', deps);
    expect(alerts.published).toHaveLength(1);
  });

  test('for want of a sender of mail is said once', async () => {
    const { deps, alerts } = await shopWorld({ channels: [] });
    const { mailer: _, ...without } = deps;
    await tellAlert(messageOf(failed), 'r-1', without);
    await tellAlert(messageOf(failed, 'm-2'), 'r-2', without);
    expect(alerts.published).toMatchObject([
      { severity: 'warning', next: expect.stringContaining('notifications.mailFrom') },
    ]);
  });
});

test('more than 20 mails about a plan within an hour become one that says so; channels go on, and so does the next hour', async () => {
  const { deps, mails, sent, clock } = await shopWorld({ recipients: ['ada@example.org'] });
  for (let index = 0; index < 30; index += 1)
    await tellAlert(messageOf(failed, `m-${index}`), `r-${index}`, deps);
  expect(mails).toHaveLength(21);
  expect(mails[19]?.text).not.toContain('more than 20 mails');
  expect(mails[20]?.text).toContain(
    'more than 20 mails about plan shop within an hour: this one stands for all that follow before 03:00 UTC',
  );
  expect(sent).toHaveLength(30);
  clock.set('2026-11-21T03:00:00.000Z');
  await tellAlert(messageOf(failed, 'later'), 'later', deps);
  expect(mails).toHaveLength(22);
});

describe('good news', () => {
  const success = {
    planId: 'shop',
    backupId: aBackup('2026-11-21T02:00:00Z').backupId,
    what: 'backup',
  } as const;
  async function successWorld(onSuccess: boolean) {
    const world = await shopWorld({ onSuccess, channels: [channel('ops'), channel('pager', 'critical')] });
    const row: BackupRow = aBackup('2026-11-21T02:00:00Z', { storedBytes: 2_200_000_000 });
    await world.catalog.adoptBackup(row, row.completedAt ?? '');
    return world;
  }
  test('is told once to those who asked for it', async () => {
    const { deps, mails, sent } = await successWorld(true);
    await tellSuccess(success, 'r-1', deps);
    await tellSuccess(success, 'r-2', deps);
    expect(mails.map(({ subject }) => subject)).toEqual(
      Array(2).fill('[Holdfast] Backup completed - plan shop'),
    );
    expect(mails[0]?.text).toContain('Stored:    2.0 GiB');
    expect(sent.map((each) => each.channel)).toEqual(['ops']);
  });
  test('of a drill says that it was proven', async () => {
    const { deps, mails } = await successWorld(true);
    await tellSuccess({ ...success, what: 'drill' }, 'r-1', deps);
    expect(mails[0]?.subject).toBe('[Holdfast] Restore drill passed - plan shop');
  });
  test('reaches nobody who did not ask for it', async () => {
    const { deps, mails } = await successWorld(false);
    await tellSuccess(success, 'r-1', deps);
    expect(mails).toEqual([]);
  });
  test('that cannot be started fails no backup', async () => {
    const { starter, started, breakDown } = memorySurroundings();
    const asked = aPlan('shop', { onSuccess: true });
    await startSuccessNotice(asked, success, { starter, log: silentLog });
    expect(started).toEqual([{ target: 'notify', event: { task: 'success', ...success } }]);
    breakDown('starter', true);
    await startSuccessNotice(asked, success, { starter, log: silentLog });
    await startSuccessNotice(asked, success, { log: silentLog });
    await startSuccessNotice(aPlan('shop', {}), success, { starter, log: silentLog });
    expect(started).toHaveLength(1);
  });
});

describe('the summary of a week', () => {
  const monday = new Date('2026-11-23T06:00:00Z');
  const invocation = { requestId: 'r-1', secondsLeft: () => 200 };
  async function weekWorld() {
    const world = notifyWorld({}, '2026-11-23T06:00:01.000Z');
    const weekly = { weeklySummary: true, recipients: ['ada@example.org'] };
    await world.putPlan(aPlan('shop', weekly, { name: 'The shop' }));
    await world.putPlan(aPlan('wiki', { ...weekly, recipients: ['ada@example.org', 'bob@example.org'] }));
    await world.putPlan(aPlan('blog', { recipients: ['eve@example.org'] }));
    const row = aBackup('2026-11-22T02:00:00Z');
    await world.catalog.adoptBackup(row, row.completedAt ?? '');
    const day = { sourceBytes: 0, seconds: 60, longestSeconds: 60, verified: 1, verifyFailed: 0 };
    for (const [name, completed, missed] of [
      ['2026-11-15', 50, 50],
      ['2026-11-16', 1, 0],
      ['2026-11-22', 2, 0],
    ] as const)
      await world.catalog.putDay({
        planId: 'shop',
        day: name,
        completed,
        failed: 0,
        missed,
        proven: 1,
        storedBytes: 1024 ** 3,
        keptBytes: 5 * 1024 ** 3,
        ...day,
      });
    await world.catalog.putDay({
      planId: 'wiki',
      day: '2026-11-20',
      completed: 0,
      failed: 1,
      missed: 2,
      proven: 0,
      storedBytes: 0,
      ...day,
    });
    return world;
  }
  test('is one mail a person, over all plans that name them, with what needs somebody first', async () => {
    const { deps, mails } = await weekWorld();
    expect(await tellWeek(monday, invocation, deps)).toMatchObject({ plans: 2, delivered: 2 });
    expect(mails.map(({ to, subject }) => [to, subject])).toEqual([
      ['ada@example.org', '[Holdfast] Week of 2026-11-16: 1 plan of 2 needs a look'],
      ['bob@example.org', '[Holdfast] Week of 2026-11-16: 1 plan of 1 needs a look'],
    ]);
    const text = mails[0]?.text ?? '';
    expect(text).toContain('3 backups completed, 1 failed, 2 missed. 2 restore drills passed.');
    expect(text.indexOf('wiki: needs a look')).toBeLessThan(text.indexOf('The shop (shop): well'));
    expect(text).toMatch(/Kept: +5\.0 GiB, 2\.0 GiB of it new/);
    expect(text).toMatch(
      /Last good: +2026-11-22 02:00 UTC\n +Last proven: 2026-11-22 02:15 UTC\n +Next run: +2026-11-24 02:00 UTC/,
    );
  });
  test('is told once, however often its schedule delivers', async () => {
    const { deps, mails } = await weekWorld();
    await tellWeek(monday, invocation, deps);
    await tellWeek(new Date('2026-11-23T06:40:00Z'), { ...invocation, requestId: 'r-2' }, deps);
    expect(mails).toHaveLength(2);
  });
  test('stops before its time is up, and tells nobody half of it', async () => {
    const { deps, mails } = await weekWorld();
    await expect(tellWeek(monday, { requestId: 'r-1', secondsLeft: () => 10 }, deps)).rejects.toMatchObject({
      code: 'DEADLINE',
    });
    expect(mails).toEqual([]);
  });
});

test('trying everybody says of each what came of it and how to mend it, and tells nobody else', async () => {
  const { deps, broken, alerts } = notifyWorld();
  broken.add('ops');
  const plan = aPlan('new', { ...notifications, least: 'critical' });
  const reply = await tryEverybody(plan, { by: 'ada', requestId: 'r-1' }, deps);
  expect(reply).toMatchObject({
    ok: false,
    results: [
      { kind: 'email', name: 'ada@example.org', ok: true },
      { kind: 'email', name: 'bob@example.org', ok: true },
      {
        kind: 'channel',
        name: 'ops',
        ok: false,
        code: 'NOTIFY_FAILED',
        detail: 'ops answered 500',
        next: expect.stringContaining('secret of the channel'),
      },
    ],
  });
  expect(alerts.published).toEqual([]);
});
