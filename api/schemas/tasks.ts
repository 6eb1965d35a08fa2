/** Tasks as the API shows them: work that goes on by itself, and what came of it. */
import { z } from 'zod';
import { taskIdSchema } from '../../core/events.ts';
import type { TaskRow } from '../../core/ports/catalog.ts';
import { Answer } from '../route.ts';
import { rowErrorSchema, timeSchema } from './common.ts';
import { contentsSchema, openedReportSchema } from './contents.ts';
import { preflightResultSchema } from './preflight.ts';

export const taskParam = { taskId: taskIdSchema };

export const taskSchema = z
  .object({
    taskId: z.string(),
    kind: z.enum(['plan-test', 'verify', 'cleanup', 'expire', 'undelete', 'preflight', 'contents', 'report']),
    status: z.enum(['pending', 'running', 'completed', 'failed']),
    planId: z.string().optional(),
    backupId: z.string().optional(),
    createdAt: timeSchema,
    createdBy: z.string(),
    completedAt: timeSchema.optional(),
    correlationId: z.string(),
    result: z
      // The forms that are named here are in the document; all others pass as they are.
      .union([preflightResultSchema, contentsSchema, openedReportSchema, z.unknown()])
      .optional()
      .meta({ description: 'What came of it; its form is the kind’s (docs/api.md).' }),
    error: rowErrorSchema.optional(),
  })
  .meta({ id: 'Task', description: 'Work that goes on by itself. It can be looked at for 30 days.' });

/** 202, and where to look. */
export function startedTask(task: TaskRow): Answer<TaskRow> {
  return new Answer(task, { status: 202, headers: { location: `/v1/runs/${task.taskId}` } });
}

export const taskLocation = { location: 'Where to look what came of it: `/v1/runs/{taskId}`.' };
