/**
 * What runs did to the list of alerts while a round of watch was looking, which takes minutes over thousands of plans. Of
 * a plan that it has looked at already, the run knows better: what began since then is not well, and what a run has ended
 * since then is not wrong. The next round sees it.
 */
import type { Condition } from '../alerts.ts';
import { mapAtATime } from '../at-a-time.ts';
import type { AlertRow, Catalog } from '../ports/catalog.ts';
import { kindsEndedByRuns } from './run-alerts.ts';

/** Clocks of different functions are not the same; and a failure has its time before it stands in its row. */
const skewMs = 60_000;
const readsAtATime = 20;

/** Whether a run put it there, or told it, since that round began. */
export function isFromMeanwhile({ kind, since, lastToldAt }: AlertRow, roundBegan: Date): boolean {
  const newest = Math.max(Date.parse(since), Date.parse(lastToldAt));
  return kind === 'backup-failed' && newest > roundBegan.getTime() - skewMs;
}

/** Those that no run has ended since that round began. */
export async function stillSo(
  conditions: readonly Condition[],
  catalog: Pick<Catalog, 'getAlert'>,
  roundBegan: Date,
): Promise<readonly Condition[]> {
  const ended = await mapAtATime(conditions, readsAtATime, async ({ id, kind }) => {
    if (!kindsEndedByRuns.has(kind)) return false;
    const { closedAt } = (await catalog.getAlert(id)) ?? {};
    return closedAt !== undefined && Date.parse(closedAt) > roundBegan.getTime();
  });
  return conditions.filter((_, at) => !ended[at]);
}
