/** Plans: made, changed, tried and deleted while everything runs. Each change is of one revision (If-Match). */
import { z } from 'zod';
import { inParallel } from '../../core/at-a-time.ts';
import { holds } from '../../core/control/actor.ts';
import { requireOwnSecrets } from '../../core/control/plan-secrets.ts';
import { requestPlanTest } from '../../core/control/plan-test.ts';
import {
  createPlan,
  deletePlan,
  knownPlan,
  previewPlan,
  replacePlan,
  setPlanEnabled,
} from '../../core/control/plans.ts';
import { HoldfastError, InvalidInput } from '../../core/errors.ts';
import { planIdSchema } from '../../core/format/layout.ts';
import type { Plan } from '../../core/plan.ts';
import type { BackupRow, PlanRow } from '../../core/ports/catalog.ts';
import { readState } from '../../core/state.ts';
import type { ApiDeps } from '../deps.ts';
import { etagOf, ifMatchHeader, ifNoneMatchHeader, isKnown, revisionMeant } from '../revision.ts';
import { Answer, type Call, route } from '../route.ts';
import { flagSchema, pageOf, pagingQuery } from '../schemas/common.ts';
import { planBodySchema, planJson, planPreviewSchema, planRowSchema, shownPlan } from '../schemas/plans.ts';
import { startedTask, taskLocation, taskSchema } from '../schemas/tasks.ts';

const params = { planId: planIdSchema };
const tag = 'plans';
const etag = { etag: 'The revision in quotes: for If-Match.' };
/** One question each for the newest backup of a plan on the page. */
const questionsAtATime = 20;

const exampleBody = {
  id: 'shop',
  name: 'Shop',
  sources: [{ kind: 'postgres', name: 'main', secret: 'holdfast/sources/shop' }],
  schedule: { cron: '0 2 * * *', timeZone: 'Europe/Berlin' },
  retention: { daily: 30, weekly: 12, monthly: 12, yearly: 3 },
};

/** As a person gives it: its sources by their kinds, its secrets below the prefixes. */
function planOf(body: unknown, { parsePlan, settings }: ApiDeps): Plan {
  const plan = parsePlan(body);
  requireOwnSecrets(plan, settings.secretPrefixes);
  return plan;
}

const seesAll = ({ actor }: Pick<Call, 'actor'>) => holds(actor.role, 'admin');

/** For the trail: who may read it sees all of it but the path of the dead-man URL. */
const noted = (row: PlanRow | undefined) =>
  row && !row.deleted ? { revision: row.revision, plan: shownPlan(row.plan, false) } : undefined;

const before = async ({ input, deps }: Call<{ readonly params: { readonly planId: string } }>) =>
  noted(await deps.catalog.getPlan(input.params.planId));

async function newest(deps: ApiDeps, planId: string): Promise<BackupRow | undefined> {
  return (await deps.catalog.listBackups(planId, { limit: 1 })).rows[0];
}

const isAllPaused = async (catalog: ApiDeps['catalog']) => Boolean((await readState(catalog, 'pause')).value);

async function shown(row: PlanRow, call: Pick<Call, 'deps' | 'actor'>) {
  const { catalog, clock } = call.deps;
  const [last, pausedAll] = await Promise.all([newest(call.deps, row.plan.id), isAllPaused(catalog)]);
  return planJson(row, { now: clock.now(), runs: 5, pausedAll, last, seesAll: seesAll(call) });
}

async function answer(row: PlanRow, call: Pick<Call, 'deps' | 'actor'>, status = 200) {
  const headers = {
    etag: etagOf(row.revision),
    ...(status === 201 && { location: `/v1/plans/${row.plan.id}` }),
  };
  return new Answer(await shown(row, call), { status, headers });
}

const after = (body: { readonly plan?: object; readonly revision?: number } | undefined) =>
  body?.plan && { revision: body.revision, plan: withoutUrl(body.plan) };

const withoutUrl = ({ deadManUrl, ...plan }: { readonly deadManUrl?: string }) => ({
  ...plan,
  ...(deadManUrl !== undefined && { deadManUrl: `${new URL(deadManUrl).origin}/…` }),
});

