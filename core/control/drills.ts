/** Restore drills in a list, beside what their plans promise today. */
import { inParallel } from '../at-a-time.ts';
import type { Catalog, DrillFilter, DrillRow, Page, TimelineOptions } from '../ports/catalog.ts';
import { recoveryTimeSeconds } from '../targets.ts';

export interface ListedDrill extends DrillRow {
  readonly targetSeconds?: number;
}

const plansAtATime = 10;

export async function listDrills(
  catalog: Pick<Catalog, 'listDrills' | 'getPlan'>,
  filter: DrillFilter,
  options: TimelineOptions,
): Promise<Page<ListedDrill>> {
  const { rows, ...page } = await catalog.listDrills(filter, options);
  const targets = new Map<string, number | undefined>();
  await inParallel(new Set(rows.map(({ planId }) => planId)), plansAtATime, async (planId) => {
    const row = await catalog.getPlan(planId);
    targets.set(planId, row && recoveryTimeSeconds(row.plan));
  });
  return { rows: rows.map((row) => withTarget(row, targets.get(row.planId))), ...page };
}

export function withTarget(row: DrillRow, targetSeconds: number | undefined): ListedDrill {
  return targetSeconds === undefined ? row : { ...row, targetSeconds };
}
