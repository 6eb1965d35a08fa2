/** The overview as the API shows it: one line a plan, and the worst of all. */
import { z } from 'zod';
import { overviewStates } from '../../core/control/overview-plan.ts';
import { planIdSchema } from '../../core/format/layout.ts';
import { levels } from './backups.ts';
import { pagingQuery, rowErrorSchema, timeSchema } from './common.ts';
import { conditionSchema, pauseSchema } from './conditions.ts';

export const overviewQuery = {
  plan: planIdSchema.optional().meta({ description: 'Only this one, and the stack.' }),
  limit: z.coerce
    .number()
    .int()
    .min(1, '1 to 200')
    .max(200, '1 to 200')
    .default(200)
    .meta({ description: 'At most so many plans.' }),
  cursor: pagingQuery.cursor,
};

export const sourceKindsSchema = z
  .array(z.enum(['postgres', 'mongodb', 'files']))
  .meta({ description: 'Of its sources.' });

const plans = z.int().min(0);

const daySchema = z.object({
  day: z.string().meta({ description: 'UTC.', example: '2026-11-21' }),
  completed: z.int(),
  failed: z.int(),
  missed: z.int(),
  proven: z.int(),
});

export const overviewPlanSchema = z
  .object({
    planId: z.string(),
    name: z.string().optional(),
    kinds: sourceKindsSchema,
    enabled: z.boolean(),
    paused: z.boolean().meta({ description: 'By itself, or with everything.' }),
    state: z.enum(overviewStates).meta({
      description:
        'One word. `unseen`: it could not be looked at. `new`: nothing was due yet. `late`: its newest good backup is older than it should be. `unverified`, `unproven`: what should have been proven was not.',
    }),
    severity: z.enum(['none', 'warning', 'critical']).meta({ description: 'Of the worst that is wrong.' }),
    why: z.string().optional().meta({ description: 'Of the worst that is wrong.' }),
    conditions: z.array(z.string()).meta({ description: 'Ids of what is wrong with it, the worst first.' }),
    lastGood: z
      .object({ backupId: z.string(), slot: timeSchema, completedAt: timeSchema.optional() })
      .optional()
      .meta({ description: 'Its age is what would be lost now.' }),
    targetSeconds: z.int().meta({ description: 'How old the newest good backup may be.' }),
    proven: z
      .object({ at: timeSchema, backupId: z.string().optional(), level: z.literal('restored') })
      .optional()
      .meta({ description: 'The last restore drill that was passed.' }),
    verified: z
      .object({
        at: timeSchema,
        level: z.enum(levels),
        status: z.enum(['passed', 'failed', 'error']),
        backupId: z.string(),
      })
      .optional()
      .meta({ description: 'The newest backup that was verified, and what came of it.' }),
    latest: z
      .object({
        backupId: z.string(),
        slot: timeSchema,
        status: z.enum(['pending', 'running', 'completed', 'failed', 'expired']),
        at: timeSchema.optional().meta({ description: 'Its end; of one that runs, its beginning.' }),
        trigger: z.enum(['schedule', 'manual', 'restore-point']),
        error: rowErrorSchema.optional(),
      })
      .optional()
      .meta({ description: 'The newest attempt, whatever came of it.' }),
    running: z
      .object({
        backupId: z.string(),
        startedAt: timeSchema.optional(),
        plainBytes: z.number().optional(),
        estimatedBytes: z.number().optional(),
        step: z.string().optional(),
      })
      .optional(),
    nextRunAt: timeSchema.optional().meta({ description: 'Absent while it is off or paused.' }),
    storedBytes: z.int().optional(),
    days: z.array(daySchema).meta({ description: 'The last 30 (UTC), the oldest first.' }),
  })
  .meta({ id: 'OverviewPlan' });

export const overviewSchema = z
  .object({
    at: timeSchema,
    whole: z
      .boolean()
      .meta({ description: 'False when something that was asked for could not be looked at.' }),
    stackName: z.string(),
    version: z.string(),
    state: z.enum(['well', 'warning', 'critical', 'paused', 'empty']).meta({
      description: 'The worst of all that is wrong. `paused`: everything is; `empty`: there is no plan yet.',
    }),
    counts: z
      .object({ plans, well: plans, warning: plans, critical: plans, resting: plans })
      .meta({ description: 'Of the plans here. `resting`: off or paused, and nothing critical.' }),
    conditions: z.array(conditionSchema).meta({ description: 'The worst first, at most 100.' }),
    conditionsLeft: z.int().meta({ description: 'Conditions that are not here.' }),
    openAlerts: z.int(),
    pause: pauseSchema.optional().meta({ description: 'Of everything.' }),
    watchedAt: timeSchema.optional().meta({ description: 'When watch last looked at everything.' }),
    cleanedAt: timeSchema.optional(),
    storedBytes: z.int().optional().meta({ description: 'By all plans; absent unless all are here.' }),
    plans: z.array(overviewPlanSchema).meta({ description: 'The worst first, then by name.' }),
    nextCursor: z.string().optional().meta({ description: 'Absent on the last page.' }),
  })
  .meta({ id: 'Overview' });
