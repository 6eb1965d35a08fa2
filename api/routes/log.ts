/** What the functions of the stack have logged of one backup, restore or task. */
import { z } from 'zod';
import { logOf } from '../../core/control/log.ts';
import { logLevels } from '../../core/ports/log-reader.ts';
import { route } from '../route.ts';
import { backupNameSchema } from '../schemas/backups.ts';
import { pagingQuery, timeSchema } from '../schemas/common.ts';
import { restoreIdSchema } from '../schemas/restores.ts';
import { taskParam } from '../schemas/tasks.ts';

const logLineSchema = z
  .object({
    at: timeSchema,
    level: z.enum(logLevels),
    message: z.string().meta({ description: 'A constant; what varies is in `fields`.' }),
    function: z.string().meta({ description: 'Which function of the stack: `backup`, `api`.' }),
    fields: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'LogLine' });

const logSchema = z
  .object({
    items: z.array(logLineSchema),
    nextCursor: z.string().optional().meta({
      description: 'Absent on the last page. A page may have few lines, or none, and not be the last.',
    }),
    groups: z.array(z.string()).meta({ description: 'The log groups in CloudWatch Logs.' }),
    from: timeSchema,
    to: timeSchema.meta({ description: 'What was looked through: when its lines can have been written.' }),
  })
  .meta({ id: 'Log', description: 'Lines with the correlation id of one thing, the oldest first.' });

const readLog = route(
  {
    name: 'GET /v1/log',
    operationId: 'readLog',
    tag: 'runs',
    summary: 'What was logged of a backup, a restore or a task',
    description:
      'Exactly one of `backup`, `restore` and `task`. CloudWatch Logs keeps lines as long as the stack says (option logRetentionDays); a new line can be read within seconds.',
    query: {
      backup: backupNameSchema.optional(),
      restore: restoreIdSchema.optional(),
      task: taskParam.taskId.optional(),
      level: z.enum(logLevels).default('debug').meta({ description: 'This level at least.' }),
      limit: z.coerce.number().int().min(1, '1 to 1000').max(1000, '1 to 1000').default(500),
      cursor: pagingQuery.cursor,
    },
    response: logSchema,
    examples: {
      response: {
        items: [
          {
            at: '2026-11-21T02:00:09.412Z',
            level: 'info',
            message: 'segment stored',
            function: 'backup',
            fields: { component: 'main', segment: 'orders', plainBytes: 1_200_000_000 },
          },
        ],
        groups: ['/aws/lambda/holdfast-backup'],
        from: '2026-11-21T01:59:00.000Z',
        to: '2026-11-21T02:18:31.000Z',
      },
    },
  },
  async ({ input, deps }) => {
    const { lines, cursor, groups, from, to } = await logOf(deps, input.query);
    return { items: lines, nextCursor: cursor, groups, from, to };
  },
);

export const logRoutes = [readLog];
