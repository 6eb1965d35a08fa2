/** The contract of the catalog: alerts that were told, the audit, and small named values. */
import { describe, expect, test } from 'vitest';
import type { AlertRow, AuditEntry, Catalog } from '../../core/ports/catalog.ts';
import { later, now, type SetUp } from './catalog-fixtures.ts';

export function recordsContract(setUp: SetUp): void {
  describe('alerts', () => {
    const anAlert = (planId: string, kind = 'backup-missed'): AlertRow => ({
      conditionId: `${kind}/${planId}`,
      kind,
      severity: 'critical',
      planId,
      subject: 'A backup is missing',
      text: 'Nothing since yesterday.',
      since: now,
      lastToldAt: now,
      timesTold: 1,
    });
    const open = async (catalog: Catalog, planId: string) =>
      (await catalog.listOpenAlerts()).filter((row) => row.planId === planId);

    test('open alerts are listed by id, as they were saved last', async () => {
      const { catalog, planId } = await setUp();
      const two = anAlert(planId, 'schedule-wrong');
      const one = { ...anAlert(planId), backupId: '20261121T020000Z-0123abcd' };
      await catalog.saveAlert(two);
      await catalog.saveAlert(one);
      expect(await open(catalog, planId)).toEqual([one, two]);
      const { backupId: _, ...told } = { ...one, lastToldAt: later, timesTold: 2 };
      await catalog.saveAlert(told);
      expect(await open(catalog, planId)).toEqual([told, two]);
    });

    test('a closed alert is on the list no longer, and comes back when it breaks again', async () => {
      const { catalog, planId } = await setUp();
      const row = anAlert(planId);
      await catalog.saveAlert(row);
      await catalog.saveAlert({ ...row, closedAt: later });
      expect(await open(catalog, planId)).toEqual([]);
      const again = { ...row, since: later, lastToldAt: later };
      await catalog.saveAlert(again);
      expect(await open(catalog, planId)).toEqual([again]);
    });

    test('of any number that close an alert exactly one is told so', async () => {
      const { catalog, planId } = await setUp();
      const row = anAlert(planId);
      await catalog.saveAlert(row);
      await catalog.noteDelivery(row.conditionId, 'email', { at: later });
      const closed = { ...row, closedAt: later };
      const told = await Promise.all(Array.from({ length: 5 }, () => catalog.closeAlert(closed)));
      expect(told.filter((isTold) => isTold)).toHaveLength(1);
      expect(await open(catalog, planId)).toEqual([]);
      const kept = await catalog.getAlert(row.conditionId);
      expect(kept).toEqual({ ...closed, deliveries: { email: { at: later } } });
    });

    test('what is not open, or broke anew meanwhile, cannot be closed', async () => {
      const { catalog, planId } = await setUp();
      const row = anAlert(planId);
      expect(await catalog.closeAlert({ ...row, closedAt: later })).toBe(false);
      expect(await catalog.getAlert(row.conditionId)).toBeUndefined();
      const anew = { ...row, since: later, lastToldAt: later };
      await catalog.saveAlert(anew);
      expect(await catalog.closeAlert({ ...row, closedAt: later })).toBe(false);
      expect(await open(catalog, planId)).toEqual([anew]);
    });

    test('an alert is no plan and no waiting restore: each list has its own kind', async () => {
      const { catalog, planId } = await setUp();
      await catalog.saveAlert(anAlert(planId));
      const plans = await catalog.listPlans({ limit: 1000 });
      expect(plans.rows.every((row) => row.plan !== undefined)).toBe(true);
      const restores = await catalog.listWaitingRestores();
      expect(restores.filter((row) => row.planId === planId)).toEqual([]);
    });
  });

  describe('audit', () => {
    /** A month of its own for each test. */
    let year = 2030;
    const month = () => {
      year += 1;
      return `${year}-11`;
    };
    const anEntry = (at: string, id: string): AuditEntry => ({
      at,
      id,
      by: 'ann',
      action: 'plan.pause',
      target: 'shop',
      detail: 'moving house',
      correlationId: 'c-1',
    });

    test('the entries of a month are listed newest first, page after page, and no others', async () => {
      const { catalog } = await setUp();
      const of = month();
      const at = [`${of}-01T00:00:00.000Z`, `${of}-01T00:00:00.001Z`, `${of}-30T23:59:59.999Z`];
      const entries = at.map((each, number) => anEntry(each, `e-${number}`));
      for (const number of [1, 0, 2]) await catalog.appendAudit(entries[number] ?? anEntry('', ''));
      await catalog.appendAudit(anEntry(`${of.replace('-11', '-12')}-01T00:00:00.000Z`, 'next'));
      const first = await catalog.listAudit(of, { limit: 2 });
      expect(first.rows).toEqual([entries[2], entries[1]]);
      const second = await catalog.listAudit(of, { limit: 2, cursor: first.cursor ?? '' });
      expect(second.rows).toEqual([entries[0]]);
      expect(second.cursor).toBeUndefined();
    });

    test('times of any precision stand in their order', async () => {
      const { catalog } = await setUp();
      const of = month();
      await catalog.appendAudit(anEntry(`${of}-01T00:00:00Z`, 'b'));
      await catalog.appendAudit(anEntry(`${of}-01T00:00:00.500Z`, 'a'));
      expect((await catalog.listAudit(of)).rows.map(({ id }) => id)).toEqual(['a', 'b']);
    });

    test('the same entry again changes nothing; another in its place is CONFLICT', async () => {
      const { catalog } = await setUp();
      const of = month();
      const entry = anEntry(`${of}-01T00:00:00.000Z`, 'e');
      await catalog.appendAudit(entry);
      await catalog.appendAudit(entry);
      const other = catalog.appendAudit({ ...entry, by: 'bob' });
      await expect(other).rejects.toMatchObject({ code: 'CONFLICT' });
      expect((await catalog.listAudit(of)).rows).toEqual([entry]);
    });

    test('what is no month, and a cursor of another month, are refused', async () => {
      const { catalog } = await setUp();
      for (const bad of ['2026', '2026-13', '2026-1', 'PLAN#shop', '2026-11-01']) {
        await expect(catalog.listAudit(bad)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
      }
      const of = month();
      for (const id of ['a', 'b']) await catalog.appendAudit(anEntry(`${of}-01T00:00:00.000Z`, id));
      const { cursor = '' } = await catalog.listAudit(of, { limit: 1 });
      const elsewhere = catalog.listAudit(month(), { cursor });
      await expect(elsewhere).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    });
  });

  describe('states', () => {
    test('a value comes back as it was put, whatever it is, under the next revision', async () => {
      const { catalog, planId } = await setUp();
      expect(await catalog.getState(planId)).toBeUndefined();
      const values = [{ doneUpTo: 'shop', rounds: [{ at: now, objects: 3 }], none: null }, null, 'text', []];
      for (const [revision, value] of values.entries()) {
        const row = { value, revision: revision + 1 };
        expect(await catalog.putState(planId, value, revision)).toEqual(row);
        expect(await catalog.getState(planId)).toEqual(row);
      }
    });

    test('whoever has not seen the last revision gets CONFLICT, and changes nothing', async () => {
      const { catalog, planId } = await setUp();
      await catalog.putState(planId, 'first', 0);
      for (const revision of [0, 2]) {
        const put = catalog.putState(planId, 'late', revision);
        await expect(put).rejects.toMatchObject({ code: 'CONFLICT' });
      }
      expect(await catalog.getState(planId)).toEqual({ value: 'first', revision: 1 });
      const never = catalog.putState(`${planId}-x`, 'late', 1);
      await expect(never).rejects.toMatchObject({ code: 'CONFLICT' });
    });

    test('five changes of the same revision at once, even to the same value: one wins', async () => {
      const { catalog, planId } = await setUp();
      const puts = [1, 2, 3, 4, 5].map(() => catalog.putState(planId, 'same', 0));
      const settled = await Promise.allSettled(puts);
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });
  });
}
