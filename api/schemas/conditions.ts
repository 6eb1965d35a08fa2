/** What is wrong now, as the API shows it. */
import { z } from 'zod';
import { timeSchema } from './common.ts';

export const conditionSchema = z
  .object({
    id: z.string(),
    kind: z.string(),
    severity: z.enum(['critical', 'warning']),
    planId: z.string().optional(),
    backupId: z.string().optional(),
    why: z.string(),
    next: z.string(),
    since: timeSchema,
    code: z.string().optional(),
  })
  .meta({ id: 'Condition', description: 'Something that is wrong now.' });

export const pauseSchema = z.object({ at: timeSchema, by: z.string(), reason: z.string() });
