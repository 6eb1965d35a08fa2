/** A period as an auditor asks about it: what was to be done, what was done, and what proves it. */
import { z } from 'zod';
import { retentionSchema, targetsSchema, verificationSchema } from '../../core/plan.ts';
import { timeSchema } from './common.ts';
import { drillSchema } from './drills.ts';

const count = z.int();

const planEvidenceSchema = z.object({
  planId: z.string(),
  name: z.string().optional(),
  enabled: z.boolean(),
  policy: z
    .object(retentionSchema.shape)
    .meta({ description: 'How many of each tier are kept, as it is today.' }),
  schedule: z.object({
    expression: z.string(),
    timeZone: z.string(),
    intervalSeconds: count.meta({ description: 'The longest time between two runs.' }),
  }),
  verification: z.object(verificationSchema.shape),
  targets: z.object(targetsSchema.shape).optional(),
  expectedRuns: count.meta({
    description: 'Completed, failed and missed together. A run that was asked for counts, too.',
  }),
  completed: count,
  failed: count,
  missed: count,
  successRate: z.number().optional().meta({ description: 'completed ÷ expectedRuns, 0 to 1.' }),
  proofs: z.object({
    restored: count.meta({ description: 'Restore drills that passed.' }),
    readable: count.meta({ description: 'Backups of the period whose verification passed, at any level.' }),
    failed: count.meta({ description: 'Verifications that found something wrong.' }),
  }),
  lastProvenAt: timeSchema.optional().meta({ description: 'Of all time, not of the period.' }),
  longestGapSeconds: count.optional().meta({
    description:
      'The longest time in the period without a new backup; absent where there are too many to look at.',
  }),
  oldestKeptSlot: timeSchema.optional(),
  kept: count.meta({ description: 'Backups there are now, as cleanup counted.' }),
  storedBytes: count,
  restores: z.object({ completed: count, failed: count }),
  alerts: z.object({ raised: count, closed: count, longestOpenSeconds: count.optional() }),
});

export const evidenceSchema = z
  .object({
    from: timeSchema,
    to: timeSchema,
    at: timeSchema,
    stackName: z.string(),
    version: z.string(),
    plans: z.array(planEvidenceSchema).meta({ description: 'At most 200, by id.' }),
    drills: z.array(drillSchema).meta({ description: 'The newest first, at most 200.' }),
    restores: z
      .array(
        z.object({
          restoreId: z.string(),
          planId: z.string(),
          backupId: z.string(),
          status: z.enum(['pending', 'waiting', 'running', 'completed', 'failed', 'cancelled']),
          createdBy: z.string(),
          createdAt: timeSchema,
          completedAt: timeSchema.optional(),
          compared: z
            .record(z.string(), z.number())
            .optional()
            .meta({ description: 'What was compared with the evidence after it.' }),
        }),
      )
      .meta({ description: 'The newest first, at most 200.' }),
    alerts: z
      .array(
        z.object({
          conditionId: z.string(),
          kind: z.string(),
          severity: z.enum(['critical', 'warning']),
          planId: z.string().optional(),
          since: timeSchema,
          closedAt: timeSchema.optional(),
        }),
      )
      .meta({
        description:
          'The newest first, at most 200. One that came again in the period is here as it was last.',
      }),
    keys: z.array(
      z.object({ id: z.string(), exportedAt: timeSchema.optional(), provenAt: timeSchema.optional() }),
    ),
    deletions: z
      .array(
        z.object({
          at: timeSchema,
          by: z.string(),
          action: z.string(),
          target: z.string(),
          result: z.enum(['ok', 'refused', 'failed']).optional(),
        }),
      )
      .optional()
      .meta({ description: 'For administrators, from the trail: what was deleted on request. At most 200.' }),
    whole: z.boolean().meta({ description: 'False when not everything could be looked at in time.' }),
    left: z
      .object({ plans: count, drills: count, restores: count, alerts: count, deletions: count })
      .meta({ description: 'How many more there are that were looked at and are not on the lists.' }),
  })
  .meta({ id: 'Evidence', description: 'A report over a period.' });
