/** Who the caller is, as the API sees them: what a page goes by to say why a button is not for them. */
import { z } from 'zod';
import { roles } from '../../core/control/actor.ts';
import { HoldfastError } from '../../core/errors.ts';
import { route } from '../route.ts';
import { timeSchema } from '../schemas/common.ts';

const meSchema = z
  .object({
    name: z.string(),
    subject: z.string(),
    role: z.enum(roles).meta({ description: 'The highest of those that the groups give.' }),
    groups: z.array(z.string()).meta({ description: 'As the token names them.' }),
    authTime: timeSchema
      .optional()
      .meta({ description: 'When they last gave their password or passkey, where the token says so.' }),
    expiresAt: timeSchema.optional().meta({ description: 'When the token ends.' }),
    stepUpMinutes: z.int().optional().meta({
      description: 'What destroys something takes a sign-in that is no older than this. Absent: any will do.',
    }),
  })
  .meta({ id: 'Me' });

export const meRoutes = [
  route(
    {
      name: 'GET /v1/me',
      operationId: 'getMe',
      tag: 'sign-in',
      summary: 'Who you are here, and what you may',
      response: meSchema,
      examples: {
        response: {
          name: 'ada',
          subject: 'f3a4c8e2-60b1-70aa-4c5f-2f6d7c1c0a11',
          role: 'operator',
          groups: ['holdfast-operator'],
          authTime: '2026-11-21T08:55:00.000Z',
          expiresAt: '2026-11-21T09:55:00.000Z',
          stepUpMinutes: 60,
        },
      },
    },
    async ({ actor, deps }) => {
      const { name, subject, role, groups, authTime, expiresAt } = actor;
      if (!role) throw new HoldfastError('FORBIDDEN', `${name} has no role`);
      const { stepUpMinutes } = deps.settings;
      return { name, subject, role, groups, authTime, expiresAt, stepUpMinutes };
    },
  ),
];
