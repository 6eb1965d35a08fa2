/** Has a function do what somebody asked for, with a row in which that person sees what came of it. */
import { asHoldfastError, hasCode, rowErrorOf } from '../errors.ts';
import { compactTime } from '../format/layout.ts';
import type { Catalog, TaskRow } from '../ports/catalog.ts';
import type { Clock } from '../ports/index.ts';
import type { FunctionStarter, StartTarget } from '../ports/surroundings.ts';
import type { Actor } from './actor.ts';
import { firstAsked } from './first-asked.ts';

export interface TaskDeps {
  readonly catalog: Pick<Catalog, 'claimOnce' | 'noteOnce' | 'createTask' | 'getTask' | 'finishTask'>;
  readonly starter: FunctionStarter;
  readonly clock: Clock;
}

export interface TaskAsked {
  readonly kind: TaskRow['kind'];
  readonly planId?: string;
  readonly backupId?: string;
  readonly actor: Pick<Actor, 'name' | 'correlationId'>;
  /** 32 hex digits; the same again is the same task. */
  readonly token: string;
  readonly target: StartTarget;
  readonly event: (taskId: string) => Readonly<Record<string, unknown>>;
}

/** `t-20261121t020000z-3f9a1c22`. */
export function taskIdFor(atIso: string, token: string): string {
  return `t-${compactTime(atIso).toLowerCase()}-${token.slice(0, 8)}`;
}

/** The row, before the function has begun. Throws what kept it from being started; the row says so too. */
export async function startTask(deps: TaskDeps, asked: TaskAsked): Promise<TaskRow> {
  const { catalog, starter, clock } = deps;
  const { kind, planId, backupId, actor, token, target, event } = asked;
  const createdAt = await firstAsked(catalog, token, clock.now());
  const row: TaskRow = {
    taskId: taskIdFor(createdAt, token),
    kind,
    status: 'pending',
    ...(planId !== undefined && { planId }),
    ...(backupId !== undefined && { backupId }),
    createdAt,
    createdBy: actor.name,
    correlationId: actor.correlationId,
  };
  try {
    await catalog.createTask(row);
  } catch (thrown) {
    const there = hasCode(thrown, 'CONFLICT') ? await catalog.getTask(row.taskId) : undefined;
    // The same request again: it has ended, or is started once more in case it never was, which harms nothing.
    if (!there) throw thrown;
    if (there.status === 'completed' || there.status === 'failed') return there;
  }
  try {
    await starter.start(target, event(row.taskId));
  } catch (thrown) {
    const error = asHoldfastError(thrown);
    const end = {
      status: 'failed',
      completedAt: clock.now().toISOString(),
      error: rowErrorOf(error),
    } as const;
    await catalog.finishTask(row.taskId, end);
    throw error;
  }
  return row;
}
