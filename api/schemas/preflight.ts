/** What a look before a restore found, as its task tells it. */
import { z } from 'zod';

export const preflightCheckSchema = z
  .object({
    name: z.string().meta({ description: 'The same for the same thing always: `reach`, `space` …' }),
    state: z.enum(['ok', 'warning', 'failed', 'unknown']).meta({
      description:
        '`failed`: the restore would be refused. `unknown`: nobody can tell before; `detail` says why.',
    }),
    title: z.string().meta({ description: 'For people.' }),
    detail: z.string().meta({ description: 'What was seen.' }),
    next: z.string().optional().meta({ description: 'How to mend it. Absent only of what is `ok`.' }),
  })
  .meta({ id: 'PreflightCheck' });

export const preflightResultSchema = z
  .object({
    ok: z.boolean().meta({ description: 'Nothing failed. Look at warnings and at what is unknown, too.' }),
    target: z.string().meta({ description: 'Where the restore would go.' }),
    needsBytes: z.int().optional().meta({ description: 'Room that it takes there, estimated high.' }),
    checks: z.array(preflightCheckSchema),
  })
  .meta({ id: 'PreflightResult', description: '`result` of a task of kind `preflight`.' });
