/** Backups: what there is, having one made, proven, kept, deleted, brought back or fetched. */
import { z } from 'zod';
import { listLabelled, listRestorePoints, listSorted, withinReason } from '../../core/control/backup-list.ts';
import {
  type BackupWish,
  requestBackup,
  requestExpire,
  requestUndelete,
  requestVerify,
  setPinned,
} from '../../core/control/backups.ts';
import { downloadLinks } from '../../core/control/downloads.ts';
import { findBackup } from '../../core/control/find-backup.ts';
import { listReports } from '../../core/control/reports-list.ts';
import { asHoldfastError, HoldfastError, InvalidInput, rowErrorOf } from '../../core/errors.ts';
import { manifestKey } from '../../core/format/layout.ts';
import type { BackupFilter, BackupRow, Catalog, PlanRow, TaskRow } from '../../core/ports/catalog.ts';
import type { Log } from '../../core/ports/index.ts';
import { backupsIn } from '../../core/references.ts';
import { withWords } from '../../core/step-words.ts';
import { shownSteps } from '../../core/steps.ts';
import { usualTimesOf } from '../../core/usual-times.ts';
import { cursorOf, fromCursor } from '../cursor.ts';
import type { ApiDeps } from '../deps.ts';
import { Answer, type Call, route } from '../route.ts';
import {
  backupNameSchema,
  backupSchema,
  backupsQuery,
  downloadBodySchema,
  downloadSchema,
  listedBackupSchema,
  newBackupSchema,
  newRestorePointSchema,
  pinBodySchema,
  requestedBackupSchema,
  restorePointsQuery,
  taskStartedSchema,
  verifyBodySchema,
} from '../schemas/backups.ts';
import { pageOf } from '../schemas/common.ts';

const params = { backupId: backupNameSchema };
const target = (input: { readonly params: { readonly backupId: string } }) =>
  `backup/${input.params.backupId}`;
const location = { location: 'Where to look what came of it.' };

const exampleListed = {
  planId: 'shop',
  backupId: '20261121T020000Z-3f9a1c22',
  source: 'main',
  kind: 'database',
  trigger: 'schedule',
  createdBy: 'scheduler',
  slot: '2026-11-21T02:00:00Z',
  status: 'completed',
  attempt: 1,
  startedAt: '2026-11-21T02:00:04Z',
  completedAt: '2026-11-21T02:03:31Z',
  sourceBytes: 4_000_000_000,
  storedBytes: 1_000_000_000,
  tier: 'daily',
  expiresAt: '2026-12-05T02:00:00Z',
  verification: { status: 'passed', level: 'readable', verifiedAt: '2026-11-21T03:10:00Z', detail: '' },
  correlationId: 'sched-6f1d2c3b',
};
const exampleTask = {
  taskId: 't-20261121t091203z-3f9a1c22',
  kind: 'verify',
  status: 'pending',
  planId: 'shop',
  backupId: '20261121T020000Z-3f9a1c22',
  createdAt: '2026-11-21T09:12:03Z',
  createdBy: 'ada@example.org',
  correlationId: 'api-6f1d2c3b4a596877',
};

const listBackups = route(
  {
    name: 'GET /v1/backups',
    operationId: 'listBackups',
    tag: 'backups',
    summary: 'Backups of all plans or of one, by time or by size',
    query: backupsQuery,
    response: pageOf(listedBackupSchema),
    examples: { response: { items: [exampleListed] } },
  },
  async ({ input: { query }, deps }) => page(deps, query),
);

type Query = z.output<z.ZodObject<typeof backupsQuery>>;

