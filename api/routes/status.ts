/** Is everything well: what `holdfast status` shows, without what only an operator's own AWS rights can see. */
import { z } from 'zod';
import { statusOf } from '../../core/control/status.ts';
import { planIdSchema } from '../../core/format/layout.ts';
import { route } from '../route.ts';
import { timeSchema } from '../schemas/common.ts';
import { conditionSchema, pauseSchema } from '../schemas/conditions.ts';

/** The gateway waits 30 s for an answer; what is under way then still has to end. */
const budgetMs = 20_000;

const planHealthSchema = z
  .object({
    planId: z.string(),
    enabled: z.boolean(),
    paused: z.boolean(),
    overdue: z.boolean(),
    seen: z.boolean().meta({ description: 'False when it could not be looked at.' }),
    lastGood: z
      .object({ backupId: z.string(), slot: timeSchema, completedAt: timeSchema.optional() })
      .optional(),
    lastProvenAt: timeSchema.optional(),
    nextRunAt: timeSchema.optional(),
    exposedSeconds: z.number().optional().meta({ description: 'What would be lost now.' }),
    intervalSeconds: z.number(),
  })
  .meta({ id: 'PlanHealth' });

const statusSchema = z
  .object({
    isWell: z.boolean().meta({ description: 'Nothing critical.' }),
    at: timeSchema,
    whole: z.boolean().meta({ description: 'False when something could not be looked at in time.' }),
    conditions: z.array(conditionSchema),
    plans: z.array(planHealthSchema),
    pause: pauseSchema.optional(),
    watchedAt: timeSchema.optional(),
    cleanedAt: timeSchema.optional(),
    storedBytes: z.number().optional(),
    version: z.string(),
    stack: z.string(),
  })
  .meta({ id: 'Status' });

export const statusRoutes = [
  route(
    {
      name: 'GET /v1/status',
      operationId: 'getStatus',
      tag: 'status',
      summary: 'Is everything well',
      description: 'Looks now, for at most 20 s; plans that it does not get to are `seen: false`.',
      query: { plan: planIdSchema.optional().meta({ description: 'Only this one, and the stack.' }) },
      response: statusSchema,
      examples: {
        response: {
          isWell: true,
          at: '2026-11-21T09:00:00.000Z',
          whole: true,
          conditions: [],
          plans: [
            {
              planId: 'nightly',
              enabled: true,
              paused: false,
              overdue: false,
              seen: true,
              lastGood: { backupId: '20261121T020000Z-6fb80b81', slot: '2026-11-21T02:00:00Z' },
              nextRunAt: '2026-11-22T02:00:00Z',
              exposedSeconds: 25_200,
              intervalSeconds: 86_400,
            },
          ],
          version: '0.1.0',
          stack: 'Holdfast',
        },
      },
    },
    async ({ input, deps }) => {
      const { catalog, clock, scheduler, health, settings } = deps;
      const endsMs = performance.now() + budgetMs;
      const status = await statusOf(
        { catalog, scheduler, ...health, settings: settings.health },
        { now: clock.now(), planId: input.query.plan, isLate: () => performance.now() > endsMs },
      );
      return {
        ...status,
        pause: status.pause ?? undefined,
        version: settings.version,
        stack: settings.stackName,
      };
    },
  ),
];
