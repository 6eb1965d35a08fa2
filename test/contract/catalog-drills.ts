/** The contract of the catalog: restore drills, by plan and over all of them, and the figures of a verification. */
import { describe, expect, test } from 'vitest';
import { backupIdFor } from '../../core/format/layout.ts';
import type { Catalog, DrillFilter, DrillRow } from '../../core/ports/catalog.ts';
import { aClaim, completed, passed, type SetUp, slot } from './catalog-fixtures.ts';

const figures = { seconds: 61.5, counted: { tables: 12, rows: 1_204_311 }, differences: 0 };

export function drillsContract(setUp: SetUp): void {
  /** A year of its own for each test, so that lists over all plans have nothing else in it. */
  let year = 2040;
  const aYear = () => {
    year += 1;
    return year;
  };
  const aDrill = (planId: string, at: string, change: Partial<DrillRow> = {}): DrillRow => ({
    planId,
    backupId: backupIdFor(planId, slot),
    slot,
    at,
    level: 'restored',
    status: 'passed',
    ...figures,
    detail: '',
    reportKey: `reports/${planId}/x`,
    ...change,
  });
  const all = async (catalog: Catalog, filter: DrillFilter, limit = 2) => {
    const found: DrillRow[] = [];
    let cursor: string | undefined;
    do {
      const page = await catalog.listDrills(filter, { limit, ...(cursor && { cursor }) });
      found.push(...page.rows);
      cursor = page.cursor;
    } while (cursor);
    return found;
  };

  describe('drills', () => {
    test('come back as they were saved, the newest first, page after page, of one plan and of all', async () => {
      const { catalog, planId } = await setUp();
      const of = aYear();
      const times = [`${of}-01-31T23:59:59.999Z`, `${of}-02-01T00:00:00.000Z`, `${of}-02-03T04:00:00.000Z`];
      const drills = times.map((at) => aDrill(planId, at));
      const other = aDrill(`${planId}-x`, `${of}-02-02T00:00:00.000Z`, {
        detail: 'rows differ',
        status: 'failed',
      });
      for (const drill of [drills[1], other, drills[0], drills[2]])
        await catalog.saveDrill(drill as DrillRow);
      expect(await all(catalog, { planId })).toEqual([...drills].reverse());
      const year = { from: `${of}-01-01T00:00:00Z`, to: `${of}-12-31T00:00:00Z` };
      expect(await all(catalog, year)).toEqual([drills[2], other, drills[1], drills[0]]);
      const { rows } = await catalog.listDrills({ planId, ...year }, { order: 'asc' });
      expect(rows).toEqual(drills);
    });

    test('are narrowed by what came of them and by when they ended: from, and before to', async () => {
      const { catalog, planId } = await setUp();
      const of = aYear();
      const [one, two, three] = ['05', '06', '07'].map((day) => `${of}-03-${day}T00:00:00.000Z`) as [
        string,
        string,
        string,
      ];
      const failed = aDrill(planId, two, { status: 'failed', level: 'stored', differences: 2 });
      for (const drill of [aDrill(planId, one), failed, aDrill(planId, three)])
        await catalog.saveDrill(drill);
      for (const filter of [{ planId }, {}]) {
        const span = { from: one, to: three };
        expect((await all(catalog, { ...filter, ...span })).map(({ at }) => at)).toEqual([two, one]);
        expect(await all(catalog, { ...filter, ...span, status: 'failed' })).toEqual([failed]);
        expect(await all(catalog, { ...filter, ...span, status: 'error' })).toEqual([]);
      }
    });

    test('one that could not be carried out has no figures; the same again replaces it', async () => {
      const { catalog, planId } = await setUp();
      const at = `${aYear()}-01-01T00:00:00Z`;
      await catalog.saveDrill(aDrill(planId, at));
      const { seconds: _, counted: __, differences: ___, reportKey: ____, ...plain } = aDrill(planId, at);
      const error: DrillRow = { ...plain, status: 'error', detail: 'DEADLINE: no time' };
      await catalog.saveDrill(error);
      expect(await all(catalog, { planId })).toEqual([{ ...error, at: at.replace('Z', '.000Z') }]);
    });

    test('a span that ends before it begins, a cursor of another list and too long a detail are refused', async () => {
      const { catalog, planId } = await setUp();
      const of = aYear();
      for (const day of ['01', '02'])
        await catalog.saveDrill(aDrill(planId, `${of}-01-${day}T00:00:00.000Z`));
      const { cursor = '' } = await catalog.listDrills({ planId }, { limit: 1 });
      const wrong = [
        catalog.listDrills({ from: `${of}-02-01T00:00:00Z`, to: `${of}-01-01T00:00:00Z` }),
        catalog.listDrills({ planId, status: 'failed' }, { cursor }),
        catalog.saveDrill(aDrill(planId, `${of}-01-01T00:00:00.000Z`, { detail: 'x'.repeat(1001) })),
      ];
      for (const each of wrong) await expect(each).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    });
  });

  describe('figures of a verification', () => {
    test('stand in the row and not in lists, and go with a later verification that has none', async () => {
      const { catalog, planId } = await setUp();
      const { backupId } = await completed(catalog, aClaim(planId));
      await catalog.recordVerification(planId, backupId, { ...passed, ...figures });
      expect((await catalog.getBackup(planId, backupId))?.verification).toEqual({ ...passed, ...figures });
      const { reportKey: _, ...listed } = passed;
      const { rows } = await catalog.listTimeline({ planId });
      expect(rows[0]?.verification).toEqual(listed);
      await catalog.recordVerification(planId, backupId, passed);
      expect((await catalog.getBackup(planId, backupId))?.verification).toEqual(passed);
    });
  });
}
