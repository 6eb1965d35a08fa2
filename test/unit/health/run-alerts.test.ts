/** A run that fails is on the list of alerts at once, and the next one that completes takes it off; each is told once. */
import { expect, test } from 'vitest';
import { memoryLog } from '../../../adapters/log/quiet.ts';
import { conditionIdOf } from '../../../core/alerts.ts';
import { runBackup } from '../../../core/backup/run.ts';
import { HoldfastError } from '../../../core/errors.ts';
import type { AlertRow, Catalog } from '../../../core/ports/catalog.ts';
import { fakeDriver } from '../../support/fake-source.ts';
import { fakeRequest, memoryWorld } from '../../support/world.ts';
import { watchWorld } from './world.ts';

const failingDriver = fakeDriver({
  onChunk: async () => {
    throw new HoldfastError('SOURCE_AUTH', 'wrong password');
  },
});
const planId = fakeRequest.plan.id;
const conditionId = `backup-failed/${planId}`;

/** Runs of the plan at that world's clock, and rounds of watch over the same catalog. */
async function aWorld() {
  const watching = watchWorld('2026-11-21T02:00:07.000Z');
  const { catalog, alerts, clock } = watching;
  const log = memoryLog();
  const world = { ...memoryWorld(), catalog, alerts, clock, log };
  await catalog.putPlan(fakeRequest.plan, 0, 'ada', '2026-11-20T12:00:00.000Z');
  await watching.scheduler.put(fakeRequest.plan);
  const said = () => alerts.published.map(({ kind, state }) => `${kind} ${state ?? 'broken'}`);
  return {
    ...watching,
    log,
    said,
    async run(end: 'fails' | 'completes', at: string, change: Partial<typeof fakeRequest> = {}, deps = {}) {
      clock.set(at);
      const slot = new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
      const driver = end === 'fails' ? failingDriver : fakeDriver();
      return runBackup(
        { ...fakeRequest, slot, ...change },
        { ...world, driverFor: () => driver, ...deps },
        new AbortController().signal,
      );
    },
    row: () => catalog.getAlert(conditionId),
    open: async () => (await catalog.listOpenAlerts()).map((row) => row.conditionId),
  };
}

test('a run that fails is on the list with its backup, why and when, as soon as it has ended', async () => {
  const world = await aWorld();
  const { backupId } = await world.run('fails', '2026-11-21T02:00:00Z');
  expect(await world.row()).toMatchObject({
    conditionId,
    kind: 'backup-failed',
    severity: 'critical',
    planId,
    backupId,
    text: 'wrong password',
    since: '2026-11-21T02:00:00.000Z',
    lastToldAt: '2026-11-21T02:00:00.000Z',
    timesTold: 1,
  });
  expect(conditionIdOf(world.alerts.published[0] as never)).toBe(conditionId);
});

test('the next run that completes closes it, and says once that it is well again', async () => {
  const world = await aWorld();
  await world.run('fails', '2026-11-21T02:00:00Z');
  await world.run('completes', '2026-11-21T02:20:00Z');
  expect(await world.open()).toEqual([]);
  expect((await world.row())?.closedAt).toBe('2026-11-21T02:20:00.000Z');
  expect(world.said()).toEqual(['backup-failed broken', 'backup-failed recovered']);
  world.clock.set('2026-11-21T02:30:00Z');
  expect((await world.round()).told).toEqual([]);
  await world.run('completes', '2026-11-21T03:20:00Z');
  expect(world.said()).toHaveLength(2);
});

test('watch tells nothing of what a run has told, and reminds a day later', async () => {
  const world = await aWorld();
  await world.run('fails', '2026-11-21T02:00:00Z');
  world.clock.set('2026-11-21T02:30:00Z');
  expect((await world.round()).told).toEqual([]);
  world.clock.set('2026-11-22T02:30:00Z');
  expect((await world.round()).told).toContain('backup-failed reminder');
});

