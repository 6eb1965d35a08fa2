import type { Texts } from '../text.ts';

export const restores: Texts['restores'] = {
  title: 'Wiederherstellungen',
  lead: 'Was zurückgeholt wurde, von wem, und ob es das Gesicherte ist.',
  restore: 'Wiederherstellen',
  plan: 'Plan',
  status: 'Stand',
  ordered: 'In Auftrag gegeben',
  what: 'Was',
  where: 'Wohin',
  everything: 'alles',
  names: (count) => `${count} Namen`,
  over: 'über Vorhandenes',
  beside: 'an einen neuen Ort',
  compared: 'Verglichen',
  same: 'wie gesichert',
  differs: (count) => (count === 1 ? '1 Unterschied' : `${count} Unterschiede`),
  notCompared: 'nicht verglichen',
  by: 'Von',
  noneFiltered: 'Keine Wiederherstellung passt dazu',
  none: {
    title: 'Noch wurde nichts wiederhergestellt',
    text: 'Das ist ein gutes Zeichen. Probieren Sie es einmal, bevor Sie es brauchen: sie geht an einen neuen Ort und ändert nichts, was da ist.',
    drills: 'Probewiederherstellungen tun das von selbst',
  },
};
