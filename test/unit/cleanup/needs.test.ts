/** Backups that refer to segments of older ones: what is needed stays, what is needed no more goes, and comes back. */
import { beforeEach, describe, expect, it } from 'vitest';
import { cleanUp } from '../../../core/cleanup/round.ts';
import { undelete } from '../../../core/cleanup/undelete.ts';
import { backupPrefix, manifestKey } from '../../../core/format/layout.ts';
import type { BackupRow, Needed } from '../../../core/ports/catalog.ts';
import { type CleanupWorld, cleanupWorld, dayMs } from './cleanup-world.ts';

let world: CleanupWorld;
beforeEach(async () => {
  world = cleanupWorld();
  await world.addPlan();
});

const of = ({ backupId }: BackupRow, segments: string): Needed => ({
  backupId,
  attempt: 1,
  component: 'main',
  segments,
});

/** Its marked objects, without what all of them have in common. */
async function marked(row: BackupRow): Promise<string[]> {
  const names: string[] = [];
  for (const key of await world.keysOf(row))
    if ((await world.vault.head(key))?.tags.expire === 'yes') names.push(key.split('/').slice(3).join('/'));
  return names;
}

const expiryOf = async ({ planId, backupId }: BackupRow) =>
  (await world.catalog.getBackup(planId, backupId))?.expiry;

/** An old backup of which a young one needs segments 1 and 2 of four. */
async function needing() {
  const old = await world.addBackup({ days: 45, parts: 4, isIndexed: true });
  const young = await world.addBackup({ days: 20, isIndexed: true, needs: [of(old, '1-2')] });
  return { old, young };
}

const allButNeeded = ['a01/main/0000-x.0001', 'a01/main/0003-x.0001', 'manifest', 'r1'];
const needed = ['a01/main/0001-x.0001', 'a01/main/0002-x.0001'];

describe('a backup that expires', () => {
  it('leaves what another one needs, says so on its row, and is done with', async () => {
    const { old } = await needing();
    const result = await world.run();
    expect(result).toMatchObject({ marked: { backups: 1, objects: 4 }, needed: { objects: 2, bytes: 20 } });
    expect((await marked(old)).sort()).toEqual(allButNeeded);
    expect(await expiryOf(old)).toMatchObject({ kept: [of(old, '1-2')], markedAt: expect.any(String) });
    const before = await world.catalog.getBackup('shop', old.backupId);
    await world.run();
    expect(await world.catalog.getBackup('shop', old.backupId)).toEqual(before);
  });

  it('gives up the rest in the round in which nobody needs it any more', async () => {
    const { old, young } = await needing();
    await world.addBackup({ days: 9 });
    await world.run();
    await world.midnight();
    world.clock.advance(11 * dayMs);
    expect(await world.run()).toMatchObject({ needed: { objects: 0 } });
    expect(await world.status(young)).toBe('expired');
    expect((await marked(old)).sort()).toEqual(needed);
    expect(await expiryOf(old)).not.toHaveProperty('kept');
  });

  it('keeps only what is still needed when what needs it needs less', async () => {
    const old = await world.addBackup({ days: 45, parts: 4, isIndexed: true });
    await world.addBackup({ days: 26, needs: [of(old, '1-2')] });
    await world.addBackup({ days: 10, needs: [of(old, '2')] });
    await world.run();
    expect(await marked(old)).toHaveLength(4);
    world.clock.advance(6 * dayMs);
    await world.run();
    expect(await marked(old)).not.toContain('a01/main/0002-x.0001');
    expect(await marked(old)).toContain('a01/main/0001-x.0001');
    expect(await expiryOf(old)).toMatchObject({ kept: [of(old, '2')] });
  });

  it('is shown in a dry run with what stays of it for others', async () => {
    const { old } = await needing();
    const lines = async () =>
      (await world.run({ dryRun: true })).planned?.find(({ backupId }) => backupId === old.backupId);
    expect(await lines()).toMatchObject({
      action: 'expire',
      why: expect.stringMatching(/segments 1-2 of main stay for other backups/),
    });
    await world.run();
    expect(await lines()).toMatchObject({ why: 'gone; segments 1-2 of main stay for other backups' });
  });

  it('is planned again when a run takes one for its base between the decision and the expiry', async () => {
    const old = await world.addBackup({ days: 45, parts: 4, isIndexed: true });
    const base = await world.addBackup({ days: 40, isIndexed: true, needs: [of(old, '1-2')] });
    const good = await world.addBackup({ days: 10 });
    let runs = 0;
    const catalog = { ...world.catalog };
    catalog.expireBackups = async (request) => {
      if (runs === 0) {
        runs += 1;
        await world.addBackup({ days: 0.01, end: 'running', needs: [of(base, '*'), of(old, '1-2')] });
      }
      return world.catalog.expireBackups(request);
    };
    await cleanUp({ ...world.deps, catalog }, world.options);
    expect(await world.status(good)).toBe('completed');
    // The base is held; what it needs itself is left of the other one.
    expect([await world.status(base), await world.status(old)]).toEqual(['completed', 'expired']);
    expect(await marked(base)).toEqual([]);
    expect((await marked(old)).sort()).toEqual(allButNeeded);
    // Once it is held no more it goes as well, and leaves the run what it noted: all of it.
    world.clock.advance(dayMs);
    await world.run();
    expect((await marked(base)).sort()).toEqual(['manifest', 'r1']);
    expect((await marked(old)).sort()).toEqual(allButNeeded);
  });
});

