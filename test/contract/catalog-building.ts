/** The contract of the catalog: runs that build upon earlier backups, what people called them, and their further copies. */
import { describe, expect, test } from 'vitest';
import { backupIdFor } from '../../core/format/layout.ts';
import type { BackupRow, Catalog, IndexNote, Needed, Owner } from '../../core/ports/catalog.ts';
import {
  aBackup,
  aClaim,
  aRestore,
  claimed,
  completion,
  later,
  rowOf,
  type SetUp,
} from './catalog-fixtures.ts';

const slotOfDay = (day: number) => `2026-11-${String(day).padStart(2, '0')}T02:00:00Z`;
const decidedAt = '2026-11-22T23:10:00.000Z';
const expiry = { reason: 'policy', decidedAt, by: 'cleanup' } as const;
/** Of a hold; what is decided in these tests is decided after it. */
const until = '2026-11-22T03:00:00.000Z';
const evenLater = '2026-11-21T02:31:00.000Z';

const neededOf = (backupId: string, segments = '*'): Needed => ({
  backupId,
  attempt: 1,
  component: 'uploads',
  segments,
});

const indexOf = (backupId: string): IndexNote => ({
  attempt: 1,
  segment: { index: 0, name: 'index' },
  plainBytes: 400,
  parts: [
    { key: `plans/p/${backupId}/a01/uploads/0000-index.0001`, lengthBytes: 512, sha256: 'cd'.repeat(32) },
  ],
  fullBackupId: backupId,
});

