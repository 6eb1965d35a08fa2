/** Looking, before a restore, whether it can be done: the restore function does, which has the keys and reaches the target. */
import { restoreFactsOf } from '../../adapters/kinds.ts';
import { findBackup } from '../../core/control/find-backup.ts';
import { requestPreflight } from '../../core/control/preflight.ts';
import { inBody } from '../called.ts';
import { route } from '../route.ts';
import { backupNameSchema, taskStartedSchema } from '../schemas/backups.ts';
import { newRestoreSchema } from '../schemas/restores.ts';
import { startedTask, taskLocation } from '../schemas/tasks.ts';

const preflightBackup = route(
  {
    name: 'POST /v1/backups/{backupId}/preflight',
    operationId: 'preflightBackup',
    tag: 'restores',
    summary: 'Looks whether a restore could be done, and writes nothing to its target',
    description:
      'The body is that of the restore. What was confirmed, and a restore point, are not needed. The task’s `result` is a `PreflightResult`: checks of the backup, of the target and of the room there, by the same code that the restore runs before it begins. What is archived is not asked back.',
    params: { backupId: backupNameSchema },
    body: newRestoreSchema,
    status: 202,
    response: taskStartedSchema,
    responseHeaders: taskLocation,
    idempotent: true,
    costly: true,
    audit: {
      action: 'backup.preflight',
      target: ({ params }) => `backup/${params.backupId}`,
      detail: ({ body }) => JSON.stringify(body),
      after: (task) => task,
    },
    examples: {
      body: { options: { database: 'shop_before' } },
      response: {
        taskId: 't-20261121t091203z-3f9a1c22',
        kind: 'preflight',
        status: 'pending',
        planId: 'shop',
        backupId: '20261121T020000Z-3f9a1c22',
        createdAt: '2026-11-21T09:12:03Z',
        createdBy: 'ada@example.org',
        correlationId: 'api-6f1d2c3b4a596877',
      },
    },
  },
  async ({ input, actor, deps, token }) => {
    const { confirmed: _shown, restorePoint: _point, withoutRestorePoint: _without, ...wish } = input.body;
    const backup = await findBackup(deps.catalog, input.params.backupId);
    const secretPrefix = deps.settings.secretPrefixes.source;
    const around = { ...deps, factsOf: restoreFactsOf, called: inBody, secretPrefix };
    return startedTask(await requestPreflight(around, backup, wish, { actor, token }));
  },
);

export const preflightRoutes = [preflightBackup];
