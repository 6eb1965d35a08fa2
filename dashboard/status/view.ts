/**
 * What the public status page says, as data: pure, so that each case can be tried without a browser. Answers of the API
 * are read with care, since nobody signed in to get them: a state that is not known counts as unknown.
 */
import { type StatusWords, statusWords } from '../text/status.ts';

export type Language = keyof typeof statusWords;
export type State = 'well' | 'trouble' | 'unknown';

export interface PublicStatus {
  readonly state: State;
  readonly checkedAt?: string;
  readonly since?: string;
  readonly lastBackupAt?: string;
  readonly lastProvenAt?: string;
}

export type Asked =
  | { readonly kind: 'known'; readonly status: PublicStatus; readonly at: Date }
  | { readonly kind: 'not-public' }
  | { readonly kind: 'unreachable'; readonly before?: { readonly status: PublicStatus; readonly at: Date } };

export interface View {
  readonly tone: State | 'quiet';
  readonly headline: string;
  readonly meaning: string;
  readonly facts: readonly { readonly name: string; readonly at: string; readonly text: string }[];
  readonly foot: string;
  readonly signIn: boolean;
}

/** The first of the browser's languages that there are words in. */
export function languageOf(asked: readonly string[]): Language {
  return asked.map((each) => each.slice(0, 2)).find((each): each is Language => each in statusWords) ?? 'en';
}

const times = ['since', 'lastBackupAt', 'lastProvenAt', 'checkedAt'] as const;

export function readStatus(value: unknown): PublicStatus {
  const found = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const state = found.state === 'well' || found.state === 'trouble' ? found.state : 'unknown';
  const known = times.flatMap((name) => {
    const at = found[name];
    return typeof at === 'string' && !Number.isNaN(Date.parse(at)) ? [[name, at] as const] : [];
  });
  return { state, ...Object.fromEntries(known) };
}

export function viewOf(asked: Asked, language: Language, now: Date): View {
  const words = statusWords[language];
  if (asked.kind === 'not-public') return plain(words.notPublic, true);
  if (asked.kind === 'unreachable' && !asked.before) return plain(words.unreachable, false);
  const seen = asked.kind === 'known' ? asked : asked.before;
  if (!seen) return plain(words.unreachable, false);
  const { status, at } = seen;
  const [headline, meaning] = words.states[status.state];
  const time = new Intl.DateTimeFormat(language, { timeStyle: 'medium' }).format(at);
  return {
    tone: status.state,
    headline,
    meaning,
    facts: factsOf(status, words, language, now),
    foot: asked.kind === 'known' ? words.asked(time) : words.stale(time),
    signIn: true,
  };
}

function plain([headline, meaning]: readonly [string, string], signIn: boolean): View {
  return { tone: 'quiet', headline, meaning, facts: [], foot: '', signIn };
}

function factsOf(status: PublicStatus, words: StatusWords, language: Language, now: Date): View['facts'] {
  return times.flatMap((name) => {
    const at = status[name];
    return at === undefined ? [] : [{ name: words.facts[name], at, text: timeText(at, language, now) }];
  });
}

const steps = [
  ['minute', 60, 90 * 60],
  ['hour', 3_600, 36 * 3_600],
  ['day', 86_400, Number.POSITIVE_INFINITY],
] as const;

/** `3 hours ago (21 Nov 2026, 03:00 CET)`. */
function timeText(at: string, language: Language, now: Date): string {
  const seconds = (Date.parse(at) - now.getTime()) / 1000;
  const [unit, size] = steps.find(([, , upTo]) => Math.abs(seconds) < upTo) ?? steps[2];
  const ago = new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(
    Math.round(seconds / size),
    unit,
  );
  const exact = new Intl.DateTimeFormat(language, {
    ...{ day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' },
    ...{ hourCycle: 'h23', timeZoneName: 'short' },
  } as const).format(new Date(at));
  return `${ago} (${exact})`;
}
