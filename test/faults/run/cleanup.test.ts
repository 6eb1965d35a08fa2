/** Cleanup that is interrupted, that races, and whose stores fail: nothing that must stay is marked, and the next round ends well. */
import { describe, expect, it } from 'vitest';
import { type CleanupDeps, type CleanupStep, cleanupSteps } from '../../../core/cleanup/context.ts';
import { takeLease } from '../../../core/cleanup/lease.ts';
import { cleanUp } from '../../../core/cleanup/round.ts';
import { type UndeleteStep, undelete, undeleteSteps } from '../../../core/cleanup/undelete.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { backupIdFor, backupPrefix, manifestKey } from '../../../core/format/layout.ts';
import type { BackupRow, Catalog } from '../../../core/ports/catalog.ts';
import type { Keeping } from '../../../core/ports/keeping.ts';
import type { FunctionStarter } from '../../../core/ports/surroundings.ts';
import type { Vault } from '../../../core/ports/vault.ts';
import { type CleanupWorld, cleanupWorld, dayMs } from '../../unit/cleanup/cleanup-world.ts';

/** Something for every step of cleanup to do. */
async function busyWorld() {
  const world = cleanupWorld();
  await world.addPlan();
  const orphan = backupIdFor('shop', '2026-10-01T00:00:00Z');
  const lost = backupIdFor('shop', '2026-10-02T00:00:00Z');
  world.clock.set('2026-10-03T00:00:00.000Z');
  await world.put(`${backupPrefix('shop', orphan)}a01/main/x`);
  await world.put(manifestKey('shop', lost));
  world.vault.leaveUpload(`${backupPrefix('shop', orphan)}a01/main/y`);
  world.clock.set('2026-11-21T23:10:00.000Z');
  const missing = await world.addBackup({ days: 1 });
  world.vault.hide(manifestKey('shop', missing.backupId));
  const good = await world.addBackup({ days: 35, verification: { provenAt: '2026-10-18T00:00:00.000Z' } });
  const old = [await world.addBackup({ days: 40 }), await world.addBackup({ days: 41 })];
  const failed = await world.addBackup({ days: 20, end: 'failed' });
  return { world, orphan, lost, missing, good, old, failed };
}
type Busy = Awaited<ReturnType<typeof busyWorld>>;

/** What must be so after a cleanup that came to its end, whatever happened before. */
async function expectDone({ world, orphan, good, old, failed, lost }: Busy): Promise<void> {
  for (const row of old)
    expect([await world.status(row), await world.marks(row)]).toEqual(['expired', '4/4']);
  expect(await world.marks(good)).toBe('0/4');
  expect(await world.status(good)).toBe('completed');
  expect(await world.marks(failed)).toBe('2/2');
  expect(await world.marks({ planId: 'shop', backupId: orphan })).toBe('1/1');
  expect(await world.marks({ planId: 'shop', backupId: lost })).toBe('0/1');
  expect(world.surroundings.started.map(({ target }) => target)).toContain('adopt');
  for (const row of old) {
    const now = await world.catalog.getBackup('shop', row.backupId);
    expect(now?.expiry).toMatchObject({ objects: 4, bytes: 32, markedAt: expect.any(String) });
  }
}

/** Every port dies with the process: nothing of it happens any more, from that step on. */
function dyingDeps(world: CleanupWorld, isDead: () => boolean, deps: Partial<CleanupDeps> = {}): CleanupDeps {
  const mortal = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, name, receiver) {
        const value = Reflect.get(target, name, receiver);
        if (typeof value !== 'function') return value;
        return (...values: unknown[]) => {
          if (isDead()) throw new Error('dead');
          return value.apply(target, values);
        };
      },
    });
  return {
    ...world.deps,
    catalog: mortal(world.catalog),
    vault: mortal<Vault>(world.vault),
    keeping: mortal<Keeping>(world.vault),
    alerts: mortal(world.alerts),
    starter: mortal(world.surroundings.starter),
    ...deps,
  };
}

