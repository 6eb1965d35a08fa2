/** Restores: what one would do, ordering it, how far it is, stopping it. */
import { restoreFactsOf } from '../../adapters/kinds.ts';
import { holds } from '../../core/control/actor.ts';
import { findBackup } from '../../core/control/find-backup.ts';
import type { RestoreGuard } from '../../core/control/restore-guard.ts';
import { waitWords } from '../../core/control/restore-words.ts';
import {
  cancelRestore,
  type DescribedRestore,
  deadRestore,
  describeRestore,
  findRestore,
  orderRestore,
  orderWished,
  type RestoreDeps,
} from '../../core/control/restores.ts';
import { rowErrorOf } from '../../core/errors.ts';
import type { RestoreOrder } from '../../core/events.ts';
import type { RestoreRow } from '../../core/ports/catalog.ts';
import { secondsLeft } from '../../core/restore/left.ts';
import { listedResult } from '../../core/restore/listed-result.ts';
import { withWords } from '../../core/step-words.ts';
import { shownSteps } from '../../core/steps.ts';
import { inBody } from '../called.ts';
import type { ApiDeps } from '../deps.ts';
import { Answer, route } from '../route.ts';
import { backupNameSchema } from '../schemas/backups.ts';
import { pageOf } from '../schemas/common.ts';
import {
  dryRunQuery,
  newRestoreSchema,
  restoreAnswerSchema,
  restoreIdSchema,
  restoreSchema,
  restoresQuery,
} from '../schemas/restores.ts';
import { requireRecentSignIn } from '../step-up.ts';

const order = {
  planId: 'shop',
  backupId: '20261121T020000Z-3f9a1c22',
  replace: false,
  compare: true,
  options: {},
  from: 'vault',
  returnSpeed: 'standard',
} as const;
const example = {
  restoreId: 'r-20261121t091203z-3f9a1c22',
  planId: 'shop',
  backupId: '20261121T020000Z-3f9a1c22',
  status: 'running',
  createdBy: 'ada@example.org',
  createdAt: '2026-11-21T09:12:03Z',
  startedAt: '2026-11-21T09:12:04Z',
  request: order,
  progress: { plainBytes: 1_200_000_000, totalBytes: 4_000_000_000, step: 'orders' },
  correlationId: 'api-6f1d2c3b4a596877',
} as const;

const depsOf = (deps: ApiDeps): RestoreDeps => ({
  ...deps,
  factsOf: restoreFactsOf,
  called: inBody,
  secretPrefix: deps.settings.secretPrefixes.source,
});

/** The order of a row was parsed when it was made. */
function listedJson({ steps: _, progress, ...row }: RestoreRow, now: Date) {
  const dead = deadRestore(row, now);
  return {
    ...row,
    request: row.request as unknown as RestoreOrder,
    ...(progress && { progress: { ...progress, segments: undefined } }),
    ...(row.result && { result: listedResult(row.result) }),
    ...(dead && { dead: rowErrorOf(dead) }),
  };
}

function restoreJson(row: RestoreRow, now: Date) {
  const { status, steps, progress, completedAt } = row;
  const whole = status === 'completed' ? status : status === 'running' ? status : 'failed';
  return {
    ...listedJson(row, now),
    progress,
    result: row.result,
    // While it waits for objects nothing has failed.
    steps: withWords(shownSteps(steps, status === 'waiting' ? 'completed' : whole, completedAt)),
    secondsLeft: status === 'running' ? secondsLeft(progress, now) : undefined,
  };
}