const listPlans = route(
  {
    name: 'GET /v1/plans',
    operationId: 'listPlans',
    tag,
    summary: 'All plans, by id',
    description: 'Each with its next run and its newest backup. Deleted ones are not on it.',
    query: pagingQuery,
    response: pageOf(planRowSchema),
  },
  async (call) => {
    const { deps, input } = call;
    const [page, pausedAll] = await Promise.all([
      deps.catalog.listPlans(input.query),
      isAllPaused(deps.catalog),
    ]);
    const last = new Map<string, BackupRow | undefined>();
    await inParallel(page.rows, questionsAtATime, async ({ plan }) => {
      last.set(plan.id, await newest(deps, plan.id));
    });
    const now = deps.clock.now();
    const items = page.rows.map((row) =>
      planJson(row, { now, runs: 1, pausedAll, last: last.get(row.plan.id), seesAll: seesAll(call) }),
    );
    return { items, nextCursor: page.cursor };
  },
);

const createOne = route(
  {
    name: 'POST /v1/plans',
    operationId: 'createPlan',
    tag,
    summary: 'Makes a plan and its schedule',
    description:
      'A plan of an id that was deleted continues with the backups it has. With `dryRun=true` nothing is made or changed: the answer says what would differ from what there is, and when it would run next.',
    query: { dryRun: flagSchema },
    body: planBodySchema,
    status: 201,
    otherStatuses: { 200: 'What it would come to (`dryRun`).' },
    response: z.union([planRowSchema, planPreviewSchema]),
    responseHeaders: { ...etag, location: 'Of the plan.' },
    idempotent: true,
    audit: {
      action: 'plan.create',
      target: ({ body }) => `plan/${body.id}`,
      after,
      // It would say that plans were made which nobody made.
      unless: ({ query }) => query.dryRun,
    },
    examples: { body: exampleBody },
  },
  async (call) => {
    const { input, deps, actor } = call;
    const plan = planOf(input.body, deps);
    if (!input.query.dryRun) return answer(await createPlan(deps, plan, actor.name), call, 201);
    const { createdAt: _, ...preview } = await previewPlan(deps, plan);
    return new Answer(preview, { status: 200 });
  },
);

const getOne = route(
  {
    name: 'GET /v1/plans/{planId}',
    operationId: 'getPlan',
    tag,
    summary: 'One plan',
    description:
      'With its next five runs. `304` says that nobody has changed the plan; its newest backup may be another one all the same.',
    params,
    headers: ifNoneMatchHeader,
    response: planRowSchema,
    otherStatuses: { 304: 'It is at the revision that you know.' },
    responseHeaders: etag,
  },
  async (call) => {
    const row = await knownPlan(call.deps.catalog, call.input.params.planId);
    if (isKnown(row.revision, call.input.headers['if-none-match'])) {
      return new Answer<never>(undefined, { status: 304, headers: { etag: etagOf(row.revision) } });
    }
    return answer(row, call);
  },
);

const putOne = route(
  {
    name: 'PUT /v1/plans/{planId}',
    operationId: 'putPlan',
    tag,
    summary: 'Replaces a plan, or makes it',
    description:
      'All of it: what is left out gets its default. Either `If-Match` with the ETag that was read, or `If-None-Match: *` to make a new one.',
    params,
    headers: {
      ...ifMatchHeader,
      'if-none-match': z.literal('*', { error: '*: there must be no such plan' }).optional(),
    },
    body: planBodySchema,
    response: planRowSchema,
    otherStatuses: { 201: 'It was made.' },
    responseHeaders: etag,
    audit: { action: 'plan.replace', target: ({ params: { planId } }) => `plan/${planId}`, before, after },
    examples: { body: exampleBody },
  },
  async (call) => {
    const { input, deps, actor } = call;
    const isNew = input.headers['if-none-match'] !== undefined;
    const revision = isNew ? 0 : revisionMeant(input.headers['if-match']);
    const plan = planOf(input.body, deps);
    if (plan.id !== input.params.planId) {
      throw new InvalidInput('plan', [
        {
          field: 'id',
          value: plan.id,
          allowed: `${input.params.planId}, as in the path: an id never changes`,
        },
      ]);
    }
    if (!isNew) return answer(await replacePlan(deps, plan, revision, actor.name), call);
    try {
      return await answer(await createPlan(deps, plan, actor.name), call, 201);
    } catch (thrown) {
      if (!(thrown instanceof HoldfastError) || thrown.code !== 'CONFLICT') throw thrown;
      throw new HoldfastError('PRECONDITION_FAILED', thrown.message, { next: thrown.next });
    }
  },
);

