/** What applying a plan would change: pure, so that a dry run and the real one cannot differ. */
import { type Plan, secretFields } from '../plan.ts';
import type { PlanRow } from '../ports/catalog.ts';
import type { ScheduleState } from '../ports/scheduler.ts';
import { awsExpression } from '../schedule.ts';

export interface FieldChange {
  /** `sources.0.databases`. */
  readonly field: string;
  /** As JSON; absent when there was none. */
  readonly before?: string;
  readonly after?: string;
}

export interface PlanChange {
  readonly plan: Plan;
  readonly action: 'create' | 'change' | 'unchanged';
  /** What the catalog holds now; 0 when there is nothing. */
  readonly revision: number;
  /** When the plan was first applied: a rate counts from there. */
  readonly createdAt?: string;
  readonly fields: readonly FieldChange[];
  /** The schedule is missing or is not what the plan says; also mended when the plan itself is unchanged. */
  readonly schedule: {
    readonly wanted: ScheduleState;
    readonly found?: ScheduleState;
    readonly differs: boolean;
  };
}

export function planChange(
  plan: Plan,
  row: PlanRow | undefined,
  found: ScheduleState | undefined,
): PlanChange {
  const fields = row ? fieldChanges(row.plan, plan) : [];
  const wanted = wantedSchedule(plan);
  return {
    plan,
    action: row === undefined ? 'create' : fields.length > 0 ? 'change' : 'unchanged',
    revision: row?.revision ?? 0,
    createdAt: row?.createdAt,
    fields,
    schedule: { wanted, found, differs: !found || scheduleDiffers(wanted, found) },
  };
}

/** What EventBridge Scheduler should hold for the plan. */
export function wantedSchedule(plan: Plan): ScheduleState {
  return { ...awsExpression(plan.schedule), enabled: plan.enabled };
}

export function scheduleDiffers(one: ScheduleState, other: ScheduleState): boolean {
  return (
    one.expression !== other.expression || one.timeZone !== other.timeZone || one.enabled !== other.enabled
  );
}

/** `cron(0 2 * * ? *) Europe/Berlin`, with `(off)` when it does not fire. */
export function scheduleText(state: ScheduleState): string {
  const zone = state.expression.startsWith('rate') ? '' : ` ${state.timeZone}`;
  return `${state.expression}${zone}${state.enabled ? '' : ' (off)'}`;
}

/** Of what no message shows (a URL whose path is a secret) only that it is there; names of secrets are none. */
const hidden: ReadonlySet<string> = new Set(secretFields.filter((name) => name !== 'secret'));

/** Leaves that differ, in the order of their paths. */
export function fieldChanges(before: unknown, after: unknown): readonly FieldChange[] {
  const old = leaves(before);
  const young = leaves(after);
  return [...new Set([...old.keys(), ...young.keys()])]
    .sort()
    .filter((field) => old.get(field) !== young.get(field))
    .map((field) => ({ field, before: shown(field, old.get(field)), after: shown(field, young.get(field)) }));
}

function shown(field: string, json: string | undefined): string | undefined {
  return json !== undefined && hidden.has(field.split('.').at(-1) ?? '') ? '"…"' : json;
}

function leaves(value: unknown, path = '', into = new Map<string, string>()): Map<string, string> {
  const entries = value !== null && typeof value === 'object' ? Object.entries(value) : undefined;
  if (entries === undefined) {
    if (value !== undefined) into.set(path, JSON.stringify(value));
  } else if (entries.length === 0) {
    into.set(path, JSON.stringify(value));
  } else {
    for (const [key, inner] of entries) leaves(inner, path === '' ? key : `${path}.${key}`, into);
  }
  return into;
}
