/** Steps of runs and restores with their times, and how far their segments are. */
import { z } from 'zod';
import { timeSchema } from './common.ts';

export const stepsSchema = z
  .array(
    z
      .object({
        name: z.string().meta({
          description: 'The same from run to run, and in `usualSteps`: `open`, `dump main` (docs/api.md).',
        }),
        title: z.string().optional().meta({ description: 'What a person calls it.' }),
        startedAt: timeSchema,
        seconds: z.number().optional().meta({ description: 'Absent while it goes on.' }),
        state: z.enum(['done', 'running', 'failed']),
      })
      .meta({ id: 'Step' }),
  )
  .meta({
    description: 'What it has gone through, at most 40. Steps of several sources go on side by side.',
  });

export const progressFigures = {
  updatedAt: timeSchema.optional(),
  bytesPerSecond: z.number().optional().meta({ description: 'Of the last half minute.' }),
  segments: z
    .array(
      z
        .object({
          name: z.string(),
          component: z.string().optional(),
          plainBytes: z.number(),
          totalBytes: z.number().meta({ description: 'Of a backup an estimate; 0 where there is none.' }),
          state: z.enum(['waiting', 'running', 'done']),
        })
        .meta({ id: 'SegmentProgress' }),
    )
    .optional()
    .meta({ description: 'At most 60; the last one sums up the others where there are more.' }),
};
