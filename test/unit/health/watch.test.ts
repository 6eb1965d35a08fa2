/** Rounds of watch over a stack in memory: from what happens to what a person hears. */
import { describe, expect, test } from 'vitest';
import { HoldfastError } from '../../../core/errors.ts';
import { planIdSchema } from '../../../core/format/layout.ts';
import { pause, resume } from '../../../core/pause.ts';
import { readState } from '../../../core/state.ts';
import { aPlanRow, hourMs, watchWorld } from './world.ts';

const lastNight = '2026-11-21T02:00:00Z';

async function wellWorld() {
  const world = watchWorld();
  await world.apply();
  await world.backup(lastNight);
  await world.verify(lastNight);
  return world;
}

test('a stack where all is well says nothing but that it lives', async () => {
  const world = await wellWorld();
  const { told, result } = await world.round();
  expect(told).toEqual([]);
  expect(result).toMatchObject({ status: 'done', plans: 1, conditions: 0 });
  expect(world.surroundings.beats).toEqual(['2026-11-21T10:00:00.000Z']);
  expect((await readState(world.catalog, 'watch')).value?.completedAt).toBe('2026-11-21T10:00:00.000Z');
});

test('a schedule deleted by hand is told within the hour, and its missed backup a night later, until it is mended', async () => {
  const world = await wellWorld();
  await world.scheduler.remove('shop');
  expect((await world.round()).told).toEqual(['schedule-wrong broken']);
  world.clock.set('2026-11-22T03:30:00Z');
  expect((await world.round()).told).toEqual(['backup-missed broken']);
  world.clock.set('2026-11-22T10:30:00Z');
  expect((await world.round()).told).toEqual(['schedule-wrong reminder']);
  await world.scheduler.put((await world.catalog.getPlan('shop'))?.plan as never);
  await world.backup('2026-11-22T11:00:00Z');
  await world.verify('2026-11-22T11:00:00Z');
  world.clock.set('2026-11-22T12:00:00Z');
  expect((await world.round()).told).toEqual(['backup-missed recovered', 'schedule-wrong recovered']);
});

describe('a watch that may change schedules', () => {
  async function mending() {
    const world = await wellWorld();
    const mender = world.scheduler;
    const conditions = async () =>
      (await world.catalog.listOpenAlerts()).map(({ conditionId, text }) => ({ conditionId, text }));
    return { ...world, conditions, round: (change: object = {}) => world.round({ mender, ...change }) };
  }

  test('makes one again that was deleted by hand, tells it once, and says that it is well', async () => {
    const world = await mending();
    await world.scheduler.remove('shop');
    expect((await world.round()).told).toEqual(['schedule-wrong broken']);
    expect((await world.conditions())[0]?.text).toContain('watch has put it right');
    expect(await world.scheduler.get('shop')).toMatchObject({
      expression: 'cron(0 2 * * ? *)',
      enabled: true,
    });
    expect((await world.round()).told).toEqual(['schedule-wrong recovered']);
    expect((await world.round()).told).toEqual([]);
  });

  test('puts an expression right that is not the plan’s, and one that is off', async () => {
    const world = await mending();
    const { plan } = aPlanRow({ schedule: { cron: '0 5 * * *' }, enabled: false });
    await world.scheduler.put(plan);
    expect((await world.round()).told).toEqual(['schedule-wrong broken']);
    const [{ text } = { text: '' }] = await world.conditions();
    expect(text).toContain('was cron(0 5 * * ? *) UTC (off), and should be cron(0 2 * * ? *) UTC');
    expect(await world.scheduler.get('shop')).toMatchObject({
      expression: 'cron(0 2 * * ? *)',
      enabled: true,
    });
  });

  test('removes one whose plan was deleted', async () => {
    const world = await mending();
    await world.apply({ id: 'gone' });
    await world.catalog.deletePlan('gone', 1, 'ada', '2026-11-21T01:00:00Z');
    expect((await world.round()).told).toEqual(['schedule-wrong broken']);
    expect(await world.scheduler.get('gone')).toBeUndefined();
    expect(await world.scheduler.get('shop')).toBeDefined();
    await world.round();
    expect((await world.round()).told).toEqual([]);
  });

  test('removes none whose plan has no row, as beside a catalog that is being rebuilt, and tells it', async () => {
    const world = await mending();
    const { plan } = aPlanRow({ id: 'blog' });
    await world.scheduler.put(plan);
    expect((await world.round()).told).toEqual(['schedule-wrong broken']);
    expect((await world.conditions())[0]?.text).toContain('no plan in the catalog: blog. Their runs fail');
    expect(await world.scheduler.get('blog')).toBeDefined();
    expect((await world.round()).told).toEqual([]);
    await world.catalog.putPlan(plan, 0, 'ada', '2026-11-21T09:55:00.000Z');
    expect((await world.round()).told).toEqual(['schedule-wrong recovered']);
    expect(await world.scheduler.get('blog')).toBeDefined();
  });

  test('removes nothing beside a catalog without a single plan: that one was lost', async () => {
    const world = await mending();
    await world.round({ catalog: { ...world.catalog, listPlans: async () => ({ rows: [] }) } });
    expect(await world.scheduler.get('shop')).toBeDefined();
  });

  test('leaves a plan alone that was changed a moment ago: its schedule is on its way', async () => {
    const world = await mending();
    await world.apply({ id: 'blog' }, '2026-11-21T09:55:00.000Z');
    await world.scheduler.remove('blog');
    expect((await world.round()).told).toEqual([]);
    expect(await world.scheduler.get('blog')).toBeUndefined();
  });

  test('tells that it could not, and why', async () => {
    const world = await mending();
    await world.scheduler.remove('shop');
    const put = async () => {
      throw new HoldfastError('ACCESS_DENIED', 'scheduler:CreateSchedule was refused');
    };
    const { told } = await world.round({ mender: { ...world.scheduler, put } });
    expect(told).toEqual(['schedule-wrong broken']);
    expect((await world.conditions())[0]?.text).toContain(
      'could not put it right: scheduler:CreateSchedule was refused',
    );
  });
});

