/** Many plans with a month of days and some runs each. */

import type { ApiWorld } from '../support/api-world.ts';
import { addBackup } from '../support/backups-world.ts';

const dayMs = 86_400_000;

export async function seedMany(world: ApiWorld, count: number): Promise<void> {
  const { catalog, clock, parsePlan } = world.deps;
  const now = clock.now().getTime();
  const slotOf = (ago: number) => `${new Date(now - ago * dayMs).toISOString().slice(0, 10)}T02:00:00Z`;
  for (let at = 0; at < count; at += 1) {
    const number = String(at).padStart(3, '0');
    const id = `plan-${number}`;
    const sources = [
      { kind: 'postgres', name: 'main', secret: `holdfast/sources/${id}`, databases: ['main'] },
    ];
    const plan = parsePlan({ id, name: `Plan ${number}`, sources, schedule: { cron: '0 2 * * *' } });
    await catalog.putPlan(plan, 0, 'ada', new Date(now - 40 * dayMs).toISOString());
    for (let ago = 0; ago < 30; ago += 1) {
      const isFailed = (at + ago) % 17 === 0;
      await catalog.putDay({
        ...{
          planId: id,
          day: slotOf(ago).slice(0, 10),
          completed: isFailed ? 0 : 1,
          failed: isFailed ? 1 : 0,
          missed: 0,
        },
        ...{ sourceBytes: 1e9, storedBytes: 3e8, seconds: 90, longestSeconds: 90 },
        ...{ verified: 1, verifyFailed: 0, proven: ago % 7 === 0 ? 1 : 0, keptBytes: 3e8 * (30 - ago) },
      });
    }
    for (let ago = 0; ago < 3; ago += 1) {
      const end = (at + ago) % 17 === 0 ? 'failed' : 'completed';
      await addBackup(catalog, {
        planId: id,
        slot: slotOf(ago),
        end,
        completion: { storedBytes: 3e8 + at * 1e6 },
      });
    }
  }
}
