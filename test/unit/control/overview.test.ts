/** What the overview says of plans in every state, in what order, and what it costs. */
import { describe, expect, test } from 'vitest';
import { overviewOf } from '../../../core/control/overview.ts';
import { backupIdFor, planIdSchema } from '../../../core/format/layout.ts';
import type { BackupRow, Catalog } from '../../../core/ports/catalog.ts';
import { aBackup, watchWorld } from '../health/world.ts';

const lastNight = '2026-11-21T02:00:00Z';
type World = ReturnType<typeof watchWorld>;

function look(world: World, change: { planId?: string; limit?: number; cursor?: string } = {}) {
  const { catalog, recipients, settings, keyRing } = world.deps;
  return overviewOf(
    { catalog, recipients, settings, keyRing },
    { now: world.clock.now(), limit: 200, ...change },
  );
}

async function planOf(world: World, planId = 'shop') {
  const { plans } = await look(world);
  const plan = plans.find((each) => each.planId === planId);
  if (!plan) throw new Error(`no plan ${planId}`);
  return plan;
}

async function wellWorld(change: Record<string, unknown> = {}) {
  const world = watchWorld();
  await world.apply(change);
  await world.backup(lastNight);
  await world.verify(lastNight);
  return world;
}

describe('a plan', () => {
  test('that is well has its last good and its last proven backup, and when the next is due', async () => {
    const world = await wellWorld({ name: 'The shop' });
    const backupId = backupIdFor('shop', lastNight);
    const { days, ...plan } = await planOf(world);
    expect(plan).toMatchObject({
      planId: 'shop',
      name: 'The shop',
      kinds: ['postgres'],
      enabled: true,
      paused: false,
      state: 'well',
      severity: 'none',
      conditions: [],
      lastGood: { backupId, slot: lastNight },
      targetSeconds: 90_000,
      proven: { backupId, level: 'restored' },
      verified: { status: 'passed', level: 'restored', backupId },
      latest: { backupId, status: 'completed', at: '2026-11-21T02:02:00.000Z', trigger: 'schedule' },
      nextRunAt: '2026-11-22T02:00:00Z',
      storedBytes: 1000,
    });
    expect(plan.why).toBeUndefined();
    expect(days).toHaveLength(30);
    expect(days.at(-1)).toEqual({ day: '2026-11-21', completed: 1, failed: 0, missed: 0, proven: 1 });
    expect(days[0]?.day).toBe('2026-10-23');
  });

  test('whose newest run failed keeps its last good one apart from its latest attempt', async () => {
    const world = await wellWorld();
    await world.backup('2026-11-21T08:00:00Z', 'failed');
    expect(await planOf(world)).toMatchObject({
      state: 'failed',
      severity: 'critical',
      why: expect.stringContaining('wrong password'),
      conditions: ['backup-failed/shop'],
      lastGood: { slot: lastNight },
      latest: { slot: '2026-11-21T08:00:00Z', status: 'failed', error: { code: 'SOURCE_AUTH' } },
    });
  });

  test('that missed its run says so, and its strip too', async () => {
    const world = await wellWorld();
    world.clock.set('2026-11-22T03:30:00Z');
    const plan = await planOf(world);
    expect(plan).toMatchObject({ state: 'missed', severity: 'critical', conditions: ['backup-missed/shop'] });
    expect(plan.days.at(-1)).toMatchObject({ day: '2026-11-22', completed: 0, missed: 1 });
  });

  test('that runs is running, unless something is wrong that this run has not mended yet', async () => {
    const world = await wellWorld();
    world.clock.set('2026-11-22T02:01:00Z');
    await world.backup('2026-11-22T02:00:00Z', 'running');
    expect(await planOf(world)).toMatchObject({
      state: 'running',
      running: { backupId: backupIdFor('shop', '2026-11-22T02:00:00Z') },
      latest: { status: 'running' },
    });
    // Nobody is behind it any more once its lease has ended.
    world.clock.set('2026-11-22T02:30:00Z');
    const later = await planOf(world);
    expect([later.state, later.running]).toEqual(['failed', undefined]);
  });

  test('whose newest verified backup is damaged says that before anything else', async () => {
    const world = await wellWorld();
    await world.verify(lastNight, 'failed');
    await world.backup('2026-11-21T08:00:00Z', 'failed');
    expect(await planOf(world)).toMatchObject({ state: 'damaged', severity: 'critical' });
  });

  test('whose drills do not come about is unproven; one that nobody verified is unverified', async () => {
    const drilled = watchWorld();
    await drilled.apply({ verification: { drill: 'weekly', stored: 'never' } });
    await drilled.backup('2026-11-01T02:00:00Z');
    await drilled.verify('2026-11-01T02:00:00Z');
    for (const day of [19, 20, 21]) {
      await drilled.backup(`2026-11-${day}T02:00:00Z`);
      await drilled.catalog.recordVerification('shop', backupIdFor('shop', `2026-11-${day}T02:00:00Z`), {
        status: 'passed',
        level: 'readable',
        verifiedAt: `2026-11-${day}T02:20:00Z`,
        detail: '',
      });
    }
    expect(await planOf(drilled)).toMatchObject({
      state: 'unproven',
      severity: 'warning',
      proven: { at: '2026-11-01T02:15:00.000Z' },
      verified: { level: 'readable', status: 'passed' },
    });
    const unseen = watchWorld();
    await unseen.apply();
    await unseen.backup('2026-11-20T02:00:00Z');
    await unseen.backup(lastNight);
    expect(await planOf(unseen)).toMatchObject({ state: 'unverified', severity: 'warning' });
  });

  test('may promise more than its schedule: then that is its target', async () => {
    const world = await wellWorld({ targets: { recoveryPointMinutes: 1500 } });
    expect((await planOf(world)).targetSeconds).toBe(90_000);
    const other = await wellWorld({ targets: { recoveryPointMinutes: 3000 } });
    expect((await planOf(other)).targetSeconds).toBe(180_000);
  });

  test('that was just made is new; one that is off or paused rests', async () => {
    const world = watchWorld();
    await world.apply({}, '2026-11-21T09:00:00.000Z');
    expect(await planOf(world)).toMatchObject({ state: 'new', severity: 'none', targetSeconds: 90_000 });
    await world.apply({ id: 'idle', enabled: false });
    expect(await planOf(world, 'idle')).toMatchObject({ state: 'off', nextRunAt: undefined });
    expect((await look(world)).counts).toMatchObject({ plans: 2, resting: 1, well: 1 });
  });

  test('that cannot be looked at is unseen, hides no other, and the whole says so', async () => {
    const world = await wellWorld();
    await world.apply({ id: 'wiki' });
    const { catalog } = world;
    const listBackups: typeof catalog.listBackups = async (planId, options) => {
      if (planId === 'wiki') throw new Error('no answer');
      return catalog.listBackups(planId, options);
    };
    const { deps } = world;
    const overview = await overviewOf(
      { ...deps, catalog: { ...catalog, listBackups } },
      { now: world.clock.now(), limit: 200 },
    );
    expect(overview.whole).toBe(false);
    expect(overview.plans.map(({ planId, state }) => [planId, state])).toEqual([
      ['wiki', 'unseen'],
      ['shop', 'well'],
    ]);
  });
});