test('a run that failed and one that went well, both between two rounds: that it is well again is told once', async () => {
  const world = await wellWorld();
  await world.round();
  await world.backup('2026-11-21T10:10:00Z', 'failed');
  await world.backup('2026-11-21T10:20:00Z');
  world.clock.set('2026-11-21T11:00:00.000Z');
  expect((await world.round()).told).toContain('backup-failed recovered');
  world.clock.set('2026-11-21T12:00:00.000Z');
  expect((await world.round()).told).not.toContain('backup-failed recovered');
});

test('a failed run, which told itself, is reminded of and told to be well again', async () => {
  const world = await wellWorld();
  await world.backup('2026-11-22T02:00:00Z', 'failed');
  world.clock.set('2026-11-22T02:30:00Z');
  expect((await world.round()).told).toEqual([]);
  world.clock.set('2026-11-23T02:00:10Z');
  expect((await world.round()).told).toContain('backup-failed reminder');
  await world.backup('2026-11-23T02:00:00Z');
  world.clock.set('2026-11-23T02:30:00Z');
  expect((await world.round()).told).toContain('backup-failed recovered');
});

test('a deleted plan falls silent', async () => {
  const world = await wellWorld();
  await world.scheduler.remove('shop');
  await world.round();
  const listPlans = async () => ({ rows: [] });
  const { told } = await world.round({ catalog: { ...world.catalog, listPlans } });
  expect(told).toEqual([]);
  expect(await world.catalog.listOpenAlerts()).toEqual([]);
});

test('a pause is told, silences what it causes, is reminded of daily, and its end is told', async () => {
  const world = await wellWorld();
  const by = { by: 'ada', at: '2026-11-21T10:00:00.000Z', correlationId: 'c' };
  await pause(world.catalog, { ...by, reason: 'moving house' });
  expect((await world.round()).told).toEqual(['paused broken']);
  world.clock.set('2026-11-22T12:00:00Z');
  // Its newest good backup is older than interval and grace by now.
  expect((await world.round()).told).toEqual(['paused broken']);
  expect(world.alerts.published.at(-1)?.severity).toBe('critical');
  world.clock.set('2026-11-23T12:00:00Z');
  expect((await world.round()).told).toEqual(['paused reminder']);
  await resume(world.catalog, by);
  world.clock.set('2026-11-23T13:00:00Z');
  // What was left out meanwhile is a fact from now on.
  expect((await world.round()).told).toEqual(['backup-missed broken', 'paused recovered']);
});