export function buildingContract(setUp: SetUp): void {
  const onDay = (catalog: Catalog, planId: string, day: number) =>
    aBackup(catalog, planId, { slot: slotOfDay(day) });
  const runOnDay = (catalog: Catalog, planId: string, day: number) =>
    claimed(catalog, aClaim(planId, { slot: slotOfDay(day) }));
  const expire = (catalog: Catalog, row: BackupRow) =>
    catalog.expireBackups({ planId: row.planId, victims: [row], keepers: [], expiry });

  describe('a base', () => {
    test('is held by a running backup: the row says what it needs, the guard of the base grows', async () => {
      const { catalog, planId } = await setUp();
      const [one, two] = [await onDay(catalog, planId, 1), await onDay(catalog, planId, 2)];
      const owner = await runOnDay(catalog, planId, 3);
      const needs = [neededOf(one.backupId, '0-7,9'), neededOf(two.backupId)];
      expect(await catalog.holdBases(owner, [two.backupId, one.backupId], needs, until)).toBe(true);
      expect(await rowOf(catalog, planId, owner.backupId)).toMatchObject({ status: 'running', needs });
      expect(await rowOf(catalog, planId, one.backupId)).toEqual({
        ...one,
        basedOnUntil: until,
        guard: one.guard + 1,
      });
      expect(await rowOf(catalog, planId, two.backupId)).toEqual({
        ...two,
        basedOnUntil: until,
        guard: two.guard + 1,
      });
      const { rows } = await catalog.listBackups(planId);
      expect(rows[0]?.needs).toEqual(needs);
    });

    test('that was to expire does not, once it is held', async () => {
      const { catalog, planId } = await setUp();
      const seen = await onDay(catalog, planId, 1);
      const owner = await runOnDay(catalog, planId, 2);
      expect(await catalog.holdBases(owner, [seen.backupId], [neededOf(seen.backupId)], until)).toBe(true);
      expect(await expire(catalog, seen)).toBe(false);
    });

    test('does not expire while it is held, whatever was seen of it, and does afterwards', async () => {
      const { catalog, planId } = await setUp();
      const { backupId } = await onDay(catalog, planId, 1);
      const owner = await runOnDay(catalog, planId, 2);
      const longer = '2026-11-23T00:00:00.000Z';
      expect(await catalog.holdBases(owner, [backupId], [neededOf(backupId)], longer)).toBe(true);
      const held = await rowOf(catalog, planId, backupId);
      expect(held.basedOnUntil).toBe(longer);
      expect(await expire(catalog, held)).toBe(false);
      const afterwards = { ...expiry, decidedAt: longer };
      expect(await catalog.expireBackups({ planId, victims: [held], keepers: [], expiry: afterwards })).toBe(
        true,
      );
    });

    test('stays held when a restore of it holds it for a shorter time and ends', async () => {
      const { catalog, planId } = await setUp();
      const { backupId } = await onDay(catalog, planId, 1);
      const owner = await runOnDay(catalog, planId, 2);
      await catalog.holdBases(owner, [backupId], [neededOf(backupId)], '2026-11-23T00:00:00.000Z');
      const restore = aRestore(planId, { backupId });
      await catalog.createRestore(restore, later);
      await catalog.startRestore(restore.restoreId, later);
      await catalog.finishRestore(restore.restoreId, { status: 'completed', completedAt: later });
      expect(await expire(catalog, await rowOf(catalog, planId, backupId))).toBe(false);
    });

    test('that has expired, has failed, is running or is not there is not held, nor are the others', async () => {
      const { catalog, planId } = await setUp();
      const good = await onDay(catalog, planId, 1);
      const expired = await onDay(catalog, planId, 2);
      await expire(catalog, expired);
      const failed = await runOnDay(catalog, planId, 3);
      await catalog.failRun(failed, { code: 'INTERNAL', message: 'x' }, later);
      const running = await runOnDay(catalog, planId, 4);
      const nothing = { backupId: '20200101T000000Z-00000000' };
      const owner = await runOnDay(catalog, planId, 9);
      const before = await rowOf(catalog, planId, owner.backupId);
      for (const { backupId } of [expired, failed, running, nothing]) {
        const held = await catalog.holdBases(owner, [good.backupId, backupId], [neededOf(backupId)], until);
        expect(held).toBe(false);
      }
      expect(await rowOf(catalog, planId, owner.backupId)).toEqual(before);
      expect(await rowOf(catalog, planId, good.backupId)).toEqual(good);
      expect(await catalog.getBackup(planId, nothing.backupId)).toBeUndefined();
    });

    test('is held by the attempt that runs alone', async () => {
      const { catalog, planId } = await setUp();
      const base = await onDay(catalog, planId, 1);
      const first = await runOnDay(catalog, planId, 2);
      await catalog.claimRun(aClaim(planId, { slot: slotOfDay(2), now: later, leaseUntil: evenLater }));
      const never: Owner = { planId, backupId: backupIdFor(planId, slotOfDay(5)), attempt: 1 };
      for (const owner of [first, never]) {
        const hold = catalog.holdBases(owner, [base.backupId], [neededOf(base.backupId)], until);
        await expect(hold).rejects.toMatchObject({ code: 'CONFLICT' });
      }
      expect(await rowOf(catalog, planId, base.backupId)).toEqual(base);
      expect(await catalog.getBackup(planId, never.backupId)).toBeUndefined();
    });

    test('none, more than 20, one twice, a later one, itself, and needs beyond 64 KiB are refused', async () => {
      const { catalog, planId } = await setUp();
      const base = await onDay(catalog, planId, 1);
      const afterwards = await onDay(catalog, planId, 20);
      const owner = await runOnDay(catalog, planId, 9);
      const many = Array.from(
        { length: 21 },
        (_, at) => `20260101T0000${String(at).padStart(2, '0')}Z-01234567`,
      );
      const large = [neededOf(base.backupId, '1,3,'.repeat(20_000))];
      for (const [bases, needs] of [
        [[], []],
        [many, []],
        [[base.backupId, base.backupId], []],
        [[afterwards.backupId], []],
        [[owner.backupId], []],
        [[base.backupId], [neededOf(afterwards.backupId)]],
        [[base.backupId], large],
      ] as const) {
        const hold = catalog.holdBases(owner, bases, needs, until);
        await expect(hold).rejects.toMatchObject({ code: 'INVALID_INPUT' });
      }
      const prepare = catalog.prepareCompletion(owner, { ...completion, needs: large });
      await expect(prepare).rejects.toMatchObject({ code: 'INVALID_INPUT' });
      expect(await rowOf(catalog, planId, base.backupId)).toEqual(base);
    });

    test('twenty bases are held at once', async () => {
      const { catalog, planId } = await setUp();
      const rows = await Promise.all(Array.from({ length: 20 }, (_, day) => onDay(catalog, planId, day + 1)));
      const owner = await runOnDay(catalog, planId, 28);
      const ids = rows.map(({ backupId }) => backupId);
      expect(
        await catalog.holdBases(
          owner,
          ids,
          ids.map((id) => neededOf(id)),
          until,
        ),
      ).toBe(true);
      const after = await Promise.all(ids.map((id) => rowOf(catalog, planId, id)));
      expect(after.map(({ guard }) => guard)).toEqual(rows.map(({ guard }) => guard + 1));
    });

    test('an expiry and a hold at once: one of the two holds', async () => {
      const { catalog, planId } = await setUp();
      for (let day = 1; day <= 10; day += 1) {
        const base = await aBackup(catalog, planId, { slot: `2026-10-${String(day + 10)}T02:00:00Z` });
        const owner = await runOnDay(catalog, planId, day);
        const [gone, held] = await Promise.all([
          expire(catalog, base),
          catalog.holdBases(owner, [base.backupId], [neededOf(base.backupId)], until),
        ]);
        expect(gone).toBe(!held);
        expect((await rowOf(catalog, planId, owner.backupId)).needs !== undefined).toBe(held);
        expect((await rowOf(catalog, planId, base.backupId)).status).toBe(gone ? 'expired' : 'completed');
      }
    });

    test('two runs hold one base at once: both may', async () => {
      const { catalog, planId } = await setUp();
      const base = await onDay(catalog, planId, 1);
      const owners = [await runOnDay(catalog, planId, 2), await runOnDay(catalog, planId, 3)];
      const held = await Promise.all(
        owners.map((owner) => catalog.holdBases(owner, [base.backupId], [neededOf(base.backupId)], until)),
      );
      expect(held).toEqual([true, true]);
      expect((await rowOf(catalog, planId, base.backupId)).guard).toBe(base.guard + 2);
    });
  });

  describe('what a backup needs', () => {
    test('stays while its attempts fail and are taken over, and is replaced by what is prepared', async () => {
      const { catalog, planId } = await setUp();
      const base = await onDay(catalog, planId, 1);
      const owner = await runOnDay(catalog, planId, 2);
      await catalog.holdBases(owner, [base.backupId], [neededOf(base.backupId)], until);
      const failed = await catalog.failRun(owner, { code: 'INTERNAL', message: 'x' }, later);
      expect(failed.needs).toEqual([neededOf(base.backupId)]);
      const claim = aClaim(planId, { slot: slotOfDay(2), now: later, leaseUntil: evenLater });
      const { row } = await catalog.claimRun(claim);
      expect(row).toMatchObject({ attempt: 2, needs: [neededOf(base.backupId)] });
      const second = { ...owner, attempt: 2 };
      const needs = [neededOf(base.backupId, '3')];
      const indexes = { uploads: indexOf(owner.backupId) };
      await catalog.prepareCompletion(second, { ...completion, needs, indexes });
      expect(await catalog.completeRun(second, later)).toMatchObject({ status: 'completed', needs, indexes });
    });

    test('what was prepared stays for the attempt that completes with it, and goes with the next preparation', async () => {
      const { catalog, planId } = await setUp();
      const base = await onDay(catalog, planId, 1);
      const owner = await runOnDay(catalog, planId, 2);
      const needs = [neededOf(base.backupId, '3')];
      const indexes = { uploads: indexOf(owner.backupId) };
      await catalog.prepareCompletion(owner, { ...completion, needs, indexes });
      const claim = aClaim(planId, { slot: slotOfDay(2), now: later, leaseUntil: evenLater });
      expect((await catalog.claimRun(claim)).row).toMatchObject({ needs, indexes });
      await catalog.prepareCompletion({ ...owner, attempt: 2 }, completion);
      const row = await rowOf(catalog, planId, owner.backupId);
      expect(row.needs).toBeUndefined();
      expect(row.indexes).toBeUndefined();
    });

    test('is forgotten when the leftovers of a failed run are marked', async () => {
      const { catalog, planId } = await setUp();
      const base = await onDay(catalog, planId, 1);
      const owner = await runOnDay(catalog, planId, 2);
      const needs = [neededOf(base.backupId)];
      await catalog.prepareCompletion(owner, {
        ...completion,
        needs,
        indexes: { uploads: indexOf(owner.backupId) },
      });
      const failed = await catalog.failRun(owner, { code: 'INTERNAL', message: 'x' }, later);
      const kept = [neededOf(base.backupId, '1')];
      const marked = {
        ...expiry,
        reason: 'failed',
        markedAt: decidedAt,
        objects: 1,
        bytes: 1,
        kept,
      } as const;
      expect(await catalog.noteMarked(planId, failed, marked)).toBe(true);
      const row = await rowOf(catalog, planId, owner.backupId);
      expect(row.needs).toBeUndefined();
      expect(row.indexes).toBeUndefined();
      expect(row.expiry).toEqual(marked);
    });

    test('is adopted as the manifest says it, and so are label, sources and days', async () => {
      const { catalog, planId } = await setUp();
      const row = await onDay(catalog, `${planId}-x`, 2);
      const more = {
        label: 'before 4.2',
        only: ['uploads'],
        keepDays: 400,
        needs: [neededOf('20261101T020000Z-01234567', '0-3')],
        indexes: { uploads: indexOf(row.backupId) },
      };
      expect(await catalog.adoptBackup({ ...row, planId, ...more }, later)).toBe(true);
      expect(await rowOf(catalog, planId, row.backupId)).toMatchObject({ status: 'completed', ...more });
    });

    test('fits in a row at its largest, with 500 version ids and 200 parts of an index', async () => {
      const { catalog, planId } = await setUp();
      const owner = await runOnDay(catalog, planId, 9);
      const needs = Array.from({ length: 499 }, (_, at) =>
        neededOf(
          `20260101T00${String(Math.floor(at / 60)).padStart(2, '0')}${String(at % 60).padStart(2, '0')}Z-01234567`,
          '0-11',
        ),
      );
      const index = indexOf(owner.backupId);
      const parts = Array.from({ length: 200 }, () => index.parts[0] as IndexNote['parts'][0]);
      const versions = Object.fromEntries(
        Array.from({ length: 500 }, (_, at) => [
          `plans/${planId}/a01/${'x'.repeat(100)}${at}`,
          'v'.repeat(32),
        ]),
      );
      const noted = { ...completion, needs, indexes: { uploads: { ...index, parts } }, versions };
      await catalog.prepareCompletion(owner, noted);
      expect(await catalog.completeRun(owner, later)).toMatchObject({ status: 'completed', needs });
    });
  });

  describe('what a person asked for', () => {
    const asked = { label: 'before the 4.2 migration', only: ['uploads'], keepDays: 400 };

    test('is in the row from its claim on, as the first claim said', async () => {
      const { catalog, planId } = await setUp();
      const { row } = await catalog.claimRun(aClaim(planId, { ...asked, trigger: 'restore-point' }));
      expect(row).toMatchObject({ ...asked, trigger: 'restore-point' });
      const { rows } = await catalog.listBackups(planId);
      expect(rows[0]).toEqual(row);
      const again = aClaim(planId, { label: 'another', now: later, leaseUntil: evenLater });
      expect((await catalog.claimRun(again)).row).toMatchObject(asked);
    });
  });

  describe('copies in further vaults', () => {
    const done = { at: later };
    const broken = { at: later, error: { code: 'VAULT_REFUSED', message: '403' } };

    test('are noted by vault, each as it was last; the guard stays', async () => {
      const { catalog, planId } = await setUp();
      const row = await onDay(catalog, planId, 1);
      await catalog.noteCopy(planId, row.backupId, 'nas', broken);
      await catalog.noteCopy(planId, row.backupId, 'second-cloud', done);
      await catalog.noteCopy(planId, row.backupId, 'nas', done);
      const copies = { nas: done, 'second-cloud': done };
      expect(await rowOf(catalog, planId, row.backupId)).toEqual({ ...row, copies });
      expect((await catalog.listBackups(planId)).rows).toEqual([{ ...row, copies }]);
    });

    test('of several vaults at once are all noted', async () => {
      const { catalog, planId } = await setUp();
      const { backupId } = await onDay(catalog, planId, 1);
      const vaults = ['a', 'b', 'c'];
      await Promise.all(vaults.map((vault) => catalog.noteCopy(planId, backupId, vault, broken)));
      const { copies } = await rowOf(catalog, planId, backupId);
      expect(copies).toEqual({ a: broken, b: broken, c: broken });
    });

    test('are of completed backups alone', async () => {
      const { catalog, planId } = await setUp();
      const running = await runOnDay(catalog, planId, 1);
      const expired = await onDay(catalog, planId, 2);
      await expire(catalog, expired);
      for (const { backupId } of [running, expired]) {
        const note = catalog.noteCopy(planId, backupId, 'nas', done);
        await expect(note).rejects.toMatchObject({ code: 'CONFLICT' });
      }
      const nothing = catalog.noteCopy(planId, '20200101T000000Z-00000000', 'nas', done);
      await expect(nothing).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' });
    });
  });
}