describe('a cleanup that dies', () => {
  const steps = cleanupSteps.filter((step) => step !== 'unmark' && step !== 'revive');
  it.each(steps)('before %s leaves what the next round finishes', async (step) => {
    const busy = await busyWorld();
    const { world } = busy;
    let isDead = false;
    const onStep = async (begun: CleanupStep) => {
      if (begun === step) isDead = true;
      if (isDead) throw new Error('dead');
    };
    await expect(cleanUp({ ...dyingDeps(world, () => isDead), onStep }, world.options)).rejects.toThrow(
      'dead',
    );
    expect(isDead).toBe(true);
    expect(await world.marks(busy.good)).toBe('0/4');
    // Nothing is marked of a backup that is listed as completed.
    for (const row of busy.old)
      if ((await world.status(row)) === 'completed') expect(await world.marks(row)).toBe('0/4');
    // Its lease ends by itself.
    await expect(world.run()).rejects.toMatchObject({ code: 'CLEANUP_RUNNING' });
    world.clock.advance(17 * 60_000);
    await world.run();
    // The round after: a plan in whose turn the function died goes last.
    await world.run();
    await expectDone(busy);
  });

  it.each(cleanupSteps)(
    'before %s keeps what others need, and the next round gives up the rest',
    async (step) => {
      const world = cleanupWorld();
      await world.addPlan();
      const first = await world.addBackup({ days: 45, parts: 4, isIndexed: true });
      const of = (segments: string) => ({
        backupId: first.backupId,
        attempt: 1,
        component: 'main',
        segments,
      });
      const second = await world.addBackup({ days: 26, needs: [of('1-2')] });
      const third = await world.addBackup({ days: 1, needs: [of('2')] });
      await world.run();
      world.clock.advance(5 * dayMs);
      let isDead = false;
      const onStep = async (begun: CleanupStep) => {
        if (begun === step) isDead = true;
        if (isDead) throw new Error('dead');
      };
      const dying = cleanUp({ ...dyingDeps(world, () => isDead), onStep }, world.options);
      await dying.catch((thrown: unknown) => expect(thrown).toMatchObject({ message: 'dead' }));
      const isMarked = async (index: number) =>
        (await world.vault.head(`${backupPrefix('shop', first.backupId)}a01/main/000${index}-x.0001`))?.tags
          .expire;
      const marks = async () => [await isMarked(0), await isMarked(1), await isMarked(2), await isMarked(3)];
      expect((await marks())[2]).toBeUndefined();
      if ((await world.status(second)) === 'completed') expect((await marks())[1]).toBeUndefined();
      world.clock.advance(17 * 60_000);
      await world.run();
      await world.run();
      expect(await marks()).toEqual(['yes', 'yes', undefined, 'yes']);
      expect([await world.status(second), await world.status(third)]).toEqual(['expired', 'completed']);
    },
  );

  it.each(['unmark', 'revive'] as const)(
    'before %s of a reprieve is finished by the next round',
    async (step) => {
      const { world, missing, good, old } = await busyWorld();
      await world.run();
      await world.verify('shop', good.backupId, { status: 'failed' });
      const onStep = async (begun: CleanupStep) => {
        if (begun === step) throw new Error('dead');
      };
      await cleanUp({ ...world.deps, onStep }, world.options);
      const [newest] = old as [BackupRow];
      expect(await world.status(newest)).toBe('expired');
      expect(await world.run()).toMatchObject({ reprieved: [`shop/${newest.backupId}`] });
      expect([await world.status(newest), await world.marks(newest)]).toEqual(['completed', '0/4']);
      expect(await world.status(missing)).toBe('completed');
    },
  );

  it('in the middle of marking the objects of one backup leaves its manifest unmarked', async () => {
    const { world, old } = await busyWorld();
    let isDead = false;
    const keeping: Keeping = Object.create(world.vault);
    let marks = 0;
    keeping.mark = async (key) => {
      marks += 1;
      if (marks > 5) isDead = true;
      if (isDead) throw new Error('dead');
      return world.vault.mark(key);
    };
    await expect(
      cleanUp(
        dyingDeps(world, () => isDead, { keeping }),
        world.options,
      ),
    ).rejects.toThrow('dead');
    for (const row of old) {
      const state = await world.vault.head(manifestKey('shop', row.backupId));
      if ((await world.marks(row)) !== '4/4') expect(state?.tags.expire).toBeUndefined();
    }
  });

  it.each(undeleteSteps)('during an undelete, before %s, is finished by repeating it', async (step) => {
    const { world, old } = await busyWorld();
    await world.run();
    await world.midnight();
    const [row] = old as [BackupRow];
    const asked = {
      backupId: row.backupId,
      by: 'ada',
      correlationId: 'c',
      signal: new AbortController().signal,
    };
    const onStep = async (begun: UndeleteStep) => {
      if (begun === step) throw new Error('dead');
    };
    await expect(undelete({ ...world.undeleteDeps, onStep }, asked)).rejects.toThrow('dead');
    if ((await world.status(row)) === 'expired') await undelete(world.undeleteDeps, asked);
    expect([await world.status(row), await world.marks(row)]).toEqual(['completed', '0/4']);
  });

  it('during an undelete and is never repeated: what was brought back goes again after the window', async () => {
    const { world, old } = await busyWorld();
    await world.run();
    await world.midnight();
    const [row] = old as [BackupRow];
    const onStep = async (begun: UndeleteStep) => {
      if (begun === 'revive') throw new Error('dead');
    };
    await expect(
      undelete(
        { ...world.undeleteDeps, onStep },
        { backupId: row.backupId, by: 'ada', correlationId: 'c', signal: new AbortController().signal },
      ),
    ).rejects.toThrow('dead');
    expect(await world.marks(row)).toBe('0/4');
    world.clock.advance(17 * dayMs);
    await world.run();
    expect(await world.marks(row)).toBe('4/4');
  });
});

