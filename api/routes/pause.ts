/** Pauses, of one plan or of everything: no scheduled backups, and nothing expires. */
import { z } from 'zod';
import { planIdSchema } from '../../core/format/layout.ts';
import { pause, resume } from '../../core/pause.ts';
import { readState } from '../../core/state.ts';
import type { ApiDeps } from '../deps.ts';
import { type Call, route } from '../route.ts';
import { timeSchema } from '../schemas/common.ts';

const reasonSchema = z
  .strictObject({
    reason: z
      .string()
      .trim()
      .min(3, '3 to 500 characters')
      .max(500, '3 to 500 characters')
      .meta({ description: 'For the trail, and for the reminder that comes once a day.' }),
  })
  .meta({ id: 'PauseReason' });

const pauseSchema = z.object({ at: timeSchema, by: z.string(), reason: z.string() });
const pausedSchema = z
  .object({
    planId: z.string().optional().meta({ description: 'Absent: everything.' }),
    pause: pauseSchema.optional().meta({ description: 'That there is now.' }),
    was: pauseSchema.optional().meta({ description: 'That was ended; absent when there was none.' }),
  })
  .meta({ id: 'Paused' });

type Asked = Pick<Call, 'deps' | 'actor'>;

const requestOf = ({ deps, actor }: Asked, planId: string | undefined) => ({
  planId,
  by: actor.name,
  at: deps.clock.now().toISOString(),
  correlationId: actor.correlationId,
});

async function before({ catalog }: ApiDeps, planId: string | undefined) {
  if (planId === undefined) return (await readState(catalog, 'pause')).value ?? undefined;
  return (await catalog.getPlan(planId))?.paused;
}

const described =
  'No schedule makes a backup of it and cleanup marks nothing of it; a backup by hand still runs.';
const params = { planId: planIdSchema };
type OfPlan = { readonly params: { readonly planId: string } };
const target = ({ params: { planId } }: OfPlan) => `plan/${planId}`;

const pausePlan = route(
  {
    name: 'POST /v1/plans/{planId}/pause',
    operationId: 'pausePlan',
    tag: 'plans',
    summary: 'Pauses a plan',
    description: `${described} Paused again, it keeps its beginning and gets the new reason.`,
    params,
    body: reasonSchema,
    response: pausedSchema,
    audit: {
      action: 'plan.pause',
      target,
      before: ({ deps, input }) => before(deps, input.params.planId),
      after: (body) => body?.pause,
    },
    examples: { body: { reason: 'the server moves on Saturday' } },
  },
  async (call) => {
    const { planId } = call.input.params;
    const { reason } = call.input.body;
    return { planId, pause: await pause(call.deps.catalog, { ...requestOf(call, planId), reason }) };
  },
);

const resumePlan = route(
  {
    name: 'POST /v1/plans/{planId}/resume',
    operationId: 'resumePlan',
    tag: 'plans',
    summary: 'Ends the pause of a plan',
    params,
    response: pausedSchema,
    audit: {
      action: 'plan.resume',
      target,
      before: ({ deps, input }) => before(deps, input.params.planId),
    },
  },
  async (call) => {
    const { planId } = call.input.params;
    return { planId, was: await resume(call.deps.catalog, requestOf(call, planId)) };
  },
);

const pauseAll = route(
  {
    name: 'POST /v1/pause',
    operationId: 'pauseAll',
    tag: 'plans',
    summary: 'Pauses everything',
    description: described,
    body: reasonSchema,
    response: pausedSchema,
    audit: {
      action: 'stack.pause',
      target: () => 'everything',
      before: ({ deps }) => before(deps, undefined),
      after: (body) => body?.pause,
    },
    examples: { body: { reason: 'a restore of the catalog' } },
  },
  async (call) => {
    const { reason } = call.input.body;
    return { pause: await pause(call.deps.catalog, { ...requestOf(call, undefined), reason }) };
  },
);

const resumeAll = route(
  {
    name: 'POST /v1/resume',
    operationId: 'resumeAll',
    tag: 'plans',
    summary: 'Ends the pause of everything',
    description: 'A plan that is paused by itself stays so.',
    response: pausedSchema,
    audit: {
      action: 'stack.resume',
      target: () => 'everything',
      before: ({ deps }) => before(deps, undefined),
    },
  },
  async (call) => ({ was: await resume(call.deps.catalog, requestOf(call, undefined)) }),
);

export const pauseRoutes = [pausePlan, resumePlan, pauseAll, resumeAll];
