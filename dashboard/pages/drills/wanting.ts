/** Plans that nobody has proven by a restore, or not for too long, and what each of them wants. Pure. */
import type { Schemas } from '../../api/use-api.ts';

export interface Wanting {
  readonly planId: string;
  readonly name: string;
  readonly why: 'never' | 'long';
  /** - `drill`: there is a recovery point. - `backUp`: there is none. */
  readonly what: 'drill' | 'backUp';
  readonly isOff: boolean;
  readonly provenAt?: string | undefined;
  readonly newestSlot?: string | undefined;
}

/** Those that can be drilled first; those that are off last. */
export function wantingOf(plans: readonly Schemas['OverviewPlan'][]): readonly Wanting[] {
  return plans
    .filter(({ proven, state }) => proven === undefined || state === 'unproven')
    .map(
      ({ planId, name = planId, proven, lastGood, enabled }): Wanting => ({
        ...{ planId, name, isOff: !enabled, provenAt: proven?.at, newestSlot: lastGood?.slot },
        why: proven === undefined ? 'never' : 'long',
        what: lastGood ? 'drill' : 'backUp',
      }),
    )
    .sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

const rank = ({ isOff, why, what }: Wanting) =>
  (isOff ? 4 : 0) + (what === 'backUp' ? 2 : 0) + (why === 'long' ? 1 : 0);