describe('a cleanup that races', () => {
  /** Runs a round, and `meddle` once just before the first expiry is decided in the catalog. */
  async function raceAtExpiry(
    meddle: (world: CleanupWorld, good: BackupRow, old: BackupRow) => Promise<unknown>,
  ) {
    const world = cleanupWorld();
    await world.addPlan();
    const good = await world.addBackup({ days: 31 });
    const old = await world.addBackup({ days: 40 });
    const older = await world.addBackup({ days: 41 });
    let isDone = false;
    const onStep = async (step: CleanupStep) => {
      if (step !== 'expire' || isDone) return;
      isDone = true;
      await meddle(world, good, old);
    };
    const result = await cleanUp({ ...world.deps, onStep }, world.options);
    expect(isDone).toBe(true);
    return { world, good, old, older, result };
  }

  it('with a verification that finds the last good one damaged keeps the next older one', async () => {
    const { world, old, older } = await raceAtExpiry((at, good) =>
      at.verify('shop', good.backupId, { status: 'failed' }),
    );
    expect([await world.status(old), await world.marks(old)]).toEqual(['completed', '0/4']);
    expect([await world.status(older), await world.marks(older)]).toEqual(['expired', '4/4']);
  });

  it('with a pin keeps what was pinned', async () => {
    const pin = { at: '2026-11-21T23:10:01.000Z', by: 'ada', reason: 'audit' };
    const { world, old, older } = await raceAtExpiry((at, _, row) =>
      at.catalog.setPin('shop', row.backupId, pin),
    );
    expect([await world.status(old), await world.marks(old)]).toEqual(['completed', '0/4']);
    expect(await world.status(older)).toBe('expired');
  });

  it('with a restore keeps what it is going to read', async () => {
    const { world, old } = await raceAtExpiry((at, _, row) =>
      at.catalog.createRestore(
        {
          restoreId: 'r-12345678',
          planId: 'shop',
          backupId: row.backupId,
          status: 'pending',
          createdBy: 'ada',
          createdAt: '2026-11-21T23:10:01.000Z',
          request: {},
          correlationId: 'c',
        },
        '2026-11-23T23:10:01.000Z',
      ),
    );
    expect([await world.status(old), await world.marks(old)]).toEqual(['completed', '0/4']);
  });

  it('with a pause after the plan was read marks nothing of it', async () => {
    const world = cleanupWorld();
    await world.addPlan();
    await world.addBackup({ days: 1 });
    const old = await world.addBackup({ days: 40 });
    const list = world.catalog.listBackups;
    world.catalog.listBackups = async (planId, options) => {
      const page = await list(planId, options);
      await world.catalog.setPaused('shop', { at: '2026-11-21T23:10:01.000Z', by: 'ada', reason: 'stop' });
      return page;
    };
    await world.run();
    expect([await world.status(old), await world.marks(old)]).toEqual(['completed', '0/4']);
  });

  it('with changes that never end leaves the plan for the next round, and says so', async () => {
    const world = cleanupWorld();
    await world.addPlan();
    const good = await world.addBackup({ days: 31 });
    const old = await world.addBackup({ days: 40 });
    const onStep = async (step: CleanupStep) => {
      if (step === 'expire') await world.verify('shop', good.backupId, { status: 'passed' });
    };
    const result = await cleanUp({ ...world.deps, onStep }, world.options);
    expect(result.skipped).toMatchObject([{ what: 'shop' }]);
    expect(await world.marks(old)).toBe('0/4');
  });

  it('with a running backup leaves its objects alone, whatever their age', async () => {
    const world = cleanupWorld();
    await world.addPlan();
    await world.addBackup({ days: 1 });
    const running = await world.addBackup({ days: 0, end: 'running' });
    await world.run();
    expect(await world.marks(running)).toBe('0/2');
  });

  it('with a run that begins after its page was read does not take its objects for orphans', async () => {
    const world = cleanupWorld();
    await world.addPlan();
    await world.addBackup({ days: 1 });
    const list = world.catalog.listBackups;
    let begun: BackupRow | undefined;
    world.catalog.listBackups = async (planId, options) => {
      const page = await list(planId, options);
      begun ??= await world.addBackup({ days: 30, end: 'completed' });
      return page;
    };
    await world.run();
    expect(begun && (await world.marks(begun))).toBe('0/4');
    expect(world.surroundings.started).toEqual([]);
  });

  it('with an undelete whose clock is two days behind marks nothing more once that took the lease', async () => {
    const { world, old } = await busyWorld();
    const onStep = async (step: CleanupStep) => {
      if (step !== 'mark-objects') return;
      const right = world.clock.now().toISOString();
      world.clock.set(new Date(Date.parse(right) - 2 * dayMs).toISOString());
      expect(await takeLease(world.deps, 'undelete')).toBe(true);
      world.clock.set(right);
    };
    const result = await cleanUp({ ...world.deps, onStep }, world.options);
    expect(result.failed).toMatchObject([{ planId: 'shop', code: 'CLEANUP_RUNNING' }]);
    for (const row of old) expect(await world.marks(row)).toBe('0/4');
  });

  it('with another cleanup ends at once and says so', async () => {
    const { world } = await busyWorld();
    await takeLease(world.deps, 'another');
    await expect(world.run()).rejects.toMatchObject({ code: 'CLEANUP_RUNNING' });
    expect(await world.allMarked()).toEqual([]);
    expect(world.alerts.published).toEqual([]);
  });

  it('with somebody who revives what it marks takes its marks away again', async () => {
    const world = cleanupWorld();
    await world.addPlan();
    await world.addBackup({ days: 1 });
    const old = await world.addBackup({ days: 40 });
    const onStep = async (step: CleanupStep) => {
      if (step !== 'note-marked') return;
      const row = (await world.catalog.getBackup('shop', old.backupId)) as BackupRow;
      await world.catalog.reviveBackup('shop', row, world.clock.now().toISOString());
    };
    await cleanUp({ ...world.deps, onStep }, world.options);
    expect([await world.status(old), await world.marks(old)]).toEqual(['completed', '0/4']);
  });
});

