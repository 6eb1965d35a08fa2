/** Restores of every kind for pages of the console: one that runs, one that waits, one as backed up, one that differs, one that failed. */
import { backupIdFor } from '../../core/format/layout.ts';
import type { Catalog, RestoreRow } from '../../core/ports/catalog.ts';

const minuteMs = 60_000;

export const restoreIds = {
  running: 'r-20261121t095600z-0a0a0a0a',
  waiting: 'r-20261121t083000z-0b0b0b0b',
  same: 'r-20261120t141500z-0c0c0c0c',
  differs: 'r-20261118t071000z-0d0d0d0d',
  failed: 'r-20261115t031200z-0e0e0e0e',
} as const;

export async function seedRestores(catalog: Catalog, now: Date): Promise<void> {
  const at = (minutesAgo: number) => new Date(now.getTime() - minutesAgo * minuteMs).toISOString();
  const made = async (
    restoreId: string,
    planId: string,
    minutesAgo: number,
    request: Record<string, unknown> = {},
  ) => {
    const backupId = backupIdFor(planId, `${at(minutesAgo + 1440).slice(0, 10)}T02:00:00Z`);
    const order = { replace: false, compare: true, options: {}, from: 'vault', returnSpeed: 'standard' };
    const row: RestoreRow = {
      ...{ restoreId, planId, backupId, status: 'pending', createdBy: 'ada@example.org' },
      createdAt: at(minutesAgo),
      request: { planId, backupId, ...order, confirmed: [], ...request },
      correlationId: `api-${restoreId.slice(-8)}`,
    };
    await catalog.createRestore(row, at(-2880));
    await catalog.startRestore(restoreId, at(minutesAgo));
    return row;
  };

  await made(restoreIds.running, 'shop', 4);
  await catalog.progressRestore(
    restoreIds.running,
    {
      ...{ plainBytes: 2_640_000_000, totalBytes: 4_400_000_000, step: 'orders' },
      ...{ updatedAt: at(0), bytesPerSecond: 24_500_000 },
      segments: [
        ...['data-01', 'data-02', 'data-03'].map((name) => segment(name, 800_000_000, 800_000_000, 'done')),
        segment('data-04', 240_000_000, 1_000_000_000, 'running'),
        segment('data-05', 0, 1_000_000_000, 'waiting'),
      ],
    },
    [
      { name: 'manifest', startedAt: at(4), seconds: 1.2 },
      { name: 'check', startedAt: at(3.9), seconds: 41 },
      { name: 'create', startedAt: at(3), seconds: 0.8 },
      { name: 'load', startedAt: at(2.9) },
    ],
  );

  await made(restoreIds.waiting, 'uploads', 90);
  await catalog.waitRestore(restoreIds.waiting, {
    ...{
      objects: 7,
      bytes: 1_100_000_000,
      requestedAt: at(89),
      expectedAt: at(-631),
      estimatedCostUsd: 0.02,
    },
  });

  await made(restoreIds.same, 'shop', 1185, {
    options: { only: { tables: [{ schema: 'public', table: 'orders' }] } },
  });
  await catalog.finishRestore(restoreIds.same, {
    status: 'completed',
    completedAt: at(1181),
    steps: endedSteps(at(1185)),
    result: {
      target: 'shop_restored_20261120t141500z',
      component: 'main',
      seconds: 204,
      comparison: {
        compared: { tables: 1, rows: 984_120, checksums: 1, indexes: 4 },
        differences: [],
        notProven: [],
        facts: {},
        items: [table('public.orders', 984_120, 984_120)],
      },
      skipped: ['public.orders: its trigger notify_orders calls a function that was not asked for'],
      nextSteps: [
        'Look at shop_restored_20261120t141500z, then point the applications at it, or copy from it what is needed.',
      ],
    },
  });

  await made(restoreIds.differs, 'ledger', 4490);
  await catalog.finishRestore(restoreIds.differs, {
    status: 'completed',
    completedAt: at(4480),
    steps: endedSteps(at(4490)),
    result: {
      target: 'ledger_restored_20261118t071000z',
      component: 'main',
      seconds: 588,
      comparison: {
        compared: { tables: 3, rows: 4_224_597, checksums: 2 },
        differences: [
          'public.entries: 3120443 rows in the evidence, 3120401 restored',
          'public.accounts: another checksum',
        ],
        notProven: [{ what: 'public.audit', why: 'larger than evidence.checksumUpToBytes: counted only' }],
        facts: {},
        items: [
          table('public.entries', 3_120_443, 3_120_401),
          table('public.accounts', 120_034, 120_034, 'b1'),
          table('public.audit', 984_120, 984_120),
        ],
      },
      skipped: [],
      nextSteps: [
        'Do not use ledger_restored_20261118t071000z before the differences are understood.',
        'To remove it: DROP DATABASE "ledger_restored_20261118t071000z";',
      ],
    },
  });

  await made(restoreIds.failed, 'events', 9048, {
    replace: true,
    confirmed: ['the server in secret holdfast/sources/events, database events'],
  });
  await catalog.finishRestore(restoreIds.failed, {
    status: 'failed',
    completedAt: at(9047),
    // The second has no end: there it failed.
    steps: endedSteps(at(9048))
      .slice(0, 2)
      .map(({ seconds, ...step }) => (step.name === 'check' ? step : { ...step, seconds })),
    error: {
      code: 'TARGET_UNSUITABLE',
      message: 'The server runs MongoDB 6.0, the backup is of 8.0. Nothing was changed at the target.',
      next: 'Restore onto a server of 8.0 or newer (another server: its secret).',
    },
  });
}

const segment = (
  name: string,
  plainBytes: number,
  totalBytes: number,
  state: 'waiting' | 'running' | 'done',
) => ({ name, component: 'main', plainBytes, totalBytes, state });

const table = (name: string, rows: number, restored: number, checksum = 'a0') => ({
  ...{ name, type: 'table', source: { rows, checksum: 'a0' }, backup: { rows } },
  restored: { rows: restored, checksum },
  same: rows === restored && checksum === 'a0',
});

function endedSteps(began: string) {
  const at = (seconds: number) => new Date(Date.parse(began) + seconds * 1000).toISOString();
  return [
    { name: 'manifest', startedAt: at(0), seconds: 1.4 },
    { name: 'check', startedAt: at(2), seconds: 38 },
    { name: 'create', startedAt: at(40), seconds: 0.9 },
    { name: 'load', startedAt: at(41), seconds: 140 },
    { name: 'compare', startedAt: at(181), seconds: 22 },
  ];
}
