/** Lists that the catalog does not give by itself are bounded in what they read, however much there is. */
import { expect, test } from 'vitest';
import { listRestorePoints, listSorted, withinReason } from '../../../core/control/backup-list.ts';
import { backupIdFor } from '../../../core/format/layout.ts';
import type { Catalog, ListedBackup } from '../../../core/ports/catalog.ts';

const slotOf = (at: number) => new Date(Date.UTC(2026, 10, 21) - at * 60_000).toISOString();

function listed(at: number, trigger: ListedBackup['trigger'] = 'schedule'): ListedBackup {
  const slot = slotOf(at);
  return {
    ...{ planId: 'shop', backupId: backupIdFor('shop', slot), source: 'main', kind: 'database', trigger },
    ...{
      createdBy: 'scheduler',
      slot,
      correlationId: 'c',
      status: 'completed',
      attempt: 1,
      tier: 'daily',
      guard: 0,
    },
  };
}

/** Gives `count` rows, by number; how many pages were asked for. */
function catalogOf(count: number, row: (at: number) => ListedBackup = listed) {
  const asked = { pages: 0 };
  const listTimeline: Catalog['listTimeline'] = async (_, { limit = 100, cursor = '0' } = {}) => {
    asked.pages += 1;
    const from = Number(cursor);
    const end = Math.min(count, from + limit);
    const rows = Array.from({ length: end - from }, (_each, at) => row(from + at));
    return { rows, ...(end < count && { cursor: String(end) }) };
  };
  return { asked, listTimeline };
}

test('more than 1,000 backups are not sorted, and it is said before all of them are read', async () => {
  const catalog = catalogOf(1_000_000);
  const sorted = listSorted(catalog, { planId: 'shop' }, 'storedBytes', { limit: 10, order: 'desc' });
  await expect(sorted).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    message: expect.stringContaining('1000'),
  });
  expect(catalog.asked.pages).toBe(2);
  const fits = await listSorted(catalogOf(1_000), { planId: 'shop' }, 'storedBytes', {
    limit: 10,
    order: 'desc',
  });
  expect(fits.rows).toHaveLength(10);
});

test('a list that hardly a row is on ends its page after 5,000 rows, and goes on where it was', async () => {
  const catalog = catalogOf(20_000, (at) => listed(at, at === 12_345 ? 'restore-point' : 'schedule'));
  let cursor: string | undefined;
  const found: ListedBackup[] = [];
  for (let pages = 0; pages < 10; pages += 1) {
    const before = catalog.asked.pages;
    const page = await listRestorePoints(catalog, {}, { limit: 10, ...(cursor && { cursor }) });
    expect(catalog.asked.pages - before).toBeLessThanOrEqual(5);
    found.push(...page.rows);
    cursor = page.cursor;
    if (cursor === undefined) break;
  }
  expect(found.map(({ slot }) => slot)).toEqual([slotOf(12_345)]);
});

test('months without a single row end a page, too', async () => {
  let pages = 0;
  const listTimeline: Catalog['listTimeline'] = async () => {
    pages += 1;
    return { rows: [], cursor: 'more' };
  };
  expect(await listRestorePoints({ listTimeline }, {}, {})).toEqual({ rows: [], cursor: 'more' });
  expect(pages).toBe(20);
});

test('a span is asked for no further than there can be rows, and otherwise as it was given', () => {
  const now = new Date('2026-11-21T12:00:00Z');
  const wide = { planId: 'shop', from: '0001-01-01T00:00:00Z', to: '9999-12-31T00:00:00Z' };
  expect(withinReason(wide, now)).toEqual({ planId: 'shop' });
  const month = { from: '2026-11-01T00:00:00Z', to: '2026-12-01T00:00:00Z' };
  expect(withinReason(month, now)).toEqual(month);
});
