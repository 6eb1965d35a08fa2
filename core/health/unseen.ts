/**
 * What a survey could not see: said to be so, and taken neither for well nor for wrong. A person's rights are not
 * watch's: what is beyond them is not seen by that person, and no more.
 */
import type { Condition } from '../alerts.ts';
import type { ErrorCode, HoldfastError } from '../errors.ts';
import type { StackPart, Unseen } from './gather-stack.ts';

/** What is not allowed, to whoever asks: S3 says it its own way. */
export const refusals: readonly ErrorCode[] = ['ACCESS_DENIED', 'VAULT_REFUSED'];

/** Of 10,000 plans that may not be looked at, one says it. */
export function notedOnce(unseen: Unseen[], what: StackPart, error: HoldfastError): void {
  if (!unseen.some((each) => each.what === what)) unseen.push({ what, error });
}

const partNames: Record<StackPart, string> = {
  pause: 'whether everything is paused',
  cleanup: 'the state of cleanup',
  keys: 'the keys',
  recipients: 'who hears alerts',
  alarms: 'the alarms of the stack',
  restores: 'the restores that wait',
  schedules: 'the schedules of the plans',
  copies: 'the second copies of the backups',
};

/** What could not be looked at is itself something that is wrong. */
export function unseenConditions(unseen: readonly Unseen[], now: Date, byPerson: boolean): Condition[] {
  const since = now.toISOString();
  const late = unseen.filter(({ error }) => error.code === 'DEADLINE').length;
  const made = unseen
    .filter(({ error }) => error.code !== 'DEADLINE')
    .map(({ what, error }): Condition => {
      const planId = typeof what === 'string' ? undefined : what.planId;
      const name = typeof what === 'string' ? partNames[what] : `plan ${what.planId}`;
      const isTheirs = byPerson && refusals.includes(error.code);
      return {
        id: typeof what === 'string' ? `watch-incomplete/-/${what}` : `watch-incomplete/${what.planId}`,
        kind: 'watch-incomplete',
        severity: isTheirs ? 'warning' : 'critical',
        planId,
        why: `${name} could not be looked at: ${error.message}`,
        next: isTheirs
          ? `Ask for the right to look (docs/operations.md, "What the caller may do"). Watch looks with rights of its own, and tells.`
          : `${error.next} Until then nothing that goes wrong there is told.`,
        since,
        code: error.code,
      };
    });
  if (late === 0) return made;
  const why = `the round had to stop: ${late} plans were not looked at`;
  const next = "Raise the watch function's time limit or memory, and look at its log for what was slow.";
  return [
    ...made,
    { id: 'watch-incomplete/-/late', kind: 'watch-incomplete', severity: 'critical', why, next, since },
  ];
}

/**
 * Whether that survey could not see this kind of condition, of that plan, or does not judge it while the plan is paused
 * or off: it is neither well nor wrong then.
 */
export function isUnseenBy({
  unseen,
  plans: looked,
}: {
  readonly unseen: readonly Unseen[];
  readonly plans: readonly { readonly planId: string; readonly enabled: boolean; readonly paused: boolean }[];
}): (told: { readonly kind: string; readonly planId?: string }) => boolean {
  const plans = new Set(unseen.flatMap(({ what }) => (typeof what === 'string' ? [] : [what.planId])));
  const parts = new Set(unseen.flatMap(({ what }) => (typeof what === 'string' ? [what] : [])));
  const resting = new Set(
    looked.filter(({ enabled, paused }) => !enabled || paused).map(({ planId }) => planId),
  );
  return ({ kind, planId }) => {
    if (kind === 'watch-incomplete') return false;
    if (notWhileResting.has(kind) && planId !== undefined && resting.has(planId)) return true;
    if (ofStack[kind] !== undefined && (planId === undefined || kind !== 'paused')) {
      if (ofStack[kind].some((part) => parts.has(part))) return true;
    }
    if (kind === 'schedule-wrong' && parts.has('schedules')) return true;
    // The storage of the whole is the sum over the plans.
    if (kind === 'quota-near' && planId === undefined) return plans.size > 0;
    const ofPlan = planId !== undefined && !kindsOfStackWithPlan.has(kind);
    return ofPlan && plans.has(planId);
  };
}

/** That no backup is made is meant, then; whether one is missed is judged again when it goes on. */
const notWhileResting = new Set(['backup-missed', 'schedule-wrong']);

const ofStack: Readonly<Record<string, readonly StackPart[]>> = {
  'alerts-unheard': ['recipients'],
  alarm: ['alarms'],
  paused: ['pause'],
  'cleanup-stalled': ['cleanup'],
  'cleanup-failed': ['cleanup'],
  'cleanup-unusual': ['cleanup'],
  'vault-incomplete': ['cleanup'],
  'catalog-incomplete': ['cleanup'],
  'key-unproven': ['keys'],
  'key-old': ['keys'],
  'restore-waiting': ['restores'],
};

const kindsOfStackWithPlan = new Set(['vault-incomplete', 'restore-waiting', 'cleanup-unusual']);
