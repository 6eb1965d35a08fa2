/** The one race that chance meets too seldom: what justified an expiry is gone when the expiry is carried out. */
import { expect, test } from 'vitest';
import { cleanUp } from '../../core/cleanup/round.ts';
import { dayMs } from './clock.ts';
import { gateFor } from './gate.ts';
import { seeded } from './random.ts';
import { cleanupDepsOf, makeWorld, planId, planOf, run, verify } from './world.ts';

test('the last good backup turns out bad just before an older one expires by it: the older one stays', async () => {
  const startMs = Date.UTC(2026, 0, 1);
  const world = await makeWorld({
    startMs,
    undeleteDays: 14,
    lockDays: 0,
    plan: planOf({ cron: '0 2 * * *' }, { hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, days: 1 }),
    events: { marked() {}, expired() {}, removed() {} },
    random: seeded(1),
    watched: (catalog) => catalog,
  });
  for (const day of [0, 1]) {
    world.time.nowMs = startMs + day * dayMs;
    await run(world, world.time.nowMs, 'schedule', 'completed');
  }
  world.time.nowMs = startMs + 40 * dayMs;
  const [newest, older] = await world.rows();
  if (!newest || !older) throw new Error('two backups were to be there');
  const gate = gateFor({
    kind: 'intrude',
    atCall: 0,
    before: 'expireBackups',
    act: () => verify(world, newest, 'failed'),
  });
  const deps = cleanupDepsOf(world);
  await cleanUp(
    { ...deps, catalog: gate.guard(deps.catalog) },
    {
      correlationId: 'c',
      by: 'schedule',
      secondsLeft: () => 900,
      signal: new AbortController().signal,
    },
  );
  expect(gate.happened).toBe(true);
  expect((await world.catalog.getBackup(planId, older.backupId))?.status).toBe('completed');
});
