/** A plan that fails at every run is told once a day, by whoever comes first: its run or watch. */
import { describe, expect, it } from 'vitest';
import { runBackup } from '../../../core/backup/run.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { planAlerting } from '../../../core/health/alerting.ts';
import { assessPlan } from '../../../core/health/assess-plan.ts';
import { gatherPlan } from '../../../core/health/gather-plan.ts';
import { fakeDriver } from '../../support/fake-source.ts';
import { fakeRequest, memoryWorld } from '../../support/world.ts';

const minuteMs = 60_000;
const refused = fakeDriver({
  onChunk: async () => {
    throw new HoldfastError('SOURCE_AUTH', 'wrong password');
  },
});

/** What is published while the plan fails every quarter of an hour, and watch comes by every hour or never. */
async function failing(hours: number, watchComes: boolean): Promise<string[]> {
  const world = memoryWorld();
  const { catalog, alerts } = world;
  const row = await catalog.putPlan(fakeRequest.plan, 0, 'test', '2026-11-20T00:00:00.000Z');
  const startMs = Date.parse('2026-11-21T02:00:00Z');
  for (let minute = 0; minute < hours * 60; minute += 15) {
    const now = new Date(startMs + minute * minuteMs);
    const clock = { ...world.clock, now: () => now };
    const slot = now.toISOString().replace('.000Z', 'Z');
    const deps = { ...world, clock, driverFor: () => refused };
    await runBackup({ ...fakeRequest, slot }, deps, new AbortController().signal);
    if (!watchComes || minute % 60 !== 30) continue;
    const facts = await gatherPlan(row, 'enabled', { catalog, undeleteDays: 14 }, now);
    const conditions = assessPlan(facts, { now, allPaused: false });
    const { tell, note } = planAlerting({
      open: await catalog.listOpenAlerts(),
      conditions: conditions.filter(({ kind }) => kind === 'backup-failed'),
      isUnseen: () => false,
      isPlan: () => true,
      now,
    });
    for (const { alert } of tell) await alerts.publish(alert);
    for (const each of [...tell.flatMap(({ rows }) => rows), ...note]) await catalog.saveAlert(each);
  }
  return alerts.published.map(({ at, state }) => `${at.slice(8, 16)} ${state}`);
}

describe('a plan that fails at every run', () => {
  it('is told by its first run, and then by watch, once a day', async () => {
    expect(await failing(50, true)).toEqual(['21T02:00 broken', '22T02:30 reminder', '23T02:30 reminder']);
  });

  it('is told by a run once a day and two hours when nobody watches', async () => {
    expect(await failing(50, false)).toEqual(['21T02:00 broken', '22T04:00 broken']);
  });

  it('is told when the catalog cannot say whether it was', async () => {
    const world = memoryWorld();
    const getAlert = async () => {
      throw new HoldfastError('CATALOG_UNAVAILABLE', 'no answer');
    };
    const catalog = { ...world.catalog, getAlert };
    await runBackup(
      fakeRequest,
      { ...world, catalog, driverFor: () => refused },
      new AbortController().signal,
    );
    expect(world.alerts.published).toMatchObject([{ kind: 'backup-failed' }]);
  });
});