describe('what a pause hides is not well again', () => {
  const by = { by: 'ada', at: '2026-11-22T03:40:00.000Z', correlationId: 'c' };
  const missedWorld = async () => {
    const world = await wellWorld();
    world.clock.set('2026-11-22T03:30:00Z');
    expect((await world.round()).told).toEqual(['backup-missed broken']);
    world.clock.set('2026-11-22T04:30:00Z');
    return world;
  };

  test('a missed backup stays open while its plan is paused, without a reminder, and counts again after it', async () => {
    const world = await missedWorld();
    await pause(world.catalog, { ...by, planId: 'shop', reason: 'moving house' });
    expect((await world.round()).told).toEqual(['paused broken']);
    world.clock.set('2026-11-24T04:00:00Z');
    expect((await world.round()).told).toEqual(['paused reminder']);
    await resume(world.catalog, { ...by, planId: 'shop' });
    world.clock.set('2026-11-24T05:00:00Z');
    expect((await world.round()).told).toEqual(['backup-missed reminder', 'paused recovered']);
  });

  test('nor while everything is paused, nor while the plan is off', async () => {
    const world = await missedWorld();
    await pause(world.catalog, { ...by, reason: 'moving house' });
    expect((await world.round()).told).toEqual(['paused broken']);
    await resume(world.catalog, by);
    await world.catalog.putPlan((await offPlan()).plan, 1, 'ada', '2026-11-22T04:40:00.000Z');
    world.clock.set('2026-11-22T05:30:00Z');
    expect((await world.round()).told).toEqual(['paused recovered']);
  });
  const offPlan = async () => aPlanRow({ enabled: false });

  test('a backup made meanwhile ends it', async () => {
    const world = await missedWorld();
    await world.backup('2026-11-22T04:00:00Z');
    await world.verify('2026-11-22T04:00:00Z');
    expect((await world.round()).told).toEqual(['backup-missed recovered']);
  });
});

test('a broken second copy of a plan that runs every hour is told once, and not well again with each new backup', async () => {
  const world = watchWorld();
  const plan = { schedule: { cron: '0 * * * *' }, verification: { level: 'stored' } };
  await world.apply(plan, '2026-11-21T09:00:00.000Z');
  let broken = true;
  const head = async (key: string) => ({
    key,
    lengthBytes: 1,
    storageClass: 'STANDARD' as const,
    tags: {},
    lastModifiedAt: '',
    replication: broken ? ('pending' as const) : ('completed' as const),
  });
  const told: string[] = [];
  for (let hour = 10; hour < 20; hour += 1) {
    await world.backup(`2026-11-21T${hour}:00:00Z`);
    world.clock.set(`2026-11-21T${hour}:30:00Z`);
    broken = hour < 18;
    const { told: now } = await world.round({ copied: { ...world.vault, head } });
    told.push(...now.map((each) => `${hour} ${each}`));
  }
  expect(told).toEqual(['11 replication-behind broken', '18 replication-behind recovered']);
});

test('unusual marking that cleanup could not tell is told, and the end of its window is no good news', async () => {
  const world = await wellWorld();
  const unusual = [
    { expired: 18, kept: 2, at: '2026-11-20T23:10:00.000Z', until: '2026-12-04T23:10:00.000Z' },
  ];
  const lastRunAt = '2026-11-20T23:10:00.000Z';
  await world.catalog.putState('cleanup', { lastRunAt, unusual }, 0);
  expect((await world.round()).told).toEqual(['cleanup-unusual broken']);
  world.clock.set('2026-12-04T23:20:00Z');
  expect((await world.round()).told).not.toContain('cleanup-unusual recovered');
  expect((await world.catalog.listOpenAlerts()).map(({ kind }) => kind)).not.toContain('cleanup-unusual');
});

