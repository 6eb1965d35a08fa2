/**
 * What the API has when strangers' requests meet it: plans of every kind, backups and restores of every status, tasks,
 * alerts, a trail. Promises: the same at every start but for the time, and a name of everything, so that half of the
 * requests are about something that is there.
 */
import type { memoryVault } from '../../adapters/memory/vault.ts';
import { countStats } from '../../core/control/stats.ts';
import { reportKey } from '../../core/format/layout.ts';
import type { BackupRow, Catalog, RestoreRow, TaskRow } from '../../core/ports/catalog.ts';
import { type ApiWorld, apiWorld, type Issuer } from '../support/api-world.ts';
import { addBackup, addObjects, keepingWorld, type Made } from '../support/backups-world.ts';

/** Names by the parameter that takes them. */
export type Names = Readonly<Record<string, readonly string[]>>;

const plans = [
  {
    id: 'shop',
    sources: [{ kind: 'postgres', name: 'main', secret: 'holdfast/sources/shop', databases: ['shop'] }],
    deadManUrl: 'https://example.org/ping/1',
    quotaBytes: 10_000_000_000,
  },
  {
    id: 'docs',
    sources: [
      { kind: 'mongodb', name: 'main', secret: 'holdfast/sources/docs' },
      { kind: 'files', name: 'uploads', bucket: 'uploads' },
    ],
    schedule: { rate: '6 hours' },
  },
  { id: 'off', enabled: false, sources: [{ kind: 'files', name: 'main', path: '/data' }] },
];

export async function seededWorld(issuer: Issuer): Promise<ApiWorld & { readonly names: Names }> {
  const { vault, deps } = keepingWorld();
  const unlimited = { countUp: async () => 1 } satisfies Partial<Catalog>;
  const world = apiWorld(issuer, { deps });
  // Thousands of requests of one person in a minute are what this is for.
  Object.assign(world.catalog, unlimited);
  const { catalog } = world;
  const now = Date.now();
  const ago = (hours: number) => new Date(Math.floor((now - hours * 3_600_000) / 1000) * 1000).toISOString();
  for (const plan of plans) await catalog.putPlan(world.deps.parsePlan(plan), 0, 'ada', ago(1000));
  const backups = await addBackups(catalog, vault, ago);
  const [newest] = backups as [BackupRow];
  const restores = await addRestores(catalog, newest, ago);
  const tasks = await addTasks(catalog, newest, ago);
  const alerts = await addAlerts(catalog, ago);
  await addAudit(catalog, ago);
  await countStats(world.deps, new Date(now), () => false);
  return {
    ...world,
    // The last of each is not there.
    names: {
      plan: [...plans.map(({ id }) => id), 'absent'],
      planId: [...plans.map(({ id }) => id), 'absent'],
      backupId: [
        ...backups.map(({ backupId }) => backupId),
        'shop@before 4.2',
        'shop@absent',
        '20261121T020000Z-3f9a1c22',
      ],
      restorePoint: ['shop@before 4.2'],
      label: ['before 4.2'],
      restoreId: [...restores, 'r-20261121t020000z-99999999'],
      taskId: [...tasks, 't-20261121t020000z-99999999'],
      alertId: [...alerts, 'cleanup-stalled/absent'].map((id) => Buffer.from(id).toString('base64url')),
      'if-match': Array.from({ length: 12 }, (_, index) => `"${index + 1}"`),
      'if-none-match': ['*'],
    },
  };
}

type Ago = (hours: number) => string;

/** The newest first. */
async function addBackups(
  catalog: Catalog,
  vault: ReturnType<typeof memoryVault>,
  ago: Ago,
): Promise<BackupRow[]> {
  const live = { leaseUntil: new Date(Date.now() + 3_600_000).toISOString() };
  const made: readonly Made[] = [
    { slot: ago(2) },
    { slot: ago(3), claim: { trigger: 'restore-point', label: 'before 4.2', tier: 'manual' } },
    { slot: ago(26) },
    { slot: ago(27), end: 'failed' },
    { slot: ago(0.2), end: 'running', claim: live },
    { slot: ago(900), claim: { tier: 'weekly' } },
    { slot: ago(901), claim: { tier: 'weekly' } },
    { planId: 'docs', slot: ago(4), claim: { kind: 'full' } },
    { planId: 'gone', slot: ago(50), claim: { kind: 'files' } },
  ];
  const rows: BackupRow[] = [];
  for (const each of made) {
    const row = await addBackup(catalog, each);
    rows.push(row);
    if (row.status === 'completed') await addObjects(vault, row, 3);
  }
  const [newest, , older, , , expired, pinned] = rows as [BackupRow, ...BackupRow[]];
  const report = reportKey('shop', newest.backupId, '0123456789abcdef');
  await vault.write(report, [Buffer.from('sealed')], {
    ...{ role: 'report', planId: 'shop', tier: 'daily', storageClass: 'STANDARD' },
  });
  await catalog.recordVerification('shop', newest.backupId, {
    ...{
      status: 'passed',
      level: 'restored',
      verifiedAt: ago(1),
      provenAt: ago(1),
      detail: 'all',
      reportKey: report,
    },
  });
  if (older) {
    await catalog.recordVerification('shop', older.backupId, {
      ...{ status: 'failed', level: 'stored', verifiedAt: ago(1), detail: 'an object is missing' },
    });
  }
  if (expired && pinned) {
    const { guard, backupId } = expired;
    await catalog.expireBackups({
      planId: 'shop',
      victims: [{ backupId, guard }],
      keepers: [],
      expiry: { reason: 'policy', decidedAt: ago(1), by: 'cleanup' },
    });
    await catalog.setPin('shop', pinned.backupId, { at: ago(1), by: 'ada', reason: 'audit 2026' });
  }
  return rows;
}

