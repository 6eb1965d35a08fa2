/** Restore drills: each that was tried, also where a later verification of the same backup found something else. */
import { listDrills } from '../../core/control/drills.ts';
import { route } from '../route.ts';
import { pageOf } from '../schemas/common.ts';
import { drillSchema, drillsQuery } from '../schemas/drills.ts';

export const drillRoutes = [
  route(
    {
      name: 'GET /v1/drills',
      operationId: 'listDrills',
      tag: 'drills',
      summary: 'Restore drills, the newest first',
      description:
        'Kept for 1,100 days. After a rebuild of the catalog those whose reports are in the vault.',
      query: drillsQuery,
      response: pageOf(drillSchema),
      examples: {
        response: {
          items: [
            {
              planId: 'shop',
              backupId: '20261121T020000Z-3f9a1c22',
              slot: '2026-11-21T02:00:00Z',
              at: '2026-11-21T02:31:07.000Z',
              level: 'restored',
              status: 'passed',
              seconds: 112.4,
              targetSeconds: 900,
              counted: { tables: 14, rows: 1_204_311 },
              differences: 0,
              detail: '',
              reportKey: 'reports/shop/20261121T020000Z-3f9a1c22/20261121T023107Z-restored-9f12ab',
            },
          ],
        },
      },
    },
    async ({ input, deps }) => {
      const { plan: planId, result: status, from, to, limit, cursor } = input.query;
      const page = await listDrills(deps.catalog, { planId, status, from, to }, { limit, cursor });
      return { items: page.rows, nextCursor: page.cursor };
    },
  ),
];
