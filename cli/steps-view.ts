/** Steps of a run or a restore in lines: those that took a second, those that are at it, and the one that failed. */
import type { components } from '../api/schema.ts';
import { formatDuration } from './units.ts';

type Step = Readonly<components['schemas']['Step']>;
type Usual = readonly { readonly name: string; readonly seconds: number }[];

const shortSeconds = 1;
/** Where what is usual is worth a word: a quarter more or less, and five seconds. */
const apartFactor = 1.25;
const apartSeconds = 5;

/** Undefined: there is nothing to say of them. */
export function stepsText(
  steps: readonly Step[] | undefined,
  now: Date,
  usual: Usual = [],
): string | undefined {
  const lines = (steps ?? [])
    .filter(({ state, seconds = 0 }) => state !== 'done' || seconds >= shortSeconds)
    .map((step) => lineOf(step, now, usual.find(({ name }) => name === step.name)?.seconds));
  return lines.length > 0 ? lines.join('\n') : undefined;
}

function lineOf({ name, title = name, state, startedAt, seconds }: Step, now: Date, usual?: number): string {
  const took = seconds ?? (state === 'running' ? (now.getTime() - Date.parse(startedAt)) / 1000 : undefined);
  const time = took === undefined ? '' : ` ${formatDuration(took * 1000)}`;
  const often =
    usual !== undefined && isApart(took ?? 0, usual) ? `, usually ${formatDuration(usual * 1000)}` : '';
  const text = `${title}:${time}${often}`;
  if (state === 'failed') return `FAILED ${text}`;
  return state === 'running' ? `${text} so far` : text;
}

function isApart(took: number, usual: number): boolean {
  const [less, more] = took < usual ? [took, usual] : [usual, took];
  return more - less >= apartSeconds && more >= less * apartFactor;
}