describe('a base that a run takes between two pages of cleanup', () => {
  /** The catalog in pages of one row; `meanwhile` happens once, before the second page. */
  async function cleanedUp(meanwhile: () => Promise<unknown>) {
    const catalog = { ...world.catalog };
    let pages = 0;
    catalog.listBackups = async (planId, options) => {
      pages += 1;
      if (pages === 2) await meanwhile();
      return world.catalog.listBackups(planId, { ...options, limit: 1 });
    };
    const result = await cleanUp({ ...world.deps, catalog }, world.options);
    expect(result).toMatchObject({ failed: [], skipped: [] });
  }

  it('stays, with what it needs itself, though the page with the run was read before', async () => {
    const older = await world.addBackup({ days: 50, parts: 4, isIndexed: true });
    const base = await world.addBackup({ days: 45, parts: 4, isIndexed: true, needs: [of(older, '1-2')] });
    await world.addBackup({ days: 10 });
    await cleanedUp(() =>
      world.addBackup({ days: 0.01, end: 'running', needs: [of(base, '*'), of(older, '1-2')] }),
    );
    expect(await world.status(base)).toBe('completed');
    expect(await marked(base)).toEqual([]);
    expect(await marked(older)).not.toContain(needed[0]);
  });

  it('goes once the hold is over, and leaves what the run came to need', async () => {
    const base = await world.addBackup({ days: 45, parts: 4, isIndexed: true });
    await world.addBackup({ days: 10 });
    await cleanedUp(() => world.addBackup({ days: 0.01, needs: [of(base, '1-2')] }));
    world.clock.advance(dayMs);
    await world.run();
    expect(await world.status(base)).toBe('expired');
    expect((await marked(base)).sort()).toEqual(allButNeeded);
  });
});

describe('what stays of a backup for others', () => {
  it('fits into its row, however many others need something else of it', async () => {
    const old = await world.addBackup({ days: 45, parts: 4, isIndexed: true });
    const every = (first: number) => Array.from({ length: 8000 }, (_, at) => `${first + 6 * at}`).join(',');
    for (const [at, first] of [0, 2, 4].entries())
      await world.addBackup({ days: 20 - at, needs: [of(old, every(first))] });
    await world.run();
    const expiry = await expiryOf(old);
    expect(Buffer.byteLength(JSON.stringify(expiry?.kept))).toBeLessThanOrEqual(64 * 1024);
    expect((await marked(old)).sort()).toEqual(['manifest', 'r1']);
    // The next round decides the same, and changes nothing.
    const before = await world.catalog.getBackup('shop', old.backupId);
    await world.run();
    expect(await world.catalog.getBackup('shop', old.backupId)).toEqual(before);
  });
});