async function page({ catalog, clock }: ApiDeps, query: Query) {
  const { plan: planId, label, sort, order, limit, cursor, status, kind, tier, verified, from, to } = query;
  const filter: BackupFilter = { planId, status, kind, tier, verified, from, to };
  // What the page before was asked for: a cursor is good for the same only.
  const asked = JSON.stringify([filter, label ?? null, sort, order]);
  if (label !== undefined) {
    if (planId === undefined)
      throw new InvalidInput('query', [{ field: 'label', allowed: 'with plan only' }]);
    if (sort !== 'slot') throw new InvalidInput('query', [{ field: 'sort', allowed: 'slot, with a label' }]);
    const after = ownCursor(z.string(), cursor, asked);
    const { rows, next } = await listLabelled(catalog, { ...filter, planId }, label, { limit, order, after });
    return { items: rows, nextCursor: next && cursorOf({ asked, after: cursorOf(next) }) };
  }
  if (sort !== 'slot') {
    const after = ownCursor(z.strictObject({ value: z.number(), id: z.string() }), cursor, asked);
    const { rows, next } = await listSorted(catalog, filter, sort, { limit, order, after });
    return { items: rows, nextCursor: next && cursorOf({ asked, after: cursorOf(next) }) };
  }
  const span = withinReason(filter, clock.now());
  const { rows, cursor: nextCursor } = await catalog.listTimeline(span, { limit, order, cursor });
  return { items: rows, nextCursor };
}

function ownCursor<T extends z.ZodType>(
  schema: T,
  cursor: string | undefined,
  asked: string,
): z.output<T> | undefined {
  if (cursor === undefined) return undefined;
  const { after } = fromCursor(z.strictObject({ asked: z.literal(asked), after: z.string() }), cursor);
  return fromCursor(schema, after);
}

const getBackup = route(
  {
    name: 'GET /v1/backups/{backupId}',
    operationId: 'getBackup',
    tag: 'backups',
    summary: 'One backup',
    description:
      'Not found as well while it was asked for and has not begun; its function begins within seconds.',
    params,
    response: backupSchema,
    examples: {
      response: { ...exampleListed, locations: ['s3://vault'], tools: { pg_dump: '18.1' }, reports: [] },
    },
  },
  async ({ input, deps, log }) => {
    const row = await findBackup(deps.catalog, input.params.backupId);
    const usual = usually(deps, row.planId, log);
    try {
      const reports = await listReports(await deps.vault(), row);
      return { ...backupJson(row), ...(await usual), reports };
    } catch (thrown) {
      // The row is what was asked for, and says what came of the latest.
      const error = asHoldfastError(thrown, 'VAULT_UNAVAILABLE');
      log.warn('reports not listed', { error });
      return { ...backupJson(row), ...(await usual), reportsError: rowErrorOf(error) };
    }
  },
);

const usualOf = new WeakMap<Catalog, ReturnType<typeof usualTimesOf>>();

/** What a run usually takes is a comfort: without it the row is shown all the same. */
async function usually({ catalog, clock }: ApiDeps, planId: string, log: Log) {
  const ask = usualOf.get(catalog) ?? usualTimesOf(catalog, clock);
  usualOf.set(catalog, ask);
  try {
    const usual = await ask(planId);
    return usual && { usualSteps: usual.steps, usualSeconds: usual.seconds };
  } catch (error) {
    log.warn('usual times not read', { error });
    return undefined;
  }
}

function stepsOf({ steps, status, failedAt }: BackupRow) {
  const whole = status === 'running' || status === 'failed' ? status : 'completed';
  return withWords(shownSteps(steps, whole, failedAt));
}

function backupJson(row: BackupRow) {
  const { manifest, versions, needs = [], planId, backupId } = row;
  const objects = versions && Object.keys(versions).length;
  return {
    ...row,
    steps: stepsOf(row),
    manifest: manifest && {
      ...manifest,
      key: manifestKey(planId, backupId),
      objects,
      needs: backupsIn(needs),
    },
  };
}

const createBackup = route(
  {
    name: 'POST /v1/backups',
    operationId: 'createBackup',
    tag: 'backups',
    summary: 'Has a backup made now',
    body: newBackupSchema,
    status: 202,
    response: requestedBackupSchema,
    responseHeaders: location,
    idempotent: true,
    costly: true,
    audit: { action: 'backup.create', target: ({ body }) => `plan/${body.plan}`, after: (body) => body },
    examples: { body: { plan: 'shop', label: 'before the migration' } },
  },
  async (call) => made(call, { trigger: 'manual', ...wishOf(call.input.body) }),
);