test('one that fails again leaves the telling to others, and the list leads to the newest failure', async () => {
  const world = await aWorld();
  await world.run('fails', '2026-11-21T02:00:00Z');
  const { backupId } = await world.run('fails', '2026-11-21T02:15:00Z');
  expect(world.said()).toEqual(['backup-failed broken']);
  const since = '2026-11-21T02:00:00.000Z';
  expect(await world.row()).toMatchObject({ backupId, since, lastToldAt: since, timesTold: 1 });
});

test('a plan that fails anew after it was well is told anew', async () => {
  const world = await aWorld();
  await world.run('fails', '2026-11-21T02:00:00Z');
  await world.run('completes', '2026-11-21T02:10:00Z');
  await world.run('fails', '2026-11-21T02:20:00Z');
  expect(world.said()).toEqual(['backup-failed broken', 'backup-failed recovered', 'backup-failed broken']);
  expect(await world.row()).toMatchObject({ since: '2026-11-21T02:20:00.000Z', timesTold: 1 });
  expect(await world.open()).toEqual([conditionId]);
});

test('a round of watch that meets the run at closing does not tell it a second time', async () => {
  const world = await aWorld();
  await world.run('fails', '2026-11-21T02:00:00Z');
  const stale = await world.catalog.listOpenAlerts();
  await world.run('completes', '2026-11-21T02:20:00Z');
  // Watch had read the list before the run closed it.
  const { told } = await world.round({ catalog: { ...world.catalog, listOpenAlerts: async () => stale } });
  expect(told).toEqual([]);
  expect((await world.row())?.closedAt).toBe('2026-11-21T02:20:00.000Z');
});

test('what became of delivering it stands in its row, though that is noted while it is told', async () => {
  const world = await aWorld();
  const publish = world.alerts.publish.bind(world.alerts);
  const alerts = {
    ...world.alerts,
    publish: async (alert: Parameters<typeof publish>[0]) => {
      await world.catalog.noteDelivery(conditionIdOf(alert), 'email', { at: '2026-11-21T02:00:08.000Z' });
      await publish(alert);
    },
  };
  await world.run('fails', '2026-11-21T02:00:00Z', {}, { alerts });
  expect((await world.row())?.deliveries).toHaveProperty('email');
});

test('nobody hears of a failure less for a list that cannot be written, and watch puts it there', async () => {
  const world = await aWorld();
  const refuse = async () => {
    throw new HoldfastError('CATALOG_UNAVAILABLE', 'no answer');
  };
  const catalog = { ...world.catalog, saveAlert: refuse, getAlert: refuse };
  await world.run('fails', '2026-11-21T02:00:00Z', {}, { catalog });
  expect(world.said()).toEqual(['backup-failed broken']);
  expect(await world.row()).toBeUndefined();
  world.clock.set('2026-11-21T02:30:00Z');
  expect((await world.round()).told).toEqual([]);
  expect(await world.open()).toEqual([conditionId]);
});

test('one that could not be told is not counted as told: the next that fails tells', async () => {
  const world = await aWorld();
  const deaf = {
    publish: async () => {
      throw new HoldfastError('ALERT_FAILED', 'SNS does not answer');
    },
  };
  await expect(world.run('fails', '2026-11-21T02:00:00Z', {}, { alerts: deaf })).rejects.toThrow();
  await world.run('fails', '2026-11-21T02:15:00Z');
  expect(world.said()).toEqual(['backup-failed broken']);
  expect((await world.row())?.timesTold).toBe(1);
});

test('when its end cannot be told the alert stays open, the backup stays made, and watch tells', async () => {
  const world = await aWorld();
  await world.run('fails', '2026-11-21T02:00:00Z');
  const deaf = {
    publish: async () => {
      throw new HoldfastError('ALERT_FAILED', 'SNS does not answer');
    },
  };
  const made = await world.run('completes', '2026-11-21T02:20:00Z', {}, { alerts: deaf });
  expect(made.status).toBe('completed');
  expect(await world.open()).toEqual([conditionId]);
  world.clock.set('2026-11-21T02:30:00Z');
  expect((await world.round()).told).toEqual(['backup-failed recovered']);
});