describe('the whole', () => {
  test('says what there was no time for, and calls it neither well nor broken', async () => {
    const { deps, clock } = await wellWorld();
    const overview = await overviewOf(deps, { now: clock.now(), limit: 200, isLate: () => true });
    expect(overview).toMatchObject({
      whole: false,
      state: 'warning',
      conditions: [],
      counts: { warning: 1 },
    });
    expect(overview.plans).toMatchObject([
      { planId: 'shop', state: 'unseen', severity: 'warning', days: [] },
    ]);
  });

  test('is empty without a plan, and well where nothing is wrong', async () => {
    const world = watchWorld();
    expect(await look(world)).toMatchObject({ state: 'empty', counts: { plans: 0 }, plans: [] });
    expect(await look(await wellWorld())).toMatchObject({
      state: 'well',
      whole: true,
      counts: { plans: 1, well: 1, warning: 0, critical: 0, resting: 0 },
      conditions: [],
      conditionsLeft: 0,
      openAlerts: 0,
      storedBytes: 1000,
    });
  });

  test('is paused when everything is, and critical when anything is', async () => {
    const world = await wellWorld();
    await world.catalog.putState('pause', { at: '2026-11-21T09:00:00.000Z', by: 'ada', reason: 'moving' }, 0);
    expect(await look(world)).toMatchObject({
      state: 'paused',
      pause: { by: 'ada' },
      counts: { resting: 1 },
    });
    await world.verify(lastNight, 'failed');
    expect((await look(world)).state).toBe('critical');
  });

  test('has the worst first, then by name', async () => {
    const world = await wellWorld({ name: 'Zebra' });
    for (const [id, name] of [
      ['a-1', 'Yak'],
      ['b-1', 'ant'],
      ['c-1', undefined],
    ] as const) {
      await world.apply({ id, ...(name && { name }) });
      await world.backup(lastNight, 'completed', id);
      await world.verify(lastNight, 'passed', id);
    }
    await world.backup('2026-11-21T08:00:00Z', 'failed', 'a-1');
    const { plans, state, conditions } = await look(world);
    expect(plans.map(({ name, planId }) => name ?? planId)).toEqual(['Yak', 'ant', 'c-1', 'Zebra']);
    expect([state, conditions.map(({ id }) => id)]).toEqual(['critical', ['backup-failed/a-1']]);
  });

  test('has what only watch can see as watch found it, and what is mended by now is not among it', async () => {
    const world = await wellWorld();
    const found = (conditionId: string, change = {}) =>
      world.catalog.saveAlert({
        conditionId,
        kind: conditionId.split('/')[0] as string,
        severity: 'warning',
        subject: 's',
        text: 'as it was',
        since: '2026-11-21T09:00:00.000Z',
        lastToldAt: '2026-11-21T09:00:00.000Z',
        timesTold: 1,
        ...change,
      });
    await found('alarm/-/api-failing');
    await found('schedule-wrong/shop', { planId: 'shop', severity: 'critical' });
    await found('backup-failed/shop', { planId: 'shop', severity: 'critical' });
    const { conditions, openAlerts, plans, state } = await look(world);
    expect(conditions.map(({ id }) => id)).toEqual(['schedule-wrong/shop', 'alarm/-/api-failing']);
    expect([openAlerts, state]).toEqual([3, 'critical']);
    expect(plans[0]).toMatchObject({ severity: 'critical', conditions: ['schedule-wrong/shop'] });
  });

  test('comes in pages, and each knows what people were told of the others', async () => {
    const world = await wellWorld();
    await world.apply({ id: 'wiki' });
    await world.backup('2026-11-21T08:00:00Z', 'failed', 'wiki');
    await world.round();
    const first = await look(world, { limit: 1 });
    expect(first.plans.map(({ planId }) => planId)).toEqual(['shop']);
    expect(first).toMatchObject({ state: 'critical', counts: { plans: 1, well: 1 }, storedBytes: undefined });
    expect(first.conditions.map(({ id }) => id)).toContain('backup-failed/wiki');
    const second = await look(world, { limit: 1, cursor: first.nextCursor });
    expect(second.plans.map(({ planId }) => planId)).toEqual(['wiki']);
    expect(second.nextCursor).toBeUndefined();
    const one = await look(world, { planId: 'shop' });
    expect(one.plans.map(({ planId }) => planId)).toEqual(['shop']);
    expect(one.conditions).toEqual([]);
    await expect(look(world, { planId: 'nobody' })).rejects.toMatchObject({ code: 'PLAN_NOT_FOUND' });
  });

  test('names a hundred conditions and counts the others', async () => {
    const world = watchWorld();
    for (let i = 0; i < 110; i += 1) {
      const id = planIdSchema.parse(`p-${i}`);
      await world.apply({ id });
      await world.backup('2026-11-21T08:00:00Z', 'failed', id);
    }
    const { conditions, conditionsLeft } = await look(world);
    expect([conditions.length, conditionsLeft]).toEqual([100, 120]);
  });
});

