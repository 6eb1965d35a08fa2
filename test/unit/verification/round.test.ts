/** The round over all plans: what a sweep proves besides what is new, how it stops and goes on, and what it tells. */
import { describe, expect, test } from 'vitest';
import { memoryVault } from '../../../adapters/memory/vault.ts';
import { runBackup } from '../../../core/backup/run.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { manifestKey } from '../../../core/format/layout.ts';
import type { Plan } from '../../../core/plan.ts';
import type { VerificationLevel } from '../../../core/ports/catalog.ts';
import type { Vault } from '../../../core/ports/vault.ts';
import { readState } from '../../../core/state.ts';
import { proveDue } from '../../../core/verification/prove-due.ts';
import { proveByCalendar } from '../../../core/verification/round.ts';
import { type VerifyDeps, verifyBackup } from '../../../core/verification/verify.ts';
import { fakeRecovery } from '../../support/fake-recovery.ts';
import { tamperWith } from '../../support/tampering-vault.ts';
import { fakeRequest, memoryWorld } from '../../support/world.ts';

const live = () => new AbortController().signal;
const dayMs = 86_400_000;
const options = { correlationId: 'c', secondsLeft: () => 600, signal: live() };
const slotOf = (day: number) => `2026-11-2${day}T02:00:00Z`;

async function aWorld(
  verification: Record<string, unknown> = {},
  vault: Vault = memoryVault(),
  lockDays?: number,
) {
  const world = { ...memoryWorld(), vault, ...(lockDays !== undefined && { lockDays }) };
  const planOf = (id: string): Plan => ({
    ...fakeRequest.plan,
    id,
    verification: {
      level: 'readable',
      drill: 'weekly',
      stored: 'daily',
      ...verification,
    } as Plan['verification'],
  });
  const addPlan = (id: string) => world.catalog.putPlan(planOf(id), 0, 'test', '2026-11-20T00:00:00.000Z');
  await addPlan('fake');
  const recovery = fakeRecovery();
  const deps: VerifyDeps = {
    ...world,
    recoveryFor: () => recovery,
    parallelism: 2,
    workDir: '/nowhere',
    freeBytes: async () => 1_000_000,
  };
  return {
    world,
    deps,
    recovery,
    addPlan,
    async backup(day: number, planId = 'fake') {
      const row = await runBackup({ ...fakeRequest, plan: planOf(planId), slot: slotOf(day) }, world, live());
      return row.backupId;
    },
    verify: (backupId: string, level: VerificationLevel) =>
      verifyBackup({ planId: 'fake', backupId, level, correlationId: 'c' }, deps, live()),
    round: (change: Partial<VerifyDeps> = {}, seconds = 600) =>
      proveByCalendar({ ...deps, ...change }, { ...options, secondsLeft: () => seconds }),
    verification: async (backupId: string) => (await world.catalog.getBackup('fake', backupId))?.verification,
    proof: async (planId = 'fake') => (await world.catalog.getPlan(planId))?.proof,
  };
}

const damaged = (vault: Vault, backupId: string): Vault =>
  tamperWith(vault, {
    of: (key) => key.includes(`${backupId}/a01/`) && key.includes('0001-'),
    bytes: () => undefined,
  });

/** Counts what is asked of a vault. */
function counting(vault: Vault) {
  const asked = { heads: 0, writes: 0 };
  const counted: Vault = {
    ...vault,
    head: (...of) => {
      asked.heads += 1;
      return vault.head(...of);
    },
    write: (...of) => {
      asked.writes += 1;
      return vault.write(...of);
    },
  };
  return { asked, vault: counted };
}

