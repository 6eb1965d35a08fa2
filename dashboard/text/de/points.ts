import type { Texts } from '../text.ts';

export const points: Texts['points'] = {
  title: 'Wiederherstellungspunkte',
  lead: 'Woraus sich wiederherstellen lässt, und was über jede bekannt ist.',
  point: 'Wiederherstellungspunkt',
  verified: 'Beweis',
  proofs: {
    restored: 'Durch Wiederherstellung bewiesen',
    readable: 'Bis zum Ende gelesen, oder besser',
    stored: 'Nachgesehen, oder besser',
    passed: 'Bestanden',
    failed: 'Prüfung nicht bestanden',
    none: 'Noch nicht geprüft',
  },
  tier: 'Aufbewahrungsstufe',
  kind: 'Art',
  status: 'Da oder fort',
  statuses: { completed: 'Da', expired: 'Abgelaufen' },
  from: 'Von (UTC)',
  to: 'Bis (UTC)',
  stored: 'Gespeichert',
  took: 'Dauer',
  goes: 'Geht',
  pinned: 'Angeheftet',
  missing: 'Fehlt im Tresor',
  restore: 'Wiederherstellen',
  restoreOf: (plan, id) => `${plan} aus ${id} wiederherstellen`,
  sortedSpan: (days) =>
    `So sortiert sind es höchstens die letzten ${days} Tage. Wählen Sie einen Plan, um alle seine zu sortieren.`,
  none: 'Noch gibt es keine Sicherung. Die erste kommt mit dem ersten Lauf, der fertig wird.',
  noneMatch: 'Keine Sicherung ist so.',
  toPlans: 'Zu den Plänen',
};
