/** The contract of the catalog: what the control plane keeps beside backups. */
import { describe, expect, test } from 'vitest';
import type { AlertRow, AuditEntry, DayRow, OnceResponse, TaskRow } from '../../core/ports/catalog.ts';
import { aPlan, later, leaseUntil, now, type SetUp } from './catalog-fixtures.ts';

export function controlContract(setUp: SetUp): void {
  describe('plans that are deleted', () => {
    test('a deleted plan is on the list of deleted ones only, and its row stays', async () => {
      const { catalog, planId } = await setUp();
      const row = await catalog.putPlan(aPlan(planId), 0, 'ann', now);
      const deleted = await catalog.deletePlan(planId, 1, 'bob', later);
      expect(deleted).toEqual({
        ...row,
        revision: 2,
        updatedAt: later,
        updatedBy: 'bob',
        deleted: { at: later, by: 'bob' },
      });
      expect(await catalog.getPlan(planId)).toEqual(deleted);
      const listed = async (options: { deleted?: boolean }) =>
        (await catalog.listPlans({ limit: 1000, ...options })).rows.filter(({ plan }) => plan.id === planId);
      expect(await listed({})).toEqual([]);
      expect(await listed({ deleted: true })).toEqual([deleted]);
      expect(await catalog.deletePlan(planId, 1, 'late', now)).toEqual(deleted);
      const pause = catalog.setPaused(planId, { at: later, by: 'ann', reason: 'x' });
      await expect(pause).rejects.toMatchObject({ code: 'PLAN_NOT_FOUND' });
    });

    test('putting it again at its revision makes it a plan again, at no other', async () => {
      const { catalog, planId } = await setUp();
      await catalog.putPlan(aPlan(planId), 0, 'ann', now);
      await catalog.deletePlan(planId, 1, 'bob', later);
      for (const revision of [0, 1]) {
        const put = catalog.putPlan(aPlan(planId), revision, 'ann', later);
        await expect(put).rejects.toMatchObject({ code: 'CONFLICT' });
      }
      const again = await catalog.putPlan(aPlan(planId), 2, 'ann', later);
      expect(again).toMatchObject({ revision: 3, createdAt: now });
      expect(again.deleted).toBeUndefined();
      const { rows } = await catalog.listPlans({ limit: 1000 });
      expect(rows.filter(({ plan }) => plan.id === planId)).toEqual([again]);
    });

    test('whoever has not seen the last revision gets CONFLICT; where there is none, PLAN_NOT_FOUND', async () => {
      const { catalog, planId } = await setUp();
      await catalog.putPlan(aPlan(planId), 0, 'ann', now);
      const late = catalog.deletePlan(planId, 2, 'bob', later);
      await expect(late).rejects.toMatchObject({ code: 'CONFLICT' });
      const never = catalog.deletePlan(`${planId}-x`, 1, 'bob', later);
      await expect(never).rejects.toMatchObject({ code: 'PLAN_NOT_FOUND' });
      expect((await catalog.getPlan(planId))?.deleted).toBeUndefined();
    });

    test('what its backups take up is noted by tier', async () => {
      const { catalog, planId } = await setUp();
      await catalog.putPlan(aPlan(planId), 0, 'ann', now);
      const byTier = { daily: { backups: 2, storedBytes: 5 }, yearly: { backups: 1, storedBytes: 3 } };
      const usage = { countedAt: later, backups: 3, storedBytes: 8, byTier };
      await catalog.saveUsage(planId, usage);
      expect((await catalog.getPlan(planId))?.usage).toEqual(usage);
    });
  });

  describe('tasks', () => {
    const aTask = (planId: string): TaskRow => ({
      taskId: `t-20261121t020005z-${planId}`,
      kind: 'plan-test',
      status: 'pending',
      planId,
      createdAt: now,
      createdBy: 'ann',
      correlationId: 'c-1',
    });
    const end = {
      status: 'completed',
      completedAt: later,
      result: { checks: [{ ok: true }], none: null },
    } as const;

    test('a task is created once and comes back with what came of it', async () => {
      const { catalog, planId } = await setUp();
      const task = aTask(planId);
      expect(await catalog.getTask(task.taskId)).toBeUndefined();
      await catalog.createTask(task);
      expect(await catalog.getTask(task.taskId)).toEqual(task);
      await expect(catalog.createTask(task)).rejects.toMatchObject({ code: 'CONFLICT' });
      await catalog.finishTask(task.taskId, end);
      expect(await catalog.getTask(task.taskId)).toEqual({ ...task, ...end });
    });

    test('its end is set once, and of a task that nobody created nothing is kept', async () => {
      const { catalog, planId } = await setUp();
      const task = aTask(planId);
      await catalog.finishTask(task.taskId, end);
      expect(await catalog.getTask(task.taskId)).toBeUndefined();
      await catalog.createTask(task);
      await catalog.finishTask(task.taskId, end);
      const error = { code: 'INTERNAL', message: 'late' };
      await catalog.finishTask(task.taskId, { status: 'failed', completedAt: later, error });
      expect(await catalog.getTask(task.taskId)).toEqual({ ...task, ...end });
    });

    test('a result that no row can hold is INVALID_INPUT', async () => {
      const { catalog, planId } = await setUp();
      const result = { text: 'x'.repeat(204_800) };
      const finish = catalog.finishTask(aTask(planId).taskId, { ...end, result });
      await expect(finish).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    });
  });

  describe('alerts that people see to', () => {
    const anAlert = (planId: string): AlertRow => ({
      conditionId: `backup-missed/${planId}`,
      kind: 'backup-missed',
      severity: 'critical',
      planId,
      subject: 'A backup is missing',
      text: 'Nothing since yesterday.',
      since: now,
      lastToldAt: now,
      timesTold: 1,
    });
    const seen = { at: later, by: 'ann' };
    const delivery = { at: later };

    test('an open one is acknowledged, and not any more; a reminder leaves that as it is', async () => {
      const { catalog, planId } = await setUp();
      const row = anAlert(planId);
      await catalog.saveAlert(row);
      expect(await catalog.acknowledgeAlert(row.conditionId, seen)).toEqual({ ...row, acknowledged: seen });
      await catalog.noteDelivery(row.conditionId, 'email', delivery);
      const told = { ...row, lastToldAt: later, timesTold: 2 };
      // As watch had read it before.
      await catalog.saveAlert(told);
      const kept = { ...told, acknowledged: seen, deliveries: { email: delivery } };
      expect(await catalog.getAlert(row.conditionId)).toEqual(kept);
      const taken = await catalog.acknowledgeAlert(row.conditionId, undefined);
      expect(taken.acknowledged).toBeUndefined();
    });

    test('when it breaks anew, nobody has seen it and nothing was delivered', async () => {
      const { catalog, planId } = await setUp();
      const row = anAlert(planId);
      await catalog.saveAlert(row);
      await catalog.acknowledgeAlert(row.conditionId, seen);
      await catalog.noteDelivery(row.conditionId, 'email', delivery);
      const closed = { ...row, closedAt: later };
      await catalog.saveAlert(closed);
      expect(await catalog.getAlert(row.conditionId)).toEqual({
        ...closed,
        acknowledged: seen,
        deliveries: { email: delivery },
      });
      const anew = { ...row, since: later, acknowledged: seen };
      await catalog.saveAlert(anew);
      expect(await catalog.getAlert(row.conditionId)).toEqual({ ...row, since: later });
    });

    test('a closed one is CONFLICT, and one that is not there ALERT_NOT_FOUND', async () => {
      const { catalog, planId } = await setUp();
      const row = anAlert(planId);
      const never = catalog.acknowledgeAlert(row.conditionId, seen);
      await expect(never).rejects.toMatchObject({ code: 'ALERT_NOT_FOUND' });
      expect(await catalog.getAlert(row.conditionId)).toBeUndefined();
      await catalog.saveAlert({ ...row, closedAt: later });
      const late = catalog.acknowledgeAlert(row.conditionId, seen);
      await expect(late).rejects.toMatchObject({ code: 'CONFLICT' });
    });

    test('deliveries of several channels at once are all noted, the last of each, at most 20', async () => {
      const { catalog, planId } = await setUp();
      const row = anAlert(planId);
      await catalog.noteDelivery(row.conditionId, 'email', delivery);
      expect(await catalog.getAlert(row.conditionId)).toBeUndefined();
      await catalog.saveAlert(row);
      const error = { code: 'NOTIFY_FAILED', message: 'no' };
      await catalog.noteDelivery(row.conditionId, 'email', { at: now, error });
      const channels = ['email', ...Array.from({ length: 19 }, (_, number) => `on-call-${number}`)];
      await Promise.all(channels.map((channel) => catalog.noteDelivery(row.conditionId, channel, delivery)));
      await catalog.noteDelivery(row.conditionId, 'one-more', delivery);
      const expected = Object.fromEntries(channels.map((channel) => [channel, delivery]));
      expect((await catalog.getAlert(row.conditionId))?.deliveries).toEqual(expected);
    });
  });

  describe('audit of intentions and outcomes', () => {
    let month = 0;
    const anIntention = (): AuditEntry => {
      month += 1;
      const at = `${2060 + month}-01-01T00:00:00.000Z`;
      const what = { by: 'ann', action: 'plan.put', target: 'shop', detail: '', correlationId: 'c' };
      return { at, id: 'e', ...what, via: 'api', groups: ['admins'], address: '192.0.2.1', requestId: 'r' };
    };
    const list = async (catalog: Awaited<ReturnType<SetUp>>['catalog'], { at }: AuditEntry) =>
      (await catalog.listAudit(at.slice(0, 7))).rows;

    test('an intention is replaced by its outcome, with what changed; then it stays', async () => {
      const { catalog } = await setUp();
      const intention = anIntention();
      await catalog.appendAudit(intention);
      expect(await list(catalog, intention)).toEqual([intention]);
      const changed = { before: { revision: 1, only: [] }, after: { revision: 2 }, objects: ['audit/api/x'] };
      const outcome: AuditEntry = { ...intention, ...changed, result: 'ok' };
      await catalog.appendAudit(outcome);
      await catalog.appendAudit(outcome);
      const error = { code: 'CONFLICT', message: 'no', next: 'again' };
      for (const late of [intention, { ...intention, result: 'failed' as const, error }]) {
        await expect(catalog.appendAudit(late)).rejects.toMatchObject({ code: 'CONFLICT' });
      }
      expect(await list(catalog, intention)).toEqual([outcome]);
    });

    test('an outcome of something else does not take its place, and one without an intention is kept', async () => {
      const { catalog } = await setUp();
      const intention = anIntention();
      await catalog.appendAudit(intention);
      const other = catalog.appendAudit({ ...intention, target: 'other', result: 'ok' });
      await expect(other).rejects.toMatchObject({ code: 'CONFLICT' });
      const alone: AuditEntry = { ...anIntention(), result: 'refused' };
      await catalog.appendAudit(alone);
      expect(await list(catalog, alone)).toEqual([alone]);
    });

    test('a value that is too large is INVALID_INPUT', async () => {
      const { catalog } = await setUp();
      const append = catalog.appendAudit({ ...anIntention(), after: 'x'.repeat(20_480) });
      await expect(append).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    });
  });

  describe('days', () => {
    const aDay = (planId: string, day: string): DayRow => ({
      planId,
      day,
      completed: 24,
      failed: 1,
      missed: 0,
      sourceBytes: 3e12,
      storedBytes: 1e12,
      seconds: 86.5,
      longestSeconds: 10.25,
      verified: 3,
      verifyFailed: 0,
      proven: 1,
      keptBytes: 5e12,
    });

    test('days of a plan are listed in order, first and last included, as they were counted last', async () => {
      const { catalog, planId } = await setUp();
      const days = ['2026-10-31', '2026-11-01', '2026-11-02', '2026-11-03'].map((day) => aDay(planId, day));
      for (const row of [...days].reverse()) await catalog.putDay(row);
      await catalog.putDay(aDay(`${planId}-x`, '2026-11-01'));
      const { keptBytes: _, ...again } = { ...aDay(planId, '2026-11-01'), completed: 23 };
      await catalog.putDay(again);
      const listed = await catalog.listDays(planId, '2026-10-31', '2026-11-02');
      expect(listed).toEqual([days[0], again, days[2]]);
    });

    test('what are no days, and more than 400 of them, are refused', async () => {
      const { catalog, planId } = await setUp();
      const bad: [string, string][] = [
        ['2026-11', '2026-12'],
        ['2026-11-02', '2026-11-01'],
        ['2025-01-01', '2026-02-05'],
      ];
      for (const [from, to] of bad) {
        const list = catalog.listDays(planId, from, to);
        await expect(list).rejects.toMatchObject({ code: 'INVALID_INPUT' });
      }
      expect(await catalog.listDays(planId, '2025-01-01', '2026-02-04')).toEqual([]);
    });
  });

  describe('what happens once for a key', () => {
    const response: OnceResponse = { status: 202, body: '{"id":"x"}', headers: { location: '/v1/x' } };

    test('of five at once one is told that it has it; the others wait for its answer', async () => {
      const { catalog, planId } = await setUp();
      const claim = () => catalog.claimOnce(planId, 'f', later, now);
      const outcomes = (await Promise.all([1, 2, 3, 4, 5].map(claim))).map(({ outcome }) => outcome);
      expect(outcomes.sort()).toEqual(['claimed', ...Array<string>(4).fill('repeated')]);
      expect(await claim()).toEqual({ outcome: 'repeated' });
      await catalog.noteOnce(planId, response);
      await catalog.noteOnce(planId, { ...response, status: 500 });
      expect(await claim()).toEqual({ outcome: 'repeated', response });
    });

    test('the same key with another request is different, until its time is over', async () => {
      const { catalog, planId } = await setUp();
      await catalog.claimOnce(planId, 'f', leaseUntil, now);
      await catalog.noteOnce(planId, response);
      expect(await catalog.claimOnce(planId, 'other', later, now)).toEqual({ outcome: 'different' });
      expect(await catalog.claimOnce(planId, 'other', later, leaseUntil)).toEqual({ outcome: 'claimed' });
      expect(await catalog.claimOnce(planId, 'other', later, leaseUntil)).toEqual({ outcome: 'repeated' });
    });

    test('a key whose request was not carried out is free again; one that was answered is not', async () => {
      const { catalog, planId } = await setUp();
      await catalog.noteOnce(planId, response);
      expect(await catalog.claimOnce(planId, 'f', later, now)).toEqual({ outcome: 'claimed' });
      await catalog.releaseOnce(planId);
      expect(await catalog.claimOnce(planId, 'f', later, now)).toEqual({ outcome: 'claimed' });
      await catalog.noteOnce(planId, response);
      await catalog.releaseOnce(planId);
      expect(await catalog.claimOnce(planId, 'f', later, now)).toEqual({ outcome: 'repeated', response });
    });

    test('one that was claimed for a moment is remembered longer from its answer on, and without one is free again', async () => {
      const { catalog, planId } = await setUp();
      await catalog.claimOnce(planId, 'f', leaseUntil, now);
      await catalog.noteOnce(planId, response, later);
      const repeated = { outcome: 'repeated', response };
      expect(await catalog.claimOnce(planId, 'f', later, leaseUntil)).toEqual(repeated);
      expect(await catalog.claimOnce(planId, 'f', later, later)).toEqual({ outcome: 'claimed' });
      const died = `${planId}-died`;
      await catalog.claimOnce(died, 'f', leaseUntil, now);
      expect(await catalog.claimOnce(died, 'f', later, leaseUntil)).toEqual({ outcome: 'claimed' });
    });

    test('an answer that no row can hold is INVALID_INPUT', async () => {
      const { catalog, planId } = await setUp();
      const note = catalog.noteOnce(planId, { ...response, body: 'x'.repeat(102_400) });
      await expect(note).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    });
  });

  describe('counts', () => {
    test('five at once count to five, each count is told once', async () => {
      const { catalog, planId } = await setUp();
      const counts = await Promise.all([1, 2, 3, 4, 5].map(() => catalog.countUp(planId, later, now)));
      expect(counts.sort()).toEqual([1, 2, 3, 4, 5]);
      expect(await catalog.countUp(`${planId}-x`, later, now)).toBe(1);
    });

    test('one that is past its time counts as none, whoever comes first of five', async () => {
      const { catalog, planId } = await setUp();
      await catalog.countUp(planId, leaseUntil, now);
      await catalog.countUp(planId, later, now);
      const counts = await Promise.all([1, 2, 3, 4, 5].map(() => catalog.countUp(planId, later, leaseUntil)));
      expect(counts.sort()).toEqual([1, 2, 3, 4, 5]);
    });

    test('without a time it goes by the clock', async () => {
      const { catalog, planId } = await setUp();
      const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
      expect(await catalog.countUp(planId, inAnHour)).toBe(1);
      expect(await catalog.countUp(planId, inAnHour)).toBe(2);
    });
  });
}
