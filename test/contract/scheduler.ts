/** The contract of core/ports/scheduler.ts, as tests that every implementation passes. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parsePlan } from '../../adapters/kinds.ts';
import type { Plan } from '../../core/plan.ts';
import type { PlanScheduler } from '../../core/ports/scheduler.ts';

export function aPlan(id: string, change: Record<string, unknown> = {}): Plan {
  return parsePlan({ id, sources: [{ kind: 'postgres', name: 'shop', secret: 'holdfast/shop' }], ...change });
}

export function schedulerContract(name: string, start: () => Promise<PlanScheduler>): void {
  describe(`scheduler contract: ${name}`, () => {
    let started: Promise<PlanScheduler> | undefined;
    const setUp = async () => {
      started ??= start();
      return { scheduler: await started, planId: `p-${randomBytes(4).toString('hex')}` };
    };

    const kinds = [
      [{ cron: '30 2 * * MON-FRI', timeZone: 'Europe/Berlin' }, 'cron(30 2 ? * MON-FRI *)', 'Europe/Berlin'],
      [{ rate: '12 hours' }, 'rate(12 hours)', 'UTC'],
      [{ aws: 'cron(0 3 L * ? *)' }, 'cron(0 3 L * ? *)', 'UTC'],
    ] as const;
    test.each(kinds)('what is put is what is got: %o', async (schedule, expression, timeZone) => {
      const { scheduler, planId } = await setUp();
      expect(await scheduler.get(planId)).toBeUndefined();
      const state = { expression, timeZone, enabled: true };
      expect(await scheduler.put(aPlan(planId, { schedule }))).toEqual(state);
      expect(await scheduler.get(planId)).toEqual(state);
    });

    test('putting again changes what has changed, and nothing else', async () => {
      const { scheduler, planId } = await setUp();
      const first = await scheduler.put(aPlan(planId));
      expect(await scheduler.put(aPlan(planId))).toEqual(first);
      await scheduler.put(aPlan(planId, { enabled: false }));
      expect(await scheduler.get(planId)).toEqual({ ...first, enabled: false });
      await scheduler.put(aPlan(planId, { schedule: { cron: '0 4 * * *' } }));
      expect(await scheduler.get(planId)).toEqual({ ...first, expression: 'cron(0 4 * * ? *)' });
    });

    test('two puts of a new plan at once leave one schedule', async () => {
      const { scheduler, planId } = await setUp();
      await Promise.all([scheduler.put(aPlan(planId)), scheduler.put(aPlan(planId))]);
      expect(await scheduler.get(planId)).toMatchObject({ enabled: true });
    });

    test('all are listed, and whether each is on', async () => {
      const { scheduler, planId } = await setUp();
      const ids = [1, 2, 3].map((number) => `${planId}-${number}`);
      for (const id of ids) await scheduler.put(aPlan(id, { enabled: id !== ids[1] }));
      const listed = new Map<string, boolean>();
      for await (const { planId: id, enabled } of scheduler.list()) listed.set(id, enabled);
      expect(ids.map((id) => listed.get(id))).toEqual([true, false, true]);
    });

    test('removing leaves nothing, and may be done again', async () => {
      const { scheduler, planId } = await setUp();
      await scheduler.put(aPlan(planId));
      await scheduler.remove(planId);
      await scheduler.remove(planId);
      expect(await scheduler.get(planId)).toBeUndefined();
    });
  });
}
