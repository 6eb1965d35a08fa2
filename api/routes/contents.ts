/** What is in a backup, and in its reports. Both are sealed: the function that has the private keys looks, and the task has what it saw. */
import type { z } from 'zod';
import { requestContents, requestReport } from '../../core/control/contents.ts';
import { findBackup } from '../../core/control/find-backup.ts';
import { route } from '../route.ts';
import { backupNameSchema, taskStartedSchema } from '../schemas/backups.ts';
import { contentsBodySchema, reportBodySchema } from '../schemas/contents.ts';
import { startedTask, taskLocation } from '../schemas/tasks.ts';

const params = { backupId: backupNameSchema };
const target = (input: { readonly params: { readonly backupId: string } }) =>
  `backup/${input.params.backupId}`;
const exampleTask = {
  taskId: 't-20261121t091203z-3f9a1c22',
  status: 'pending',
  planId: 'shop',
  backupId: '20261121T020000Z-3f9a1c22',
  createdAt: '2026-11-21T09:12:03Z',
  createdBy: 'ada@example.org',
  correlationId: 'api-6f1d2c3b4a596877',
};

const listContents = route(
  {
    name: 'POST /v1/backups/{backupId}/contents',
    operationId: 'listContents',
    tag: 'backups',
    summary: 'Has it listed what a backup holds: tables, collections, files',
    description:
      'Names, counts and sizes as the sealed manifest and index have them, never content. The result of the task is `BackupContents`; page on with `after`.',
    params,
    body: contentsBodySchema,
    status: 202,
    response: taskStartedSchema,
    responseHeaders: taskLocation,
    costly: true,
    idempotent: true,
    audit: { action: 'backup.contents', target, detail: ({ body }) => detailOf(body), after: (task) => task },
    examples: {
      body: { component: 'main', prefix: 'public.' },
      response: { ...exampleTask, kind: 'contents' },
    },
  },
  async ({ input, deps, actor, token }) => {
    const row = await findBackup(deps.catalog, input.params.backupId);
    return startedTask(await requestContents(deps, row, input.body, { actor, token }));
  },
);

function detailOf({ component, prefix }: z.output<typeof contentsBodySchema>): string {
  return `${component ?? 'all components'}${prefix === undefined ? '' : `, names that begin with ${prefix}`}`;
}

const openReport = route(
  {
    name: 'POST /v1/backups/{backupId}/report',
    operationId: 'openReport',
    tag: 'backups',
    summary: 'Has a verification report of a backup opened',
    description: 'Its signature is checked. The result of the task is `OpenedReport`.',
    params,
    body: reportBodySchema,
    status: 202,
    response: taskStartedSchema,
    responseHeaders: taskLocation,
    costly: true,
    idempotent: true,
    audit: {
      action: 'backup.report',
      target,
      detail: ({ body }) => body.key ?? 'the newest',
      after: (task) => task,
    },
    examples: { body: {}, response: { ...exampleTask, kind: 'report' } },
  },
  async ({ input, deps, actor, token }) => {
    const row = await findBackup(deps.catalog, input.params.backupId);
    return startedTask(await requestReport(deps, row, input.body.key, { actor, token }));
  },
);

export const contentsRoutes = [listContents, openReport];