test('a completed run ends what else it made well: a crash before it, and a run that was missed', async () => {
  const world = await aWorld();
  for (const kind of ['backup-crashed', 'backup-missed', 'schedule-undelivered', 'quota-near']) {
    await world.catalog.saveAlert({
      conditionId: `${kind}/${planId}`,
      kind,
      severity: 'critical',
      planId,
      subject: 's',
      text: 't',
      since: '2026-11-21T01:00:00.000Z',
      lastToldAt: '2026-11-21T01:00:00.000Z',
      timesTold: 1,
    });
  }
  // By hand: that the scheduler works again is not said by it.
  await world.run('completes', '2026-11-21T02:20:00Z', { trigger: 'manual' });
  expect(await world.open()).toEqual([`quota-near/${planId}`, `schedule-undelivered/${planId}`]);
  await world.run('completes', '2026-11-21T02:30:00Z');
  expect(await world.open()).toEqual([`quota-near/${planId}`]);
  expect(world.said().sort()).toEqual([
    'backup-crashed recovered',
    'backup-missed recovered',
    'schedule-undelivered recovered',
  ]);
});

test('a backup of some sources neither puts its plan on the list nor takes it off', async () => {
  const sources = [
    ...fakeRequest.plan.sources,
    { ...(fakeRequest.plan.sources[0] as object), name: 'other' },
  ];
  const plan = { ...fakeRequest.plan, sources } as typeof fakeRequest.plan;
  const only = [plan.sources[0]?.name as string];
  const world = await aWorld();
  await world.run('fails', '2026-11-21T02:00:00Z', { plan, only });
  expect(world.said()).toEqual(['backup-failed broken']);
  expect(await world.row()).toBeUndefined();
  await world.run('fails', '2026-11-21T02:10:00Z', { plan });
  const crash = { ...(await world.row()), conditionId: `backup-crashed/${planId}`, kind: 'backup-crashed' };
  await world.catalog.saveAlert(crash as AlertRow);
  await world.run('completes', '2026-11-21T02:20:00Z', { plan, only });
  expect(await world.open()).toEqual([crash.conditionId, conditionId]);
});

test('the list may lag behind the run that has just completed: that one counts all the same', async () => {
  const world = await aWorld();
  await world.run('fails', '2026-11-21T02:00:00Z');
  const before = await world.catalog.listBackups(planId);
  const listBackups: Catalog['listBackups'] = async () => before;
  const catalog = { ...world.catalog, listBackups };
  await world.run('completes', '2026-11-21T02:20:00Z', {}, { catalog });
  expect(await world.open()).toEqual([]);
});

test('a round of watch that looked before a run failed leaves its alert open: it saw nothing of it', async () => {
  const world = await aWorld();
  await world.run('completes', '2026-11-21T02:00:00Z');
  world.clock.set('2026-11-21T02:30:00Z');
  // Fails while watch, which has looked at this plan already, is still at the others.
  const listOpenAlerts = async () => {
    await world.run('fails', '2026-11-21T02:31:00Z');
    return world.catalog.listOpenAlerts();
  };
  const { told } = await world.round({ catalog: { ...world.catalog, listOpenAlerts } });
  expect(told).toEqual(['backup-failed broken']);
  expect(await world.open()).toEqual([conditionId]);
  await world.run('completes', '2026-11-21T02:40:00Z');
  expect(world.said().at(-1)).toBe('backup-failed recovered');
});

test('a round of watch that looked before a run completed does not tell again what that run has ended', async () => {
  const world = await aWorld();
  await world.run('fails', '2026-11-20T02:00:00Z');
  world.clock.set('2026-11-21T02:30:00Z');
  const listOpenAlerts = async () => {
    await world.run('completes', '2026-11-21T02:31:00Z');
    return world.catalog.listOpenAlerts();
  };
  const { told } = await world.round({ catalog: { ...world.catalog, listOpenAlerts } });
  expect(told.filter((each) => each.startsWith('backup-failed'))).toEqual(['backup-failed recovered']);
  expect(await world.open()).not.toContain(conditionId);
});
