/** What many routes share: times, pages, who and why. Responses are plain objects: what they do not name is not sent. */
import { z } from 'zod';
import { nextStepOf } from '../../core/errors.ts';

/** In an answer. */
export const timeSchema = z
  .string()
  .meta({ format: 'date-time', description: 'ISO 8601 UTC.', example: '2026-11-21T02:00:00Z' });

/** In a question: an instant, UTC. */
export const instantSchema = z.iso
  .datetime('an instant like 2026-11-21T02:00:00Z')
  .meta({ description: 'ISO 8601 UTC.' });

/** A query parameter that is true or false. */
export const flagSchema = z
  .enum(['true', 'false'], { error: 'true or false' })
  .default('false')
  .transform((text) => text === 'true');

/** The query of every list. */
export const pagingQuery = {
  limit: z.coerce
    .number()
    .int()
    .min(1, '1 to 200')
    .max(200, '1 to 200')
    .default(50)
    .meta({ description: 'At most so many items. A page may have fewer and still not be the last.' }),
  cursor: z
    .string()
    .min(1)
    .max(4000)
    .optional()
    .meta({ description: '`nextCursor` of the page before. Its form is not for reading.' }),
} as const;

/** A page: while there is a `nextCursor`, there may be more. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    nextCursor: z.string().optional().meta({ description: 'Absent on the last page.' }),
  });

export const rowErrorSchema = z
  .object({ code: z.string(), message: z.string(), next: z.string().optional() })
  // Rows keep it only where the failure knew better than its code does.
  .overwrite((error) => ({ ...error, next: error.next ?? nextStepOf(error.code) }))
  .meta({ id: 'RowError', description: 'Why it failed, by the code that docs/troubleshooting.md explains.' });