describe('the strip of days', () => {
  test('is of what watch counted, where rows no longer tell', async () => {
    const world = await wellWorld();
    const none = {
      sourceBytes: 0,
      storedBytes: 0,
      seconds: 0,
      longestSeconds: 0,
      verified: 0,
      verifyFailed: 0,
    };
    const day = { planId: 'shop', day: '2026-11-10', completed: 1, failed: 2, missed: 3, proven: 1, ...none };
    await world.catalog.putDay(day);
    // Today is counted from rows, whatever watch wrote before the last of them.
    await world.catalog.putDay({ ...day, day: '2026-11-21', completed: 0 });
    const { days } = await planOf(world);
    expect(days.find((each) => each.day === '2026-11-10')).toEqual({
      day: '2026-11-10',
      completed: 1,
      failed: 2,
      missed: 3,
      proven: 1,
    });
    expect(days.at(-1)).toMatchObject({ completed: 1, failed: 0, missed: 0 });
  });

  test('is of watch alone for a day that the newest rows know in part', async () => {
    const world = watchWorld();
    await world.apply({ schedule: { cron: '*/5 * * * *' } }, '2026-11-21T00:00:00.000Z');
    for (let run = 0; run < 70; run += 1) {
      const slot = new Date(Date.parse('2026-11-21T04:00:00Z') + run * 300_000).toISOString();
      await world.backup(slot.replace('.000Z', 'Z'));
    }
    const { days } = await planOf(world);
    expect(days.at(-1)).toMatchObject({ day: '2026-11-21', completed: 0 });
  });
});

