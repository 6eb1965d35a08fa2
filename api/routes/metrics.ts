/** Figures for Prometheus and what speaks its format. */
import { z } from 'zod';
import { openMetrics } from '../../core/control/metrics.ts';
import { statsSamples } from '../../core/control/stats-samples.ts';
import type { Catalog, PlanRow } from '../../core/ports/catalog.ts';
import { readState } from '../../core/state.ts';
import { route } from '../route.ts';

const plansAPage = 1_000;
/** The product is designed for 10,000 plans; a scrape of them has about 3 MB. */
const mostPlans = 10_000;

export const metricsRoutes = [
  route(
    {
      name: 'GET /v1/metrics',
      operationId: 'getMetrics',
      tag: 'status',
      summary: 'Figures in the OpenMetrics text format',
      description:
        'Of at most 10,000 plans. Everything is as it was counted last; nothing is counted for a scrape.',
      contentType: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
      response: z.string(),
    },
    async ({ deps: { catalog, settings } }) => {
      const [plans, openAlerts, watch, cleanup, stats] = await Promise.all([
        allPlans(catalog),
        catalog.listOpenAlerts(),
        readState(catalog, 'watch'),
        readState(catalog, 'cleanup'),
        readState(catalog, 'stats'),
      ]);
      return openMetrics({
        version: settings.version,
        plans,
        openAlerts,
        watchedAt: watch.value?.completedAt,
        cleanedAt: cleanup.value?.completedAt,
        stats: stats.value && statsSamples(stats.value),
      });
    },
  ),
];

async function allPlans(catalog: Pick<Catalog, 'listPlans'>): Promise<readonly PlanRow[]> {
  const rows: PlanRow[] = [];
  let cursor: string | undefined;
  do {
    const page = await catalog.listPlans({ limit: plansAPage, cursor });
    rows.push(...page.rows);
    cursor = page.cursor;
  } while (cursor !== undefined && rows.length < mostPlans);
  return rows.slice(0, mostPlans);
}
