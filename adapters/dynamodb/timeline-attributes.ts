/** What puts a row on the index `timeline`: set when the row is made, for as long as it is the same thing. */
import type { BackupRow } from '../../core/ports/catalog.ts';
import { monthOf, type Place, positionOf, type TimelineName } from '../../core/timeline.ts';
import { type originColumns, timelinePk } from './table.ts';

export function timelineAttributes(list: TimelineName, place: Place) {
  const timelineAt = positionOf(place);
  return { timeline: timelinePk(list, monthOf(timelineAt)), timelineAt };
}

type Origin = Pick<BackupRow, (typeof originColumns)[number]>;

/** A backup's, with what never changes of its row as one attribute (`timelineColumns` in table.ts says why). */
export function backupTimeline(row: Origin & Pick<BackupRow, 'planId' | 'backupId'>) {
  const { slot, source, kind, trigger, createdBy, tier, label, only, keepDays } = row;
  const origin: Origin = { slot, source, kind, trigger, createdBy, tier, label, only, keepDays };
  return { ...timelineAttributes('BACKUP', { at: slot, planId: row.planId, id: row.backupId }), origin };
}