const deleteOne = route(
  {
    name: 'DELETE /v1/plans/{planId}',
    operationId: 'deletePlan',
    tag,
    summary: 'Deletes a plan and its schedule',
    description: 'Its backups stay, and nothing of them expires by policy any more.',
    stepUp: true,
    params,
    headers: ifMatchHeader,
    status: 204,
    audit: { action: 'plan.delete', target: ({ params: { planId } }) => `plan/${planId}`, before },
  },
  async ({ input, deps, actor }) => {
    const revision = revisionMeant(input.headers['if-match']);
    await deletePlan(deps, input.params.planId, revision, actor.name);
    return new Answer<undefined>(undefined, { status: 204 });
  },
);

const switching = (enabled: boolean) => {
  const word = enabled ? 'enable' : 'disable';
  return route(
    {
      name: `POST /v1/plans/{planId}/${word}`,
      operationId: `${word}Plan`,
      tag,
      summary: enabled ? 'Has it run by its schedule' : 'Stops its schedule',
      description: enabled
        ? 'Whatever revision it is at; one that is on stays on.'
        : 'Backups can still be made by hand, and expire as the plan says.',
      params,
      response: planRowSchema,
      responseHeaders: etag,
      audit: { action: `plan.${word}`, target: ({ params: { planId } }) => `plan/${planId}`, before, after },
    },
    async (call) => {
      const row = await setPlanEnabled(call.deps, call.input.params.planId, enabled, call.actor.name);
      return answer(row, call);
    },
  );
};

const notify = z
  .boolean()
  .default(false)
  .meta({ description: 'Also sends a test notification to everybody whom the plan names.' });

const testSaved = route(
  {
    name: 'POST /v1/plans/{planId}/test',
    operationId: 'testPlan',
    tag,
    summary: 'Tries a plan, and changes nothing',
    description:
      'From where backups run: reaches each source, and looks at what it needs. The result of the task has each check, and how to mend what failed.',
    params,
    body: z.strictObject({ notify }).meta({ id: 'PlanTest' }),
    status: 202,
    response: taskSchema,
    responseHeaders: taskLocation,
    idempotent: true,
    costly: true,
    audit: { action: 'plan.test', target: ({ params: { planId } }) => `plan/${planId}` },
  },
  async ({ input, deps, actor, token }) => {
    const { plan } = await knownPlan(deps.catalog, input.params.planId);
    return startedTask(await requestPlanTest(deps, plan, { actor, token, notify: input.body.notify }));
  },
);

const testUnsaved = route(
  {
    name: 'POST /v1/plans/test',
    operationId: 'testUnsavedPlan',
    tag,
    summary: 'Tries a plan that is not saved',
    description: '`notify` needs the role admin: whoever the plan names is told.',
    body: z.strictObject({ plan: planBodySchema, notify }).meta({ id: 'UnsavedPlanTest' }),
    status: 202,
    response: taskSchema,
    responseHeaders: taskLocation,
    idempotent: true,
    costly: true,
    audit: { action: 'plan.test', target: ({ body }) => `plan/${body.plan.id}` },
    examples: { body: { plan: exampleBody } },
  },
  async ({ input, deps, actor, token }) => {
    const plan = planOf(input.body.plan, deps);
    const { notify } = input.body;
    // Whom a saved plan tells was an admin's choice; anybody could be named here.
    if (notify && !holds(actor.role, 'admin')) {
      throw new HoldfastError(
        'FORBIDDEN',
        'a test notice to whom an unsaved plan names needs the role admin: leave notify out, or save the plan first',
      );
    }
    return startedTask(await requestPlanTest(deps, plan, { actor, token, notify }));
  },
);

export const planRoutes = [
  listPlans,
  createOne,
  testUnsaved,
  getOne,
  putOne,
  deleteOne,
  testSaved,
  switching(true),
  switching(false),
];