const createRestorePoint = route(
  {
    name: 'POST /v1/restore-points',
    operationId: 'createRestorePoint',
    tag: 'backups',
    summary: 'Has a labelled backup made now, before something is changed',
    body: newRestorePointSchema,
    status: 202,
    response: requestedBackupSchema,
    responseHeaders: location,
    idempotent: true,
    costly: true,
    audit: {
      action: 'restore-point.create',
      target: ({ body }) => `plan/${body.plan}`,
      after: (body) => body,
    },
    examples: { body: { plan: 'shop', label: 'before 4.2' } },
  },
  async (call) => made(call, { trigger: 'restore-point', ...wishOf(call.input.body) }),
);

function wishOf({ label, only, keepDays }: z.output<typeof newBackupSchema>): Omit<BackupWish, 'trigger'> {
  return {
    ...(label !== undefined && { label }),
    ...(only && { only }),
    ...(keepDays !== undefined && { keepDays }),
  };
}

async function made(call: Call<{ readonly body: { readonly plan: string } }>, wish: BackupWish) {
  const { deps, actor, token } = call;
  const plan = await knownPlan(deps.catalog, call.input.body.plan);
  const requested = await requestBackup(deps, plan, wish, { actor, token });
  const { correlationId } = actor;
  return new Answer(
    { ...requested, status: 'pending' as const, correlationId },
    { headers: { location: `/v1/backups/${requested.backupId}` } },
  );
}

async function knownPlan(catalog: Catalog, planId: string): Promise<PlanRow> {
  const row = await catalog.getPlan(planId);
  if (row) return row;
  throw new HoldfastError('PLAN_NOT_FOUND', `there is no plan ${planId}`, { details: { planId } });
}

const listPoints = route(
  {
    name: 'GET /v1/restore-points',
    operationId: 'listRestorePoints',
    tag: 'backups',
    summary: 'Backups that were made before something was changed',
    query: restorePointsQuery,
    response: pageOf(listedBackupSchema),
    examples: { response: { items: [{ ...exampleListed, trigger: 'restore-point', label: 'before 4.2' }] } },
  },
  async ({ input, deps }) => {
    const { plan: planId, status, from, to, ...paging } = input.query;
    const filter = withinReason({ planId, status, from, to }, deps.clock.now());
    const { rows, cursor } = await listRestorePoints(deps.catalog, filter, paging);
    return { items: rows, nextCursor: cursor };
  },
);

const before = async ({ input, deps }: Call<{ readonly params: { readonly backupId: string } }>) => {
  const { planId, backupId, status, tier, pin } = await findBackup(deps.catalog, input.params.backupId);
  return { planId, backupId, status, tier, ...(pin && { pin }) };
};

const deleteBackup = route(
  {
    name: 'DELETE /v1/backups/{backupId}',
    operationId: 'deleteBackup',
    tag: 'backups',
    summary: 'Has a backup marked, so that it expires',
    description:
      'It can be brought back for the days of the stack’s undelete window. The last good one of its plan, the last proven one and those that others need stay: then the task fails and says so.',
    stepUp: true,
    params,
    status: 202,
    response: taskStartedSchema,
    responseHeaders: location,
    costly: true,
    audit: { action: 'backup.delete', target, before, after: (task) => task },
    examples: { response: { ...exampleTask, kind: 'expire' } },
  },
  async (call) => started(await requestExpire(call.deps, await found(call), asked(call))),
);

const undeleteBackup = route(
  {
    name: 'POST /v1/backups/{backupId}/undelete',
    operationId: 'undeleteBackup',
    tag: 'backups',
    summary: 'Brings an expired backup back',
    description:
      'While nothing of it is hidden yet. Later the task fails: `holdfast undelete` with an operator’s own AWS credentials brings back what lies behind delete markers.',
    params,
    status: 202,
    response: taskStartedSchema,
    responseHeaders: location,
    costly: true,
    idempotent: true,
    audit: { action: 'backup.undelete', target, before, after: (task) => task },
    examples: { response: { ...exampleTask, kind: 'undelete' } },
  },
  async (call) => started(await requestUndelete(call.deps, await found(call), asked(call))),
);

