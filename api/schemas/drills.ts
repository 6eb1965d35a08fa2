/** Restore drills as the API shows them. */
import { z } from 'zod';
import { planIdSchema } from '../../core/format/layout.ts';
import { levels } from './backups.ts';
import { instantSchema, pagingQuery, timeSchema } from './common.ts';

export const drillStatuses = ['passed', 'failed', 'error'] as const;

export const drillSchema = z
  .object({
    planId: z.string(),
    backupId: z.string(),
    slot: timeSchema,
    at: timeSchema.meta({ description: 'When it ended.' }),
    level: z.enum(levels).meta({
      description:
        'What was reached: less than `restored` where it gave way to reading, for want of room or time, or failed before.',
    }),
    status: z.enum(drillStatuses).meta({
      description: '`error`: it could not be carried out, which says nothing about the backup.',
    }),
    seconds: z.number().optional(),
    targetSeconds: z
      .int()
      .optional()
      .meta({ description: 'What the plan promises today: `targets.recoveryTimeMinutes`.' }),
    counted: z
      .record(z.string(), z.number())
      .optional()
      .meta({ description: 'What was compared with the evidence, by what it is.' }),
    differences: z.int().optional(),
    detail: z.string(),
    reportKey: z.string().optional().meta({ description: 'Of the sealed report in the vault.' }),
  })
  .meta({ id: 'Drill', description: 'A restore drill, and what came of it.' });

export const drillsQuery = {
  plan: planIdSchema.optional(),
  from: instantSchema.optional().meta({ description: 'Ended from here on. ISO 8601 UTC.' }),
  to: instantSchema.optional().meta({ description: 'Ended before that. ISO 8601 UTC.' }),
  result: z.enum(drillStatuses).optional(),
  ...pagingQuery,
};