async function addRestores(catalog: Catalog, { planId, backupId }: BackupRow, ago: Ago): Promise<string[]> {
  const ids: string[] = [];
  const add = async (createdAt: string, name: string) => {
    const row: RestoreRow = {
      restoreId: `r-${createdAt.slice(0, 10).replaceAll('-', '')}t020000z-${name}`,
      ...{ planId, backupId, status: 'pending', createdBy: 'ada', createdAt, correlationId: 'api-00000000' },
      request: {
        ...{
          planId,
          backupId,
          replace: false,
          compare: true,
          options: {},
          from: 'vault',
          returnSpeed: 'standard',
        },
      },
    };
    await catalog.createRestore(row, ago(0.5));
    ids.push(row.restoreId);
    return row.restoreId;
  };
  await add(ago(0.01), '00000001');
  await catalog.startRestore(await add(ago(0.1), '00000002'), ago(0.1));
  const waiting = await add(ago(5), '00000003');
  await catalog.startRestore(waiting, ago(5));
  await catalog.waitRestore(waiting, {
    ...{ objects: 3, bytes: 1000, requestedAt: ago(5), expectedAt: ago(-7), estimatedCostUsd: 0.01 },
  });
  const done = await add(ago(30), '00000004');
  await catalog.startRestore(done, ago(30));
  await catalog.finishRestore(done, {
    status: 'completed',
    completedAt: ago(29),
    result: { database: 'shop_2' },
  });
  const failed = await add(ago(31), '00000005');
  await catalog.startRestore(failed, ago(31));
  const error = { code: 'SOURCE_AUTH', message: 'no such password' };
  await catalog.finishRestore(failed, { status: 'failed', completedAt: ago(30), error });
  return ids;
}

async function addTasks(catalog: Catalog, { planId, backupId }: BackupRow, ago: Ago): Promise<string[]> {
  const add = async (name: string, kind: TaskRow['kind']) => {
    const taskId = `t-20261121t020000z-${name}`;
    await catalog.createTask({
      ...{ taskId, kind, status: 'pending', planId, backupId, createdAt: ago(1), createdBy: 'ada' },
      correlationId: 'api-00000000',
    });
    return taskId;
  };
  const pending = await add('00000001', 'verify');
  const done = await add('00000002', 'plan-test');
  const result = {
    ok: true,
    sources: [{ source: 'main', checks: [{ name: 'reached', ok: true, detail: '' }] }],
  };
  await catalog.finishTask(done, { status: 'completed', completedAt: ago(0.9), result });
  const failed = await add('00000003', 'expire');
  const error = { code: 'BACKUP_KEPT', message: 'it is the last good one', next: 'Nothing.' };
  await catalog.finishTask(failed, { status: 'failed', completedAt: ago(0.9), error });
  return [pending, done, failed];
}

async function addAlerts(catalog: Catalog, ago: Ago): Promise<string[]> {
  const add = async (
    conditionId: string,
    kind: string,
    more: { closedAt?: string; planId?: string } = {},
  ) => {
    await catalog.saveAlert({
      ...{
        conditionId,
        kind,
        severity: 'critical',
        subject: '[Holdfast] Test',
        text: 'Why, and what to do.',
      },
      ...{ since: ago(9), lastToldAt: ago(8), timesTold: 1 },
      ...more,
    });
    return conditionId;
  };
  return [
    await add('backup-missed/shop', 'backup-missed', { planId: 'shop' }),
    await add('schedule-wrong/docs', 'schedule-wrong', { planId: 'docs' }),
    await add('cleanup-stalled', 'cleanup-stalled', { closedAt: ago(7) }),
  ];
}

async function addAudit(catalog: Catalog, ago: Ago): Promise<void> {
  for (const [index, result] of (['ok', 'refused', 'failed', undefined] as const).entries()) {
    await catalog.appendAudit({
      ...{
        at: ago(10 + index),
        id: `000000000000000${index}`,
        by: 'ada',
        action: 'plan.replace',
        detail: '',
      },
      ...{
        target: 'plan/shop',
        correlationId: 'api-00000000',
        via: 'api',
        groups: ['holdfast-admin'],
        result,
      },
      ...{ before: { revision: 1 }, after: { revision: 2 } },
    });
  }
}
