import type { Texts } from '../text.ts';

export const runs: Texts['runs'] = {
  title: 'Läufe',
  lead: 'Jedes Mal, dass ein Plan gelaufen ist, was immer daraus wurde.',
  run: 'Lauf',
  status: 'Zustand',
  trigger: 'Begonnen',
  began: 'Wann',
  took: 'Dauer',
  size: 'Quelle',
  stored: 'Gespeichert',
  from: 'Von (UTC)',
  to: 'Bis (UTC)',
  none: 'Noch ist nichts gelaufen. Ein Plan läuft nach seinem Zeitplan, oder wenn Sie es ihm sagen.',
  noneMatch: 'Kein Lauf ist so.',
  toPlans: 'Zu den Plänen',
};