const verifyBackup = route(
  {
    name: 'POST /v1/backups/{backupId}/verify',
    operationId: 'verifyBackup',
    tag: 'backups',
    summary: 'Has a backup proven now',
    params,
    body: verifyBodySchema,
    status: 202,
    response: taskStartedSchema,
    responseHeaders: location,
    costly: true,
    idempotent: true,
    audit: { action: 'backup.verify', target, after: (task) => task },
    examples: { body: { level: 'restored' }, response: exampleTask },
  },
  async (call) =>
    started(await requestVerify(call.deps, await found(call), call.input.body.level, asked(call))),
);

const pinBackup = route(
  {
    name: 'POST /v1/backups/{backupId}/pin',
    operationId: 'pinBackup',
    tag: 'backups',
    summary: 'Says that a backup must stay, and why',
    params,
    body: pinBodySchema,
    response: backupSchema,
    audit: { action: 'backup.pin', target, before, after: pinOf },
    examples: { body: { reason: 'audit 2026' } },
  },
  async (call) => pinned(call, true),
);

const unpinBackup = route(
  {
    name: 'POST /v1/backups/{backupId}/unpin',
    operationId: 'unpinBackup',
    tag: 'backups',
    summary: 'Says that a backup need not stay any more, and why',
    stepUp: true,
    params,
    body: pinBodySchema,
    response: backupSchema,
    audit: { action: 'backup.unpin', target, before, after: pinOf },
    examples: { body: { reason: 'the audit is over' } },
  },
  async (call) => pinned(call, false),
);

function pinOf(body: { readonly pin?: unknown } | undefined) {
  return { pin: body?.pin ?? null };
}

async function pinned(
  call: Call<{ readonly params: { readonly backupId: string }; readonly body: { readonly reason: string } }>,
  isPinned: boolean,
) {
  const { reason } = call.input.body;
  const { row } = await setPinned(call.deps, await found(call), {
    pinned: isPinned,
    reason,
    by: call.actor.name,
  });
  return backupJson(row);
}

const downloadPlaceSchema = z.strictObject({
  backupId: z.string(),
  folder: z.int().min(0).max(100_000),
  key: z.string(),
});

const downloadBackup = route(
  {
    name: 'POST /v1/backups/{backupId}/download',
    operationId: 'downloadBackup',
    tag: 'backups',
    summary: 'Links to the sealed objects of a backup',
    description:
      'Each is pinned to a version and holds for some minutes. A link may end earlier with the session of the API’s role: ask again. With the objects in a folder, below their keys, and a private key, `holdfast decrypt` or public tools open the backup.',
    stepUp: true,
    params,
    body: downloadBodySchema,
    response: downloadSchema,
    costly: true,
    // Never the links: who reads the trail may not fetch what they give.
    audit: {
      action: 'backup.download',
      target,
      after: (body) => body && { objects: body.items.length, expiresAt: body.expiresAt },
    },
    examples: { body: { minutes: 15 } },
  },
  async (call) => {
    const { minutes, limit, cursor } = call.input.body;
    const row = await found(call);
    const place = cursor === undefined ? undefined : fromCursor(downloadPlaceSchema, cursor);
    if (place && place.backupId !== row.backupId) {
      throw new InvalidInput('body', [
        { field: 'cursor', allowed: 'the nextCursor of a page of this backup' },
      ]);
    }
    const { objects, expiresAt, next } = await downloadLinks(call.deps, row, {
      minutes,
      limit,
      after: place,
    });
    const nextCursor = next && cursorOf({ backupId: row.backupId, ...next });
    return { items: objects, expiresAt, nextCursor };
  },
);

function found({
  input,
  deps,
}: {
  input: { params: { backupId: string } };
  deps: ApiDeps;
}): Promise<BackupRow> {
  return findBackup(deps.catalog, input.params.backupId);
}

const asked = ({ actor, token }: Pick<Call, 'actor' | 'token'>) => ({ actor, token });

function started(task: TaskRow) {
  return new Answer(task, { headers: { location: `/v1/runs/${task.taskId}` } });
}

export const backupRoutes = [
  listBackups,
  createBackup,
  getBackup,
  deleteBackup,
  undeleteBackup,
  verifyBackup,
  downloadBackup,
  pinBackup,
  unpinBackup,
  listPoints,
  createRestorePoint,
];
