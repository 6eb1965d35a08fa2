/** Words of the public status page. They live apart from the console's catalogue, so that the page stays small. */

export interface StatusWords {
  readonly title: string;
  readonly states: Readonly<
    Record<'well' | 'trouble' | 'unknown', readonly [headline: string, meaning: string]>
  >;
  readonly facts: Readonly<Record<'since' | 'lastBackupAt' | 'lastProvenAt' | 'checkedAt', string>>;
  readonly notPublic: readonly [headline: string, meaning: string];
  readonly unreachable: readonly [headline: string, meaning: string];
  /** What is shown is of an earlier time: it could not be asked again. */
  readonly stale: (time: string) => string;
  readonly asked: (time: string) => string;
  readonly signIn: string;
  readonly loading: string;
}

export const statusWords: Readonly<Record<'en' | 'de', StatusWords>> = {
  en: {
    title: 'Status of the backups',
    states: {
      well: ['All is well', 'Backups are made on time, and nothing critical is wrong.'],
      trouble: [
        'There is trouble',
        'Something critical is wrong with the backups. The people in charge have been told.',
      ],
      unknown: [
        'Nobody knows',
        'Nobody has looked at the backups for three hours or more: this says nothing good or bad about them.',
      ],
    },
    facts: {
      since: 'So since',
      lastBackupAt: 'Last good backup',
      lastProvenAt: 'Last proven by being restored',
      checkedAt: 'Last looked at',
    },
    notPublic: [
      'The status is not public here',
      'Who runs this Holdfast did not make it public. If you have a login, the console tells more.',
    ],
    unreachable: ['The status cannot be asked now', 'No answer came. This page tries again by itself.'],
    stale: (time) => `What you see is of ${time}: it could not be asked again.`,
    asked: (time) => `Asked at ${time}; again each minute while this page is open.`,
    signIn: 'Sign in to the console',
    loading: 'Asking',
  },
  de: {
    title: 'Stand der Sicherungen',
    states: {
      well: ['Alles in Ordnung', 'Die Sicherungen kommen pünktlich, und nichts Kritisches liegt vor.'],
      trouble: [
        'Es gibt eine Störung',
        'Mit den Sicherungen stimmt etwas Kritisches nicht. Die Verantwortlichen wissen davon.',
      ],
      unknown: [
        'Nicht bekannt',
        'Seit drei Stunden oder länger hat niemand nachgesehen: Das sagt weder Gutes noch Schlechtes über die Sicherungen.',
      ],
    },
    facts: {
      since: 'So seit',
      lastBackupAt: 'Letzte gute Sicherung',
      lastProvenAt: 'Zuletzt durch Wiederherstellung bewiesen',
      checkedAt: 'Zuletzt nachgesehen',
    },
    notPublic: [
      'Der Stand ist hier nicht öffentlich',
      'Wer dieses Holdfast betreibt, hat ihn nicht öffentlich gemacht. Mit einer Anmeldung zeigt die Konsole mehr.',
    ],
    unreachable: [
      'Der Stand ist gerade nicht zu erfragen',
      'Es kam keine Antwort. Diese Seite versucht es von selbst wieder.',
    ],
    stale: (time) => `Gezeigt wird der Stand von ${time}: Nochmals fragen ging nicht.`,
    asked: (time) => `Gefragt um ${time}; wieder jede Minute, solange diese Seite offen ist.`,
    signIn: 'In der Konsole anmelden',
    loading: 'Wird gefragt',
  },
};