describe('when something fails on the way', () => {
  test('an alert that cannot be published is told in the next round, and there is no heartbeat before', async () => {
    const world = await wellWorld();
    await world.scheduler.remove('shop');
    world.alerts.breakDown(true);
    await expect(world.round()).rejects.toMatchObject({ code: 'ALERT_FAILED' });
    expect(await world.catalog.listOpenAlerts()).toEqual([]);
    expect(world.surroundings.beats).toEqual([]);
    world.alerts.breakDown(false);
    expect((await world.round()).told).toEqual(['schedule-wrong broken']);
    expect(world.surroundings.beats).toHaveLength(1);
  });

  test('a crash between telling and remembering tells twice rather than never', async () => {
    const world = await wellWorld();
    await world.scheduler.remove('shop');
    const saveAlert = async () => {
      throw new Error('killed');
    };
    await expect(world.round({ catalog: { ...world.catalog, saveAlert } })).rejects.toThrow('killed');
    expect((await world.round()).told).toEqual(['schedule-wrong broken']);
    expect(world.alerts.published).toHaveLength(2);
  });

  test('one plan that cannot be looked at is told as that, hides no other, and keeps what was told of it', async () => {
    const world = await wellWorld();
    await world.apply({ id: 'blog' });
    await world.scheduler.remove('shop');
    await world.round();
    const listBackups: typeof world.catalog.listBackups = async (planId, options) => {
      if (planId === 'shop') throw new Error('throttled');
      return world.catalog.listBackups(planId, options);
    };
    world.clock.advance(2 * hourMs);
    await world.scheduler.remove('blog');
    const { told } = await world.round({ catalog: { ...world.catalog, listBackups } });
    expect(told).toEqual(['schedule-wrong broken', 'watch-incomplete broken']);
    expect((await world.round()).told).toEqual(['watch-incomplete recovered']);
  });

  test('recipients that cannot be listed do not count as nobody, nor as somebody', async () => {
    const world = await wellWorld();
    world.surroundings.subscribe();
    expect((await world.round()).told).toEqual(['alerts-unheard broken']);
    world.surroundings.breakDown('recipients', true);
    expect((await world.round()).told).toEqual(['watch-incomplete broken']);
  });

  test('a round that runs out of time says so and has no heartbeat', async () => {
    const world = await wellWorld();
    const { told, result } = await world.round({}, 100);
    expect(told).toEqual(['watch-incomplete broken']);
    expect(result.status).toBe('incomplete');
    expect(world.surroundings.beats).toEqual([]);
    expect((await world.round()).told).toEqual(['watch-incomplete recovered']);
  });

  test('plans that cannot be listed fail the round', async () => {
    const world = await wellWorld();
    const listPlans = async () => {
      throw new Error('no table');
    };
    await expect(world.round({ catalog: { ...world.catalog, listPlans } })).rejects.toThrow('no table');
    expect(world.surroundings.beats).toEqual([]);
  });
});

test('a schedule that a list has lost is asked for before it is called gone', async () => {
  const world = await wellWorld();
  async function* list(): AsyncGenerator<{ planId: string; enabled: boolean }> {}
  expect((await world.round({ scheduler: { ...world.scheduler, list } })).told).toEqual([]);
});

test('a second round at the same time does nothing', async () => {
  const world = await wellWorld();
  await world.catalog.acquireLease('watch', 'another', '2026-11-21T10:10:00Z', '2026-11-21T10:00:00Z');
  expect((await world.round()).result.status).toBe('running-elsewhere');
  expect(world.surroundings.beats).toEqual([]);
});

describe('a restore that waits for an archive class', () => {
  const key = 'plans/shop/B/a01/shop/0000-data.0001';

  async function waitingWorld(returned: { is: boolean }) {
    const world = await wellWorld();
    const { backupId } = (await world.catalog.listBackups('shop')).rows[0] as { backupId: string };
    await world.catalog.createRestore(
      {
        restoreId: 'r-00000001',
        planId: 'shop',
        backupId,
        status: 'pending',
        createdBy: 'ada',
        createdAt: '2026-11-21T09:00:00.000Z',
        request: { planId: 'shop', backupId },
        correlationId: 'c',
      },
      '2026-11-28T09:00:00.000Z',
    );
    await world.catalog.startRestore('r-00000001', '2026-11-21T09:00:01.000Z');
    await world.catalog.waitRestore('r-00000001', {
      objects: 1,
      bytes: 1000,
      requestedAt: '2026-11-21T09:00:02.000Z',
      expectedAt: '2026-11-21T21:00:02.000Z',
      estimatedCostUsd: 0.01,
    });
    const realKey = key.replace('B', backupId);
    const vault = {
      ...world.vault,
      async *list() {
        yield { key: realKey.replace(/a01.*/, 'manifest'), lengthBytes: 1, lastModifiedAt: '' };
        yield { key: realKey, lengthBytes: 1000, lastModifiedAt: '' };
      },
      head: async (asked: string) => {
        expect(asked).toBe(realKey);
        return {
          key: realKey,
          lengthBytes: 1000,
          storageClass: 'DEEP_ARCHIVE' as const,
          tags: {},
          lastModifiedAt: '',
          archive: { state: returned.is ? ('returned' as const) : ('returning' as const) },
        };
      },
    };
    return { ...world, round: () => world.round({ vault }) };
  }

  test('goes on when its objects are back; the wait was told by the restore, its end is told here', async () => {
    const returned = { is: false };
    const world = await waitingWorld(returned);
    expect((await world.round()).told).toEqual([]);
    expect(world.surroundings.started).toEqual([]);
    returned.is = true;
    await world.round();
    const event = { task: 'restore', restoreId: 'r-00000001' };
    expect(world.surroundings.started).toEqual([{ target: 'restore', event }]);
    await world.catalog.startRestore('r-00000001', '2026-11-21T10:00:01.000Z');
    expect((await world.round()).told).toEqual(['restore-waiting recovered']);
  });

  test('is started long after it should have come back, so that it looks what is the matter', async () => {
    const world = await waitingWorld({ is: false });
    world.clock.set('2026-11-22T03:00:03.000Z');
    expect((await world.round()).result.restoresStarted).toBe(1);
  });
});

