/** Steps of a run beside their usual times. Pure. */
import type { Schemas } from '../../api/use-api.ts';

export interface ComparedStep {
  readonly name: string;
  readonly title: string;
  readonly state: 'done' | 'running' | 'failed';
  readonly startedAt: string;
  /** So far, while it goes on. */
  readonly seconds: number;
  readonly usual?: number | undefined;
  /** Much longer than usual, and long enough to matter. */
  readonly isSlow: boolean;
  readonly error?: string | undefined;
}

/** Twice what is usual, and by so many seconds at least: a step of a blink may take two. */
const slowFactor = 2;
const slowSeconds = 5;

export function comparedSteps(
  {
    steps = [],
    usualSteps = [],
    error,
    failedAt,
  }: Pick<Schemas['Backup'], 'steps' | 'usualSteps' | 'error' | 'failedAt'>,
  now: Date,
): readonly ComparedStep[] {
  const usual = new Map(usualSteps.map(({ name, seconds }) => [name, seconds]));
  const until = failedAt === undefined ? now.getTime() : Date.parse(failedAt);
  return steps.map(({ name, title = name, startedAt, seconds, state }) => {
    const taken = seconds ?? Math.max(0, (until - Date.parse(startedAt)) / 1000);
    const usually = usual.get(name);
    return {
      ...{ name, title, state, startedAt, seconds: taken, usual: usually },
      isSlow: usually !== undefined && taken > usually * slowFactor && taken - usually > slowSeconds,
      ...(state === 'failed' && { error: error?.message }),
    };
  });
}
