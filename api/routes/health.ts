/** Whether the API answers at all: for load balancers and people without a sign-in. Says nothing else. */
import { z } from 'zod';
import { route } from '../route.ts';

export const healthRoutes = [
  route(
    {
      name: 'GET /v1/health',
      operationId: 'getHealth',
      tag: 'health',
      summary: 'The API answers',
      description: 'Open to everybody, from every address, and says nothing of the stack: see `/v1/status`.',
      response: z.object({ status: z.literal('ok') }),
      examples: { response: { status: 'ok' } },
    },
    async () => ({ status: 'ok' as const }),
  ),
];
