/** The contract of core/ports/catalog.ts, as tests that every implementation passes. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { backupIdFor } from '../../core/format/layout.ts';
import type { Catalog } from '../../core/ports/catalog.ts';
import type { Tier } from '../../core/ports/vault.ts';
import { buildingContract } from './catalog-building.ts';
import { controlContract } from './catalog-control.ts';
import { drillsContract } from './catalog-drills.ts';
import {
  aClaim,
  aPlan,
  claimed,
  completed,
  completion,
  later,
  leaseUntil,
  now,
  passed,
  slot,
} from './catalog-fixtures.ts';
import { keepingContract } from './catalog-keeping.ts';
import { recordsContract } from './catalog-records.ts';
import { restoresContract } from './catalog-restores.ts';
import { timelineContract } from './catalog-timeline.ts';

export function catalogContract(name: string, start: () => Promise<Catalog>): void {
  describe(`catalog contract: ${name}`, () => {
    let started: Promise<Catalog> | undefined;
    const setUp = async () => {
      started ??= start();
      return { catalog: await started, planId: `p-${randomBytes(4).toString('hex')}` };
    };

    describe('plans', () => {
      test('a plan comes back as it was put, and nothing comes back where there is none', async () => {
        const { catalog, planId } = await setUp();
        expect(await catalog.getPlan(planId)).toBeUndefined();
        const plan = aPlan(planId, {
          name: 'Shop',
          schedule: { cron: '0 3 * * 1', timeZone: 'Europe/Berlin' },
        });
        const row = { plan, revision: 1, createdAt: now, updatedAt: now, updatedBy: 'ann' };
        expect(await catalog.putPlan(plan, 0, 'ann', now)).toEqual(row);
        expect(await catalog.getPlan(planId)).toEqual(row);
      });

      test('a change counts the revision up and keeps when the plan was made', async () => {
        const { catalog, planId } = await setUp();
        await catalog.putPlan(aPlan(planId), 0, 'ann', now);
        const changed = aPlan(planId, { enabled: false });
        expect(await catalog.putPlan(changed, 1, 'bob', later)).toEqual({
          plan: changed,
          revision: 2,
          createdAt: now,
          updatedAt: later,
          updatedBy: 'bob',
        });
      });

      test('whoever has not seen the last revision gets CONFLICT, and changes nothing', async () => {
        const { catalog, planId } = await setUp();
        await catalog.putPlan(aPlan(planId), 0, 'ann', now);
        for (const revision of [0, 2]) {
          const put = catalog.putPlan(aPlan(planId, { enabled: false }), revision, 'bob', later);
          await expect(put).rejects.toMatchObject({ code: 'CONFLICT' });
        }
        expect(await catalog.getPlan(planId)).toMatchObject({ revision: 1, updatedBy: 'ann' });
        const never = catalog.putPlan(aPlan(`${planId}-x`), 1, 'bob', later);
        await expect(never).rejects.toMatchObject({ code: 'CONFLICT' });
      });

      test('five changes of the same revision at once: one wins', async () => {
        const { catalog, planId } = await setUp();
        const puts = [1, 2, 3, 4, 5].map((by) => catalog.putPlan(aPlan(planId), 0, `writer-${by}`, now));
        const settled = await Promise.allSettled(puts);
        expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      });

      test('all plans are listed by id, page after page, each once', async () => {
        const { catalog, planId } = await setUp();
        const ids = [3, 1, 2].map((number) => `${planId}-${number}`);
        for (const id of ids) await catalog.putPlan(aPlan(id), 0, 'ann', now);
        const found: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await catalog.listPlans({ limit: 2, ...(cursor && { cursor }) });
          expect(page.rows.length).toBeLessThanOrEqual(2);
          found.push(...page.rows.map(({ plan }) => plan.id));
          cursor = page.cursor;
        } while (cursor);
        expect(found.filter((id) => id.startsWith(planId))).toEqual([...ids].sort());
        expect(found).toEqual([...new Set(found)].sort());
      });
    });

    describe('plans that are paused, counted and adopted', () => {
      const paused = { at: later, by: 'ann', reason: 'moving house' };
      const usage = { countedAt: later, backups: 12, storedBytes: 3_000_000 };

      test('a pause is set and ended without a new revision', async () => {
        const { catalog, planId } = await setUp();
        const row = await catalog.putPlan(aPlan(planId), 0, 'ann', now);
        expect(await catalog.setPaused(planId, paused)).toEqual({ ...row, paused });
        expect(await catalog.getPlan(planId)).toEqual({ ...row, paused });
        expect(await catalog.setPaused(planId, undefined)).toEqual(row);
        expect(await catalog.getPlan(planId)).toEqual(row);
      });

      test('a plan that is not there is not paused: PLAN_NOT_FOUND, and it does not come to be', async () => {
        const { catalog, planId } = await setUp();
        const pause = catalog.setPaused(planId, paused);
        await expect(pause).rejects.toMatchObject({ code: 'PLAN_NOT_FOUND' });
        expect(await catalog.getPlan(planId)).toBeUndefined();
      });

      test('what its backups take up is noted, of a plan that is there', async () => {
        const { catalog, planId } = await setUp();
        await catalog.saveUsage(planId, usage);
        expect(await catalog.getPlan(planId)).toBeUndefined();
        const row = await catalog.putPlan(aPlan(planId), 0, 'ann', now);
        await catalog.saveUsage(planId, { ...usage, backups: 11 });
        await catalog.saveUsage(planId, usage);
        expect(await catalog.getPlan(planId)).toEqual({ ...row, usage });
      });

      test('a change of the plan leaves pause and usage as they are, and they are listed', async () => {
        const { catalog, planId } = await setUp();
        await catalog.putPlan(aPlan(planId), 0, 'ann', now);
        await catalog.setPaused(planId, paused);
        await catalog.saveUsage(planId, usage);
        const changed = await catalog.putPlan(aPlan(planId, { enabled: false }), 1, 'bob', later);
        expect(changed).toMatchObject({ revision: 2, paused, usage });
        const { rows } = await catalog.listPlans({ limit: 1000 });
        expect(rows.find(({ plan }) => plan.id === planId)).toEqual(changed);
      });

      test('a plan is adopted where there is none, by one of five, and is a plan like any other', async () => {
        const { catalog, planId } = await setUp();
        const row = { plan: aPlan(planId), createdAt: now, updatedAt: later, updatedBy: 'adopt' };
        const done = await Promise.all([1, 2, 3, 4, 5].map(() => catalog.adoptPlan(row)));
        expect(done.filter(Boolean)).toHaveLength(1);
        expect(await catalog.getPlan(planId)).toEqual({ ...row, revision: 1 });
        const { rows } = await catalog.listPlans({ limit: 1000 });
        expect(rows.filter(({ plan }) => plan.id === planId)).toHaveLength(1);
        const other = { ...row, plan: aPlan(planId, { enabled: false }), updatedBy: 'late' };
        expect(await catalog.adoptPlan(other)).toBe(false);
        expect(await catalog.getPlan(planId)).toEqual({ ...row, revision: 1 });
        expect(await catalog.putPlan(aPlan(planId), 1, 'ann', later)).toMatchObject({ revision: 2 });
      });
    });

    describe('runs', () => {
      test('a claim makes the row of a running first attempt', async () => {
        const { catalog, planId } = await setUp();
        const request = aClaim(planId);
        const { outcome, row } = await catalog.claimRun(request);
        const { now: startedAt, ...rest } = request;
        expect(outcome).toBe('claimed');
        expect(row).toEqual({ ...rest, status: 'running', attempt: 1, startedAt, guard: 0 });
        expect(await catalog.getBackup(planId, request.backupId)).toEqual(row);
      });

      test('five claims at once: exactly one is claimed, the others see it running', async () => {
        const { catalog, planId } = await setUp();
        const claims = await Promise.all([1, 2, 3, 4, 5].map(() => catalog.claimRun(aClaim(planId))));
        expect(claims.map(({ outcome }) => outcome).sort()).toEqual([
          'claimed',
          ...Array<string>(4).fill('running'),
        ]);
        expect(new Set(claims.map(({ row }) => row.attempt))).toEqual(new Set([1]));
      });

      test('five takeovers at once of a dead attempt: exactly one is claimed', async () => {
        const { catalog, planId } = await setUp();
        await claimed(catalog, aClaim(planId));
        const next = aClaim(planId, {
          now: later,
          leaseUntil: '2026-11-21T02:31:00.000Z',
          correlationId: 'c-2',
        });
        const claims = await Promise.all([1, 2, 3, 4, 5].map(() => catalog.claimRun(next)));
        expect(claims.filter(({ outcome }) => outcome === 'claimed')).toHaveLength(1);
        expect(claims.every(({ row }) => row.attempt === 2)).toBe(true);
      });

      test('a living lease is not taken over; one that ended this instant is', async () => {
        const { catalog, planId } = await setUp();
        await claimed(catalog, aClaim(planId));
        const early = await catalog.claimRun(aClaim(planId, { now: '2026-11-21T02:01:04.999Z' }));
        expect(early).toMatchObject({ outcome: 'running', row: { attempt: 1, correlationId: 'c-1' } });
        const due = await catalog.claimRun(
          aClaim(planId, { now: leaseUntil, leaseUntil: later, correlationId: 'c-2' }),
        );
        expect(due).toMatchObject({
          outcome: 'claimed',
          row: { attempt: 2, correlationId: 'c-2', startedAt: leaseUntil, leaseUntil: later },
        });
      });

      test('a renewed lease holds longer, and its progress can be read', async () => {
        const { catalog, planId } = await setUp();
        const owner = await claimed(catalog, aClaim(planId));
        const progress = { plainBytes: 5, estimatedBytes: 10, step: 'dump shop' };
        await catalog.renewRun(owner, later, progress);
        await catalog.renewRun(owner, later);
        expect(await catalog.getBackup(planId, owner.backupId)).toMatchObject({
          leaseUntil: later,
          progress,
        });
        const claim = await catalog.claimRun(aClaim(planId, { now: '2026-11-21T02:10:00.000Z' }));
        expect(claim.outcome).toBe('running');
      });

      test('steps and segments are noted with what is written anyway, and the next attempt begins without', async () => {
        const { catalog, planId } = await setUp();
        const owner = await claimed(catalog, aClaim(planId));
        const read = () => catalog.getBackup(planId, owner.backupId);
        const segments = [
          { name: 'data-1', component: 'shop', plainBytes: 5, totalBytes: 10, state: 'running' as const },
        ];
        const figures = { updatedAt: later, bytesPerSecond: 3, segments };
        const progress = { plainBytes: 5, estimatedBytes: 10, step: 'dump shop', ...figures };
        const open = { name: 'open', startedAt: now, seconds: 1.25 };
        const dump = { name: 'dump shop', title: 'Shop & Söhne', startedAt: now };
        await catalog.renewRun(owner, later, progress, [open, dump]);
        expect(await read()).toMatchObject({ progress, steps: [open, dump] });
        await catalog.renewRun(owner, later);
        const error = { code: 'DUMP_FAILED', message: 'pg_dump said no' };
        // Whoever finds that it died knows no more of its steps than its row does.
        expect(await catalog.failRun(owner, error, later)).toMatchObject({ steps: [open, dump] });
        const again = aClaim(planId, { now: later, leaseUntil: '2026-11-21T02:31:00.000Z' });
        const second = await claimed(catalog, again);
        expect((await read())?.steps).toBeUndefined();
        await catalog.failRun(second, error, later, [open]);
        expect((await read())?.steps).toEqual([open]);
        const third = await claimed(catalog, again);
        await catalog.prepareCompletion(third, completion);
        const done = { ...dump, seconds: 2 };
        expect((await catalog.completeRun(third, later, [open, done])).steps).toEqual([open, done]);
      });

      test('the times of the newest completed runs are there with their steps', async () => {
        const { catalog, planId } = await setUp();
        expect(await catalog.listRunTimes(planId, 20)).toEqual([]);
        const claim = (day: number) => aClaim(planId, { slot: `2026-11-${day}T02:00:00Z` });
        await completed(catalog, claim(18));
        const steps = [{ name: 'open', startedAt: now, seconds: 2 }];
        const owner = await claimed(catalog, claim(19));
        await catalog.prepareCompletion(owner, completion);
        await catalog.completeRun(owner, later, steps);
        const failed = await claimed(catalog, claim(20));
        await catalog.failRun(failed, { code: 'INTERNAL', message: 'x' }, later);
        await claimed(catalog, claim(21));
        const times = { startedAt: now, completedAt: later };
        expect(await catalog.listRunTimes(planId, 20)).toEqual([{ ...times, steps }, times]);
        expect(await catalog.listRunTimes(planId, 1)).toEqual([{ ...times, steps }]);
        await expect(catalog.listRunTimes(planId, 0)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
      });

      test('a failed run is taken over with the next attempt, its error gone, its first tier kept', async () => {
        const { catalog, planId } = await setUp();
        const owner = await claimed(catalog, aClaim(planId));
        const error = { code: 'DUMP_FAILED', message: 'pg_dump said no' };
        const failed = await catalog.failRun(owner, error, later);
        expect(failed).toMatchObject({ status: 'failed', attempt: 1, error, failedAt: later });
        expect(failed.leaseUntil).toBeUndefined();
        const { outcome, row } = await catalog.claimRun(
          aClaim(planId, {
            now: later,
            leaseUntil: '2026-11-21T02:31:00.000Z',
            tier: 'hourly',
            createdBy: 'retry',
          }),
        );
        expect(outcome).toBe('claimed');
        expect(row).toMatchObject({ status: 'running', attempt: 2, tier: 'daily', createdBy: 'scheduler' });
        expect(row.error).toBeUndefined();
        expect(row.failedAt).toBeUndefined();
      });

      test('what a takeover finds prepared stays, so that a manifest written just before a crash is known', async () => {
        const { catalog, planId } = await setUp();
        const owner = await claimed(catalog, aClaim(planId));
        await catalog.prepareCompletion(owner, completion);
        const { row } = await catalog.claimRun(
          aClaim(planId, { now: later, leaseUntil: '2026-11-21T02:31:00.000Z' }),
        );
        expect(row).toMatchObject({ ...completion, status: 'running', attempt: 2 });
        const second = { planId, backupId: owner.backupId, attempt: 2 };
        expect(await catalog.completeRun(second, later)).toMatchObject({ status: 'completed', attempt: 2 });
      });

      test('what is prepared replaces what an earlier attempt prepared', async () => {
        const { catalog, planId } = await setUp();
        const first = await claimed(catalog, aClaim(planId));
        await catalog.prepareCompletion(first, { ...completion, warnings: ['old'], madeBy: 1 });
        await catalog.claimRun(aClaim(planId, { now: later, leaseUntil: '2026-11-21T02:31:00.000Z' }));
        expect(await catalog.getBackup(planId, first.backupId)).toMatchObject({ madeBy: 1 });
        const { warnings: _, versions: __, ...bare } = completion;
        await catalog.prepareCompletion({ ...first, attempt: 2 }, bare);
        const row = await catalog.getBackup(planId, first.backupId);
        expect(row).toMatchObject(bare);
        expect(row?.warnings).toBeUndefined();
        expect(row?.versions).toBeUndefined();
        expect(row?.madeBy).toBeUndefined();
        await catalog.prepareCompletion({ ...first, attempt: 2 }, { ...bare, madeBy: 2 });
        const completedRow = await catalog.completeRun({ ...first, attempt: 2 }, later);
        expect(completedRow).toMatchObject({ status: 'completed', madeBy: 2 });
      });

      test('a completed run has everything that was prepared, and no lease', async () => {
        const { catalog, planId } = await setUp();
        const owner = await claimed(catalog, aClaim(planId));
        await catalog.prepareCompletion(owner, completion);
        const row = await catalog.completeRun(owner, later);
        expect(row).toMatchObject({ ...completion, status: 'completed', completedAt: later });
        expect(row.leaseUntil).toBeUndefined();
        expect(row.progress).toBeUndefined();
        expect(await catalog.completeRun(owner, later)).toEqual(row);
      });

      test('nothing completes that was not prepared', async () => {
        const { catalog, planId } = await setUp();
        const owner = await claimed(catalog, aClaim(planId));
        await expect(catalog.completeRun(owner, later)).rejects.toMatchObject({ code: 'CONFLICT' });
      });

      test('completed wins for ever: no claim, no failure, no late owner changes it', async () => {
        const { catalog, planId } = await setUp();
        const owner = await completed(catalog, aClaim(planId));
        const row = await catalog.getBackup(planId, owner.backupId);
        const claim = await catalog.claimRun(aClaim(planId, { now: '2027-01-01T00:00:00.000Z' }));
        expect(claim).toEqual({ outcome: 'completed', row });
        expect(await catalog.failRun(owner, { code: 'INTERNAL', message: 'late' }, later)).toEqual(row);
        await expect(catalog.renewRun(owner, later)).rejects.toMatchObject({ code: 'CONFLICT' });
        await expect(catalog.prepareCompletion(owner, completion)).rejects.toMatchObject({
          code: 'CONFLICT',
        });
        expect(await catalog.getBackup(planId, owner.backupId)).toEqual(row);
      });

      test('an attempt that was taken over can do nothing more', async () => {
        const { catalog, planId } = await setUp();
        const first = await claimed(catalog, aClaim(planId));
        await catalog.prepareCompletion(first, completion);
        await catalog.claimRun(aClaim(planId, { now: later, leaseUntil: '2026-11-21T02:31:00.000Z' }));
        await expect(catalog.renewRun(first, later)).rejects.toMatchObject({ code: 'CONFLICT' });
        await expect(catalog.prepareCompletion(first, completion)).rejects.toMatchObject({
          code: 'CONFLICT',
        });
        await expect(catalog.completeRun(first, later)).rejects.toMatchObject({ code: 'CONFLICT' });
        const left = await catalog.failRun(first, { code: 'INTERNAL', message: 'late' }, later);
        expect(left).toMatchObject({ status: 'running', attempt: 2 });
      });

      test('a run that was never claimed cannot be renewed or failed', async () => {
        const { catalog, planId } = await setUp();
        const nobody = { planId, backupId: backupIdFor(planId, slot), attempt: 1 };
        await expect(catalog.renewRun(nobody, later)).rejects.toMatchObject({ code: 'CONFLICT' });
        const failing = catalog.failRun(nobody, { code: 'INTERNAL', message: 'x' }, later);
        await expect(failing).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' });
        expect(await catalog.getBackup(planId, nobody.backupId)).toBeUndefined();
      });
    });

    describe('finding backups', () => {
      const slots = [19, 21, 20].map((day) => `2026-11-${day}T02:00:00Z`);

      test('a backup is found by its id alone', async () => {
        const { catalog, planId } = await setUp();
        const owner = await claimed(catalog, aClaim(planId));
        expect(await catalog.findBackup(owner.backupId)).toMatchObject({ planId, backupId: owner.backupId });
        expect(await catalog.findBackup('20200101T000000Z-00000000')).toBeUndefined();
      });

      test('the backups of a plan are listed newest first, page after page, and no others', async () => {
        const { catalog, planId } = await setUp();
        for (const each of slots) await claimed(catalog, aClaim(planId, { slot: each }));
        await claimed(catalog, aClaim(`${planId}-x`));
        const first = await catalog.listBackups(planId, { limit: 2 });
        expect(first.rows.map((row) => row.slot)).toEqual([slots[1], slots[2]]);
        const second = await catalog.listBackups(planId, { limit: 2, cursor: first.cursor ?? '' });
        expect(second.rows.map((row) => row.slot)).toEqual([slots[0]]);
        expect(second.cursor).toBeUndefined();
      });

      test('a list from a time on has nothing of an earlier slot, by status and page by page too', async () => {
        const { catalog, planId } = await setUp();
        const ofDay = (day: number) => `2026-11-0${day}T02:00:00Z`;
        for (const day of [1, 2, 3, 4, 5]) await claimed(catalog, aClaim(planId, { slot: ofDay(day) }));
        await completed(catalog, aClaim(planId, { slot: ofDay(6) }));
        const since = '2026-11-03T02:00:00.000Z';
        const { rows } = await catalog.listBackups(planId, { since });
        expect(rows.map((row) => row.slot)).toEqual([6, 5, 4, 3].map(ofDay));
        const first = await catalog.listBackups(planId, { since, status: 'running', limit: 2 });
        const { cursor } = first;
        const second = await catalog.listBackups(planId, { since, status: 'running', limit: 2, cursor });
        expect([...first.rows, ...second.rows].map((row) => row.slot)).toEqual([5, 4, 3].map(ofDay));
        expect(await catalog.listBackups(planId, { since: '2026-11-06T02:00:01Z' })).toEqual({ rows: [] });
      });

      test('a list by status has that status only', async () => {
        const { catalog, planId } = await setUp();
        await completed(catalog, aClaim(planId, { slot: slots[0] ?? slot }));
        await claimed(catalog, aClaim(planId, { slot: slots[1] ?? slot }));
        await completed(catalog, aClaim(planId, { slot: slots[2] ?? slot }));
        const { rows } = await catalog.listBackups(planId, { status: 'completed' });
        expect(rows.map((row) => row.slot)).toEqual([slots[2], slots[0]]);
        expect((await catalog.listBackups(planId, { status: 'failed' })).rows).toEqual([]);
      });

      test('a page of nothing, a limit out of range and a cursor that is none are refused', async () => {
        const { catalog, planId } = await setUp();
        for (const options of [{ limit: 0 }, { limit: 1001 }, { limit: 1.5 }, { cursor: 'nonsense' }]) {
          const list = catalog.listBackups(planId, options);
          await expect(list).rejects.toMatchObject({ code: 'INVALID_INPUT' });
        }
      });

      test('the newest completed backup of each tier is known, and what has not completed does not count', async () => {
        const { catalog, planId } = await setUp();
        const make = (day: string, tier: Tier) =>
          completed(catalog, aClaim(planId, { slot: `2026-${day}T02:00:00Z`, tier }));
        await make('01-01', 'yearly');
        await make('11-01', 'monthly');
        await make('11-18', 'daily');
        await make('11-19', 'daily');
        await claimed(catalog, aClaim(planId, { slot: '2026-11-20T02:00:00Z', tier: 'daily' }));
        const newest = await catalog.newestOfEachTier(planId);
        expect([...newest].sort((a, b) => a.slot.localeCompare(b.slot))).toEqual([
          { tier: 'yearly', slot: '2026-01-01T02:00:00Z' },
          { tier: 'monthly', slot: '2026-11-01T02:00:00Z' },
          { tier: 'daily', slot: '2026-11-19T02:00:00Z' },
        ]);
      });
    });

    describe('verifications', () => {
      const unverifiedOf = async (catalog: Catalog, planId: string) =>
        (await catalog.listUnverified(1000)).filter((row) => row.planId === planId).map((row) => row.slot);

      test('what has completed waits for its verification, what completed first comes first', async () => {
        const { catalog, planId } = await setUp();
        const [one = '', two = '', three = ''] = [1, 2, 3].map((day) => `2026-11-0${day}T02:00:00Z`);
        await completed(catalog, aClaim(planId, { slot: two }), '2026-11-05T02:00:00.000Z');
        await completed(catalog, aClaim(planId, { slot: one }), '2026-11-06T02:00:00.000Z');
        await claimed(catalog, aClaim(planId, { slot: three }));
        expect(await unverifiedOf(catalog, planId)).toEqual([two, one]);
      });

      test('a verified backup says so and waits no longer', async () => {
        const { catalog, planId } = await setUp();
        const { backupId } = await completed(catalog, aClaim(planId));
        await catalog.recordVerification(planId, backupId, passed);
        expect(await unverifiedOf(catalog, planId)).toEqual([]);
        const row = await catalog.getBackup(planId, backupId);
        expect(row).toMatchObject({
          status: 'completed',
          verification: passed,
          manifest: completion.manifest,
        });
      });

      test('a later check that is less takes no earlier proof away', async () => {
        const { catalog, planId } = await setUp();
        const { backupId } = await completed(catalog, aClaim(planId));
        await catalog.recordVerification(planId, backupId, passed);
        const { provenAt, ...stored } = {
          ...passed,
          level: 'stored' as const,
          verifiedAt: '2026-11-22T03:00:00.000Z',
        };
        await catalog.recordVerification(planId, backupId, stored);
        const row = await catalog.getBackup(planId, backupId);
        expect(row?.verification).toEqual({ ...stored, provenAt });
      });

      test('a verification that could not be made leaves the backup waiting, behind the others', async () => {
        const { catalog, planId } = await setUp();
        const [one = '', two = ''] = [1, 2].map((day) => `2026-11-0${day}T02:00:00Z`);
        const { backupId } = await completed(
          catalog,
          aClaim(planId, { slot: one }),
          '2026-11-05T02:00:00.000Z',
        );
        await completed(catalog, aClaim(planId, { slot: two }), '2026-11-06T02:00:00.000Z');
        const { reportKey: _, provenAt: __, ...bare } = passed;
        const error = { ...bare, status: 'error' as const, verifiedAt: '2026-11-07T02:00:00.000Z' };
        await catalog.recordVerification(planId, backupId, error);
        expect(await unverifiedOf(catalog, planId)).toEqual([two, one]);
        expect((await catalog.getBackup(planId, backupId))?.verification).toEqual(error);
      });

      test('a backup goes to the end of the list before its turn, and only one sweep gets it', async () => {
        const { catalog, planId } = await setUp();
        const [one = '', two = ''] = [1, 2].map((day) => `2026-11-0${day}T02:00:00Z`);
        const first = await completed(catalog, aClaim(planId, { slot: one }), '2026-11-05T02:00:00.000Z');
        await completed(catalog, aClaim(planId, { slot: two }), '2026-11-06T02:00:00.000Z');
        const listedAt = '2026-11-07T02:00:00.000Z';
        const claim = (now: string) => catalog.claimVerification(planId, first.backupId, listedAt, now);
        expect(await claim('2026-11-07T02:00:01.000Z')).toBe(true);
        expect(await claim('2026-11-07T02:00:02.000Z')).toBe(false);
        expect(await unverifiedOf(catalog, planId)).toEqual([two, one]);
        await catalog.recordVerification(planId, first.backupId, passed);
        expect(await claim('2026-11-08T02:00:00.000Z')).toBe(false);
      });

      test('a note that all is stored changes nothing else: not what was found, nor the guard, nor who waits', async () => {
        const { catalog, planId } = await setUp();
        const { backupId } = await completed(catalog, aClaim(planId));
        const before = await catalog.getBackup(planId, backupId);
        await catalog.noteStored(planId, backupId, '2026-11-22T03:00:00Z');
        const storedAt = '2026-11-22T03:00:00.000Z';
        expect(await catalog.getBackup(planId, backupId)).toEqual({ ...before, storedAt });
        expect(await unverifiedOf(catalog, planId)).toEqual([slot]);
        const failed = { ...passed, status: 'failed' as const };
        await catalog.recordVerification(planId, backupId, failed);
        await catalog.noteStored(planId, backupId, '2026-11-23T03:00:00Z');
        expect(await catalog.getBackup(planId, backupId)).toMatchObject({
          verification: failed,
          storedAt: '2026-11-23T03:00:00.000Z',
        });
      });

      test('nothing is noted of a backup that is not completed', async () => {
        const { catalog, planId } = await setUp();
        const { backupId } = await claimed(catalog, aClaim(planId));
        for (const id of [backupId, '20200101T000000Z-00000000']) await catalog.noteStored(planId, id, later);
        expect((await catalog.getBackup(planId, backupId))?.storedAt).toBeUndefined();
        expect(await catalog.getBackup(planId, '20200101T000000Z-00000000')).toBeUndefined();
      });

      test('what verify remembers of a plan stays while the plan changes, and makes no plan', async () => {
        const { catalog, planId } = await setUp();
        const storedError = {
          at: later,
          backupId: '20261121T020000Z-0123abcd',
          code: 'KEY_MISSING',
          message: 'none of them',
        };
        const proof = { drill: { at: now, result: 'proven' as const }, storedAt: now, storedError };
        await catalog.saveProof(planId, proof);
        expect(await catalog.getPlan(planId)).toBeUndefined();
        await catalog.putPlan(aPlan(planId), 0, 'ann', now);
        await catalog.saveProof(planId, proof);
        expect(await catalog.putPlan(aPlan(planId, { name: 'Shop' }), 1, 'ann', later)).toMatchObject({
          revision: 2,
          proof,
        });
        await catalog.saveProof(planId, { ...proof, storedError: undefined });
        const { storedError: _, ...cleared } = proof;
        expect((await catalog.getPlan(planId))?.proof).toEqual(cleared);
        const listed = (await catalog.listPlans({ limit: 1000 })).rows.find(({ plan }) => plan.id === planId);
        expect(listed?.proof).toEqual(cleared);
        await catalog.deletePlan(planId, 2, 'ann', later);
        await catalog.saveProof(planId, { storedAt: later });
        expect(await catalog.getPlan(planId)).toMatchObject({
          deleted: { by: 'ann' },
          proof: { storedAt: later },
        });
      });

      test('only a completed backup can be verified', async () => {
        const { catalog, planId } = await setUp();
        const { backupId } = await claimed(catalog, aClaim(planId));
        for (const id of [backupId, '20200101T000000Z-00000000']) {
          const record = catalog.recordVerification(planId, id, passed);
          await expect(record).rejects.toMatchObject({ code: 'CONFLICT' });
        }
        expect((await catalog.getBackup(planId, backupId))?.verification).toBeUndefined();
        expect(await catalog.getBackup(planId, '20200101T000000Z-00000000')).toBeUndefined();
      });
    });

    describe('leases', () => {
      test('a lease has one owner at a time, who may take it again', async () => {
        const { catalog, planId } = await setUp();
        expect(await catalog.acquireLease(planId, 'one', leaseUntil, now)).toBe(true);
        expect(await catalog.acquireLease(planId, 'two', leaseUntil, now)).toBe(false);
        expect(await catalog.acquireLease(planId, 'one', later, now)).toBe(true);
        expect(await catalog.acquireLease(planId, 'two', later, leaseUntil)).toBe(false);
      });

      test('a lease ends by itself', async () => {
        const { catalog, planId } = await setUp();
        await catalog.acquireLease(planId, 'one', leaseUntil, now);
        expect(await catalog.acquireLease(planId, 'two', later, leaseUntil)).toBe(true);
      });

      test('a lease is at most a day, and one that a wrong clock made longer counts as none', async () => {
        const { catalog, planId } = await setUp();
        await expect(
          catalog.acquireLease(planId, 'one', '2027-11-21T02:00:00.000Z', now),
        ).rejects.toMatchObject({ code: 'INVALID_INPUT' });
        const aYearAhead = '2027-11-21T02:00:00.000Z';
        expect(await catalog.acquireLease(planId, 'one', '2027-11-21T02:15:00.000Z', aYearAhead)).toBe(true);
        expect(await catalog.acquireLease(planId, 'two', leaseUntil, now)).toBe(true);
      });

      test('only its owner renews it, and nobody once another one took it, whatever the clocks say', async () => {
        const { catalog, planId } = await setUp();
        expect(await catalog.renewLease(planId, 'one', leaseUntil, now)).toBe(false);
        await catalog.acquireLease(planId, 'one', leaseUntil, now);
        expect(await catalog.renewLease(planId, 'two', later, now)).toBe(false);
        expect(await catalog.renewLease(planId, 'one', later, now)).toBe(true);
        expect(await catalog.acquireLease(planId, 'two', later, leaseUntil)).toBe(false);
        // A clock that is two days behind takes it for one of a wrong clock.
        const behind = '2026-11-19T02:00:00.000Z';
        expect(await catalog.acquireLease(planId, 'two', '2026-11-19T02:15:00.000Z', behind)).toBe(true);
        expect(await catalog.renewLease(planId, 'one', later, now)).toBe(false);
        expect(await catalog.renewLease(planId, 'two', '2026-11-19T02:20:00.000Z', behind)).toBe(true);
      });

      test('only its owner releases it', async () => {
        const { catalog, planId } = await setUp();
        await catalog.acquireLease(planId, 'one', leaseUntil, now);
        await catalog.releaseLease(planId, 'two');
        expect(await catalog.acquireLease(planId, 'two', leaseUntil, now)).toBe(false);
        await catalog.releaseLease(planId, 'one');
        expect(await catalog.acquireLease(planId, 'two', leaseUntil, now)).toBe(true);
      });

      test('five at once: one has it', async () => {
        const { catalog, planId } = await setUp();
        const owners = ['1', '2', '3', '4', '5'];
        const taken = await Promise.all(
          owners.map((owner) => catalog.acquireLease(planId, owner, leaseUntil, now)),
        );
        expect(taken.filter(Boolean)).toHaveLength(1);
      });

      test('the name may be as long as a secret ARN', async () => {
        const { catalog, planId } = await setUp();
        expect(
          await catalog.acquireLease(`source:${'x'.repeat(2048)}${planId}`, 'one', leaseUntil, now),
        ).toBe(true);
      });
    });

    keepingContract(setUp);
    buildingContract(setUp);
    restoresContract(setUp);
    recordsContract(setUp);
    drillsContract(setUp);
    timelineContract(setUp);
    controlContract(setUp);
  });
}
