/** Two who change a plan at once leave one schedule: that of the last row. */
import { expect, test } from 'vitest';
import { parsePlan } from '../../../adapters/kinds.ts';
import { memoryCatalog } from '../../../adapters/memory/catalog.ts';
import { memoryScheduler } from '../../../adapters/memory/scheduler.ts';
import { reconcileSchedule } from '../../../core/control/plan-schedule.ts';
import type { Plan } from '../../../core/plan.ts';

const at = '2026-11-21T10:00:00.000Z';
const plan = (cron: string): Plan =>
  parsePlan({
    id: 'shop',
    sources: [{ kind: 'postgres', name: 'main', secret: 'holdfast/sources/shop' }],
    schedule: { cron },
  });

/** A scheduler that is overtaken: while it puts the first schedule, `meanwhile` happens. */
async function overtaken(meanwhile: (catalog: ReturnType<typeof memoryCatalog>) => Promise<unknown>) {
  const catalog = memoryCatalog();
  const scheduler = memoryScheduler();
  await catalog.putPlan(plan('0 2 * * *'), 0, 'ada', at);
  let isFirst = true;
  const slow = {
    ...scheduler,
    async put(...request: Parameters<typeof scheduler.put>) {
      if (isFirst) {
        isFirst = false;
        await meanwhile(catalog);
      }
      return scheduler.put(...request);
    },
  };
  const became = await reconcileSchedule({ catalog, scheduler: slow }, 'shop');
  return { became, schedule: await scheduler.get('shop') };
}

test('a change that overtakes another one wins', async () => {
  const { became, schedule } = await overtaken((catalog) => catalog.putPlan(plan('0 5 * * *'), 1, 'bob', at));
  expect([became, schedule?.expression]).toEqual(['put', 'cron(0 5 * * ? *)']);
});

test('a plan that is deleted while its schedule is made leaves none', async () => {
  const { became, schedule } = await overtaken((catalog) => catalog.deletePlan('shop', 1, 'bob', at));
  expect([became, schedule]).toEqual(['removed', undefined]);
});

test('what never was a plan has no schedule', async () => {
  const scheduler = memoryScheduler();
  await scheduler.put(plan('0 2 * * *'));
  expect(await reconcileSchedule({ catalog: memoryCatalog(), scheduler }, 'shop')).toBe('removed');
  expect(await scheduler.get('shop')).toBeUndefined();
});