describe('a run that did not complete', () => {
  it.each(['failed', 'running'] as const)(
    'holds what it needs until its leftovers are marked (%s)',
    async (end) => {
      const old = await world.addBackup({ days: 45, parts: 4, isIndexed: true });
      await world.addBackup({ days: 10 });
      await world.addBackup({ days: 3, end, parts: 0, needs: [of(old, '1-2')] });
      await world.run();
      expect((await marked(old)).sort()).toEqual(allButNeeded);
      world.clock.advance(5 * dayMs);
      await world.run();
      await world.run();
      expect((await marked(old)).sort()).toEqual([...needed, ...allButNeeded].sort());
    },
  );
});

describe('folders without a row', () => {
  it('keep what a backup needs of them, and lose the rest', async () => {
    const lost = { planId: 'shop', backupId: '20260901T000000Z-00000001' } as BackupRow;
    const old = new Date(world.clock.now().getTime() - 60 * dayMs).toISOString();
    const present = world.clock.now().toISOString();
    world.clock.set(old);
    for (const index of [0, 1, 2])
      await world.put(`${backupPrefix('shop', lost.backupId)}a01/main/000${index}-x.0001`);
    world.clock.set(present);
    const young = await world.addBackup({ days: 10 });
    const row = { ...young, needs: [of(lost, '1')] };
    const catalog = {
      ...world.catalog,
      async listBackups(planId: string, options?: Parameters<typeof world.catalog.listBackups>[1]) {
        const page = await world.catalog.listBackups(planId, options);
        return { ...page, rows: page.rows.map((each) => (each.backupId === row.backupId ? row : each)) };
      },
    };
    await cleanUp({ ...world.deps, catalog }, world.options);
    expect(await marked(lost)).toEqual(['a01/main/0000-x.0001', 'a01/main/0002-x.0001']);
  });

  it('that are backups make everything older stay that they might need, until they are adopted', async () => {
    const plain = await world.addBackup({ days: 46 });
    const old = await world.addBackup({ days: 45, parts: 3, isIndexed: true });
    await world.addBackup({ days: 10 });
    const stranger = '20261101T000000Z-00000001';
    await world.put(manifestKey('shop', stranger), 5);
    expect(await world.run()).toMatchObject({ adopted: 1 });
    // A backup without an index is none that anybody could refer to.
    expect(await world.marks(plain)).toBe('4/4');
    expect((await marked(old)).sort()).toEqual(['manifest', 'r1']);
    world.vault.hide(manifestKey('shop', stranger));
    world.vault.purge(manifestKey('shop', stranger));
    await world.run();
    expect(await world.marks(old)).toBe('5/5');
  });
});

