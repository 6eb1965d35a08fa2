/**
 * Whether all is well, for everybody: no names, no counts, nothing of what is wrong. Off unless the owner of the stack
 * switched it on (`api.publicStatus`).
 */
import { z } from 'zod';
import { publicStatusOf } from '../../core/control/public-status.ts';
import { HoldfastError } from '../../core/errors.ts';
import { Answer, route } from '../route.ts';
import { timeSchema } from '../schemas/common.ts';

/** Many may look at it at once: what is between them and this may keep it so long. */
const keptSeconds = 60;

const publicStatusSchema = z
  .object({
    at: timeSchema,
    state: z.enum(['well', 'trouble', 'unknown']).meta({
      description: '`trouble`: something critical is wrong. `unknown`: nobody has looked for three hours.',
    }),
    checkedAt: timeSchema.optional().meta({ description: 'When watch last looked at everything.' }),
    since: timeSchema.optional().meta({ description: 'Since when it has been so.' }),
    lastBackupAt: timeSchema.optional().meta({ description: 'When any good backup was last completed.' }),
    lastProvenAt: timeSchema.optional().meta({ description: 'When any backup last passed a restore drill.' }),
  })
  .meta({ id: 'PublicStatus' });

export const publicStatusRoutes = [
  route(
    {
      name: 'GET /v1/public-status',
      operationId: 'getPublicStatus',
      tag: 'status',
      summary: 'Is everything well, in one word, for everybody',
      description: 'As watch found it within the hour. 404 unless the stack was told to say it.',
      response: publicStatusSchema,
      responseHeaders: { 'cache-control': 'It may be kept for a minute.' },
      examples: {
        response: {
          at: '2026-11-21T09:00:00.000Z',
          state: 'well',
          checkedAt: '2026-11-21T08:40:00.000Z',
          since: '2026-11-02T10:40:00.000Z',
          lastBackupAt: '2026-11-21T08:05:12.000Z',
          lastProvenAt: '2026-11-21T02:31:00.000Z',
        },
      },
    },
    async ({ deps }) => {
      if (!deps.settings.publicStatus) {
        throw new HoldfastError('NOT_FOUND', 'There is no /v1/public-status', {
          next: 'The owner of the stack switches it on with the option api.publicStatus.',
        });
      }
      const status = await publicStatusOf(deps.catalog, deps.clock.now());
      return new Answer(status, { headers: { 'cache-control': `public, max-age=${keptSeconds}` } });
    },
  ),
];
