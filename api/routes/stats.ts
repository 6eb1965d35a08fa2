/** Figures over time. */
import { z } from 'zod';
import { mostDays, statsOf } from '../../core/control/stats.ts';
import { planIdSchema } from '../../core/format/layout.ts';
import { route } from '../route.ts';
import { timeSchema } from '../schemas/common.ts';

const counts = {
  completed: z.int(),
  failed: z.int(),
  missed: z.int().meta({ description: 'Times of the schedule for which there was no run.' }),
  sourceBytes: z.int(),
  storedBytes: z.int(),
  seconds: z.int().meta({ description: 'Of all completed ones together.' }),
  longestSeconds: z.int(),
  verified: z.int(),
  verifyFailed: z.int(),
  proven: z.int().meta({ description: 'Passed a restore drill.' }),
};
const stored = z.object({ backups: z.int(), storedBytes: z.int() });
const foreseen = z.object({ keptBytes: z.int(), monthlyUsd: z.number() });
const lastBackup = z.object({
  backupId: z.string(),
  slot: timeSchema,
  status: z.enum(['pending', 'running', 'completed', 'failed', 'expired']),
  endedAt: timeSchema.optional(),
  seconds: z.int().optional(),
  sourceBytes: z.int().optional(),
  storedBytes: z.int().optional(),
  verified: z.enum(['passed', 'failed', 'error']).optional(),
  provenAt: timeSchema.optional(),
});

const statsSchema = z
  .object({
    asOf: timeSchema.meta({ description: 'When it was counted.' }),
    countedBy: z
      .enum(['now', 'watch'])
      .meta({ description: '`watch` counts more than 50 plans once an hour.' }),
    whole: z
      .boolean()
      .meta({ description: 'False: watch has not counted yet, and only the first 50 plans are here.' }),
    days: z.int(),
    plans: z.object({ total: z.int(), enabled: z.int() }),
    totals: z
      .object({
        ...counts,
        successRate: z
          .number()
          .optional()
          .meta({ description: 'completed ÷ (completed + failed + missed), 0 to 1.' }),
        averageSourceBytes: z.int().optional(),
        averageStoredBytes: z.int().optional(),
        averageSeconds: z.int().optional(),
      })
      .meta({ description: 'Over the days asked for, by the day (UTC) of the slot.' }),
    kept: stored.meta({ description: 'What there is now.' }),
    byTier: z.record(z.string(), stored),
    byKind: z
      .record(z.string(), stored)
      .meta({ description: '`database`, `files`, `full`: by the newest backup of each plan.' }),
    byPlan: z
      .array(
        z.object({
          planId: z.string(),
          name: z.string().optional(),
          kind: z.enum(['database', 'files', 'full']).optional(),
          ...stored.shape,
          completed: z.int(),
          failed: z.int(),
          missed: z.int(),
          lastBackup: lastBackup.optional(),
        }),
      )
      .meta({ description: 'Those that take up most, at most 100; their counts are of the last 30 days.' }),
    otherPlans: z.int(),
    lastBackup: z.object({ planId: z.string(), ...lastBackup.shape }).optional(),
    trend: z.array(z.object({ day: z.string(), ...counts, keptBytes: z.int().optional() })),
    nextRuns: z
      .array(z.object({ planId: z.string(), at: timeSchema }))
      .meta({ description: 'As of then, at most 20.' }),
    forecast: z
      .object({
        days: z
          .object({ 30: foreseen, 90: foreseen, 365: foreseen })
          .meta({ description: 'By days from now.' }),
        method: z.string().meta({ description: 'How it was reckoned.' }),
      })
      .optional()
      .meta({ description: 'Absent with less than seven days of figures.' }),
    cost: z
      .object({
        monthlyUsd: z.number(),
        byStorageClass: z.array(
          z.object({ storageClass: z.string(), storedBytes: z.int(), usdPerGiBMonth: z.number() }),
        ),
        region: z.string(),
        pricesAsOf: z.string(),
      })
      .meta({
        description:
          'An estimate: what is kept now at AWS’s list prices. Without requests, transfer, copies, and what is kept for undelete.',
      }),
  })
  .meta({ id: 'Stats' });

const getStats = route(
  {
    name: 'GET /v1/stats',
    operationId: 'getStats',
    tag: 'stats',
    summary: 'How backups went, what they take up and cost, and when the next are due',
    query: {
      plan: planIdSchema.optional(),
      days: z.coerce
        .number()
        .int()
        .min(1, `1 to ${mostDays}`)
        .max(mostDays, `1 to ${mostDays}`)
        .default(30)
        .meta({ description: 'Days of the totals and the trend, today included.' }),
    },
    response: statsSchema,
  },
  async ({ input, deps }) =>
    statsOf(
      { catalog: deps.catalog, now: deps.clock.now() },
      { days: input.query.days, planId: input.query.plan },
    ),
);

export const statsRoutes = [getStats];
