import { plural } from '../plural.ts';
import type { Texts } from '../text.ts';

const n = (count: number, one: string, other: string) => plural('de', count, { one, other });

export const plans: Texts['plans'] = {
  title: 'Pläne',
  lead: 'Was gesichert wird, wann, und wie lange es aufbewahrt wird.',
  new: 'Neuer Plan',
  search: 'Name, Id, Geheimnis oder Bucket',
  show: 'Zeigen',
  shows: { well: 'In Ordnung', trouble: 'Braucht Aufmerksamkeit', resting: 'Aus oder angehalten' },
  kind: 'Art',
  count: (shown, all) =>
    shown === all ? n(all, 'Plan', 'Pläne') : `${shown} von ${n(all, 'Plan', 'Plänen')}`,
  more: 'Es gibt mehr Pläne, als auf eine Seite passen: Gesucht wird nur auf dieser Seite.',
  none: 'Es gibt noch keinen Plan',
  noneText:
    'Ein Plan sagt, was gesichert wird, wann, und wie lange es aufbewahrt wird. Der geführte Weg legt den ersten an.',
  begin: 'Den ersten Plan anlegen',
  noneMatch: 'Kein Plan ist so',
  columns: {
    name: 'Plan',
    state: 'Zustand',
    schedule: 'Zeitplan',
    next: 'Nächster Lauf',
    last: 'Letzte Sicherung',
    retention: 'Aufbewahrt',
    stored: 'Gespeichert',
  },
  noRun: { off: 'keiner: er ist aus', paused: 'keiner: er ist angehalten', none: 'keiner geplant' },
  neverRan: 'noch keine',
  schedule: {
    hourly: (minute) => `jede Stunde um :${minute}`,
    everyHours: (hours, minute) => `alle ${hours} Stunden um :${minute}`,
    daily: (time) => `jeden Tag um ${time}`,
    weekly: (days, time) => `jede Woche am ${days} um ${time}`,
    rate: (rate) => `alle ${rate}`,
  },
  retention: {
    hourly: (count) => n(count, 'Stunde', 'Stunden'),
    daily: (count) => n(count, 'Tag', 'Tage'),
    weekly: (count) => n(count, 'Woche', 'Wochen'),
    monthly: (count) => n(count, 'Monat', 'Monate'),
    yearly: (count) => n(count, 'Jahr', 'Jahre'),
    days: (count) => `alle ${n(count, 'Tag', 'Tage')}`,
  },
};
