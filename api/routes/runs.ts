/** Work that is started now instead of by a schedule, and what came of it. */
import { z } from 'zod';
import { holds } from '../../core/control/actor.ts';
import {
  requestCleanup,
  type StartedRuns,
  startBackups,
  startVerifications,
} from '../../core/control/runs.ts';
import { HoldfastError, InvalidInput } from '../../core/errors.ts';
import { planIdSchema } from '../../core/format/layout.ts';
import { Answer, type Call, route } from '../route.ts';
import { levels } from '../schemas/backups.ts';
import { rowErrorSchema } from '../schemas/common.ts';
import { taskParam, taskSchema } from '../schemas/tasks.ts';

const newRunSchema = z
  .strictObject({
    task: z.enum(['backup', 'verify', 'cleanup']),
    plan: planIdSchema.optional().meta({ description: 'Absent: all plans that are on.' }),
    level: z.enum(levels).optional().meta({ description: 'Of `verify`. Default: as the plan says.' }),
  })
  .meta({ id: 'NewRun' });

const runsSchema = z
  .object({
    task: z.enum(['backup', 'verify', 'cleanup']),
    started: z.array(
      z.object({
        planId: z.string().optional(),
        backupId: z.string().optional(),
        taskId: z.string().optional(),
      }),
    ),
    skipped: z.array(z.object({ planId: z.string(), why: z.string() })),
    failed: z.array(z.object({ planId: z.string(), error: rowErrorSchema })),
  })
  .meta({ id: 'StartedRuns', description: 'Look at backups by their id, at the rest by its task.' });

const startRuns = route(
  {
    name: 'POST /v1/runs',
    operationId: 'startRuns',
    tag: 'runs',
    summary: 'Backs up, verifies or cleans up now',
    description:
      'One plan or all of them (at most 1,000). `verify` takes the newest completed backup of each. `cleanup` is for administrators; POST /v1/cleanup can try it first.',
    body: newRunSchema,
    status: 202,
    response: runsSchema,
    responseHeaders: { location: 'Where to look, when one thing was started.' },
    idempotent: true,
    costly: true,
    stepUp: ({ body }) => body.task === 'cleanup',
    audit: {
      action: 'run.start',
      target: ({ body }) => (body.plan === undefined ? 'plans' : `plan/${body.plan}`),
      after: (runs) => runs && { task: runs.task, started: runs.started.length, failed: runs.failed.length },
    },
    examples: { body: { task: 'backup', plan: 'shop' } },
  },
  async (call) => {
    const { task, plan, level } = call.input.body;
    if (level !== undefined && task !== 'verify') {
      throw new InvalidInput('body', [
        { field: 'level', value: level, allowed: 'absent: only verify has a level' },
      ]);
    }
    const runs = await start(call, task, plan, level);
    const [one, ...more] = runs.started;
    const place = one && more.length === 0 ? placeOf(one) : undefined;
    return new Answer({ task, ...runs }, { headers: { ...(place && { location: place }) } });
  },
);

type NewRun = z.output<typeof newRunSchema>;

async function start(
  { deps, actor, token }: Pick<Call, 'deps' | 'actor' | 'token'>,
  task: NewRun['task'],
  plan: string | undefined,
  level: NewRun['level'],
): Promise<
  Omit<StartedRuns, 'started'> & {
    readonly started: readonly { planId?: string; backupId?: string; taskId?: string }[];
  }
> {
  const asked = { actor, token };
  if (task === 'backup') return startBackups(deps, plan, asked);
  if (task === 'verify') return startVerifications(deps, plan, level, asked);
  if (!holds(actor.role, 'admin')) {
    throw new HoldfastError(
      'FORBIDDEN',
      `Cleanup needs the role admin (group ${deps.settings.groups.admin})`,
    );
  }
  const { taskId } = await requestCleanup(deps, { planId: plan, dryRun: false }, asked);
  return { started: [{ ...(plan !== undefined && { planId: plan }), taskId }], skipped: [], failed: [] };
}

function placeOf({ taskId, backupId }: { readonly taskId?: string; readonly backupId?: string }): string {
  return taskId === undefined ? `/v1/backups/${backupId}` : `/v1/runs/${taskId}`;
}

const getTask = route(
  {
    name: 'GET /v1/runs/{taskId}',
    operationId: 'getTask',
    tag: 'runs',
    summary: 'What came of something that was started',
    description: 'Backups and restores have places of their own. A task can be looked at for 30 days.',
    params: taskParam,
    response: taskSchema,
  },
  async ({ input, deps }) => {
    const { taskId } = input.params;
    const task = await deps.catalog.getTask(taskId);
    if (task) return task;
    throw new HoldfastError('TASK_NOT_FOUND', `There is no task ${taskId}`, { details: { taskId } });
  },
);

export const runRoutes = [startRuns, getTask];
