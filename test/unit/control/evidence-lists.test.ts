/** What is kept in memory of the lists behind a report over a period. */
import { expect, test } from 'vitest';
import { memoryCatalog } from '../../../adapters/memory/catalog.ts';
import { periodLists } from '../../../core/control/evidence-lists.ts';
import { completed } from '../api/backups-made.ts';

test('of a restore nothing is kept but what the report shows: results of thousands would fill the memory', async () => {
  const catalog = memoryCatalog();
  const { backupId } = await completed(catalog, 'shop', '2026-11-21T02:00:00.000Z');
  const restoreId = 'r-20261121t020140z-3f9a1c22';
  const createdAt = '2026-11-21T02:01:40.000Z';
  await catalog.createRestore(
    {
      ...{ restoreId, planId: 'shop', backupId, status: 'pending' },
      ...{ createdAt, createdBy: 'ada', request: { component: 'main' }, correlationId: 'api-r' },
    },
    '2026-11-22T02:01:40.000Z',
  );
  await catalog.startRestore(restoreId, createdAt);
  const compared = { tables: 2, rows: 7 };
  await catalog.finishRestore(restoreId, {
    status: 'completed',
    completedAt: '2026-11-21T02:05:00.000Z',
    result: { comparison: { compared, items: [{ name: 'public.orders' }] }, nextSteps: ['look'] },
  });
  const period = { from: '2026-11-01T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z' };
  const { restores } = await periodLists(catalog, period, () => false);
  expect(restores.rows).toEqual([
    {
      ...{ restoreId, planId: 'shop', backupId, status: 'completed' },
      ...{ createdAt, createdBy: 'ada', completedAt: '2026-11-21T02:05:00.000Z', compared },
    },
  ]);
});