describe('a store that fails', () => {
  const failure = new HoldfastError('VAULT_UNAVAILABLE', 'S3 does not answer');
  const ofCatalog: readonly (keyof Catalog)[] = [
    'getPlan',
    'listPlans',
    'listBackups',
    'getBackup',
    'expireBackups',
    'noteMarked',
    'noteMissing',
    'saveUsage',
    'getState',
    'putState',
    'acquireLease',
    'renewLease',
  ];
  const ofVault: readonly (keyof Vault)[] = ['list', 'folders', 'head'];
  const ofKeeping: readonly (keyof Keeping)[] = ['mark', 'versions', 'unfinishedUploads', 'abortUpload'];
  const ofStarter: readonly (keyof FunctionStarter)[] = ['start'];

  /** The port, with one call that fails from its nth use on. */
  function failing<T extends object>(port: T, call: keyof T, from: number): T {
    let uses = 0;
    return new Proxy(port, {
      get(target, name, receiver) {
        const value = Reflect.get(target, name, receiver);
        if (name !== call || typeof value !== 'function') return value;
        return (...values: unknown[]) => {
          uses += 1;
          if (uses < from) return value.apply(target, values);
          const isStream = ['list', 'folders', 'versions', 'unfinishedUploads'].includes(String(name));
          if (!isStream) return Promise.reject(failure);
          return (async function* () {
            yield* [];
            throw failure;
          })();
        };
      },
    });
  }

  const cases = [
    ...ofCatalog.map((call) => ({ port: 'catalog', call })),
    ...ofVault.map((call) => ({ port: 'vault', call })),
    ...ofKeeping.map((call) => ({ port: 'keeping', call })),
    ...ofStarter.map((call) => ({ port: 'starter', call })),
  ].flatMap((each) => [1, 2].map((from) => ({ ...each, from })));

  it.each(cases)(
    'in $port.$call, use $from, is told, marks nothing that must stay, and is mended by the next round',
    async ({ port, call, from }) => {
      const busy = await busyWorld();
      const { world } = busy;
      const ports: Record<string, object> = {
        catalog: world.catalog,
        vault: world.vault,
        keeping: world.vault,
        starter: world.surroundings.starter,
      };
      const broken = failing(ports[port] as Record<string, unknown>, call, from);
      const result = await cleanUp({ ...world.deps, [port]: broken } as CleanupDeps, world.options);
      // Some calls are made once only: then there is nothing to fail.
      const isHit = result.failed.length > 0;
      if (from === 1) expect(isHit).toBe(true);
      expect(world.alerts.published.map(({ kind }) => kind)).toEqual(isHit ? ['cleanup-failed'] : []);
      expect(await world.marks(busy.good)).toBe('0/4');
      for (const row of busy.old)
        if ((await world.status(row)) === 'completed') expect(await world.marks(row)).toBe('0/4');
      // The lease may not have been given back.
      world.clock.advance(17 * 60_000);
      await world.run();
      await world.run();
      await expectDone(busy);
    },
  );

  it('and alerts that fail as well end the run with that, after everything else was done', async () => {
    const busy = await busyWorld();
    const { world } = busy;
    world.alerts.breakDown(true);
    const vault = failing<Vault>(world.vault, 'head', 1);
    await expect(cleanUp({ ...world.deps, vault }, world.options)).rejects.toMatchObject({
      code: 'ALERT_FAILED',
    });
    expect(
      await world.catalog.acquireLease(
        'cleanup',
        'x',
        '2026-11-22T00:00:00.000Z',
        '2026-11-21T23:10:00.000Z',
      ),
    ).toBe(true);
  });
});
