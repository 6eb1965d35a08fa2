/** The one thing that the overview says first: how it is, as the worst of all that is known. Pure. */
import type { Schemas } from '../../api/use-api.ts';

type Overview = Schemas['Overview'];

export type VerdictKind =
  | 'empty'
  | 'critical'
  | 'paused'
  | 'warning'
  /** Something that was asked for could not be looked at. */
  | 'incomplete'
  /** Who looks for what nobody else sees has not looked for hours. */
  | 'unwatched'
  /** What is on the page is too old to say that all is well. */
  | 'stale'
  | 'well';

export interface Verdict {
  readonly kind: VerdictKind;
  readonly tone: 'critical' | 'warning' | 'well' | 'info';
  readonly worst?: Schemas['Condition'];
  /** How many more things are wrong. */
  readonly others: number;
}

/** Watch looks once an hour; two rounds that came to nothing may pass, as on the public status. */
export const mostWatchAgeMs = 3 * 3_600_000;
/** The page asks at least every three minutes while it is seen. */
export const mostAnswerAgeMs = 5 * 60_000;

export function verdictOf(overview: Overview, answeredAtMs: number, nowMs: number): Verdict {
  const { state, conditions, conditionsLeft, whole, watchedAt, at } = overview;
  const [worst] = conditions;
  const others = Math.max(0, conditions.length - 1) + conditionsLeft;
  const found = { ...(worst && { worst }), others };
  if (state === 'critical') return { kind: 'critical', tone: 'critical', ...found };
  if (nowMs - answeredAtMs > mostAnswerAgeMs) return { kind: 'stale', tone: 'warning', ...found };
  if (state === 'empty') return { kind: 'empty', tone: 'info', ...found };
  if (state === 'paused') return { kind: 'paused', tone: 'warning', ...found };
  if (state === 'warning') return { kind: 'warning', tone: 'warning', ...found };
  if (!whole) return { kind: 'incomplete', tone: 'warning', ...found };
  // By the server's clock on both sides. A stack that is an hour old has not been looked at yet.
  const isUnwatched = watchedAt !== undefined && Date.parse(at) - Date.parse(watchedAt) > mostWatchAgeMs;
  return isUnwatched
    ? { kind: 'unwatched', tone: 'warning', ...found }
    : { kind: 'well', tone: 'well', ...found };
}
