/** What has expired: said, or marked. */
import { z } from 'zod';
import { requestCleanup } from '../../core/control/runs.ts';
import { planIdSchema } from '../../core/format/layout.ts';
import { route } from '../route.ts';
import { startedTask, taskLocation, taskSchema } from '../schemas/tasks.ts';

const cleanUp = route(
  {
    name: 'POST /v1/cleanup',
    operationId: 'cleanUp',
    tag: 'cleanup',
    summary: 'Decides what has expired, and with `dryRun: false` marks it',
    description:
      'The result of the task has what was marked or would be, and why each backup goes or stays. What is marked can be brought back within the undelete window.',
    body: z
      .strictObject({
        plan: planIdSchema.optional().meta({ description: 'Absent: all plans.' }),
        dryRun: z
          .boolean()
          .default(true)
          .meta({ description: 'Says what would be done, and changes nothing.' }),
      })
      .meta({ id: 'NewCleanup' }),
    status: 202,
    response: taskSchema,
    responseHeaders: taskLocation,
    idempotent: true,
    costly: true,
    stepUp: ({ body }) => !body.dryRun,
    audit: {
      action: 'cleanup.start',
      target: ({ body }) => (body.plan === undefined ? 'plans' : `plan/${body.plan}`),
    },
    examples: { body: { plan: 'shop', dryRun: true } },
  },
  async ({ input, deps, actor, token }) => {
    const { plan: planId, dryRun } = input.body;
    return startedTask(await requestCleanup(deps, { planId, dryRun }, { actor, token }));
  },
);

export const cleanupRoutes = [cleanUp];
