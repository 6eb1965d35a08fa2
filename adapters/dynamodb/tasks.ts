/** What people asked for and that goes on by itself: created once, ended once, gone after 30 days. */
import { randomUUID } from 'node:crypto';
import { HoldfastError } from '../../core/errors.ts';
import { type Catalog, taskDays } from '../../core/ports/catalog.ts';
import { checkTaskResult, plainValue } from '../../core/record-limits.ts';
import { absent, any, equals } from './expression.ts';
import { instant, removalOf, toTaskRow } from './items.ts';
import type { Store } from './store.ts';
import { taskKey } from './table.ts';

const dayMs = 86_400_000;
const hasNotEnded = any(equals('status', 'pending'), equals('status', 'running'));

export function dynamoTasks(store: Store): Pick<Catalog, 'createTask' | 'getTask' | 'finishTask'> {
  return {
    async createTask({ createdAt, completedAt, result, ...row }) {
      checkTaskResult({ result });
      // Tells our own write from another's when its reply was lost and the SDK sent it again.
      const createToken = randomUUID();
      const written = await store.update(
        taskKey(row.taskId),
        {
          set: {
            ...row,
            createdAt: instant(createdAt),
            completedAt: completedAt && instant(completedAt),
            result: plainValue(result),
            removeAt: removalOf(createdAt) + (taskDays * dayMs) / 1000,
            createToken,
          },
        },
        absent('pk'),
      );
      if ('row' in written || written.refused?.createToken === createToken) return;
      throw new HoldfastError('CONFLICT', `There is a task ${row.taskId} already`);
    },

    async getTask(taskId) {
      const item = await store.get(taskKey(taskId));
      return item && toTaskRow(item);
    },

    async finishTask(taskId, { status, completedAt, result, error }) {
      checkTaskResult({ result });
      await store.updateSilently(
        taskKey(taskId),
        {
          set: {
            status,
            completedAt: completedAt && instant(completedAt),
            result: plainValue(result),
            error,
          },
        },
        hasNotEnded,
      );
    },
  };
}
