import { plural } from '../plural.ts';
import type { Texts } from '../text.ts';

const n = (count: number, one: string, other: string) => plural('de', count, { one, other });

export const restore: Texts['restore'] = {
  title: 'Wiederherstellen',
  lead: 'Vor dem letzten Schritt wird nirgends etwas geschrieben. Jeder Schritt hat eine Adresse: auf einem anderen Gerät geht es dort weiter.',
  stepsLabel: 'Schritte der Wiederherstellung',
  steps: {
    plan: 'Plan',
    point: 'Sicherung',
    what: 'Was',
    target: 'Wohin',
    check: 'Prüfen',
    confirm: 'Wiederherstellen',
  },
  headings: {
    plan: 'Welcher Plan?',
    point: 'Welche Sicherung?',
    what: 'Was davon?',
    target: 'Wohin?',
    check: 'Geht es?',
    confirm: 'Was geschehen wird',
  },
  back: 'Zurück',
  next: 'Weiter',
  otherPoint: 'Eine andere Sicherung wählen',
  plan: {
    find: 'Plan suchen',
    none: {
      title: 'Es gibt noch keine Pläne',
      text: 'Ohne Plan wurde noch nichts gesichert.',
      action: 'Den ersten Plan anlegen',
    },
    notFound: (find) => `Kein Plan hier heißt „${find}“`,
    showAll: 'Alle Pläne zeigen',
    proven: (at) => `Zuletzt durch Wiederherstellung bewiesen: ${at}`,
    notProven: 'Nie durch Wiederherstellung bewiesen',
    newest: (at) => `Neueste Sicherung: ${at}`,
    noGood: 'Keine fertige Sicherung',
    byHand: {
      title: 'Der Plan steht nicht hier (er wurde gelöscht)',
      label: 'Kennung des Plans',
      hint: 'Sicherungen bleiben nach dem Löschen ihres Plans, bis sie ablaufen.',
      empty: 'Zuerst die Kennung des Plans eintippen.',
      action: 'Seine Sicherungen suchen',
    },
  },
  point: {
    label: 'Sicherung',
    day: 'Nur von diesem Tag',
    allDays: 'Alle Tage',
    newestProven: 'neueste bewiesene',
    newer: (count) =>
      `Gewählt ist die neueste Sicherung, die eine Wiederherstellung bewiesen hat. ${n(count, 'neuere ist', 'neuere sind')} da, noch nicht durch Wiederherstellung bewiesen.`,
    noneProven: {
      title: 'Keine davon wurde durch eine Wiederherstellung bewiesen',
      text: 'Gewählt ist die neueste. Alle ihre Bytes werden geprüft, bevor etwas angerührt wird, und danach wird das Wiederhergestellte mit dem Nachweis verglichen.',
    },
    none: {
      title: (plan) => `Der Plan ${plan} hat keine fertige Sicherung`,
      text: 'Vielleicht ist noch kein Lauf fertig geworden, oder alle Sicherungen sind abgelaufen.',
      runs: 'Seine Läufe ansehen',
      other: 'Einen anderen Plan nehmen',
    },
    noneThatDay: 'Keine Sicherung von diesem Tag',
    whyNot: 'Zuerst eine Sicherung wählen.',
    only: (names) => `nur ${names}`,
    provenAt: (at) => `bewiesen ${at}`,
    missing: (since) => `ihr Manifest fehlt im Tresor seit ${since}`,
    pinned: 'angeheftet, läuft nicht ab',
    expires: (at) => `bleibt bis ${at}`,
  },
  what: {
    label: 'Was wiederhergestellt wird',
    looking: 'Es wird in die Sicherung geschaut. Wenn Sie alles brauchen, können Sie schon weitergehen.',
    notLooked: 'Alles lässt sich trotzdem wiederherstellen, und Einzelnes mit seinem Namen.',
    several: (count) =>
      `Diese Sicherung hat ${count} Teile. Jeder wird für sich wiederhergestellt: ist der erste da, kommen Sie für den nächsten zurück.`,
    component: 'Teil',
    chooseComponent: 'Zuerst einen Teil wählen.',
    chooseNames: 'Mindestens einen Namen wählen, oder alles.',
    everything: { label: 'Alles', hint: 'Alles, was die Sicherung enthält.' },
    some: {
      postgres: {
        label: 'Einzelne Tabellen',
        hint: 'Mit Zeilen, Indizes und Rechten. Sie kommen in eine eigene Datenbank.',
      },
      mongodb: { label: 'Einzelne Collections', hint: 'Mit Dokumenten und Indizes.' },
      files: { label: 'Einzelne Dateien oder Ordner', hint: 'Ein Ordner bringt alles mit, was darin ist.' },
      other: { label: 'Einzelnes', hint: 'Mit seinem Namen.' },
    },
    things: {
      postgres: { one: 'Tabelle oder Sicht', other: 'Tabellen und Sichten' },
      mongodb: { one: 'Collection', other: 'Collections' },
      files: { one: 'Datei', other: 'Dateien' },
      other: { one: 'Ding', other: 'Dinge' },
    },
    notReplacing:
      'Einzelne Tabellen können nicht an die Stelle einer Datenbank treten: alles andere darin wäre weg. Wählen Sie im nächsten Schritt eine neue Datenbank, und kopieren Sie daraus.',
  },
  browse: {
    label: 'Was darin ist',
    prefix: 'Namen, die beginnen mit',
    prefixHint: {
      postgres: 'Schema und Tabelle: public.ord',
      mongodb: 'Collection, oder Datenbank und Collection: shop.ord',
      files: 'Pfad ohne Schrägstrich am Anfang: 2026/11/',
      other: 'Wie es in der Sicherung heißt.',
    },
    search: 'Suchen',
    addTyped: 'Eingetipptes nehmen',
    typeFirst: 'Zuerst einen ganzen Namen eintippen.',
    full: (most) =>
      `Mehr als ${most} Namen gehen nicht auf einmal. Stellen Sie alles wieder her, und nehmen Sie daraus, was Sie brauchen.`,
    folder: (folder) => `Alles unter ${folder}`,
    empty: 'Darin ist nichts, was einen Namen hat',
    nothing: (prefix) => `Darin beginnt nichts mit „${prefix}“`,
    showAll: 'Alle Namen zeigen',
    chosen: (count) => (count === 0 ? 'Noch nichts gewählt' : `${n(count, 'Name', 'Namen')} gewählt:`),
    remove: 'Entfernen',
    skipped: 'war beim Sichern nicht lesbar: nicht enthalten',
    rows: (count) => `${count} Zeilen`,
    types: {
      table: 'Tabelle',
      'foreign-table': 'Fremdtabelle',
      view: 'Sicht',
      'materialized-view': 'materialisierte Sicht',
      sequence: 'Sequenz',
      collection: 'Collection',
      timeseries: 'Zeitreihe',
      file: 'Datei',
      folder: 'Ordner',
      link: 'Verknüpfung',
    },
  },
  target: {
    label: 'Wohin es kommt',
    ways: {
      postgres: {
        beside: {
          label: 'Eine neue Datenbank',
          hint: 'Nichts Vorhandenes ändert sich. Sie sehen sie an und schalten dann um.',
        },
        into: { label: 'Eine vorhandene Datenbank', hint: '' },
        replace: {
          label: 'An die Stelle einer vorhandenen Datenbank',
          hint: 'Am Ende tauschen beide die Namen; die heutige bleibt daneben, bis Sie sie löschen.',
        },
      },
      mongodb: {
        beside: {
          label: 'Eine neue Datenbank',
          hint: 'Nichts Vorhandenes ändert sich. Sie sehen sie an und schalten dann um.',
        },
        into: {
          label: 'In eine vorhandene Datenbank',
          hint: 'Collections gleichen Namens werden gelöscht und neu angelegt; andere bleiben.',
        },
        replace: {
          label: 'Dorthin, woher es kam',
          hint: 'Collections gleichen Namens werden gelöscht und neu angelegt. MongoDB behält nichts davon.',
        },
      },
      files: {
        beside: {
          label: 'Ein neuer Ort',
          hint: 'Nichts Vorhandenes ändert sich. Sie sehen sie an und kopieren dann.',
        },
        into: {
          label: 'An einen vorhandenen Ort',
          hint: 'Dateien gleichen Namens, die sich unterscheiden, werden überschrieben.',
        },
        replace: {
          label: 'Dorthin, woher die Dateien kamen',
          hint: 'Dateien gleichen Namens, die sich unterscheiden, werden überschrieben; neuere mit anderen Namen bleiben.',
        },
      },
      other: {
        beside: { label: 'Ein neuer Ort', hint: 'Nichts Vorhandenes ändert sich.' },
        into: { label: 'An einen vorhandenen Ort', hint: 'Was gleich heißt, wird überschrieben.' },
        replace: { label: 'Dorthin, woher es kam', hint: 'Was dort ist, wird ersetzt.' },
      },
    },
    wholeOnly: 'Nicht für einzelne Tabellen: alles andere in der Datenbank wäre weg.',
    over: {
      title: 'Das ändert, was heute da ist',
      text: 'Vorher wird ein Rücksetzpunkt gemacht, und Sie tippen den Namen dessen, was geht.',
      needsAdmin:
        'Das muss ein Administrator in Auftrag geben. Bereiten Sie es bis zum Ende vor, und schicken Sie ihm die Adresse des letzten Schritts.',
    },
    database: {
      fresh: 'Name der neuen Datenbank',
      there: 'Name der vorhandenen Datenbank',
      freshHint: 'Leer: ihr eigener Name, dahinter „restored“ und die Zeit.',
      thereHint: {
        postgres: 'An deren Stelle sie tritt.',
        mongodb:
          'Deren Collections gleichen Namens gelöscht werden. Leer beim Ersetzen: wie sie in der Sicherung heißt.',
      },
    },
    secret: {
      label: 'Anderer Server oder andere Anmeldung',
      hint: 'Name des Geheimnisses mit seiner Adresse und Anmeldung. Leer: der Server, von dem die Sicherung kam.',
    },
    place: {
      label: 'Ort',
      freshHint:
        's3://BUCKET/PREFIX oder ein Ordner, neu oder leer. Leer: neben dem Original, mit der Zeit im Namen.',
      thereHint: 's3://BUCKET/PREFIX oder ein Ordner, in dem Dateien überschrieben werden.',
    },
    missing: { database: 'Zuerst die Datenbank nennen.', place: 'Zuerst den Ort nennen.' },
    more: {
      title: 'Weitere Möglichkeiten (meist nicht nötig)',
      roles: {
        label: 'Andere Eigentümer',
        hint: 'Je Zeile einer: alt=neu. Für Rollen, die der Server nicht hat.',
      },
      createRoles: { label: 'Fehlende Rollen anlegen', hint: 'Ohne Anmeldung, und nie als Superuser.' },
      noOwner: {
        label: 'Ohne Eigentümer und Rechte',
        hint: 'Alles gehört der Rolle, die wiederherstellt.',
      },
      users: {
        label: 'Auch Benutzer und Rollen des Servers',
        hint: 'Nur aus der Sicherung einer ganzen Installation. Mit den Passwörtern jenes Tages; braucht einen Administrator.',
      },
      from: {
        label: 'Gelesen aus',
        vault: 'dem Tresor',
        replica: 'der zweiten Kopie in einer anderen Region oder einem anderen Konto',
        further: (name) => `dem weiteren Tresor ${name}`,
      },
      bulk: {
        label: 'Archivierte Objekte langsam und billig zurückholen',
        hint: 'Dauert bis zu viermal so lang. Zählt nur, wo Objekte in einer Archivklasse liegen.',
      },
      uncompared: {
        label: 'Ohne den Vergleich danach',
        hint: 'Etwas schneller, und niemand weiß, ob es das Gesicherte ist.',
      },
    },
  },
  check: {
    asking: 'Sicherung und Ziel werden angesehen. Nichts wird geändert.',
    ok: 'Nichts steht im Weg',
    notOk: 'Etwas steht im Weg',
    goesTo: (target) => `Ziel: ${target}.`,
    needs: (bytes) => `Dort braucht es höchstens etwa ${bytes}.`,
    counts: (failed, warnings, unknown, ok) =>
      `${failed} im Weg, ${warnings} zu wissen, ${unknown} nicht bekannt, ${ok} in Ordnung`,
    states: { failed: 'Im Weg', warning: 'Zu wissen', unknown: 'Nicht bekannt', ok: 'In Ordnung' },
    mend: 'Was zu tun ist:',
    again: 'Nochmals ansehen',
    anyway: 'Trotzdem weiter',
    wait: 'Warten Sie, bis es angesehen ist.',
  },
  confirm: {
    sentence: ({ what, plan, time, target }) =>
      `${what} aus der Sicherung von ${plan}, ${time}, kommt nach: ${target}. Nichts, was heute da ist, ändert sich.`,
    sentenceOver: ({ what, plan, time, target }) =>
      `${what} aus der Sicherung von ${plan}, ${time}, kommt nach: ${target}, und tritt an die Stelle dessen, was heute dort ist.`,
    everything: 'Alles',
    only: (names, more) => `Nur ${names}${more > 0 ? ` und ${more} weitere` : ''}`,
    unknownTarget: 'einem Ort, der erst bekannt ist, wenn die Sicherung offen ist',
    time: '<time> ist der Augenblick, in dem es in Auftrag gegeben wird.',
    kept: 'Was heute da ist, bleibt unter einem anderen Namen: es lässt sich zurückholen.',
    gone: 'Was heute da ist, ist danach weg, außer dem, was ein Rücksetzpunkt behält.',
    archive: 'Zuerst wird auf archivierte Objekte gewartet',
    steps: 'Was geschieht, in dieser Reihenfolge',
    needsAdmin: {
      title: 'Das muss ein Administrator in Auftrag geben',
      text: 'Alles ist vorbereitet. Schicken Sie diese Adresse einem Administrator: sie öffnet sich hier, mit denselben Angaben.',
      address: 'Adresse dieser Wiederherstellung',
    },
    point: {
      title: 'Zuerst ein Rücksetzpunkt',
      lead: 'Eine Sicherung dessen, was ersetzt wird, jetzt gemacht: damit lässt sich eine falsche Wahl zurücknehmen.',
      make: 'Rücksetzpunkt machen',
      makeAgain: 'Noch einen Rücksetzpunkt machen',
      begins: 'Der Rücksetzpunkt beginnt in Sekunden',
      making: 'Der Rücksetzpunkt wird gemacht',
      made: 'Der Rücksetzpunkt ist da',
      failed: 'Der Rücksetzpunkt ist fehlgeschlagen',
      ofToday: 'Oder einer der letzten 24 Stunden, wenn sich seither nichts geändert hat:',
      take: 'Nehmen: den von',
      impossible: 'Davon lässt sich kein Rücksetzpunkt machen. Die API sagt dazu:',
      without: {
        label: 'Ohne Rücksetzpunkt: was heute da ist, darf verloren gehen',
        hint: 'Für den Fall, dass es ohnehin kaputt ist oder sich nicht mehr lesen lässt.',
      },
    },
    typed: {
      legend: 'Sagen, was überschrieben wird',
      label: (name) => `${name} eintippen`,
    },
    whyNot: {
      point: 'Zuerst den Rücksetzpunkt machen, oder sagen, dass Vorhandenes verloren gehen darf.',
      making: 'Auf den Rücksetzpunkt warten.',
      typed: 'Zuerst den Namen dessen eintippen, was überschrieben wird.',
    },
    looking: 'Es wird nachgesehen, ob es schon in Auftrag gegeben ist.',
    press: 'Jetzt wiederherstellen',
    pressOver: 'Überschreiben und jetzt wiederherstellen',
    once: 'Wie oft auch gedrückt wird, von welchem Gerät auch immer: diese Seite gibt eine Wiederherstellung in Auftrag.',
    started: 'Die Wiederherstellung ist in Auftrag gegeben',
    already: {
      title: 'Diese Wiederherstellung ist schon in Auftrag gegeben',
      text: (by, id) => `Von ${by}, seit diese Seite geöffnet wurde: ${id}.`,
      look: 'Ansehen',
      another: 'Trotzdem noch eine in Auftrag geben',
    },
    mismatch: {
      title: 'Diese Seite hat schon eine Wiederherstellung in Auftrag gegeben, mit anderen Angaben',
      text: 'Jetzt wurde nichts in Auftrag gegeben.',
      look: 'Wiederherstellungen dieses Plans ansehen',
    },
    old: {
      title: 'Diese Seite ist von gestern',
      text: 'Am Ziel kann inzwischen anderes sein. Lassen Sie es nochmals ansehen; Ihre Angaben bleiben.',
      action: 'Nochmals ansehen',
    },
  },
};
