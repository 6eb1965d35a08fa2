/** The contract of the catalog: how backups go (expiry, marks), what keeps them (pins, guards), how they come back. */
import { describe, expect, test } from 'vitest';
import type { BackupRow, Catalog, Guarded, VerificationState } from '../../core/ports/catalog.ts';
import type { Tier } from '../../core/ports/vault.ts';
import {
  aBackup,
  aClaim,
  aRestore,
  claimed,
  completion,
  later,
  leaseUntil,
  now,
  passed,
  rowOf,
  type SetUp,
} from './catalog-fixtures.ts';

const decidedAt = '2026-11-22T23:10:00.000Z';
const markedAt = '2026-11-22T23:11:00.000Z';
const expiry = { reason: 'policy', decidedAt, by: 'cleanup' } as const;
const pin = { at: later, by: 'ann', reason: 'audit of 2026' };
const slotOfDay = (day: number) => `2026-11-${String(day).padStart(2, '0')}T02:00:00Z`;
const verified = (change: Partial<VerificationState> = {}): VerificationState => {
  const { provenAt: _, reportKey: __, ...bare } = passed;
  return { ...bare, ...change };
};

export function keepingContract(setUp: SetUp): void {
  const onDay = (catalog: Catalog, planId: string, day: number, tier: Tier = 'daily') =>
    aBackup(catalog, planId, { slot: slotOfDay(day), tier });

  const expire = (
    catalog: Catalog,
    planId: string,
    victims: readonly Guarded[],
    keepers: readonly Guarded[] = [],
  ) => catalog.expireBackups({ planId, victims, keepers, expiry });

  const waits = async (catalog: Catalog, planId: string) =>
    (await catalog.listUnverified(1000)).filter((row) => row.planId === planId).map((row) => row.slot);

  /** A backup that has expired, and its row. */
  async function expired(catalog: Catalog, planId: string, day = 1): Promise<BackupRow> {
    const row = await onDay(catalog, planId, day);
    expect(await expire(catalog, planId, [row])).toBe(true);
    return rowOf(catalog, planId, row.backupId);
  }

  describe('expiry', () => {
    test('what has expired says why, and is on no list any more', async () => {
      const { catalog, planId } = await setUp();
      const old = await onDay(catalog, planId, 1);
      const newest = await onDay(catalog, planId, 2);
      expect(await expire(catalog, planId, [old], [newest])).toBe(true);
      expect(await rowOf(catalog, planId, old.backupId)).toEqual({
        ...old,
        status: 'expired',
        expiry,
        guard: 1,
      });
      expect(await rowOf(catalog, planId, newest.backupId)).toEqual(newest);
      expect(await waits(catalog, planId)).toEqual([newest.slot]);
      expect((await catalog.listBackups(planId, { status: 'completed' })).rows).toEqual([newest]);
      expect((await catalog.listBackups(planId, { status: 'expired' })).rows).toHaveLength(1);
    });

    test('what has expired no longer counts for the choice of a tier', async () => {
      const { catalog, planId } = await setUp();
      const rows = [await onDay(catalog, planId, 1), await onDay(catalog, planId, 2)];
      await expire(catalog, planId, rows.slice(1));
      expect(await catalog.newestOfEachTier(planId)).toEqual([{ tier: 'daily', slot: slotOfDay(1) }]);
      await expire(catalog, planId, rows.slice(0, 1));
      expect(await catalog.newestOfEachTier(planId)).toEqual([]);
    });

    test('twenty-five go at once, with ten that justify it', async () => {
      const { catalog, planId } = await setUp();
      const slots = Array.from({ length: 35 }, (_, hour) =>
        new Date(Date.parse('2026-01-01T00:00:00Z') + hour * 3_600_000).toISOString(),
      );
      const rows = await Promise.all(slots.map((slot) => aBackup(catalog, planId, { slot })));
      expect(await expire(catalog, planId, rows.slice(0, 25), rows.slice(25))).toBe(true);
      const kept = await catalog.listBackups(planId, { status: 'completed' });
      expect(kept.rows).toHaveLength(10);
    });

    test('none, more than 25, more than 10 keepers, and one named twice are refused', async () => {
      const { catalog, planId } = await setUp();
      const many = (count: number) =>
        Array.from({ length: count }, (_, each) => ({
          backupId: `20260101T${String(each).padStart(6, '0')}Z-01234567`,
          guard: 0,
        }));
      const [one, two] = await Promise.all([onDay(catalog, planId, 1), onDay(catalog, planId, 2)]);
      for (const [victims, keepers] of [
        [[], [one]],
        [many(26), []],
        [[one], many(11)],
        [[one, one], []],
        [[one, two], [one]],
      ] as const) {
        const request = expire(catalog, planId, victims, keepers);
        await expect(request).rejects.toMatchObject({ code: 'INVALID_INPUT' });
      }
      expect(await rowOf(catalog, planId, one.backupId)).toEqual(one);
    });

    test('what is not there, of another plan, running or failed does not expire', async () => {
      const { catalog, planId } = await setUp();
      const good = await onDay(catalog, planId, 9);
      const other = await onDay(catalog, `${planId}-x`, 1);
      const running = await claimed(catalog, aClaim(planId, { slot: slotOfDay(2) }));
      const failed = await claimed(catalog, aClaim(planId, { slot: slotOfDay(3) }));
      await catalog.failRun(failed, { code: 'INTERNAL', message: 'x' }, later);
      const nothing = { backupId: '20200101T000000Z-00000000' };
      for (const { backupId } of [nothing, other, running, failed]) {
        expect(await expire(catalog, planId, [good, { backupId, guard: 0 }])).toBe(false);
        expect(await expire(catalog, planId, [good], [{ backupId, guard: 0 }])).toBe(false);
      }
      expect(await rowOf(catalog, planId, good.backupId)).toEqual(good);
      expect(await catalog.getBackup(planId, nothing.backupId)).toBeUndefined();
    });

    describe.each([
      [
        'a verification',
        (catalog: Catalog, { planId, backupId }: BackupRow) =>
          catalog.recordVerification(planId, backupId, passed),
      ],
      [
        'a verification that could not be made',
        (catalog: Catalog, { planId, backupId }: BackupRow) =>
          catalog.recordVerification(planId, backupId, verified({ status: 'error' })),
      ],
      [
        'a pin that was set and taken away',
        async (catalog: Catalog, { planId, backupId }: BackupRow) => {
          await catalog.setPin(planId, backupId, pin);
          await catalog.setPin(planId, backupId, undefined);
        },
      ],
      [
        'a restore whose hold has ended',
        (catalog: Catalog, { planId, backupId }: BackupRow) =>
          catalog.createRestore(aRestore(planId, { backupId }), decidedAt),
      ],
      [
        'a manifest that was missed',
        (catalog: Catalog, { planId, backupId }: BackupRow) => catalog.noteMissing(planId, backupId, later),
      ],
      [
        'an expiry that was taken back',
        async (catalog: Catalog, row: BackupRow) => {
          await expire(catalog, row.planId, [row]);
          await catalog.reviveBackup(row.planId, { backupId: row.backupId, guard: row.guard + 1 }, later);
        },
      ],
    ] as const)('after %s', (_, happen) => {
      test('what was decided before does not hold, neither for it nor because of it', async () => {
        const { catalog, planId } = await setUp();
        const [seen, bystander] = [await onDay(catalog, planId, 1), await onDay(catalog, planId, 2)];
        await happen(catalog, seen);
        const after = await rowOf(catalog, planId, seen.backupId);
        expect(after).toMatchObject({ status: 'completed' });
        expect(after.guard).toBeGreaterThan(seen.guard);
        expect(await expire(catalog, planId, [bystander, seen])).toBe(false);
        expect(await expire(catalog, planId, [bystander], [seen])).toBe(false);
        expect(await rowOf(catalog, planId, bystander.backupId)).toEqual(bystander);
        expect(await rowOf(catalog, planId, seen.backupId)).toEqual(after);
        expect(await expire(catalog, planId, [bystander], [after])).toBe(true);
        expect(await expire(catalog, planId, [after])).toBe(true);
      });
    });

    test('a pinned backup does not expire, whatever was seen of it', async () => {
      const { catalog, planId } = await setUp();
      const { backupId } = await onDay(catalog, planId, 1);
      const pinned = await catalog.setPin(planId, backupId, pin);
      expect(await expire(catalog, planId, [pinned])).toBe(false);
      const free = await catalog.setPin(planId, backupId, undefined);
      expect(free).not.toHaveProperty('pin');
      expect(await expire(catalog, planId, [free])).toBe(true);
    });

    test('a backup that is held for a restore does not expire before that ends', async () => {
      const { catalog, planId } = await setUp();
      const { backupId } = await onDay(catalog, planId, 1);
      await catalog.createRestore(aRestore(planId, { backupId }), '2026-11-22T23:10:00.001Z');
      const held = await rowOf(catalog, planId, backupId);
      expect(await expire(catalog, planId, [held])).toBe(false);
      const request = { planId, victims: [held], keepers: [] };
      const afterwards = { ...expiry, decidedAt: '2026-11-22T23:10:00.001Z' };
      expect(await catalog.expireBackups({ ...request, expiry: afterwards })).toBe(true);
    });

    test('two decisions that each keep what the other takes: one of them holds', async () => {
      const { catalog, planId } = await setUp();
      for (const day of [1, 2, 3, 4, 5]) {
        const [one, two] = await Promise.all([
          onDay(catalog, `${planId}-${day}`, 1),
          onDay(catalog, `${planId}-${day}`, 2),
        ]);
        const done = await Promise.all([
          expire(catalog, `${planId}-${day}`, [one], [two]),
          expire(catalog, `${planId}-${day}`, [two], [one]),
        ]);
        expect(done.filter(Boolean)).toHaveLength(1);
        const left = await catalog.listBackups(`${planId}-${day}`, { status: 'completed' });
        expect(left.rows).toHaveLength(1);
      }
    });

    test('five times the same decision at once: one of them holds', async () => {
      const { catalog, planId } = await setUp();
      const row = await onDay(catalog, planId, 1);
      const done = await Promise.all([1, 2, 3, 4, 5].map(() => expire(catalog, planId, [row])));
      expect(done.filter(Boolean)).toHaveLength(1);
      expect(await rowOf(catalog, planId, row.backupId)).toMatchObject({ guard: 1 });
    });

    test('an expiry and a verification at once: the verified stays, or there was nothing to verify', async () => {
      const { catalog, planId } = await setUp();
      for (let day = 1; day <= 10; day += 1) {
        const row = await onDay(catalog, planId, day);
        const [gone, recorded] = await Promise.all([
          expire(catalog, planId, [row]),
          catalog.recordVerification(planId, row.backupId, passed).then(
            () => true,
            () => false,
          ),
        ]);
        expect(gone).toBe(!recorded);
        const after = await rowOf(catalog, planId, row.backupId);
        expect(after.status).toBe(gone ? 'expired' : 'completed');
        expect(after.verification === undefined).toBe(gone);
      }
    });

    test('an expiry and a pin at once: the pinned stays, or there was nothing to pin', async () => {
      const { catalog, planId } = await setUp();
      for (let day = 1; day <= 10; day += 1) {
        const row = await onDay(catalog, planId, day);
        const [gone, set] = await Promise.all([
          expire(catalog, planId, [row]),
          catalog.setPin(planId, row.backupId, pin).then(
            () => true,
            () => false,
          ),
        ]);
        expect(gone).toBe(!set);
        const after = await rowOf(catalog, planId, row.backupId);
        expect(after.pin === undefined).toBe(gone);
      }
    });

    test('an expiry and a restore at once: the restore holds its backup, or does not come to be', async () => {
      const { catalog, planId } = await setUp();
      for (let day = 1; day <= 10; day += 1) {
        const row = await onDay(catalog, planId, day);
        const restore = aRestore(planId, { restoreId: `r-${planId}-${day}`, backupId: row.backupId });
        const [gone, created] = await Promise.all([
          expire(catalog, planId, [row]),
          catalog.createRestore(restore, '2026-11-25T00:00:00.000Z').then(
            () => true,
            () => false,
          ),
        ]);
        expect(gone).toBe(!created);
        expect((await catalog.getRestore(restore.restoreId)) === undefined).toBe(gone);
      }
    });

    test('nothing happens to an expired backup but its way back', async () => {
      const { catalog, planId } = await setUp();
      const row = await expired(catalog, planId);
      const conflict = { code: 'CONFLICT' };
      const { backupId } = row;
      await expect(catalog.recordVerification(planId, backupId, passed)).rejects.toMatchObject(conflict);
      await expect(catalog.setPin(planId, backupId, pin)).rejects.toMatchObject(conflict);
      await expect(catalog.noteMissing(planId, backupId, later)).rejects.toMatchObject(conflict);
      expect(await catalog.claimVerification(planId, backupId, decidedAt, decidedAt)).toBe(false);
      expect(await expire(catalog, planId, [row])).toBe(false);
      expect(await catalog.adoptBackup(row, decidedAt)).toBe(false);
      const claim = await catalog.claimRun(aClaim(planId, { slot: row.slot, now: decidedAt }));
      expect(claim).toEqual({ outcome: 'completed', row });
      expect(await rowOf(catalog, planId, backupId)).toEqual(row);
    });
  });

  describe('marks', () => {
    const marked = { ...expiry, markedAt, objects: 12, bytes: 3_000_000 };

    test('that all objects are marked is noted once, only of the row that was seen', async () => {
      const { catalog, planId } = await setUp();
      const row = await expired(catalog, planId);
      const { backupId, guard } = row;
      for (const other of [guard - 1, guard + 1]) {
        expect(await catalog.noteMarked(planId, { backupId, guard: other }, marked)).toBe(false);
      }
      expect(await rowOf(catalog, planId, backupId)).toEqual(row);
      expect(await catalog.noteMarked(planId, row, marked)).toBe(true);
      const after = await rowOf(catalog, planId, backupId);
      expect(after).toEqual({ ...row, expiry: marked, guard: guard + 1 });
      const again = { ...marked, markedAt: '2026-11-23T23:11:00.000Z' };
      expect(await catalog.noteMarked(planId, row, again)).toBe(false);
      expect(await catalog.noteMarked(planId, after, again)).toBe(true);
    });

    test('leftovers of a failed run are marked, and a later attempt takes nothing of them for its own', async () => {
      const { catalog, planId } = await setUp();
      const owner = await claimed(catalog, aClaim(planId));
      await catalog.prepareCompletion(owner, { ...completion, madeBy: 1 });
      await catalog.failRun(owner, { code: 'INTERNAL', message: 'x' }, later);
      const row = await rowOf(catalog, planId, owner.backupId);
      const leftovers = { ...marked, reason: 'failed' as const };
      expect(await catalog.noteMarked(planId, row, leftovers)).toBe(true);
      const after = await rowOf(catalog, planId, owner.backupId);
      expect(after).toMatchObject({ status: 'failed', expiry: leftovers, guard: 2 });
      for (const field of ['manifest', 'versions', 'madeBy']) expect(after).not.toHaveProperty(field);
      const next = aClaim(planId, { now: later, leaseUntil: '2026-11-21T02:31:00.000Z' });
      const claim = await catalog.claimRun(next);
      expect(claim).toMatchObject({ outcome: 'claimed', row: { attempt: 2 } });
      expect(claim.row).not.toHaveProperty('expiry');
      const complete = catalog.completeRun({ ...owner, attempt: 2 }, later);
      await expect(complete).rejects.toMatchObject({ code: 'CONFLICT' });
    });

    test('what was decided about a failed run is not noted on the failure of a later attempt', async () => {
      const { catalog, planId } = await setUp();
      const owner = await claimed(catalog, aClaim(planId));
      const first = await catalog.failRun(owner, { code: 'INTERNAL', message: 'x' }, later);
      const next = aClaim(planId, { now: later, leaseUntil: '2026-11-21T02:31:00.000Z' });
      const again = await claimed(catalog, next);
      await catalog.prepareCompletion(again, { ...completion, madeBy: again.attempt });
      const second = await catalog.failRun(again, { code: 'INTERNAL', message: 'x' }, later);
      const leftovers = { ...marked, reason: 'failed' as const };
      expect(await catalog.noteMarked(planId, first, leftovers)).toBe(false);
      expect(await rowOf(catalog, planId, owner.backupId)).toEqual(second);
      expect(second).toHaveProperty('manifest');
    });

    test('nothing is marked of what is not going', async () => {
      const { catalog, planId } = await setUp();
      const good = await onDay(catalog, planId, 1);
      const { backupId } = await claimed(catalog, aClaim(planId, { slot: slotOfDay(2) }));
      for (const row of [good, { backupId, guard: 0 }, { backupId: '20200101T000000Z-00000000', guard: 0 }]) {
        expect(await catalog.noteMarked(planId, row, marked)).toBe(false);
      }
      expect(await rowOf(catalog, planId, good.backupId)).toEqual(good);
      expect(await catalog.getBackup(planId, '20200101T000000Z-00000000')).toBeUndefined();
    });
  });

  describe('the way back', () => {
    test('a revived backup is as it was, and on the lists again', async () => {
      const { catalog, planId } = await setUp();
      const before = await onDay(catalog, planId, 1);
      await catalog.noteMissing(planId, before.backupId, later);
      await expire(catalog, planId, [await rowOf(catalog, planId, before.backupId)]);
      const row = await rowOf(catalog, planId, before.backupId);
      const revived = await catalog.reviveBackup(planId, row, decidedAt);
      expect(revived).toEqual({ ...before, guard: row.guard + 1 });
      expect(await rowOf(catalog, planId, before.backupId)).toEqual(revived);
      expect(await catalog.newestOfEachTier(planId)).toEqual([{ tier: 'daily', slot: before.slot }]);
      expect(await waits(catalog, planId)).toEqual([before.slot]);
      await catalog.recordVerification(planId, before.backupId, passed);
      expect(await waits(catalog, planId)).toEqual([]);
    });

    test('with a pin it has that in the same moment', async () => {
      const { catalog, planId } = await setUp();
      const row = await expired(catalog, planId);
      const pin = { at: later, by: 'ada', reason: 'brought back' };
      const revived = await catalog.reviveBackup(planId, row, later, pin);
      expect(revived).toMatchObject({ status: 'completed', pin });
      expect(await rowOf(catalog, planId, row.backupId)).toEqual(revived);
    });

    test.each([
      ['passed', false],
      ['failed', false],
      ['error', true],
    ] as const)('one whose verification was %s: waiting for another is %s', async (status, waiting) => {
      const { catalog, planId } = await setUp();
      const { backupId, slot } = await onDay(catalog, planId, 1);
      await catalog.recordVerification(planId, backupId, verified({ status }));
      await expire(catalog, planId, [await rowOf(catalog, planId, backupId)]);
      const row = await rowOf(catalog, planId, backupId);
      expect(await waits(catalog, planId)).toEqual([]);
      expect(await catalog.reviveBackup(planId, row, decidedAt)).toMatchObject({ verification: { status } });
      expect(await waits(catalog, planId)).toEqual(waiting ? [slot] : []);
      // It can be verified, whatever it was.
      await catalog.recordVerification(planId, backupId, passed);
    });

    test('one that needs others waits for a verification, whatever was found before it went', async () => {
      const { catalog, planId } = await setUp();
      const base = await onDay(catalog, planId, 1);
      const owner = await claimed(catalog, aClaim(planId, { slot: slotOfDay(2) }));
      const needs = [{ backupId: base.backupId, attempt: 1, component: 'main', segments: '*' }];
      await catalog.prepareCompletion(owner, { ...completion, needs });
      await catalog.completeRun(owner, later);
      await catalog.recordVerification(planId, owner.backupId, verified({ status: 'passed' }));
      await expire(catalog, planId, [await rowOf(catalog, planId, owner.backupId)]);
      const row = await rowOf(catalog, planId, owner.backupId);
      expect(await catalog.reviveBackup(planId, row, decidedAt)).toMatchObject({
        verification: { status: 'passed' },
      });
      expect(await waits(catalog, planId)).toContain(slotOfDay(2));
      await catalog.recordVerification(planId, owner.backupId, passed);
      expect(await waits(catalog, planId)).not.toContain(slotOfDay(2));
    });

    test('it waits for its verification from then on, behind those that waited already', async () => {
      const { catalog, planId } = await setUp();
      const row = await expired(catalog, planId, 1);
      await onDay(catalog, planId, 2);
      await catalog.reviveBackup(planId, row, decidedAt);
      expect(await waits(catalog, planId)).toEqual([slotOfDay(2), slotOfDay(1)]);
    });

    test('only an expired backup comes back, only as it was seen, and once of five times', async () => {
      const { catalog, planId } = await setUp();
      const row = await expired(catalog, planId);
      const good = await onDay(catalog, planId, 2);
      const seenBefore = { backupId: row.backupId, guard: row.guard - 1 };
      for (const each of [good, seenBefore, { backupId: '20200101T000000Z-00000000', guard: 0 }]) {
        const revive = catalog.reviveBackup(planId, each, later);
        await expect(revive).rejects.toMatchObject({ code: 'CONFLICT' });
      }
      const settled = await Promise.allSettled(
        [1, 2, 3, 4, 5].map(() => catalog.reviveBackup(planId, row, later)),
      );
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await catalog.getBackup(planId, '20200101T000000Z-00000000')).toBeUndefined();
    });

    test('a mark that comes too late for a backup that was brought back is not noted', async () => {
      const { catalog, planId } = await setUp();
      const row = await expired(catalog, planId);
      const revived = await catalog.reviveBackup(planId, row, later);
      const late = { ...expiry, markedAt };
      expect(await catalog.noteMarked(planId, row, late)).toBe(false);
      expect(await catalog.noteMarked(planId, revived, late)).toBe(false);
      expect(await rowOf(catalog, planId, row.backupId)).toEqual(revived);
    });
  });

  describe('pins and missing manifests', () => {
    test('a pin is set, replaced and taken away', async () => {
      const { catalog, planId } = await setUp();
      const row = await onDay(catalog, planId, 1);
      expect(await catalog.setPin(planId, row.backupId, pin)).toEqual({ ...row, pin, guard: 1 });
      const other = { ...pin, by: 'bob' };
      expect(await catalog.setPin(planId, row.backupId, other)).toMatchObject({ pin: other, guard: 2 });
      expect(await catalog.setPin(planId, row.backupId, undefined)).toEqual({ ...row, guard: 3 });
      expect(await rowOf(catalog, planId, row.backupId)).toEqual({ ...row, guard: 3 });
    });

    test('only a completed backup is pinned, and one that is not there is BACKUP_NOT_FOUND', async () => {
      const { catalog, planId } = await setUp();
      const { backupId } = await claimed(catalog, aClaim(planId));
      await expect(catalog.setPin(planId, backupId, pin)).rejects.toMatchObject({ code: 'CONFLICT' });
      const nowhere = catalog.setPin(planId, '20200101T000000Z-00000000', pin);
      await expect(nowhere).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' });
      expect(await catalog.getBackup(planId, '20200101T000000Z-00000000')).toBeUndefined();
    });

    test('since when a manifest is missing is noted and cleared, of a completed backup only', async () => {
      const { catalog, planId } = await setUp();
      const row = await onDay(catalog, planId, 1);
      await catalog.noteMissing(planId, row.backupId, later);
      expect(await rowOf(catalog, planId, row.backupId)).toEqual({ ...row, missingSince: later, guard: 1 });
      await catalog.noteMissing(planId, row.backupId, undefined);
      expect(await rowOf(catalog, planId, row.backupId)).toEqual({ ...row, guard: 2 });
      const { backupId } = await claimed(catalog, aClaim(planId, { slot: slotOfDay(2) }));
      for (const id of [backupId, '20200101T000000Z-00000000']) {
        const note = catalog.noteMissing(planId, id, later);
        await expect(note).rejects.toMatchObject({ code: 'CONFLICT' });
      }
    });

    test('a verification counts the guard up', async () => {
      const { catalog, planId } = await setUp();
      const { backupId, guard } = await onDay(catalog, planId, 1);
      expect(guard).toBe(0);
      await catalog.recordVerification(planId, backupId, passed);
      await catalog.recordVerification(planId, backupId, verified({ status: 'error' }));
      expect(await rowOf(catalog, planId, backupId)).toMatchObject({ guard: 2 });
    });
  });

  describe('adoption', () => {
    /** What the vault says of a backup that another catalog knew. */
    async function manifested(
      catalog: Catalog,
      planId: string,
      adoptedBy = `${planId}-a`,
    ): Promise<BackupRow> {
      const owner = await claimed(catalog, aClaim(planId));
      await catalog.prepareCompletion(owner, { ...completion, madeBy: 1 });
      const row = await catalog.completeRun(owner, later);
      const { backupId } = aClaim(adoptedBy);
      return { ...row, planId: adoptedBy, backupId };
    }

    test('an adopted backup has the row that its run left, and is on the lists', async () => {
      const { catalog, planId } = await setUp();
      const row = await manifested(catalog, planId);
      expect(await catalog.adoptBackup(row, decidedAt)).toBe(true);
      const adopted = await rowOf(catalog, row.planId, row.backupId);
      expect(adopted).toEqual({ ...row, adoptedAt: decidedAt });
      expect(await catalog.findBackup(row.backupId)).toEqual(adopted);
      expect(await catalog.newestOfEachTier(row.planId)).toEqual([{ tier: 'daily', slot: row.slot }]);
      expect(await waits(catalog, row.planId)).toEqual([row.slot]);
      await catalog.recordVerification(row.planId, row.backupId, passed);
      const seen = await rowOf(catalog, row.planId, row.backupId);
      expect(await expire(catalog, row.planId, [seen])).toBe(true);
    });

    test.each([
      ['passed', false],
      ['failed', false],
      ['error', true],
    ] as const)(
      'one that carries a verification that %s: waiting for another is %s',
      async (status, waiting) => {
        const { catalog, planId } = await setUp();
        const verification = { ...passed, status };
        const row = { ...(await manifested(catalog, planId)), verification, pin };
        expect(await catalog.adoptBackup(row, decidedAt)).toBe(true);
        const adopted = await rowOf(catalog, row.planId, row.backupId);
        expect(adopted).toMatchObject({ verification, pin, guard: 0 });
        expect(await waits(catalog, row.planId)).toEqual(waiting ? [row.slot] : []);
      },
    );

    test('nothing of another life comes with it: guard, hold, expiry and what was missing stay behind', async () => {
      const { catalog, planId } = await setUp();
      const row = await manifested(catalog, planId);
      const worn: BackupRow = {
        ...row,
        status: 'expired',
        guard: 7,
        expiry: { ...expiry, markedAt },
        heldUntil: decidedAt,
        basedOnUntil: decidedAt,
        missingSince: later,
        leaseUntil: decidedAt,
        error: { code: 'INTERNAL', message: 'x' },
        failedAt: later,
        progress: { plainBytes: 1, estimatedBytes: 2, step: 'dump' },
      };
      expect(await catalog.adoptBackup(worn, decidedAt)).toBe(true);
      const adopted = await rowOf(catalog, row.planId, row.backupId);
      expect(adopted).toEqual({ ...row, adoptedAt: decidedAt });
    });

    test('adopting twice, or five times at once, changes nothing the second time', async () => {
      const { catalog, planId } = await setUp();
      const row = await manifested(catalog, planId);
      const done = await Promise.all([1, 2, 3, 4, 5].map(() => catalog.adoptBackup(row, decidedAt)));
      expect(done.filter(Boolean)).toHaveLength(1);
      const adopted = await rowOf(catalog, row.planId, row.backupId);
      expect(await catalog.adoptBackup({ ...row, storedBytes: 1 }, markedAt)).toBe(false);
      expect(await rowOf(catalog, row.planId, row.backupId)).toEqual(adopted);
    });

    test('a completed row stays as it is', async () => {
      const { catalog, planId } = await setUp();
      const row = await onDay(catalog, planId, 1);
      expect(await catalog.adoptBackup({ ...row, storedBytes: 1 }, decidedAt)).toBe(false);
      expect(await rowOf(catalog, planId, row.backupId)).toEqual(row);
    });

    test('a failed row is taken over, and nothing of its failure stays', async () => {
      const { catalog, planId } = await setUp();
      const row = await manifested(catalog, planId);
      const { planId: adoptedBy } = row;
      const owner = await claimed(catalog, aClaim(adoptedBy));
      await catalog.prepareCompletion(owner, { ...completion, warnings: ['old'] });
      await catalog.failRun(owner, { code: 'INTERNAL', message: 'x' }, later);
      const failed = await rowOf(catalog, adoptedBy, row.backupId);
      expect(await catalog.noteMarked(adoptedBy, failed, { ...expiry, reason: 'failed' })).toBe(true);
      const { warnings: _, versions: __, ...bare } = row;
      expect(await catalog.adoptBackup(bare, decidedAt)).toBe(true);
      const adopted = await rowOf(catalog, adoptedBy, row.backupId);
      // Its guard goes on from where it was: what was decided about the failed row must not fit this one.
      expect(adopted).toEqual({ ...bare, adoptedAt: decidedAt, guard: 2 });
      expect(await catalog.noteMarked(adoptedBy, adopted, expiry)).toBe(false);
    });

    test('a running row is taken over when its lease has ended, not before', async () => {
      const { catalog, planId } = await setUp();
      const row = await manifested(catalog, planId);
      const owner = await claimed(catalog, aClaim(row.planId));
      expect(await catalog.adoptBackup(row, '2026-11-21T02:01:04.999Z')).toBe(false);
      expect(await rowOf(catalog, row.planId, row.backupId)).toMatchObject({ status: 'running' });
      expect(await catalog.adoptBackup(row, leaseUntil)).toBe(true);
      await expect(catalog.renewRun(owner, decidedAt)).rejects.toMatchObject({ code: 'CONFLICT' });
      const prepare = catalog.prepareCompletion(owner, completion);
      await expect(prepare).rejects.toMatchObject({ code: 'CONFLICT' });
      const left = await catalog.failRun(owner, { code: 'INTERNAL', message: 'late' }, decidedAt);
      expect(left).toMatchObject({ status: 'completed' });
      expect(left).not.toHaveProperty('leaseUntil');
    });

    test('an adoption and a claim at once: one of them has the row', async () => {
      const { catalog, planId } = await setUp();
      for (let each = 1; each <= 10; each += 1) {
        const row = await manifested(catalog, `${planId}-${each}`, `${planId}-${each}-a`);
        const [adopted, claim] = await Promise.all([
          catalog.adoptBackup(row, now),
          catalog.claimRun(aClaim(row.planId)),
        ]);
        expect(claim.outcome).toBe(adopted ? 'completed' : 'claimed');
        const after = await rowOf(catalog, row.planId, row.backupId);
        expect(after.status).toBe(adopted ? 'completed' : 'running');
      }
    });
  });
}
