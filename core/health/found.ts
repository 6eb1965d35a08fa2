/** What a whole round found, in so few words that everybody may know them: no names, no counts. Pure. */
import type { State } from '../state.ts';
import type { Survey } from './survey.ts';

type Found = NonNullable<State<'watch'>['found']>;

export function foundBy(
  { conditions, plans }: Pick<Survey, 'conditions' | 'plans'>,
  before: Found | undefined,
  now: Date,
): Found {
  const isTrouble = conditions.some(({ severity }) => severity === 'critical');
  const state = isTrouble ? 'trouble' : 'well';
  const lastBackupAt = latest(plans.map(({ lastGood }) => lastGood?.completedAt));
  const lastProvenAt = latest(plans.map((plan) => plan.lastProvenAt));
  return {
    state,
    since: before?.state === state ? before.since : now.toISOString(),
    ...(lastBackupAt !== undefined && { lastBackupAt }),
    ...(lastProvenAt !== undefined && { lastProvenAt }),
  };
}

function latest(times: readonly (string | undefined)[]): string | undefined {
  let found: string | undefined;
  for (const time of times) if (time !== undefined && time > (found ?? '')) found = time;
  return found;
}
