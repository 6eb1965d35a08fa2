/**
 * What fails every few minutes is not told every few minutes. Whoever tells of a failure asks here first whether people
 * hear of it already: by the row of the alert, which a run writes that fails, the failures function for crashes, and watch
 * for the rest.
 */
import type { AlertRow, Catalog } from '../ports/catalog.ts';
import { hourMs, remindAfterMs } from './settings.ts';

type OpenAlerts = Pick<Catalog, 'listOpenAlerts'>;

/** The open row of that condition. Throws what the catalog throws. */
export async function openAlert(catalog: OpenAlerts, conditionId: string): Promise<AlertRow | undefined> {
  return (await catalog.listOpenAlerts()).find((row) => row.conditionId === conditionId);
}

export function wasTold({ lastToldAt }: AlertRow, withinMs: number, now: Date): boolean {
  return now.getTime() - Date.parse(lastToldAt) < withinMs;
}

/** Told by the failures function alone (of failed notices: by notify), once a day: nobody sees these in the state of things. */
export const crashKinds: ReadonlySet<string> = new Set([
  'backup-crashed',
  'verification-crashed',
  'cleanup-crashed',
  'watch-crashed',
  'adopt-crashed',
  'notify-crashed',
  'notify-failed',
  'schedule-undelivered',
]);

/**
 * Whether a crash may still be going on: one that happens again is silent for a day, so that only a day and an hour
 * without a word say that it is over. Until then watch leaves its row open.
 */
export function mayStillCrash(row: AlertRow, now: Date): boolean {
  return crashKinds.has(row.kind) && wasTold(row, remindAfterMs + hourMs, now);
}
