/** Every example is a plan that the API takes as it is, and does what its comment says. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { memoryCatalog } from '../../../adapters/memory/catalog.ts';
import { memoryClock } from '../../../adapters/memory/clock.ts';
import { memoryScheduler } from '../../../adapters/memory/scheduler.ts';
import { parsePlanText } from '../../../cli/plan-files.ts';
import { requireOwnSecrets } from '../../../core/control/plan-secrets.ts';
import { createPlan, runsOf } from '../../../core/control/plans.ts';
import { chooseTier } from '../../../core/retention.ts';
import { scheduleTimeZone } from '../../../core/schedule.ts';

const folder = join(import.meta.dirname, '../../../examples/plans');
const plansOf = (name: string) =>
  parsePlanText(readFileSync(join(folder, name), 'utf8'), name).map(({ plan }) => plan);
const prefixes = { source: 'holdfast/sources/', vault: 'holdfast/vaults/', channel: 'holdfast/channels/' };

test.each(readdirSync(folder))('%s is applied, and has its schedule', async (name) => {
  const deps = {
    catalog: memoryCatalog(),
    scheduler: memoryScheduler(),
    clock: memoryClock('2026-11-21T10:00:00Z'),
  };
  for (const plan of plansOf(name)) {
    requireOwnSecrets(plan, prefixes);
    const row = await createPlan(deps, plan, 'ada');
    expect(await deps.scheduler.get(plan.id)).toMatchObject({ enabled: true });
    expect(runsOf(row, deps.clock.now(), 5)).toHaveLength(5);
  }
});

describe('what they say', () => {
  test('the weekly one is written to Standard-IA, from its first run on', () => {
    const [plan] = plansOf('weekly-standard-ia.yaml');
    if (!plan) throw new Error('no plan');
    for (const slot of runsOf({ plan }, new Date('2026-12-20T00:00:00Z'), 5)) {
      const { retention, schedule } = plan;
      const timeZone = scheduleTimeZone(schedule);
      const choice = chooseTier({ trigger: 'schedule', slot, timeZone, retention, completed: [] });
      expect(choice).toMatchObject({ tier: 'weekly', storageClass: 'STANDARD_IA' });
    }
  });

  test('the hourly one stands beside a daily one of the same source', () => {
    const [hourly, daily] = plansOf('hourly-and-daily.yaml');
    expect(hourly?.sources[0]?.secret).toBe(daily?.sources[0]?.secret);
    expect(runsOf({ plan: hourly as never }, new Date('2026-11-21T10:00:00Z'), 2)).toEqual([
      '2026-11-21T10:17:00Z',
      '2026-11-21T11:17:00Z',
    ]);
  });
});
