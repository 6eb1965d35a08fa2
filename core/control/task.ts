/** Has a function do what somebody asked for, with a row in which that person sees what came of it. */
import { createHash } from 'node:crypto';
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

/** A request is repeated so often at most behind tasks of its own that failed. */
const mostTasks = 5;

/**
 * The row, before the function has begun. Throws what kept it from being started; the row says so too, and the same
 * request again, which may be repeated then, is a task of its own behind the one that failed.
 */
export async function startTask(deps: TaskDeps, asked: TaskAsked): Promise<TaskRow> {
  const { catalog, starter, clock } = deps;
  const { row, hasEnded } = await ownTask(deps, asked);
  if (hasEnded) return row;
  try {
    await starter.start(asked.target, asked.event(row.taskId));
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

/** Its own row: a new one; or of the same request before one that has not failed. */
async function ownTask(
  { catalog, clock }: TaskDeps,
  { kind, planId, backupId, actor, token }: TaskAsked,
): Promise<{ readonly row: TaskRow; readonly hasEnded: boolean }> {
  const createdAt = await firstAsked(catalog, token, clock.now());
  for (let attempt = 1; ; attempt += 1) {
    const row: TaskRow = {
      taskId: taskIdFor(createdAt, attempt === 1 ? token : sha256(`${token}\n${attempt}`)),
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
      return { row, hasEnded: false };
    } catch (thrown) {
      const there = hasCode(thrown, 'CONFLICT') ? await catalog.getTask(row.taskId) : undefined;
      if (!there) throw thrown;
      // It has ended well, or is started once more in case it never was, which harms nothing.
      if (there.status !== 'failed' || attempt === mostTasks) {
        return { row: there, hasEnded: there.status === 'completed' || there.status === 'failed' };
      }
    }
  }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
