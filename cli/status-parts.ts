/** The parts of the stack as lines of `holdfast status`: one line each, by what the API saw. Pure. */
import type { Status } from './api/rows.ts';
import type { Finding } from './context.ts';
import { counted, formatAgo, formatBytes } from './units.ts';

/** Watch runs every hour; a second failed round and a slow third are still no reason to worry a person. */
const watchIsLateAfterMs = 3 * 3_600_000;

type Condition = Status['conditions'][number];

/** `ok` undefined is a warning here: not wrong, and worth a look. */
export function partsOf(status: Status, openAlerts: number | undefined): readonly Finding[] {
  const now = new Date(status.at);
  const { plans, storedBytes, cleanedAt, pause } = status;
  const enabled = plans.filter((plan) => plan.enabled).length;
  const own = plans.filter((plan) => plan.paused && !pause).length;
  const told = openAlerts === undefined ? '' : `, ${counted(openAlerts, 'open alert')}`;
  const part = (name: string, kinds: readonly string[], unseen: readonly string[], well: string) =>
    fromConditions(name, status.conditions, { kinds, unseen }, well);
  return [
    part(
      'vault',
      ['vault-incomplete', 'quota-near'],
      [],
      storedBytes === undefined ? 'nothing counted yet' : `${formatBytes(storedBytes)} stored`,
    ),
    part('catalog', ['catalog-incomplete'], [], 'as the vault has it'),
    part('keys', ['key-unproven', 'key-old'], ['keys'], 'an export is proven, or not due yet'),
    part(
      'scheduler',
      ['schedule-wrong'],
      ['schedules'],
      `${counted(enabled, 'plan')} on, each has its schedule`,
    ),
    pause
      ? part('pause', ['paused'], ['pause'], `everything is paused by ${pause.by}: ${pause.reason}`)
      : part(
          'pause',
          [],
          ['pause'],
          own === 0 ? 'nothing is paused' : `not everything; ${counted(own, 'plan')} by itself`,
        ),
    part(
      'alerts',
      ['alerts-unheard', 'alarm', 'notify-failed'],
      ['recipients', 'alarms'],
      `somebody hears them${told}`,
    ),
    part(
      'cleanup',
      ['cleanup-stalled', 'cleanup-failed', 'cleanup-unusual'],
      ['cleanup'],
      cleanedAt === undefined ? 'no whole round yet' : `last whole round ${formatAgo(cleanedAt, now)}`,
    ),
    watch(status, now),
    part('second copy', ['replication-behind'], ['copies'], 'not behind, or none'),
    part('restores', ['restore-waiting'], ['restores'], 'none waits too long'),
  ];
}

interface About {
  readonly kinds: readonly string[];
  /** What of it may not have been seen: the end of such a condition's id. */
  readonly unseen: readonly string[];
}

/** Red when one of them is critical, a warning when one is a warning. */
function fromConditions(
  name: string,
  conditions: readonly Condition[],
  { kinds, unseen }: About,
  well: string,
): Finding {
  const found = conditions.filter(
    ({ kind, id, planId }) =>
      (kinds.includes(kind) && !(kind === 'paused' && planId !== undefined)) ||
      (kind === 'watch-incomplete' && unseen.some((what) => id === `watch-incomplete/-/${what}`)),
  );
  const [worst] = [...found].sort((a, b) => (a.severity < b.severity ? -1 : 1));
  if (!worst) return { name, ok: true, detail: well };
  const more = found.length > 1 ? ` (and ${found.length - 1} more)` : '';
  return {
    name,
    ok: worst.severity === 'critical' ? false : undefined,
    detail: `${worst.planId ? `${worst.planId}: ` : ''}${worst.why}${more}`,
    next: worst.next,
  };
}

function watch({ watchedAt, plans, conditions }: Status, now: Date): Finding {
  const name = 'watch';
  const next =
    'Start it: holdfast doctor looks at its function; the log of the watch function says what stops it.';
  if (watchedAt === undefined) {
    // A stack without plans has nothing to watch yet.
    const ok = plans.length === 0 ? undefined : false;
    return { name, ok, detail: 'it has not finished a round yet', next };
  }
  const isLate = now.getTime() - Date.parse(watchedAt) > watchIsLateAfterMs;
  const detail = `last whole round ${formatAgo(watchedAt, now)}`;
  if (isLate) return { name, ok: false, detail, next };
  // A warning is about what somebody may see, not about watch.
  const found = conditions.filter(({ severity }) => severity === 'critical');
  return fromConditions(name, found, { kinds: ['watch-incomplete'], unseen: [] }, detail);
}