const restoreBackup = route(
  {
    name: 'POST /v1/backups/{backupId}/restore',
    operationId: 'restoreBackup',
    tag: 'restores',
    summary: 'Restores a backup, or says what that would do',
    description:
      'By default into a new place beside what is there. One that takes something away (`replace`, `drop`, `overwrite` …) needs the role admin, the places confirmed by name, and a restore point of them younger than 24 hours, or `withoutRestorePoint`. With `dryRun` it answers with words, and starts nothing.',
    params: { backupId: backupNameSchema },
    query: dryRunQuery,
    body: newRestoreSchema,
    status: 202,
    otherStatuses: { 200: 'What it would do (dryRun).' },
    response: restoreAnswerSchema,
    responseHeaders: { location: 'Where to look how far it is; not of a dry run.' },
    idempotent: true,
    costly: true,
    audit: {
      action: 'backup.restore',
      target: ({ params }) => `backup/${params.backupId}`,
      detail: ({ body }) => JSON.stringify(body),
      after: (body) =>
        body &&
        ('restoreId' in body ? { restoreId: body.restoreId, request: body.request } : { dryRun: true }),
    },
    examples: { body: { options: { database: 'shop_before' } }, response: { ...example, status: 'pending' } },
  },
  async ({ input, actor, deps, token }) => {
    const { confirmed, restorePoint, withoutRestorePoint, ...wish } = input.body;
    const backup = await findBackup(deps.catalog, input.params.backupId);
    if (input.query.dryRun) {
      const described = await describeRestore(depsOf(deps), backup, wish, withoutRestorePoint);
      return new Answer(previewOf(described), { status: 200 });
    }
    // Whoever lacks the role is told that, before anything else.
    if (holds(actor.role, 'admin') && (await orderWished(depsOf(deps), backup, wish)).destruction) {
      requireRecentSignIn(actor, deps.settings, deps.clock.now());
    }
    const request = { wish, confirmed, restorePoint, withoutRestorePoint };
    const row = await orderRestore(depsOf(deps), backup, request, { actor, token });
    const headers = { location: `/v1/restores/${row.restoreId}` };
    return new Answer(restoreJson(row, deps.clock.now()), { headers });
  },
);

function previewOf(described: DescribedRestore) {
  const { head, steps, target, destruction, guard, archive, warnings } = described;
  const { wait } = archive;
  return {
    dryRun: true as const,
    ...{ order: described.order, head, steps, target, destruction, warnings },
    restorePoint: guard && pointOf(guard),
    archive: wait,
    archiveWords: wait && waitWords(wait, described.order, inBody),
    role: destruction ? ('admin' as const) : ('operator' as const),
  };
}

function pointOf(guard: RestoreGuard) {
  if (guard.outcome === 'none') return { needed: false, why: guard.why };
  if (guard.outcome === 'impossible')
    return { needed: true, why: `${guard.issue.field}: ${guard.issue.allowed}` };
  const { plan, only, label, doubt } = guard;
  return { needed: true, plan: plan.id, only, label, doubt };
}

const listRestores = route(
  {
    name: 'GET /v1/restores',
    operationId: 'listRestores',
    tag: 'restores',
    summary: 'Restores, by when they were ordered',
    query: restoresQuery,
    response: pageOf(restoreSchema),
    examples: { response: { items: [example] } },
  },
  async ({ input, deps }) => {
    const { plan: planId, status, ...paging } = input.query;
    const { rows, cursor } = await deps.catalog.listRestores({ planId, status }, paging);
    const now = deps.clock.now();
    return { items: rows.map((row) => listedJson(row, now)), nextCursor: cursor };
  },
);

const getRestore = route(
  {
    name: 'GET /v1/restores/{restoreId}',
    operationId: 'getRestore',
    tag: 'restores',
    summary: 'One restore: how far it is, and what came of it',
    params: { restoreId: restoreIdSchema },
    response: restoreSchema,
    examples: { response: example },
  },
  async ({ input, deps }) =>
    restoreJson(await findRestore(deps.catalog, input.params.restoreId), deps.clock.now()),
);

const cancelRoute = route(
  {
    name: 'POST /v1/restores/{restoreId}/cancel',
    operationId: 'cancelRestore',
    tag: 'restores',
    summary: 'Asks a restore to stop',
    description: 'It does within seconds, and says what is left at the target; one that waits ends at once.',
    params: { restoreId: restoreIdSchema },
    response: restoreSchema,
    audit: {
      action: 'restore.cancel',
      target: ({ params }) => `restore/${params.restoreId}`,
      after: (body) => body && { status: body.status },
    },
    examples: { response: { ...example, cancelRequested: true } },
  },
  async ({ input, deps }) => restoreJson(await cancelRestore(deps, input.params.restoreId), deps.clock.now()),
);

export const restoreRoutes = [restoreBackup, listRestores, getRestore, cancelRoute];
