/** Whole rounds of cleanup over a vault and a catalog in memory. */
import { beforeEach, describe, expect, it } from 'vitest';
import { expireOne } from '../../../core/cleanup/request.ts';
import { cleanUp, cleanUpReprieve, mostRestarts } from '../../../core/cleanup/round.ts';
import { undelete } from '../../../core/cleanup/undelete.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { attemptName, backupIdFor, backupPrefix, manifestKey } from '../../../core/format/layout.ts';
import type { BackupRow } from '../../../core/ports/catalog.ts';
import { readState } from '../../../core/state.ts';
import { type CleanupWorld, cleanupWorld, dayMs } from './cleanup-world.ts';

let world: CleanupWorld;
beforeEach(async () => {
  world = cleanupWorld();
  await world.addPlan();
});

const kinds = () => world.alerts.published.map(({ kind }) => kind);

describe('a round', () => {
  it('marks everything of what has expired, keeps the rest, and says what it did', async () => {
    const old = await world.addBackup({ days: 40 });
    const kept = await world.addBackup({ days: 10 });
    const result = await world.run();
    expect(result).toMatchObject({
      plans: 1,
      marked: { backups: 1, objects: 4, bytes: 32 },
      kept: { policy: 1 },
      failed: [],
      complete: true,
    });
    expect(await world.marks(old)).toBe('4/4');
    expect(await world.marks(kept)).toBe('0/4');
    expect(await world.catalog.getBackup('shop', old.backupId)).toMatchObject({
      status: 'expired',
      expiry: { reason: 'policy', by: 'schedule', objects: 4, bytes: 32, markedAt: expect.any(String) },
    });
    expect((await world.catalog.getPlan('shop'))?.usage).toMatchObject({ backups: 1, storedBytes: 25 });
    const { value } = await readState(world.catalog, 'cleanup');
    expect(value).toMatchObject({ completedAt: world.clock.now().toISOString(), rounds: [{ backups: 1 }] });
    expect(value?.inProgress).toBeUndefined();
    expect(world.alerts.published).toEqual([]);
  });

  it('changes nothing when it is repeated', async () => {
    await world.addBackup({ days: 40 });
    await world.addBackup({ days: 10 });
    await world.run();
    expect(await world.run()).toMatchObject({
      marked: { backups: 0, objects: 0 },
      leftovers: { objects: 0 },
    });
  });

  it('never marks the last good backup, whatever its age', async () => {
    const last = await world.addBackup({ days: 400 });
    await world.addBackup({ days: 401 });
    await world.run();
    expect(await world.marks(last)).toBe('0/4');
    expect(await world.status(last)).toBe('completed');
  });

  it('lists what it would do and does nothing with a dry run', async () => {
    const old = await world.addBackup({ days: 40 });
    await world.addBackup({ days: 10 });
    await world.put(`${backupPrefix('shop', backupIdFor('shop', '2026-01-01T00:00:00Z'))}a01/x`);
    world.clock.advance(8 * dayMs);
    const result = await world.run({ dryRun: true });
    expect(result.planned?.map(({ backupId, action }) => [backupId, action])).toEqual([
      [old.backupId, 'expire'],
      [backupIdFor('shop', '2026-01-01T00:00:00Z'), 'orphan'],
    ]);
    expect(await world.allMarked()).toEqual([]);
    expect(await world.status(old)).toBe('completed');
    expect(await world.catalog.getState('cleanup')).toBeUndefined();
  });

  it('goes through hundreds of backups in windows, and none is missed or marked twice', async () => {
    for (let days = 0.25; days < 160; days += 0.25) await world.addBackup({ days, parts: 1 });
    const result = await world.run();
    expect(result.marked.backups).toBe(520);
    expect(result.kept).toEqual({ policy: 119 });
    expect(await world.allMarked()).toHaveLength(520 * 3);
    expect(result.missing).toBe(0);
    expect(world.surroundings.started).toEqual([]);
  });

  it('tells when unusually much expires at once, and how to bring it back', async () => {
    for (let days = 1; days <= 20; days += 1) await world.addBackup({ days });
    await world.addPlan('shop', 3, { weekly: 0, monthly: 0, yearly: 0, hourly: 0 });
    await world.run();
    expect(kinds()).toEqual(['cleanup-unusual']);
    expect(world.alerts.published[0]?.text).toMatch(/18 of 20 backups \(90 %\)/);
    expect(world.alerts.published[0]?.text).toMatch(/holdfast undelete BACKUP`, within 14 days/);
  });

  it('tells once that unusually much was let go on request, each by a wish of its own', async () => {
    await world.addBackup({ days: 1 });
    await world.run();
    world.clock.advance(60_000);
    for (let days = 2; days <= 12; days += 1) {
      const { backupId } = await world.addBackup({ days });
      await expireOne(world.deps, { ...world.options, by: 'mallory', planId: 'shop', backupId });
    }
    expect(kinds()).toEqual([]);
    world.clock.advance(dayMs / 2);
    await world.run();
    expect(kinds()).toEqual(['cleanup-unusual']);
    expect(world.alerts.published[0]?.text).toMatch(/11 of 12 backups \(92 %\).*on request/);
    world.clock.advance(dayMs);
    await world.run();
    expect(kinds()).toEqual(['cleanup-unusual']);
  });

  it('remembers unusual marking until nothing of it can be brought back, told or not', async () => {
    for (let days = 1; days <= 20; days += 1) await world.addBackup({ days });
    await world.addPlan('shop', 3, { weekly: 0, monthly: 0, yearly: 0, hourly: 0 });
    const unusual = async () => (await readState(world.catalog, 'cleanup')).value?.unusual;
    const found = { planId: 'shop', expired: 18, kept: 2, at: '2026-11-21T23:10:00.000Z' };
    world.alerts.breakDown(true);
    await expect(world.run()).rejects.toMatchObject({ code: 'ALERT_FAILED' });
    expect(await unusual()).toEqual([{ ...found, until: '2026-12-05T23:10:00.000Z' }]);
    world.alerts.breakDown(false);
    world.clock.advance(dayMs);
    await world.run();
    expect(await unusual()).toHaveLength(1);
    world.clock.advance(14 * dayMs);
    await world.run();
    expect(await unusual()).toEqual([]);
  });

  it('tells it also when it is unusual only in the sum of the runs of a round, and once', async () => {
    const plans = ['a', 'b', 'c', 'd'];
    for (const planId of plans) {
      await world.addPlan(planId, 3, { weekly: 0, monthly: 0, yearly: 0, hourly: 0 });
      for (const days of [1, 2, 40, 41, 42, 43]) await world.addBackup({ planId, days });
    }
    let left = 600;
    const save = world.catalog.saveUsage;
    world.catalog.saveUsage = async (planId, usage) => {
      await save(planId, usage);
      left = 5;
    };
    for (const _ of [...plans, 'shop']) {
      left = 600;
      await world.run({ secondsLeft: () => left });
    }
    expect(kinds()).toEqual(['cleanup-unusual']);
    expect(world.alerts.published[0]?.text).toMatch(/12 of 18 backups/);
    expect((await readState(world.catalog, 'cleanup')).value?.round).toMatchObject({ expired: 0, kept: 0 });
  });

  it('does not count what a clock that was ahead decided as of this round', async () => {
    for (let days = 1; days <= 20; days += 1) await world.addBackup({ days });
    await world.addPlan('shop', 3, { weekly: 0, monthly: 0, yearly: 0, hourly: 0 });
    const right = world.clock.now().toISOString();
    world.clock.advance(400 * dayMs);
    await world.run();
    world.clock.set(right);
    await world.addBackup({ days: 0.5 });
    await world.run();
    expect(kinds()).toEqual(['cleanup-unusual']);
  });

  it('marks everything else when the vault refuses one object, tells it, and tries that one again', async () => {
    const old = await world.addBackup({ days: 40 });
    const older = await world.addBackup({ days: 41 });
    await world.addBackup({ days: 10 });
    const foreign = (await world.keysOf(old))[0];
    const mark = world.vault.mark;
    world.vault.mark = async (key) => {
      if (key !== foreign) return mark(key);
      throw new HoldfastError('VAULT_REFUSED', 'S3 refuses');
    };
    const result = await world.run();
    expect(result).toMatchObject({
      marked: { backups: 1, objects: 7 },
      skipped: [{ what: foreign }],
      failed: [{ planId: 'shop', code: 'VAULT_REFUSED' }],
    });
    expect([await world.marks(old), await world.marks(older)]).toEqual(['3/4', '4/4']);
    expect(kinds()).toEqual(['cleanup-failed']);
    world.vault.mark = mark;
    expect(await world.run()).toMatchObject({ marked: { backups: 1 }, failed: [] });
    expect(await world.marks(old)).toBe('4/4');
  });

  it('marks nothing of a paused plan, and nothing at all while everything is paused', async () => {
    const old = await world.addBackup({ days: 40 });
    await world.addBackup({ days: 10 });
    const pause = { at: '2026-11-20T00:00:00.000Z', by: 'ada', reason: 'migration' };
    await world.catalog.setPaused('shop', pause);
    expect(await world.run()).toMatchObject({ marked: { backups: 0 }, kept: { paused: 1 } });
    await world.catalog.setPaused('shop', undefined);
    await world.catalog.putState('pause', pause, 0);
    expect(await world.run()).toMatchObject({ marked: { backups: 0 } });
    expect(await world.status(old)).toBe('completed');
    await world.catalog.putState('pause', null, 1);
    expect(await world.run()).toMatchObject({ marked: { backups: 1 } });
  });

  it('goes on with the next plan when one cannot be read, and says which', async () => {
    await world.addPlan('books');
    const old = await world.addBackup({ days: 40 });
    const ofBooks = await world.addBackup({ days: 41, planId: 'books' });
    await world.addBackup({ days: 10 });
    await world.addBackup({ days: 10, planId: 'books' });
    const list = world.catalog.listBackups;
    world.catalog.listBackups = async (planId, options) => {
      if (planId === 'books') throw new Error('no answer');
      return list(planId, options);
    };
    const result = await world.run();
    expect(result.failed).toMatchObject([{ planId: 'books', code: 'INTERNAL' }]);
    expect(kinds()).toEqual(['cleanup-failed']);
    expect([await world.marks(old), await world.marks(ofBooks)]).toEqual(['4/4', '0/4']);
    const { value } = await readState(world.catalog, 'cleanup');
    expect(value?.completedAt).toBeUndefined();
    expect(value?.lastError).toContain('no answer');
  });

  it('stops before its time is up, starts itself again, and goes on where it stopped', async () => {
    for (const planId of ['a', 'b', 'c']) {
      await world.addPlan(planId);
      await world.addBackup({ planId, days: 40 });
      await world.addBackup({ planId, days: 10 });
    }
    let left = 600;
    const save = world.catalog.saveUsage;
    world.catalog.saveUsage = async (planId, usage) => {
      await save(planId, usage);
      if (planId === 'b') left = 5;
    };
    const first = await world.run({ secondsLeft: () => left });
    expect(first).toMatchObject({ complete: false, marked: { backups: 2 } });
    expect(world.surroundings.started).toMatchObject([{ target: 'cleanup', event: { task: 'cleanup' } }]);
    const second = await world.run();
    expect(second).toMatchObject({ complete: true, plans: 2, marked: { backups: 1 } });
    const { value } = await readState(world.catalog, 'cleanup');
    expect(value?.rounds).toMatchObject([{ backups: 3 }]);
    expect(value?.doneUpTo).toBeUndefined();
  });

  it('starts itself no more than so often, and the next schedule begins to count anew', async () => {
    await world.addBackup({ days: 40 });
    const { started } = world.surroundings;
    const startedBy = async (restarts: number | undefined) => {
      const before = started.length;
      await world.run({ secondsLeft: () => 5, restarts });
      return started.slice(before);
    };
    expect(await startedBy(mostRestarts - 1)).toMatchObject([{ event: { restarts: mostRestarts } }]);
    expect(await startedBy(mostRestarts)).toEqual([]);
    expect(await startedBy(undefined)).toMatchObject([{ event: { restarts: 1 } }]);
  });

  it('goes on without a plan that takes a whole run and comes to nothing, and tells it', async () => {
    await world.addPlan('a');
    await world.addBackup({ planId: 'a', days: 40 });
    const old = await world.addBackup({ days: 40 });
    await world.addBackup({ days: 10 });
    let left = 600;
    const list = world.catalog.listBackups;
    world.catalog.listBackups = async (planId, options) => {
      if (planId === 'a') left = 5;
      return list(planId, options);
    };
    expect(await world.run({ secondsLeft: () => left })).toMatchObject({
      complete: false,
      failed: [{ planId: 'a', code: 'DEADLINE' }],
    });
    expect(world.surroundings.started).toMatchObject([{ target: 'cleanup' }]);
    left = 600;
    expect(await world.run({ secondsLeft: () => left })).toMatchObject({ complete: true, failed: [] });
    expect(await world.marks(old)).toBe('4/4');
    expect(kinds()).toEqual(['cleanup-failed']);
  });

  it('passes over a plan that killed the function, tells it, and does not forget it', async () => {
    await world.addPlan('a');
    const ofA = await world.addBackup({ planId: 'a', days: 40 });
    await world.addBackup({ planId: 'a', days: 10 });
    const old = await world.addBackup({ days: 40 });
    await world.addBackup({ days: 10 });
    await world.catalog.putState(
      'cleanup',
      { lastRunAt: world.clock.now().toISOString(), inProgress: 'a' },
      0,
    );
    const result = await world.run();
    expect(result.failed).toMatchObject([{ planId: 'a', code: 'CRASHED' }]);
    expect([await world.marks(ofA), await world.marks(old)]).toEqual(['0/4', '4/4']);
    await world.run();
    expect(await world.marks(ofA)).toBe('4/4');
  });

  it('cleans up one plan only when asked, without ending the round', async () => {
    await world.addPlan('a');
    const ofA = await world.addBackup({ planId: 'a', days: 40 });
    await world.addBackup({ planId: 'a', days: 10 });
    const old = await world.addBackup({ days: 40 });
    await world.addBackup({ days: 10 });
    await world.run({ planId: 'a', by: 'ada' });
    expect([await world.marks(ofA), await world.marks(old)]).toEqual(['4/4', '0/4']);
    expect((await readState(world.catalog, 'cleanup')).value?.completedAt).toBeUndefined();
  });
});

describe('a completed backup that carries marks', () => {
  it('loses them, since its row says that it stays', async () => {
    const row = await world.addBackup({ days: 10 });
    for (const key of await world.keysOf(row)) await world.vault.mark(key);
    await world.run();
    expect([await world.status(row), await world.marks(row)]).toEqual(['completed', '0/4']);
  });

  it('loses them also when only its segments carry them, and a person is told', async () => {
    const row = await world.addBackup({ days: 10 });
    for await (const { key } of world.vault.list(`${backupPrefix('shop', row.backupId)}a01/`))
      await world.vault.mark(key);
    await world.run();
    expect([await world.status(row), await world.marks(row)]).toEqual(['completed', '0/4']);
    expect(world.alerts.published).toMatchObject([{ kind: 'warning', backupId: row.backupId }]);
    await world.run();
    expect(world.alerts.published).toHaveLength(1);
  });

  it('is not marked any further by a page that does not know yet that it was brought back', async () => {
    await world.addBackup({ days: 10 });
    const old = await world.addBackup({ days: 40 });
    const died = async (step: string) => {
      if (step === 'mark-objects') throw new Error('dead');
    };
    await cleanUp({ ...world.deps, onStep: died }, world.options);
    const stale = await world.catalog.listBackups('shop', { limit: 500 });
    await undelete(world.undeleteDeps, {
      backupId: old.backupId,
      by: 'ada',
      correlationId: 'c-2',
      signal: world.options.signal,
    });
    const list = world.catalog.listBackups;
    world.catalog.listBackups = async (planId, options) => (options?.status ? list(planId, options) : stale);
    let marks = 0;
    const mark = world.vault.mark;
    world.vault.mark = (key) => {
      marks += 1;
      return mark(key);
    };
    await world.run();
    expect([await world.status(old), await world.marks(old), marks]).toEqual(['completed', '0/4', 0]);
  });

  it('keeps them when its row expired a moment ago and the page does not know it yet', async () => {
    await world.addBackup({ days: 10 });
    const old = await world.addBackup({ days: 40 });
    const stale = await world.catalog.listBackups('shop', { limit: 500 });
    await world.run();
    const list = world.catalog.listBackups;
    world.catalog.listBackups = async (planId, options) =>
      planId === 'shop' ? stale : list(planId, options);
    for (let day = 0; day < 30; day += 1) {
      world.clock.advance(dayMs);
      await world.run();
    }
    expect(await world.marks(old)).toBe('4/4');
  });
});

describe('what is missing', () => {
  it('is noted, is not taken for the last good one, and is good again when it is back', async () => {
    const newest = await world.addBackup({ days: 10 });
    const older = await world.addBackup({ days: 40 });
    const oldest = await world.addBackup({ days: 41 });
    const key = manifestKey('shop', newest.backupId);
    const marker = world.vault.hide(key);
    expect(await world.run()).toMatchObject({ missing: 1 });
    expect(await world.status(older)).toBe('completed');
    expect(await world.status(oldest)).toBe('expired');
    expect((await world.catalog.getBackup('shop', newest.backupId))?.missingSince).toBeDefined();
    expect((await readState(world.catalog, 'cleanup')).value?.missing).toMatchObject([
      { planId: 'shop', backupId: newest.backupId },
    ]);
    await world.vault.removeDeleteMarker(key, marker);
    expect(await world.run()).toMatchObject({ missing: 0, marked: { backups: 1 } });
    expect((await world.catalog.getBackup('shop', newest.backupId))?.missingSince).toBeUndefined();
    expect((await readState(world.catalog, 'cleanup')).value?.missing).toEqual([]);
  });

  it('is told and kept for 30 days when it was the last proven one and its policy has ended', async () => {
    const provenAt = '2026-10-01T00:00:00.000Z';
    const proven = await world.addBackup({ days: 60, verification: { provenAt } });
    await world.addBackup({ days: 1 });
    const key = manifestKey('shop', proven.backupId);
    const marker = world.vault.hide(key);
    await world.run();
    expect([await world.status(proven), await world.marks(proven)]).toEqual(['completed', '0/3']);
    expect((await readState(world.catalog, 'cleanup')).value?.missing).toMatchObject([
      { planId: 'shop', backupId: proven.backupId },
    ]);
    await world.vault.removeDeleteMarker(key, marker);
    world.clock.advance(dayMs);
    expect(await world.run()).toMatchObject({ missing: 0, kept: { 'last proven': 1 } });
  });

  it('altogether, decides nothing: the vault is another one, and that is told', async () => {
    const good = await world.addBackup({ days: 60 });
    await world.addBackup({ days: 61 });
    const nothing = async function* () {};
    const vault = { ...world.vault, head: async () => undefined, list: nothing, folders: nothing };
    const result = await cleanUp({ ...world.deps, vault }, world.options);
    expect(result).toMatchObject({ failed: [{ planId: 'shop', code: 'VAULT_UNAVAILABLE' }], missing: 0 });
    expect(kinds()).toEqual(['cleanup-failed']);
    expect(await world.catalog.getBackup('shop', good.backupId)).toEqual(good);
    expect(await world.run()).toMatchObject({ failed: [], marked: { backups: 1 }, kept: { 'last good': 1 } });
  });

  it('is noticed at once when the whole folder is gone, also of one that protects nothing', async () => {
    await world.addBackup({ days: 1 });
    const gone = await world.addBackup({ days: 10 });
    for (const key of await world.keysOf(gone)) world.vault.hide(key);
    expect(await world.run()).toMatchObject({ missing: 1 });
  });

  it.each([1, 2, 5, 6, 7])(
    'is noticed within 30 days when only the manifest is gone, of one that protects nothing, every %i days',
    async (everyDays) => {
      const gone: BackupRow[] = [];
      for (const days of [1.5, 1.6, 1.7, 1.8, 1.9]) gone.push(await world.addBackup({ days }));
      await world.addBackup({ days: 0.1 });
      await world.addPlan('shop', 400);
      await world.run();
      for (const { backupId } of gone) world.vault.hide(manifestKey('shop', backupId));
      let days = 0;
      let missing = 0;
      do {
        world.clock.advance(everyDays * dayMs);
        days += everyDays;
        ({ missing } = await world.run());
      } while (missing < gone.length && days < 400);
      expect(days).toBeLessThan(30 + everyDays);
    },
  );
});

describe('leftovers', () => {
  it('of a failed run are marked once they are a week old, not before', async () => {
    await world.addBackup({ days: 1 });
    const failed = await world.addBackup({ days: 6, end: 'failed' });
    await world.run();
    expect(await world.marks(failed)).toBe('0/2');
    world.clock.advance(2 * dayMs);
    expect(await world.run()).toMatchObject({ leftovers: { objects: 2, bytes: 20 }, marked: { backups: 0 } });
    expect(await world.marks(failed)).toBe('2/2');
    expect(await world.catalog.getBackup('shop', failed.backupId)).toMatchObject({
      status: 'failed',
      expiry: { reason: 'failed', objects: 2 },
    });
  });

  it('of a run that died go as well; a run whose manifest is there is a backup, and goes to adopt', async () => {
    await world.addBackup({ days: 1 });
    const died = await world.addBackup({ days: 20, end: 'running' });
    const whole = await world.addBackup({ days: 21, end: 'failed' });
    await world.put(manifestKey('shop', whole.backupId), 5);
    await world.run();
    expect([await world.marks(died), await world.marks(whole)]).toEqual(['2/2', '0/3']);
    expect(world.surroundings.started).toMatchObject([
      { target: 'adopt', event: { backups: [{ planId: 'shop', backupId: whole.backupId }] } },
    ]);
  });

  it('of a run that failed, whose manifest lies behind a delete marker, are left alone', async () => {
    await world.addBackup({ days: 1 });
    for (const end of ['failed', 'running'] as const) {
      const row = await world.addBackup({ days: end === 'failed' ? 20 : 21, end });
      await world.put(manifestKey('shop', row.backupId), 5);
      world.vault.hide(manifestKey('shop', row.backupId));
    }
    expect(await world.run()).toMatchObject({ leftovers: { objects: 0 }, skipped: [{}, {}] });
    expect(await world.allMarked()).toEqual([]);
  });

  it('of attempts that an adopted backup does not know of go, in the weeks after its adoption', async () => {
    const row = await world.addBackup({ days: 10 });
    const lost = backupIdFor('shop', '2026-11-01T00:00:00Z');
    await world.put(`${backupPrefix('shop', lost)}a01/main/x`);
    await world.put(`${backupPrefix('shop', lost)}a02/main/x`);
    await world.put(manifestKey('shop', lost), 5);
    const at = world.clock.now().toISOString();
    await world.catalog.adoptBackup({ ...row, backupId: lost, slot: at, attempt: 1, madeBy: 1 }, at);
    await world.run();
    expect(await world.allMarked()).toEqual([]);
    world.clock.advance(8 * dayMs);
    await world.run();
    expect(await world.allMarked()).toEqual([`${backupPrefix('shop', lost)}a02/main/x`]);
  });

  it('of losing attempts go, and the winner stays whole', async () => {
    const row = await world.addBackup({ days: 9, losers: 2 });
    expect(row).toMatchObject({ attempt: 3, madeBy: 3 });
    expect(await world.run()).toMatchObject({ leftovers: { objects: 4 } });
    const folder = backupPrefix('shop', row.backupId);
    expect((await world.allMarked()).map((key) => key.slice(folder.length, folder.length + 3))).toEqual([
      attemptName(1),
      attemptName(1),
      attemptName(2),
      attemptName(2),
    ]);
  });

  it('without a row are marked when there is no manifest, and handed to adopt when there is one', async () => {
    await world.addBackup({ days: 1 });
    const orphan = backupIdFor('shop', '2026-11-01T00:00:00Z');
    const lost = backupIdFor('gone', '2026-11-02T00:00:00Z');
    await world.put(`${backupPrefix('shop', orphan)}a01/main/x`);
    await world.put(manifestKey('gone', lost));
    await world.run();
    expect(await world.allMarked()).toEqual([]);
    world.clock.advance(8 * dayMs);
    await world.run();
    expect(await world.allMarked()).toEqual([`${backupPrefix('shop', orphan)}a01/main/x`]);
    expect(world.surroundings.started[0]).toMatchObject({
      target: 'adopt',
      event: { task: 'adopt', backups: [{ planId: 'gone', backupId: lost }] },
    });
    expect((await readState(world.catalog, 'cleanup')).value?.unlisted).toEqual([
      { planId: 'gone', backupId: lost },
    ]);
  });

  it('of a lost row whose manifest lies behind a delete marker are left alone', async () => {
    const id = backupIdFor('shop', '2026-11-01T00:00:00Z');
    await world.put(`${backupPrefix('shop', id)}a01/main/x`);
    await world.put(manifestKey('shop', id));
    world.vault.hide(manifestKey('shop', id));
    world.clock.advance(20 * dayMs);
    expect(await world.run()).toMatchObject({ leftovers: { objects: 0 }, skipped: [{ what: `shop/${id}` }] });
  });

  it('that are reports of nothing go too', async () => {
    const id = backupIdFor('shop', '2026-11-01T00:00:00Z');
    await world.put(`reports/shop/${id}/r1`);
    world.clock.advance(8 * dayMs);
    await world.run();
    expect(await world.allMarked()).toEqual([`reports/shop/${id}/r1`]);
  });

  it('that are unfinished uploads are aborted, unless their run still runs', async () => {
    const failed = await world.addBackup({ days: 5, end: 'failed' });
    const again = await world.addBackup({ days: 6, end: 'failed' });
    const uploadOf = ({ backupId }: typeof failed) => `${backupPrefix('shop', backupId)}a01/main/y`;
    world.vault.leaveUpload(uploadOf(failed));
    world.vault.leaveUpload(uploadOf(again));
    world.clock.advance(1 * dayMs);
    expect(await world.run()).toMatchObject({ uploadsAborted: 0 });
    world.clock.advance(2 * dayMs);
    await world.catalog.claimRun({
      ...again,
      now: world.clock.now().toISOString(),
      leaseUntil: new Date(world.clock.now().getTime() + 60_000).toISOString(),
    });
    expect(await world.run()).toMatchObject({ uploadsAborted: 1 });
    const left = [];
    for await (const { key } of world.vault.unfinishedUploads('')) left.push(key);
    expect(left).toEqual([uploadOf(again)]);
  });
});

describe('an expired backup', () => {
  it('that should be gone and is not is marked again', async () => {
    await world.addBackup({ days: 1 });
    const old = await world.addBackup({ days: 40 });
    await world.run();
    for (const key of await world.keysOf(old)) await world.vault.unmark(key);
    await world.addPlan('shop', 400);
    world.clock.advance(17 * dayMs);
    await world.run();
    expect(await world.marks(old)).toBe('4/4');
  });

  it('is brought back when no good one is left and its objects are current', async () => {
    const newest = await world.addBackup({ days: 10 });
    const old = await world.addBackup({ days: 40 });
    const older = await world.addBackup({ days: 41 });
    await world.run();
    await world.verify('shop', newest.backupId, { status: 'failed' });
    const result = await cleanUpReprieve(world.deps, { ...world.options, planId: 'shop' });
    expect(result.reprieved).toEqual([`shop/${old.backupId}`]);
    expect([await world.status(old), await world.marks(old)]).toEqual(['completed', '0/4']);
    expect([await world.status(older), await world.marks(older)]).toEqual(['expired', '4/4']);
    // And the next round leaves it, though its policy has ended.
    expect(await world.run()).toMatchObject({ marked: { backups: 0 }, kept: { 'last good': 1 } });
  });

  it('that lies behind delete markers is told of, once a day, with the command that brings it back', async () => {
    const newest = await world.addBackup({ days: 10 });
    const old = await world.addBackup({ days: 40 });
    await world.run();
    await world.midnight();
    await world.verify('shop', newest.backupId, { status: 'failed' });
    expect(await world.run()).toMatchObject({ reprieved: [] });
    expect(kinds()).toEqual(['last-good-marked']);
    expect(world.alerts.published[0]?.text).toContain(`holdfast undelete ${old.backupId}`);
    world.clock.advance(3_600_000);
    await world.run();
    expect(kinds()).toHaveLength(1);
    world.clock.advance(dayMs);
    await world.run();
    expect(kinds()).toHaveLength(2);
  });

  it('whose objects lack a part is not brought back', async () => {
    const newest = await world.addBackup({ days: 10 });
    const old = await world.addBackup({ days: 40 });
    await world.run();
    const part = (await world.keysOf(old)).find((key) => key.includes('/a01/')) ?? '';
    world.vault.hide(part);
    await world.windowEnds();
    await world.verify('shop', newest.backupId, { status: 'failed' });
    expect(await world.run()).toMatchObject({ reprieved: [] });
    expect(await world.status(old)).toBe('expired');
    expect(kinds()).toEqual([]);
  });
});
