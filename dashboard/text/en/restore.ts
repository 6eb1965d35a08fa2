import { plural } from '../plural.ts';

const n = (count: number, one: string, other: string) => plural('en', count, { one, other });

/** What the one sentence at the end is made of. */
interface Sentence {
  readonly what: string;
  readonly plan: string;
  readonly time: string;
  readonly target: string;
}

export const restore = {
  title: 'Restore',
  lead: 'Nothing is written anywhere before the last step. Each step has an address: it can be gone on with on another device.',
  stepsLabel: 'Steps of the restore',
  steps: {
    plan: 'Plan',
    point: 'Recovery point',
    what: 'What',
    target: 'Where to',
    check: 'Check',
    confirm: 'Restore',
  },
  headings: {
    plan: 'Which plan?',
    point: 'Which recovery point?',
    what: 'What of it?',
    target: 'Where to?',
    check: 'Can it be done?',
    confirm: 'What will happen',
  },
  back: 'Back',
  next: 'Go on',
  otherPoint: 'Choose another recovery point',
  plan: {
    find: 'Find a plan',
    none: {
      title: 'There are no plans yet',
      text: 'Without a plan nothing has been backed up.',
      action: 'Make the first plan',
    },
    notFound: (find: string) => `No plan here is called “${find}”`,
    showAll: 'Show all plans',
    proven: (at: string) => `Last proven by a restore: ${at}`,
    notProven: 'Never proven by a restore',
    newest: (at: string) => `Newest recovery point: ${at}`,
    noGood: 'No recovery point that completed',
    byHand: {
      title: 'The plan is not listed (it was deleted)',
      label: 'Id of the plan',
      hint: 'Backups stay after their plan was deleted, until they expire.',
      empty: 'Type the id of the plan first.',
      action: 'Look for its recovery points',
    },
  },
  point: {
    label: 'Recovery point',
    day: 'Only of this day',
    allDays: 'All days',
    newestProven: 'newest proven one',
    newer: (count: number) =>
      `Chosen is the newest recovery point that a restore has proven. ${n(count, 'newer one is', 'newer ones are')} there, not proven by a restore yet.`,
    noneProven: {
      title: 'None of them has been proven by a restore',
      text: 'Chosen is the newest. Its bytes are all checked before anything is touched, and what was restored is compared with the evidence afterwards.',
    },
    none: {
      title: (plan: string) => `Plan ${plan} has no completed recovery point`,
      text: 'It may be that no run has completed yet, or that all of them have expired.',
      runs: 'Look at its runs',
      other: 'Take another plan',
    },
    noneThatDay: 'No recovery point of that day',
    whyNot: 'Choose a recovery point first.',
    only: (names: string) => `only ${names}`,
    provenAt: (at: string) => `proven ${at}`,
    missing: (since: string) => `its manifest is missing in the vault since ${since}`,
    pinned: 'pinned, does not expire',
    expires: (at: string) => `kept until ${at}`,
  },
  what: {
    label: 'What is restored',
    looking: 'Looking into the backup. You can go on meanwhile if everything is wanted.',
    notLooked: 'Everything can be restored all the same, and single things by their names.',
    several: (count: number) =>
      `This recovery point has ${count} components. Each is restored on its own: when the first is there, come back for the next.`,
    component: 'Component',
    chooseComponent: 'Choose a component first.',
    chooseNames: 'Choose at least one name, or everything.',
    everything: { label: 'Everything', hint: 'All that the backup holds.' },
    some: {
      postgres: {
        label: 'Single tables',
        hint: 'With their rows, indexes and privileges. Goes into a database of its own.',
      },
      mongodb: { label: 'Single collections', hint: 'With their documents and indexes.' },
      files: { label: 'Single files or folders', hint: 'A folder brings all that is in it.' },
      other: { label: 'Single things', hint: 'By their names.' },
    },
    things: {
      postgres: { one: 'table or view', other: 'tables and views' },
      mongodb: { one: 'collection', other: 'collections' },
      files: { one: 'file', other: 'files' },
      other: { one: 'thing', other: 'things' },
    },
    notReplacing:
      'Single tables cannot take the place of a database: everything else in it would go. Choose a new database in the next step, and copy from it.',
  },
  browse: {
    label: 'What is inside',
    prefix: 'Names that begin with',
    prefixHint: {
      postgres: 'Schema and table: public.ord',
      mongodb: 'Collection, or database and collection: shop.ord',
      files: 'Path without a slash at its start: 2026/11/',
      other: 'As it is called in the backup.',
    },
    search: 'Search',
    addTyped: 'Add what I typed',
    typeFirst: 'Type a whole name first.',
    full: (most: number) =>
      `${most} names are the most at once. Restore everything, and take from it what you need.`,
    folder: (folder: string) => `Everything below ${folder}`,
    empty: 'There is nothing with a name in it',
    nothing: (prefix: string) => `Nothing in it begins with “${prefix}”`,
    showAll: 'Show all names',
    chosen: (count: number) => (count === 0 ? 'Nothing chosen yet' : `${n(count, 'name', 'names')} chosen:`),
    remove: 'Remove',
    skipped: 'could not be read when the backup was made: not in it',
    rows: (count: string) => `${count} rows`,
    types: {
      table: 'table',
      'foreign-table': 'foreign table',
      view: 'view',
      'materialized-view': 'materialised view',
      sequence: 'sequence',
      collection: 'collection',
      timeseries: 'time series',
      file: 'file',
      folder: 'folder',
      link: 'link',
    },
  },
  target: {
    label: 'Where it goes',
    ways: {
      postgres: {
        beside: {
          label: 'A new database',
          hint: 'Nothing that is there is changed. You look at it, then switch over.',
        },
        into: { label: 'A database that is there', hint: '' },
        replace: {
          label: 'In place of a database that is there',
          hint: 'The two change names in the end; the one of today stays beside it until you drop it.',
        },
      },
      mongodb: {
        beside: {
          label: 'A new database',
          hint: 'Nothing that is there is changed. You look at it, then switch over.',
        },
        into: {
          label: 'Into a database that is there',
          hint: 'Collections of the same names are dropped and made again; others stay.',
        },
        replace: {
          label: 'In the place where it came from',
          hint: 'Collections of the same names are dropped and made again. MongoDB keeps nothing of them.',
        },
      },
      files: {
        beside: {
          label: 'A new place',
          hint: 'Nothing that is there is changed. You look at it, then copy.',
        },
        into: {
          label: 'Into a place that is there',
          hint: 'Files of the same names that differ are written over.',
        },
        replace: {
          label: 'Where the files came from',
          hint: 'Files of the same names that differ are written over; newer ones of other names stay.',
        },
      },
      other: {
        beside: { label: 'A new place', hint: 'Nothing that is there is changed.' },
        into: { label: 'Into a place that is there', hint: 'What has the same name is written over.' },
        replace: { label: 'Where it came from', hint: 'What is there is replaced.' },
      },
    },
    wholeOnly: 'Not for single tables: everything else in the database would go.',
    over: {
      title: 'This changes what is there today',
      text: 'A restore point is made before, and you type the name of what goes.',
      needsAdmin:
        'An administrator has to order it. Prepare it to the end, and send the address of the last step to one.',
    },
    database: {
      fresh: 'Name of the new database',
      there: 'Name of the database that is there',
      freshHint: 'Empty: its own name with “restored” and the time behind it.',
      thereHint: {
        postgres: 'Whose place is taken.',
        mongodb:
          'Whose collections of the same names are dropped. Empty when replacing: as the backup names it.',
      },
    },
    secret: {
      label: 'Another server or sign-in',
      hint: 'Name of the secret that holds its address and sign-in. Empty: the server that the backup came from.',
    },
    place: {
      label: 'Place',
      freshHint:
        's3://BUCKET/PREFIX or a folder, new or empty. Empty: beside the original, with the time in its name.',
      thereHint: 's3://BUCKET/PREFIX or a folder, in which files are written over.',
    },
    missing: { database: 'Name the database first.', place: 'Name the place first.' },
    more: {
      title: 'More choices (most restores need none)',
      roles: {
        label: 'Other owners',
        hint: 'One a line: old=new. For roles that the server does not have.',
      },
      createRoles: {
        label: 'Make roles that are missing',
        hint: 'Without sign-in, and never as superuser.',
      },
      noOwner: {
        label: 'Without owners and privileges',
        hint: 'Everything belongs to the role that restores.',
      },
      users: {
        label: 'Users and roles of the server too',
        hint: 'Of a backup of the whole deployment only. With the passwords of that day; needs an administrator.',
      },
      from: {
        label: 'Read from',
        vault: 'The vault',
        replica: 'The second copy in another region or account',
        further: (name: string) => `The further vault ${name}`,
      },
      bulk: {
        label: 'Have archived objects returned slowly and cheaply',
        hint: 'Up to four times as long. Matters only where objects lie in an archive class.',
      },
      uncompared: {
        label: 'Without the comparison afterwards',
        hint: 'Faster by some, and nobody knows whether it is what was backed up.',
      },
    },
  },
  check: {
    asking: 'Looking at the backup and the target. Nothing is changed.',
    ok: 'Nothing is in the way',
    notOk: 'Something is in the way',
    goesTo: (target: string) => `It would go to ${target}.`,
    needs: (bytes: string) => `It takes at most about ${bytes} there.`,
    counts: (failed: number, warnings: number, unknown: number, ok: number) =>
      `${failed} in the way, ${warnings} to know about, ${unknown} not known, ${ok} in order`,
    states: { failed: 'In the way', warning: 'To know', unknown: 'Not known', ok: 'In order' },
    mend: 'What to do:',
    again: 'Look again',
    anyway: 'Go on all the same',
    wait: 'Wait until it has been looked at.',
  },
  confirm: {
    sentence: ({ what, plan, time, target }: Sentence) =>
      `${what} in the recovery point of ${plan} of ${time} goes into ${target}. Nothing that is there today is changed.`,
    sentenceOver: ({ what, plan, time, target }: Sentence) =>
      `${what} in the recovery point of ${plan} of ${time} goes into ${target}, and takes the place of what is there today.`,
    everything: 'Everything',
    only: (names: string, more: number) => `Only ${names}${more > 0 ? ` and ${more} more` : ''}`,
    unknownTarget: 'a place that is known only when the backup is opened',
    time: '<time> is the moment at which it is ordered.',
    kept: 'What is there today stays under another name: it can be taken back.',
    gone: 'What is there today is gone afterwards, but for what a restore point keeps.',
    archive: 'It waits for archived objects first',
    steps: 'What happens, in this order',
    needsAdmin: {
      title: 'An administrator has to order this',
      text: 'All is prepared. Send this address to an administrator: it opens here, with the same choices.',
      address: 'Address of this restore',
    },
    point: {
      title: 'A restore point first',
      lead: 'A backup of what is replaced, made now: with it a wrong choice can be taken back.',
      make: 'Make the restore point',
      makeAgain: 'Make another restore point',
      begins: 'The restore point begins within seconds',
      making: 'The restore point is being made',
      made: 'The restore point is made',
      failed: 'The restore point failed',
      ofToday: 'Or one of the last 24 hours, if nothing has changed since:',
      take: 'Take the one of',
      impossible: 'No restore point can be made of it, as the API says:',
      without: {
        label: 'Without a restore point: what is there today may be lost',
        hint: 'For when what is there is broken anyway, or cannot be read any more.',
      },
    },
    typed: {
      legend: 'Say what is overwritten',
      label: (name: string) => `Type ${name}`,
    },
    whyNot: {
      point: 'Make the restore point first, or say that what is there may be lost.',
      making: 'Wait for the restore point.',
      typed: 'Type the name of what is overwritten first.',
    },
    looking: 'Looking whether it has been ordered already.',
    press: 'Restore now',
    pressOver: 'Overwrite and restore now',
    once: 'However often it is pressed, from whatever device: this page orders one restore.',
    started: 'The restore is ordered',
    already: {
      title: 'This restore is ordered already',
      text: (by: string, id: string) => `By ${by}, since this page was opened: ${id}.`,
      look: 'Look at it',
      another: 'Order another one all the same',
    },
    mismatch: {
      title: 'This page has ordered a restore already, with other choices',
      text: 'Nothing was ordered now.',
      look: 'Look at the restores of this plan',
    },
    old: {
      title: 'This page is from yesterday',
      text: 'The place may be another one by now. Have it looked at once more; nothing that you chose is lost.',
      action: 'Look once more',
    },
  },
};