describe('a drill by the calendar', () => {
  test('is made of the newest backup, once a period, whatever the sweeps between', async () => {
    const { backup, recovery, round, verification, world, verify } = await aWorld();
    await verify(await backup(0), 'readable');
    const newest = await backup(1);
    await verify(newest, 'readable');
    expect(await round()).toMatchObject({ drilled: 1, isComplete: true });
    expect(await verification(newest)).toMatchObject({ status: 'passed', level: 'restored' });
    for (let day = 1; day < 6; day += 1) {
      world.clock.advance(dayMs);
      expect(await round()).toMatchObject({ drilled: 0 });
    }
    world.clock.advance(2 * dayMs);
    expect(await round()).toMatchObject({ drilled: 1 });
    expect(recovery.drills()).toBe(2);
  });

  test('that fails is told, and is not made again in the next sweep', async () => {
    const { backup, round, world, proof } = await aWorld();
    await backup(0);
    const differs = fakeRecovery({ differences: ['public.orders: 41 rows, evidence says 42'] });
    expect(await round({ recoveryFor: () => differs })).toMatchObject({ drilled: 1, failed: 1 });
    expect(world.alerts.published).toMatchObject([{ kind: 'verification-failed', planId: 'fake' }]);
    expect(await proof()).toMatchObject({ drill: { result: 'failed' } });
    world.clock.advance(900_000);
    expect(await round({ recoveryFor: () => differs })).toMatchObject({ drilled: 0 });
  });

  test('that kills its function is not begun again by the next sweep, and keeps no other plan waiting', async () => {
    const { backup, deps, round, world, addPlan, proof } = await aWorld();
    await addPlan('second');
    await backup(0);
    await backup(0, 'second');
    const dead = new Promise<never>(() => {});
    void proveByCalendar({ ...deps, freeBytes: () => dead }, options);
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(await proof()).toMatchObject({ drill: { result: 'begun' } });
    // Nobody else takes the round over while it may still be alive.
    expect(await round()).toMatchObject({ drilled: 0, isComplete: false });
    world.clock.advance(900_000);
    expect(await round()).toMatchObject({ drilled: 1, isComplete: true });
    expect(await proof()).toMatchObject({ drill: { result: 'begun' } });
    expect(await proof('second')).toMatchObject({ drill: { result: 'proven' } });
  });

  test('waits for a sweep that has time for it, which then begins with it', async () => {
    const { backup, deps, world, round } = await aWorld();
    await backup(0);
    let left = 1200;
    const tired = { ...options, secondsLeft: () => (left -= 300) };
    expect(await proveByCalendar(deps, tired)).toMatchObject({ drilled: 0, isComplete: false });
    world.clock.advance(900_000);
    expect(await round()).toMatchObject({ drilled: 1, isComplete: true });
  });

  test('never is never, and the plans are gone through without asking for their backups once all is done', async () => {
    const { backup, deps, world, round } = await aWorld({ drill: 'never' });
    await backup(0);
    expect(await round()).toMatchObject({ drilled: 0, looked: 1 });
    let asked = 0;
    const catalog = {
      ...deps.catalog,
      listBackups: (...of: Parameters<typeof deps.catalog.listBackups>) => {
        asked += 1;
        return deps.catalog.listBackups(...of);
      },
    };
    world.clock.advance(900_000);
    expect(await round({ catalog })).toMatchObject({ drilled: 0, looked: 0, isComplete: true });
    expect(asked).toBe(0);
  });
});

