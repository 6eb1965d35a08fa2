/** What the editor begins with: a plan as it is or a new one, what was typed before a reload, numbers that were tried. Pure. */
import { type Fields, isSame, withAt } from './draft.ts';
import { type Kept, withUrl } from './kept.ts';

export interface Base {
  readonly plan: Fields;
  readonly revision: number;
}

export interface Beginning {
  readonly draft: Fields;
  /** Absent: a new plan. */
  readonly base: Base | undefined;
  /** What was typed before a reload is in it. */
  readonly isRestored: boolean;
}

/** With the defaults of docs/plans.md written out, so that a person sees them. */
export function newPlan(timeZone: string): Fields {
  return {
    id: '',
    enabled: true,
    sources: [{ kind: 'postgres', name: 'main', secret: 'holdfast/sources/' }],
    schedule: { cron: '0 2 * * *', timeZone },
    retention: { hourly: 48, daily: 30, weekly: 12, monthly: 12, yearly: 3, days: 0, manualDays: 30 },
    graceMinutes: 60,
    verification: { level: 'readable', drill: 'weekly', stored: 'daily' },
    notifications: { onFailure: true, onSuccess: false, weeklySummary: false, least: 'warning' },
  };
}

export function beginningOf({
  server,
  kept,
  tried,
  timeZone,
}: {
  readonly server: Base | undefined;
  readonly kept: Kept | undefined;
  /** Of the policy. */
  readonly tried: Readonly<Record<string, number>>;
  readonly timeZone: string;
}): Beginning {
  const blank = server?.plan ?? newPlan(timeZone);
  const found = kept && Boolean(kept.base) === Boolean(server) ? kept : undefined;
  const begun = found && withUrl(found, server?.plan.deadManUrl);
  const isRestored = begun !== undefined && !isSame(begun.draft, blank);
  const draft = Object.entries(tried).reduce<unknown>(
    (plan, [name, value]) => withAt(plan, `retention.${name}`, value),
    isRestored ? begun.draft : blank,
  ) as Fields;
  return { draft, base: isRestored ? begun.base : server, isRestored };
}