describe('undelete', () => {
  const bringBack = (row: BackupRow) =>
    undelete(world.undeleteDeps, {
      backupId: row.backupId,
      by: 'ada',
      correlationId: 'c-2',
      signal: new AbortController().signal,
    });

  async function bothGone() {
    const { old, young } = await needing();
    await world.addBackup({ days: 1 });
    world.clock.advance(11 * dayMs);
    await world.run();
    expect([await world.status(old), await world.status(young)]).toEqual(['expired', 'expired']);
    return { old, young };
  }

  it.each([false, true])(
    'brings back what a backup needs of others, and no more (hidden: %s)',
    async (isHidden) => {
      const { old, young } = await bothGone();
      if (isHidden) await world.midnight();
      expect(await bringBack(young)).toMatchObject({ objects: 6, hidden: isHidden ? 6 : 0 });
      expect(await world.marks(young)).toBe('0/4');
      for (const name of needed)
        expect(
          (await world.vault.head(`${backupPrefix('shop', old.backupId)}${name}`))?.tags.expire,
        ).toBeUndefined();
      expect(await world.vault.head(`${backupPrefix('shop', old.backupId)}a01/main/0003-x.0001`)).toEqual(
        isHidden ? undefined : expect.objectContaining({ tags: expect.objectContaining({ expire: 'yes' }) }),
      );
      expect(await world.status(old)).toBe('expired');
      // The next rounds leave it so, and once it goes again the rest goes with it.
      await world.run();
      expect(await expiryOf(old)).toMatchObject({ kept: [of(old, '1-2')], markedAt: expect.any(String) });
      await world.catalog.setPin('shop', young.backupId, undefined);
      await world.run();
      for (const name of needed)
        expect((await world.vault.head(`${backupPrefix('shop', old.backupId)}${name}`))?.tags.expire).toBe(
          'yes',
        );
    },
  );

  it('refuses when something that it needs is gone for good, and touches nothing', async () => {
    const { old, young } = await bothGone();
    await world.midnight();
    world.vault.purge(`${backupPrefix('shop', old.backupId)}${needed[0]}`);
    await expect(bringBack(young)).rejects.toMatchObject({
      code: 'UNDELETE_TOO_LATE',
      message: expect.stringMatching(/1 below plans\/shop\/.*, which it refers to, is gone for good/),
    });
    expect(await world.keysOf(young)).toEqual([]);
  });

  it('that was given up leaves nothing unmarked for longer than the next round', async () => {
    const { old, young } = await bothGone();
    await expect(
      undelete(
        {
          ...world.undeleteDeps,
          onStep: async (step) => {
            if (step === 'revive') throw new Error('dead');
          },
        },
        { backupId: young.backupId, by: 'ada', correlationId: 'c', signal: new AbortController().signal },
      ),
    ).rejects.toThrow('dead');
    expect(await marked(old)).toHaveLength(4);
    await world.run();
    expect(await marked(old)).toHaveLength(6);
  });
});

describe('a look at what is kept', () => {
  it('takes marks away from what the last good backup needs, and tells', async () => {
    const { old } = await needing();
    await world.run();
    const key = `${backupPrefix('shop', old.backupId)}${needed[0]}`;
    await world.vault.mark(key);
    await world.run();
    expect((await world.vault.head(key))?.tags.expire).toBeUndefined();
    expect(world.alerts.published.map(({ kind }) => kind)).toEqual(['warning']);
  });

  it('does not take one for good that lacks what it refers to', async () => {
    const { old, young } = await needing();
    await world.run();
    world.vault.hide(`${backupPrefix('shop', old.backupId)}${needed[0]}`);
    await world.run();
    expect((await world.catalog.getBackup('shop', young.backupId))?.missingSince).toBeDefined();
  });

  it('reprieves the last good one together with what it needs', async () => {
    const { old, young } = await needing();
    const good = await world.addBackup({ days: 1 });
    world.clock.advance(11 * dayMs);
    await world.run();
    expect(await marked(old)).toHaveLength(6);
    await world.verify('shop', good.backupId, { status: 'failed' });
    expect(await world.run()).toMatchObject({ reprieved: [`shop/${young.backupId}`] });
    expect((await marked(old)).sort()).toEqual(allButNeeded);
    await world.run();
    expect((await marked(old)).sort()).toEqual(allButNeeded);
  });

  it('passes over a candidate whose needs are gone', async () => {
    const { old } = await needing();
    const good = await world.addBackup({ days: 1 });
    world.clock.advance(11 * dayMs);
    await world.run();
    world.vault.hide(`${backupPrefix('shop', old.backupId)}${needed[0]}`);
    await world.verify('shop', good.backupId, { status: 'failed' });
    const { reprieved } = await world.run();
    expect(reprieved).toEqual([]);
  });
});
