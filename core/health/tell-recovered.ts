/**
 * That something is well again is told once, by whoever closes its alert first: watch, or the run that made it well. The
 * row is closed before it is told, since only that tells the two apart; when telling fails, it is opened again, and the
 * next one tells.
 */
import { mapAtATime } from '../at-a-time.ts';
import type { Catalog } from '../ports/catalog.ts';
import type { Alerts } from '../ports/index.ts';
import { recoveryOf, type Telling } from './alerting.ts';

const closedAtATime = 20;

export interface RecoveryDeps {
  readonly catalog: Pick<Catalog, 'closeAlert' | 'saveAlert'>;
  readonly alerts: Alerts;
}

/** `rows` are open in the catalog, with the time of their end. False when others had told all of it. */
export async function tellRecovered(
  { alert, rows }: Telling,
  { catalog, alerts }: RecoveryDeps,
): Promise<boolean> {
  const closed = await mapAtATime(rows, closedAtATime, (row) => catalog.closeAlert(row));
  const mine = rows.filter((_, at) => closed[at]);
  const isAll = mine.length === rows.length;
  const tellings = isAll ? [{ alert, rows: mine }] : recoveryOf(mine);
  for (const [at, telling] of tellings.entries()) {
    try {
      await alerts.publish(telling.alert);
    } catch (thrown) {
      const untold = tellings.slice(at).flatMap((each) => each.rows);
      for (const { closedAt: _, ...row } of untold) await catalog.saveAlert(row);
      throw thrown;
    }
  }
  return tellings.length > 0;
}