describe('the look at every kept backup', () => {
  const looksOnly = { drill: 'never' };

  test('notes when each was whole, once a day, writes no report, and leaves what a higher level found', async () => {
    const { backup, deps, round, verification, world, verify } = await aWorld(looksOnly);
    const [one, two] = [await backup(0), await backup(1)];
    await verify(one, 'restored');
    const before = await world.catalog.getBackup('fake', one);
    const { vault, asked } = counting(deps.vault);
    expect(await round({ vault })).toMatchObject({ looked: 2, failed: 0 });
    expect(asked).toEqual({ heads: 2 * (4 + 1), writes: 0 });
    const storedAt = world.clock.now().toISOString();
    // Its guard is as it was: what was decided about the row still holds.
    expect(await world.catalog.getBackup('fake', one)).toEqual({ ...before, storedAt });
    expect(await verification(two)).toBeUndefined();
    expect((await world.catalog.listUnverified(10)).map(({ backupId }) => backupId)).toEqual([two]);
    world.clock.advance(dayMs / 2);
    expect(await round()).toMatchObject({ looked: 0 });
    world.clock.advance(dayMs / 2);
    expect(await round()).toMatchObject({ looked: 2 });
  });

  test('finds what is gone, calls that backup failed with a report, and tells it once', async () => {
    const { backup, deps, round, verification, world, verify } = await aWorld(looksOnly);
    const [one, two] = [await backup(0), await backup(1)];
    await verify(one, 'restored');
    const vault = damaged(deps.vault, one);
    expect(await round({ vault })).toMatchObject({ looked: 2, failed: 1 });
    expect(await verification(one)).toMatchObject({
      status: 'failed',
      level: 'stored',
      reportKey: expect.stringContaining('reports/fake/'),
      detail: expect.stringContaining('missing'),
    });
    expect(await verification(two)).toBeUndefined();
    expect(world.alerts.published).toMatchObject([{ kind: 'verification-failed', backupId: one }]);
    for (let day = 0; day < 3; day += 1) {
      world.clock.advance(dayMs);
      expect(await round({ vault })).toMatchObject({ looked: 2, failed: 0 });
    }
    expect(world.alerts.published).toHaveLength(1);
  });

  test('clears no failure, whatever it sees', async () => {
    const { backup, deps, round, verification, world } = await aWorld(looksOnly);
    const one = await backup(0);
    const differs = { ...deps, recoveryFor: () => fakeRecovery({ differences: ['rows differ'] }) };
    await verifyBackup(
      { planId: 'fake', backupId: one, level: 'restored', correlationId: 'c' },
      differs,
      live(),
    );
    const before = await verification(one);
    expect(await round()).toMatchObject({ looked: 1, failed: 0 });
    expect(await verification(one)).toEqual(before);
    expect((await world.catalog.getBackup('fake', one))?.storedAt).toBeDefined();
  });

  test('tells many findings of one plan in two messages, not one for each', async () => {
    const { backup, deps, round, world } = await aWorld(looksOnly);
    const ids = [];
    for (let day = 0; day < 6; day += 1) ids.push(await backup(day));
    const vault = tamperWith(deps.vault, { of: (key) => key.includes('0001-'), tags: { expire: 'yes' } });
    expect(await round({ vault })).toMatchObject({ failed: 6 });
    expect(world.alerts.published).toHaveLength(2);
    expect(world.alerts.published[1]?.why).toContain('5 further backups of fake are not stored');
    for (const id of ids) expect(JSON.stringify(world.alerts.published)).toContain(id);
  });

  test('finds a manifest that is marked for expiry, and a lock that is shorter than that of the manifest', async () => {
    const locked = memoryVault({ objectLock: { mode: 'COMPLIANCE' } });
    const { backup, deps, round, verification } = await aWorld(looksOnly, locked, 30);
    const [one, two] = [await backup(0), await backup(1)];
    const marked = tamperWith(deps.vault, {
      of: (key) => key === manifestKey('fake', one),
      tags: { expire: 'yes' },
    });
    const unlocked: Vault = {
      ...marked,
      async head(key, of) {
        const state = await marked.head(key, of);
        if (!state || !key.includes(`${two}/a01/`)) return state;
        const { lock: _, ...rest } = state;
        return rest;
      },
    };
    // What the stack asks for today says nothing about what was written before.
    expect(await round({ vault: unlocked, lockDays: 3650 })).toMatchObject({ looked: 2, failed: 2 });
    expect((await verification(one))?.detail).toContain('is marked for expiry');
    expect((await verification(two))?.detail).toContain('lock ends never began');
  });

  test('of a longer lock than an old backup was written with finds nothing', async () => {
    const locked = memoryVault({ objectLock: { mode: 'COMPLIANCE' } });
    const { backup, round } = await aWorld(looksOnly, locked, 30);
    await backup(0);
    expect(await round({ lockDays: 365 })).toMatchObject({ looked: 1, failed: 0 });
  });

  test('stops when the time is up and goes on there: no backup is looked at twice, none is left out', async () => {
    const { backup, deps, world, addPlan, proof } = await aWorld(looksOnly);
    await addPlan('second');
    for (let day = 0; day < 4; day += 1) {
      await backup(day);
      await backup(day, 'second');
    }
    let looked = 0;
    for (let sweep = 0; sweep < 20; sweep += 1) {
      // Enough for three backups.
      let left = 40 + 10 * 4;
      const short = { ...options, secondsLeft: () => (left -= 10) };
      const result = await proveByCalendar(deps, short);
      looked += result.looked;
      if (result.isComplete) break;
      world.clock.advance(60_000 * 15);
    }
    expect(looked).toBe(8);
    for (const id of ['fake', 'second']) expect((await proof(id))?.storedAt).toBeDefined();
  });

  test('goes on past a backup that never comes to its end, after three tries, and says of which', async () => {
    const { backup, deps, world, proof, addPlan } = await aWorld(looksOnly);
    await addPlan('second');
    const [one, two] = [await backup(0), await backup(1)];
    await backup(0, 'second');
    const vault: Vault = {
      ...deps.vault,
      head: (key, of) => (key.includes(two) ? new Promise<never>(() => {}) : deps.vault.head(key, of)),
    };
    for (let kills = 0; kills < 3; kills += 1) {
      void proveByCalendar({ ...deps, vault }, options);
      for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      world.clock.advance(900_000);
    }
    expect(await proveByCalendar({ ...deps, vault }, options)).toMatchObject({ looked: 2, isComplete: true });
    expect(await proof()).toMatchObject({ storedError: { backupId: two, code: 'DEADLINE' } });
    expect((await world.catalog.getBackup('fake', one))?.storedAt).toBeDefined();
    expect((await proof('second'))?.storedError).toBeUndefined();
  });

  test('leaves a plan of which one backup after the other never comes to its end, and goes on to the others', async () => {
    const { backup, deps, world, proof, addPlan } = await aWorld(looksOnly);
    await addPlan('second');
    for (let day = 0; day < 6; day += 1) await backup(day);
    const newest = await backup(6);
    await backup(0, 'second');
    const vault: Vault = {
      ...deps.vault,
      head: (key, of) =>
        key.startsWith('plans/fake/') ? new Promise<never>(() => {}) : deps.vault.head(key, of),
    };
    for (let kills = 0; kills < 9; kills += 1) {
      void proveByCalendar({ ...deps, vault }, options);
      for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      world.clock.advance(900_000);
    }
    expect(await proveByCalendar({ ...deps, vault }, options)).toMatchObject({ looked: 1, isComplete: true });
    expect((await proof('second'))?.storedAt).toBeDefined();
    expect(await proof()).toMatchObject({ storedError: { backupId: newest, code: 'DEADLINE' } });
    expect((await proof())?.storedAt).toBeUndefined();
  });

  test('goes on past two that never come to their end, and sees what lies behind them', async () => {
    const { backup, deps, world, proof } = await aWorld(looksOnly);
    const [one, two, three] = [await backup(0), await backup(1), await backup(2)];
    const vault: Vault = {
      ...deps.vault,
      head: (key, of) =>
        key.includes(two) || key.includes(three) ? new Promise<never>(() => {}) : deps.vault.head(key, of),
    };
    for (let kills = 0; kills < 6; kills += 1) {
      void proveByCalendar({ ...deps, vault }, options);
      for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      world.clock.advance(900_000);
    }
    expect(await proveByCalendar({ ...deps, vault }, options)).toMatchObject({ looked: 1, isComplete: true });
    expect((await world.catalog.getBackup('fake', one))?.storedAt).toBeDefined();
    expect(await proof()).toMatchObject({ storedError: { backupId: three, code: 'DEADLINE' } });
  });

  test('leaves out none that is only cut off by the end of a sweep, however many sweeps the plan takes', async () => {
    const { backup, deps, world, proof } = await aWorld(looksOnly);
    const ids: string[] = [];
    for (let day = 0; day < 6; day += 1) ids.push(await backup(day));
    for (let sweep = 0; sweep < 8; sweep += 1) {
      const controller = new AbortController();
      const begun = new Set<string>();
      const vault: Vault = {
        ...deps.vault,
        async head(key, of) {
          begun.add(ids.find((id) => key.includes(id)) ?? '');
          if (begun.size < 2) return deps.vault.head(key, of);
          controller.abort(new HoldfastError('DEADLINE', 'the time is up'));
          throw controller.signal.reason;
        },
      };
      await proveByCalendar({ ...deps, vault }, { ...options, signal: controller.signal });
      world.clock.advance(900_000);
    }
    for (const id of ids) expect((await world.catalog.getBackup('fake', id))?.storedAt).toBeDefined();
    expect((await proof())?.storedError).toBeUndefined();
    expect((await proof())?.storedAt).toBeDefined();
  });

  test('whose finding could not be told at first tells it at its end, and fails when that fails too', async () => {
    const { backup, deps, round, world, addPlan, proof } = await aWorld(looksOnly);
    await addPlan('second');
    const [one, two] = [await backup(0), await backup(1)];
    await backup(0, 'second');
    let refusals = 1;
    const alerts: VerifyDeps['alerts'] = {
      ...world.alerts,
      async publish(alert) {
        refusals -= 1;
        if (refusals >= 0) throw new HoldfastError('ALERT_FAILED', 'SNS 503');
        await world.alerts.publish(alert);
      },
    };
    await round({ vault: damaged(deps.vault, one), alerts });
    expect(JSON.stringify(world.alerts.published)).toContain(one);
    world.clock.advance(dayMs);
    refusals = 100;
    await expect(round({ vault: damaged(deps.vault, two), alerts })).rejects.toMatchObject({
      code: 'ALERT_FAILED',
    });
    expect((await proof('second'))?.storedAt).toBe(world.clock.now().toISOString());
  });

  test('that cannot be carried out calls no backup bad, is noted on the plan, and is repeated', async () => {
    const { backup, deps, round, verification, world, proof } = await aWorld(looksOnly);
    const one = await backup(0);
    const vault: Vault = {
      ...deps.vault,
      head: async () => {
        throw new HoldfastError('VAULT_UNAVAILABLE', '503');
      },
    };
    expect(await round({ vault })).toMatchObject({ looked: 0, failed: 0, isComplete: true });
    expect(await verification(one)).toBeUndefined();
    expect(await proof()).toMatchObject({ storedError: { code: 'VAULT_UNAVAILABLE', backupId: one } });
    world.clock.advance(dayMs / 4);
    expect(await round()).toMatchObject({ looked: 1 });
    expect((await proof())?.storedError).toBeUndefined();
    expect(world.alerts.published).toEqual([]);
  });

  test('is of deleted plans too, whose backups stay', async () => {
    const { backup, round, world, proof } = await aWorld(looksOnly);
    await backup(0);
    await world.catalog.deletePlan('fake', 1, 'ann', '2026-11-21T02:10:00.000Z');
    expect(await round()).toMatchObject({ looked: 1, isComplete: true });
    expect((await proof())?.storedAt).toBeDefined();
  });

  test('of one that expires meanwhile writes and tells nothing', async () => {
    const { backup, deps, round, world } = await aWorld(looksOnly);
    const one = await backup(0);
    await backup(1);
    const { guard } = (await world.catalog.getBackup('fake', one)) ?? { guard: 0 };
    const vault = damaged(deps.vault, one);
    let isExpired = false;
    const expiring: Vault = {
      ...vault,
      async head(key, of) {
        if (!isExpired && key.includes(one)) {
          isExpired = true;
          const expiry = { reason: 'request', decidedAt: '2026-11-21T03:00:00.000Z', by: 'ann' } as const;
          await world.catalog.expireBackups({
            planId: 'fake',
            victims: [{ backupId: one, guard }],
            keepers: [],
            expiry,
          });
        }
        return vault.head(key, of);
      },
    };
    expect(await round({ vault: expiring })).toMatchObject({ failed: 0 });
    expect(isExpired).toBe(true);
    expect(world.alerts.published).toEqual([]);
    for await (const { key } of world.vault.list('reports/')) expect(key).toBeUndefined();
  });
});

