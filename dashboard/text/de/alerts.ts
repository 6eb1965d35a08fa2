import { plural } from '../plural.ts';
import type { Texts } from '../text.ts';

const n = (count: number, one: string, other: string) => plural('de', count, { one, other });

export const alerts: Texts['alerts'] = {
  title: 'Alarme',
  lead: 'Was gestört ist oder war, und wem es gesagt wurde. Ein Alarm schließt sich von selbst, wenn alles wieder gut ist.',
  state: 'Zeigen',
  states: { open: 'Offene', closed: 'Geschlossene', all: 'Alle' },
  plan: 'Plan',
  planHint: 'Seine Kennung',
  columns: {
    what: 'Was gestört ist',
    severity: 'Schwere',
    plan: 'Plan',
    since: 'Seit',
    seen: 'Wer sich kümmert',
    delivery: 'Gesagt',
    actions: 'Tun',
  },
  label: { open: 'Offene Alarme', closed: 'Geschlossene Alarme', all: 'Alle Alarme' },
  stack: 'das Ganze',
  closed: 'wieder gut',
  lasted: (duration) => `nach ${duration}`,
  nobody: 'Noch niemand',
  acknowledge: 'Ich kümmere mich',
  acknowledgeWhat: (what) => `Ich kümmere mich: ${what}`,
  takeBack: 'Zurücknehmen',
  takeBackWhat: (what) => `Zurücknehmen: ${what}`,
  acknowledged: 'Sie kümmern sich: keine Erinnerungen, bis alles wieder gut ist',
  takenBack: 'Zurückgenommen: Es wird wieder erinnert',
  notTold: 'noch nicht gesagt',
  toldBy: (channels) => `über ${channels}`,
  failedBy: (channels) => `nicht angekommen: ${channels}`,
  channels: { email: 'E-Mail' },
  emptyOpen: 'Keine offenen Alarme',
  emptyOpenText:
    'Nichts ist gestört, soweit bekannt. Läufe melden Fehlschläge sofort; die Wache sieht stündlich nach.',
  emptyClosed: 'Hier sind keine geschlossenen Alarme',
  emptyClosedText: 'Alarme kommen hierher, wenn das Gestörte wieder gut ist.',
  emptyAll: 'Noch keine Alarme',
  emptyAllText: 'Hier war noch nie etwas gestört, oder nichts an diesem Plan.',
  seeAll: 'Alle Alarme ansehen',
  seeOverview: 'Zur Übersicht',
  pageEmpty: 'Auf dieser Seite keine; auf der nächsten vielleicht.',
  times: (count) => n(count, 'Mal', 'Mal'),
};
