/** Tasks, and what was counted of each day, in memory. */
import { HoldfastError } from '../../../core/errors.ts';
import type { Catalog, DayRow } from '../../../core/ports/catalog.ts';
import { checkDays, checkTaskResult, plainValue } from '../../../core/record-limits.ts';
import { byName, copy, instant, type Rows } from './rows.ts';

type Tasks = Pick<Catalog, 'createTask' | 'getTask' | 'finishTask' | 'putDay' | 'listDays'>;

export function tasksOf({ tasks, days }: Rows): Tasks {
  return {
    async createTask(row) {
      checkTaskResult(row);
      if (tasks.has(row.taskId)) throw new HoldfastError('CONFLICT', `There is a task ${row.taskId} already`);
      const { createdAt, completedAt, result } = row;
      tasks.set(
        row.taskId,
        copy({
          ...row,
          createdAt: instant(createdAt),
          completedAt: completedAt && instant(completedAt),
          result: plainValue(result),
        }),
      );
    },
    async getTask(taskId) {
      const row = tasks.get(taskId);
      return row && copy(row);
    },
    async finishTask(taskId, { status, completedAt, result, error }) {
      checkTaskResult({ result });
      const stored = tasks.get(taskId);
      if (!stored || stored.status === 'completed' || stored.status === 'failed') return;
      const end = { status, completedAt: completedAt && instant(completedAt), error };
      tasks.set(taskId, copy({ ...stored, ...end, result: plainValue(result) }));
    },

    async putDay(row) {
      checkDays(row.day, row.day);
      days.set(`${row.planId}/${row.day}`, copy(row));
    },
    async listDays(planId, from, to) {
      checkDays(from, to);
      const isAsked = ({ planId: id, day }: DayRow) => id === planId && day >= from && day <= to;
      return byName([...days].filter(([, row]) => isAsked(row))).map(([, row]) => copy(row));
    },
  };
}