describe('a whole sweep', () => {
  test('proves new backups first, and then what is due by the calendar', async () => {
    const { backup, deps, recovery, verification, world } = await aWorld();
    await backup(0);
    await proveDue(deps, options);
    world.clock.advance(900_000);
    const two = await backup(1);
    expect(await proveDue(deps, options)).toMatchObject({
      waiting: { verified: 1 },
      calendar: { drilled: 0, isComplete: true },
    });
    expect(await verification(two)).toMatchObject({ level: 'readable' });
    expect(recovery.drills()).toBe(1);
  });

  test('gives the calendar half of the time first, once new backups have kept it waiting for a day', async () => {
    const { backup, deps, world } = await aWorld({ drill: 'never' });
    await backup(0);
    await proveDue(deps, options);
    const late = { ...world.catalog };
    const order: string[] = [];
    const catalog = {
      ...late,
      noteStored: (...of: Parameters<typeof late.noteStored>) => {
        order.push('look');
        return late.noteStored(...of);
      },
      listUnverified: (limit: number) => {
        order.push('new');
        return late.listUnverified(limit);
      },
    };
    world.clock.advance(2 * dayMs);
    await proveDue({ ...deps, catalog }, options);
    expect(order).toEqual(['look', 'new']);
    expect((await readState(world.catalog, 'verification')).value?.completedAt).toBe(
      world.clock.now().toISOString(),
    );
  });

  test('of which the one part fails does the other all the same', async () => {
    const { backup, deps, proof } = await aWorld();
    await backup(0);
    const catalog = {
      ...deps.catalog,
      listUnverified: async () => {
        throw new HoldfastError('CATALOG_UNAVAILABLE', 'throttled');
      },
    };
    await expect(proveDue({ ...deps, catalog }, options)).rejects.toMatchObject({
      code: 'CATALOG_UNAVAILABLE',
    });
    expect((await proof())?.drill).toMatchObject({ result: 'proven' });
  });
});
