import { plural } from '../plural.ts';
import type { Texts } from '../text.ts';

export const shell: Texts['shell'] = {
  skip: 'Zum Inhalt',
  menu: 'Menü',
  close: 'Menü schließen',
  restore: 'Wiederherstellen',
  account: 'Konto und Anzeige',
  signOut: 'Abmelden',
  language: 'Sprache',
  timeZone: 'Zeitzone',
  theme: { label: 'Farben', system: 'Wie das System', light: 'Hell', dark: 'Dunkel' },
  starting: 'Es wird gefragt, wer Sie sind',
  openAlerts: (count) => plural('de', count, { one: 'offener Alarm', other: 'offene Alarme' }),
  offline: (since) => `Dieser Rechner ist seit ${since} ohne Netz. Gezeigt wird, was da bekannt war.`,
  places: {
    overview: 'Übersicht',
    plans: 'Pläne',
    runs: 'Läufe',
    points: 'Wiederherstellungspunkte',
    restores: 'Wiederherstellungen',
    drills: 'Proben',
    alerts: 'Alarme',
    storage: 'Speicher und Kosten',
    evidence: 'Nachweise',
    audit: 'Protokoll',
    settings: 'Einstellungen',
  },
  lost: {
    title: 'Hier ist nichts',
    text: 'Unter dieser Adresse gibt es keine Seite.',
    home: 'Zur Übersicht',
  },
  broken: {
    title: 'Diese Seite ist zerbrochen',
    text: 'Das ist ein Fehler der Konsole; Ihren Sicherungen ist nichts geschehen.',
  },
  ended: {
    title: 'Ihre Anmeldung ist abgelaufen',
    text: 'Melden Sie sich in einem eigenen Fenster neu an: diese Seite bleibt, wie sie ist.',
    again: 'Neu anmelden',
    reload: 'Seite neu laden',
    failed: (why) => `Das ging nicht: ${why}`,
  },
  bootFailure: {
    title: 'Die Konsole konnte nicht beginnen',
    next: 'Die Kommandozeile geht auch ohne sie: holdfast status, holdfast restore.',
    again: 'Nochmals versuchen',
  },
};