describe('dead-man URLs', () => {
  const deadManUrl = 'https://ping.example.org/uuid';

  test("a plan's is pinged once for each completed backup, again after a failure, and not for old ones", async () => {
    const world = watchWorld();
    await world.apply({ deadManUrl });
    await world.backup(lastNight);
    world.surroundings.breakDown('pinger', true);
    await world.round();
    world.surroundings.breakDown('pinger', false);
    await world.round();
    await world.round();
    expect(world.surroundings.pings).toEqual([deadManUrl]);
    await world.backup('2026-11-22T02:00:00Z');
    world.clock.set('2026-11-22T02:30:00Z');
    await world.round();
    expect(world.surroundings.pings).toHaveLength(2);
    world.clock.set('2026-11-23T12:00:00Z');
    await world.round();
    expect(world.surroundings.pings).toHaveLength(2);
    // The newest turns out to be bad: the one before it is no news.
    await world.verify('2026-11-22T02:00:00Z', 'failed');
    await world.round();
    expect(world.surroundings.pings).toHaveLength(2);
  });

  test('that of the whole is pinged after each good round, unless nobody hears alerts', async () => {
    const world = await wellWorld();
    const whole = { deadManUrl: async () => 'https://ping.example.org/all' };
    await world.round(whole);
    await world.round(whole);
    expect(world.surroundings.pings).toHaveLength(2);
    world.surroundings.subscribe();
    await world.round(whole);
    expect(world.surroundings.pings).toHaveLength(2);
  });
});

test('the last good backup of a plan, marked to go, is told and its reprieve is started', async () => {
  const world = watchWorld();
  await world.apply();
  const backupId = await world.backup(lastNight);
  const guard = (await world.catalog.getBackup('shop', backupId))?.guard ?? 0;
  await world.catalog.expireBackups({
    planId: 'shop',
    victims: [{ backupId, guard }],
    keepers: [],
    expiry: { reason: 'request', decidedAt: '2026-11-21T09:00:00.000Z', by: 'ada' },
  });
  expect((await world.round()).told).toContain('last-good-marked broken');
  expect(world.surroundings.started).toEqual([
    { target: 'cleanup', event: { task: 'reprieve', planId: 'shop' } },
  ]);
  // When it cannot be brought back any more, that is told, and not that all is well.
  world.clock.set('2026-12-20T10:00:00Z');
  const { told } = await world.round();
  expect(told).toContain('no-good-backup broken');
  expect(told).not.toContain('last-good-marked recovered');
  expect((await world.catalog.listOpenAlerts()).map(({ kind }) => kind)).not.toContain('last-good-marked');
});

test('2,000 plans are two queries each, one for what is wrong and one for the figures, and few MiB', async () => {
  const world = watchWorld();
  for (let i = 0; i < 2000; i += 1) {
    await world.apply({
      id: planIdSchema.parse(`p-${i}`),
      verification: { level: 'stored', drill: 'never', stored: 'never' },
    });
    await world.backup(lastNight, 'completed', `p-${i}`);
  }
  let queries = 0;
  let inFlight = 0;
  let most = 0;
  const listBackups: typeof world.catalog.listBackups = async (planId, options) => {
    queries += 1;
    inFlight += 1;
    most = Math.max(most, inFlight);
    const page = await world.catalog.listBackups(planId, options);
    inFlight -= 1;
    return page;
  };
  const { result } = await world.round({ catalog: { ...world.catalog, listBackups } });
  expect(result).toMatchObject({ status: 'done', plans: 2000, conditions: 0 });
  expect(queries).toBe(4000);
  expect(most).toBeLessThanOrEqual(20);
});