test('200 plans of 60 backups are two reads each, and answered well within a second of processor time', async () => {
  const world = watchWorld();
  const rows = new Map<string, readonly BackupRow[]>();
  for (let at = 0; at < 200; at += 1) {
    const id = planIdSchema.parse(`p-${at}`);
    await world.apply({ id, verification: { drill: 'weekly', stored: 'never' } });
    const slots = Array.from({ length: 60 }, (_, day) => Date.parse(lastNight) - day * 86_400_000);
    const backups = slots.map((ms) => new Date(ms).toISOString());
    rows.set(
      id,
      backups.map((slot) => ({ ...aBackup(slot), planId: id, backupId: backupIdFor(id, slot) })),
    );
  }
  // The catalog in memory copies each row field by field: what the overview itself takes would be lost in that.
  const listBackups: Catalog['listBackups'] = async (planId, { limit = 50, cursor = '0' } = {}) => {
    const end = Number(cursor) + limit;
    const all = rows.get(planId) ?? [];
    return { rows: all.slice(Number(cursor), end), ...(end < all.length && { cursor: String(end) }) };
  };
  const reads = new Map<string, number>();
  const counting = new Proxy<Catalog>(
    { ...world.catalog, listBackups },
    {
      get:
        (catalog, name: keyof Catalog) =>
        (...given: never[]) => {
          reads.set(name, (reads.get(name) ?? 0) + 1);
          return (catalog[name] as (...all: never[]) => unknown)(...given);
        },
    },
  );
  const ask = () => overviewOf({ ...world.deps, catalog: counting }, { now: world.clock.now(), limit: 200 });
  await ask();
  reads.clear();
  const before = process.cpuUsage();
  const overview = await ask();
  const { user, system } = process.cpuUsage(before);
  expect(overview.counts).toMatchObject({ plans: 200, well: 200 });
  expect(reads.get('listBackups')).toBe(200);
  expect(reads.get('listDays')).toBe(200);
  const others = [...reads].filter(([name]) => name !== 'listBackups' && name !== 'listDays');
  expect(others.reduce((sum, [, count]) => sum + count, 0)).toBeLessThan(10);
  console.info(
    `200 plans: ${Math.round((user + system) / 1000)} ms of processor time`,
    Object.fromEntries(reads),
  );
  expect((user + system) / 1e6).toBeLessThan(1);
});
