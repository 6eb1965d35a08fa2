/** What pages about proofs show: drills of a month, a trail, keys of a ring, and what tasks about them answer. */
import type { ApiDeps } from '../../api/deps.ts';
import { backupIdFor } from '../../core/format/layout.ts';
import type { AuditEntry, Catalog } from '../../core/ports/catalog.ts';
import type { KeyRing, SealingKey, SigningPublicKey } from '../../core/ports/keys.ts';
import { groups } from './api-world.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** Days ago on which it was drilled, and what came of it where it did not pass. */
const drilled = {
  shop: [1, 8, 15, 22, 29],
  ledger: [3, 10, 17, 24],
  events: [5, 12, 19, 26],
  uploads: [2, 9, 16, 23, 30],
} as const;

export async function seedProofs(catalog: Catalog, now: Date): Promise<void> {
  for (const [planId, days] of Object.entries(drilled))
    for (const [at, ago] of days.entries()) await seedDrill(catalog, now, planId, ago, at);
  await seedTrail(catalog, now);
}

async function seedDrill(catalog: Catalog, now: Date, planId: string, ago: number, at: number) {
  const day = new Date(now.getTime() - ago * dayMs).toISOString().slice(0, 10);
  const slot = `${day}T02:00:00Z`;
  const backupId = backupIdFor(planId, slot);
  const failed = planId === 'ledger' && ago === 17;
  const error = planId === 'uploads' && ago === 16;
  await catalog.saveDrill({
    ...{ planId, backupId, slot, at: `${day}T03:${10 + at}:00.000Z` },
    level: error ? 'stored' : 'restored',
    status: failed ? 'failed' : error ? 'error' : 'passed',
    detail: failed
      ? 'public.entries: 3120443 rows in the evidence, 3120401 restored'
      : error
        ? 'NO_ROOM: the scratch disk is full'
        : '',
    ...(!error && {
      // Ledger's takes longer and longer, and in the end longer than its target.
      seconds: planId === 'ledger' ? 640 - ago * 9 : 104 + at * 6 + planId.length * 12,
      counted: counted(planId),
      differences: failed ? 1 : 0,
      reportKey: `reports/${planId}/${backupId}/${day.replaceAll('-', '')}T031000Z-restored-9f12ab`,
    }),
  });
}

const counted = (planId: string): Readonly<Record<string, number>> =>
  planId === 'uploads'
    ? { files: 48_211, bytes: 4_100_000_000 }
    : planId === 'events'
      ? { collections: 6, documents: 2_204_518 }
      : { tables: 12, rows: 1_204_518 };

async function seedTrail(catalog: Catalog, now: Date): Promise<void> {
  const entry = (hoursAgo: number, fields: Partial<AuditEntry> & Pick<AuditEntry, 'action' | 'target'>) =>
    catalog.appendAudit({
      at: new Date(now.getTime() - hoursAgo * hourMs).toISOString(),
      id: Math.round(hoursAgo * 1000)
        .toString(16)
        .padStart(16, '0'),
      by: 'ada@example.org',
      detail: '',
      correlationId: `api-${Math.round(hoursAgo * 1000)
        .toString(16)
        .padStart(16, '0')}`,
      via: 'api',
      groups: ['holdfast-admin'],
      address: '192.0.2.7',
      requestId: 'gateway-1',
      result: 'ok',
      ...fields,
    });
  await entry(1, {
    action: 'plan.replace',
    target: 'plan/shop',
    before: {
      schedule: { cron: '0 1 * * *', timeZone: 'Europe/Berlin' },
      retention: { daily: 7, weekly: 4 },
    },
    after: {
      schedule: { cron: '0 2 * * *', timeZone: 'Europe/Berlin' },
      retention: { daily: 14, weekly: 4 },
    },
  });
  await entry(3, {
    action: 'backup.delete',
    target: `backup/${backupIdFor('shop', '2026-11-20T02:00:00Z')}`,
    by: 'grace@example.org',
    result: 'refused',
    error: {
      code: 'BACKUP_KEPT',
      message: 'it is the last one of shop that is proven',
      next: 'Prove a newer one first.',
    },
  });
  await entry(20, {
    action: 'backup.run',
    target: `backup/${backupIdFor('ledger', '2026-11-21T02:00:00Z')}`,
    by: 'scheduler',
    via: 'schedule',
    groups: undefined,
    address: undefined,
    result: 'failed',
    error: { code: 'SOURCE_AUTH', message: 'no such password', next: 'Check the secret.' },
  });
  await entry(30, { action: 'keys.export', target: 'keys', via: 'cli', after: { keys: 1 } });
  await entry(52, {
    action: 'backup.delete',
    target: `backup/${backupIdFor('events', '2026-10-22T02:00:00Z')}`,
    before: { planId: 'events', status: 'completed' },
    after: { planId: 'events', status: 'expired' },
  });
  await entry(70, { action: 'cleanup.start', target: 'plans', result: undefined });
}

/** A key of two days ago, which nobody has exported yet. */
export const currentKeyId = 'wk-20261119-3f9a1c22';

export function consoleKeyRing(): Pick<KeyRing, 'publicKeys' | 'signingKey'> {
  const recipients: readonly SealingKey[] = [{ id: currentKeyId, publicKeyPem: '' }];
  const signers = (['backup', 'verify', 'operator'] as const).map(
    (role, at): SigningPublicKey => ({ id: `sk-20261119-${at}a0b1c2d`, role, publicKeyPem: '' }),
  );
  return {
    publicKeys: async () => ({ recipients, signers }),
    signingKey: async () => {
      throw new Error('this world has no keys');
    },
  };
}

/** As a stack of its own users is deployed. */
export const consoleSettings: ApiDeps['settings'] = {
  ...{ version: '9.9.9', stackName: 'Holdfast', allowFrom: [], groups },
  secretPrefixes: {
    source: 'holdfast/sources/',
    vault: 'holdfast/vaults/',
    channel: 'holdfast/channels/',
  },
  health: { undeleteDays: 14, quotaBytes: 500 * 1024 ** 3 },
  signIn: {
    issuer: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab12Cd34E',
    clientId: 'client-1',
    scopes: ['openid', 'profile'],
  },
  publicStatus: true,
  shown: {
    region: 'eu-central-1',
    vault: {
      bucket: 'holdfast-vault-3f9a1c22',
      objectLock: { mode: 'COMPLIANCE', days: 30 },
      tierCeilings: { hourly: 3, daily: 35, weekly: 120, monthly: 800 },
      replica: true,
    },
    mfa: 'optional',
    throttle: { ratePerSecond: 20, burst: 40 },
    channels: ['ops-chat'],
  },
};

/** What verify, restore and cleanup would answer. */
export const proofResults: Readonly<Record<string, unknown>> = {
  verify: { planId: 'shop', result: 'passed', level: 'restored', seconds: 118 },
  cleanup: {
    ...{ dryRun: true, plans: 5, marked: { backups: 0, objects: 0, bytes: 0 } },
    ...{ leftovers: { objects: 0, bytes: 0 }, needed: { objects: 0, bytes: 0 } },
    ...{ kept: { policy: 84, 'last-good': 5 }, missing: 0, adopted: 0, reprieved: [], uploadsAborted: 0 },
    ...{ skipped: [], failed: [], complete: true },
    planned: [
      {
        planId: 'shop',
        backupId: backupIdFor('shop', '2026-10-22T02:00:00Z'),
        tier: 'daily',
        storedBytes: 1_000_000_000,
        action: 'expire',
        why: 'policy ended 2026-11-20',
      },
      {
        planId: 'shop',
        backupId: backupIdFor('shop', '2026-11-20T02:00:00Z'),
        tier: 'daily',
        storedBytes: 1_010_000_000,
        action: 'keep',
        why: 'policy until 2026-12-04',
      },
    ],
  },
  report: {
    key: 'reports/shop/20261120T020000Z-3f9a1c22/20261120T031000Z-restored-9f12ab',
    report: {
      ...{ format: 'holdfast/report', version: 1, attempt: 1, planId: 'shop', correlationId: 'verify-1' },
      backupId: backupIdFor('shop', '2026-11-20T02:00:00Z'),
      ...{ startedAt: '2026-11-20T03:08:12Z', completedAt: '2026-11-20T03:10:00Z', seconds: 108 },
      ...{ level: 'restored', levelAsked: 'restored', result: 'passed', manifestSha256: 'ab'.repeat(32) },
      ...{ remarks: [], tools: { postgres: '18.1' } },
      stored: { objects: 11, bytes: 1_010_000_000, differences: [], hashed: true },
      components: [
        {
          ...{ name: 'main', title: 'database shop', level: 'restored', seconds: 101 },
          comparison: {
            compared: { tables: 3, rows: 4_224_597, checksums: 3 },
            ...{ differences: [], notProven: [], facts: {} },
            items: [
              ['public.customers', 120_034],
              ['public.order_lines', 3_120_443],
              ['public.orders', 984_120],
            ].map(([name, rows]) => ({
              ...{ name, type: 'table', source: { rows, checksum: 'a0' }, backup: { rows } },
              restored: { rows, checksum: 'a0' },
              same: true,
            })),
          },
        },
      ],
    },
  },
};
