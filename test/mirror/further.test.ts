/** What a run does for the further vaults of its plan, with catalog and vaults in memory. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { silentLog } from '../../adapters/log/quiet.ts';
import { memoryAlerts } from '../../adapters/memory/alerts.ts';
import { memoryCatalog } from '../../adapters/memory/catalog.ts';
import { memoryVault } from '../../adapters/memory/vault.ts';
import { HoldfastError } from '../../core/errors.ts';
import { manifestKey } from '../../core/format/layout.ts';
import { copyToFurther, type FurtherDeps } from '../../core/mirror/further.ts';
import { planSchema } from '../../core/plan.ts';
import type { BackupRow } from '../../core/ports/catalog.ts';
import type { ObjectRole, Vault } from '../../core/ports/vault.ts';

const plan = planSchema.parse({
  id: 'shop',
  sources: [{ kind: 'files', name: 'uploads' }],
  vaults: [
    { name: 'disk', folder: '/mnt/disk' },
    { name: 'minio', secret: 'holdfast/vaults/minio' },
  ],
});
const ids = ['20261119T020000Z-00000001', '20261120T020000Z-00000001', '20261121T020000Z-00000001'] as const;
const pack = (id: string, index: number) => `plans/shop/${id}/a01/uploads/000${index}-pack.0001`;

async function put(to: Vault, key: string, role: ObjectRole): Promise<void> {
  await to.write(key, [randomBytes(50)], { role, tier: 'daily', planId: 'shop', storageClass: 'STANDARD' });
}

async function world() {
  const vault = memoryVault();
  const further = { disk: memoryVault(), minio: memoryVault() };
  const catalog = memoryCatalog();
  const alerts = memoryAlerts();
  const at = '2026-11-21T03:00:00Z';
  for (const id of ids) {
    await put(vault, pack(id, 1), 'pack');
    await put(vault, pack(id, 2), 'pack');
    await put(vault, manifestKey('shop', id), 'manifest');
    const row: BackupRow = {
      planId: 'shop',
      backupId: id,
      source: 'uploads',
      kind: 'files',
      trigger: 'schedule',
      createdBy: 'scheduler',
      slot: `${id.slice(0, 4)}-${id.slice(4, 6)}-${id.slice(6, 8)}T02:00:00Z`,
      correlationId: 'c',
      status: 'completed',
      attempt: 1,
      madeBy: 1,
      completedAt: at,
      tier: 'daily',
      guard: 0,
    };
    await catalog.adoptBackup(row, at);
  }
  const broken = new Set<string>();
  const deps: FurtherDeps = {
    vault,
    catalog,
    alerts,
    clock: { now: () => new Date(at), sleep: async () => undefined },
    log: silentLog,
    async openFurther({ name }) {
      if (broken.has(name)) throw new HoldfastError('SECRET_NOT_FOUND', `no secret of ${name}`);
      return further[name as keyof typeof further];
    },
  };
  const copy = async (id: string, needs?: BackupRow['needs']) => {
    const row = (await catalog.getBackup('shop', id)) as BackupRow;
    const asked = needs ? { ...row, needs } : row;
    await copyToFurther(asked, plan, 'run-1', deps, new AbortController().signal);
    return (await catalog.getBackup('shop', id))?.copies;
  };
  return { vault, further, catalog, alerts, broken, copy };
}

test('every further vault gets the backup, and the row says so', async () => {
  const { further, copy, alerts } = await world();
  const at = '2026-11-21T03:00:00.000Z';
  expect(await copy(ids[2])).toEqual({ disk: { at }, minio: { at } });
  for (const to of Object.values(further)) expect(await to.head(manifestKey('shop', ids[2]))).toBeDefined();
  expect(alerts.published).toEqual([]);
});

test('packs of earlier backups that it needs are copied too, and no others of theirs', async () => {
  const { further, catalog, copy } = await world();
  for (const id of [ids[0], ids[1]])
    for (const name of ['disk', 'minio'])
      await catalog.noteCopy('shop', id, name, { at: '2026-11-20T03:00:00Z' });
  await copy(ids[2], [{ backupId: ids[0], attempt: 1, component: 'uploads', segments: '2' }]);
  expect(await further.disk.head(pack(ids[0], 2))).toBeDefined();
  expect(await further.disk.head(pack(ids[0], 1))).toBeUndefined();
  expect(await further.disk.head(manifestKey('shop', ids[0]))).toBeUndefined();
});

test('one that fails is noted, told as a warning, keeps no other waiting, and is caught up with by the next run', async () => {
  const { further, broken, alerts, copy, catalog } = await world();
  broken.add('disk');
  const copies = await copy(ids[1]);
  expect(copies?.disk?.error).toMatchObject({ code: 'SECRET_NOT_FOUND' });
  expect(copies?.minio?.error).toBeUndefined();
  expect(alerts.published).toMatchObject([
    { kind: 'copy-failed', severity: 'warning', planId: 'shop', backupId: ids[1] },
  ]);
  broken.clear();
  await copy(ids[2]);
  expect(await further.disk.head(manifestKey('shop', ids[1]))).toBeDefined();
  expect((await catalog.getBackup('shop', ids[1]))?.copies?.disk?.error).toBeUndefined();
});

test('something else at the place of an object is never overwritten, and told', async () => {
  const { further, alerts, copy } = await world();
  await further.disk.write(pack(ids[2], 1), [Buffer.from('not a pack')], {
    role: 'segment',
    tier: 'daily',
    planId: 'shop',
    storageClass: 'STANDARD',
  });
  expect((await copy(ids[2]))?.disk?.error).toMatchObject({ code: 'OBJECT_EXISTS' });
  expect(await further.disk.head(manifestKey('shop', ids[2]))).toBeUndefined();
  expect(alerts.published).toHaveLength(1);
});

test('one whose needs name a whole attempt brings all of that', async () => {
  const { further, catalog, copy } = await world();
  for (const name of ['disk', 'minio'])
    await catalog.noteCopy('shop', ids[0], name, { at: '2026-11-20T03:00:00Z' });
  await copy(ids[1], [{ backupId: ids[0], attempt: 1, component: '*', segments: '*' }]);
  for (const index of [1, 2]) expect(await further.disk.head(pack(ids[0], index))).toBeDefined();
  expect(await further.disk.head(manifestKey('shop', ids[1]))).toBeDefined();
});

test('one that lacks a pack of an earlier backup gets no manifest there, and keeps no earlier one waiting', async () => {
  const { further, alerts, copy, catalog } = await world();
  const copies = await copy(ids[2], [
    { backupId: ids[0], attempt: 1, component: 'uploads', segments: '2,7' },
  ]);
  expect(copies?.disk?.error).toMatchObject({
    code: 'OBJECT_MISSING',
    message: expect.stringContaining('7 below plans/shop/'),
  });
  expect(await further.disk.head(manifestKey('shop', ids[2]))).toBeUndefined();
  expect(alerts.published.map(({ kind }) => kind)).toEqual(['copy-failed', 'copy-failed']);
  expect((await catalog.getBackup('shop', ids[1]))?.copies?.disk).toEqual({ at: expect.any(String) });
});

test('an earlier one that expires while it is copied is passed over, whether its copy succeeds or fails', async () => {
  for (const isRefused of [false, true]) {
    const { further, catalog, copy, alerts, vault } = await world();
    const write = further.disk.write;
    further.disk.write = async (key, body, attributes) => {
      if (key === pack(ids[1], 1)) {
        await catalog.expireBackups({
          planId: 'shop',
          victims: [{ backupId: ids[1], guard: 0 }],
          keepers: [],
          expiry: { reason: 'policy', decidedAt: '2026-11-21T03:00:00Z', by: 'x' },
        });
        if (isRefused) throw new HoldfastError('OBJECT_MISSING', `${key} is not in ${vault.location}`);
      }
      return write(key, body, attributes);
    };
    expect((await copy(ids[2]))?.disk?.error).toBeUndefined();
    expect((await catalog.getBackup('shop', ids[1]))?.copies?.disk).toBeUndefined();
    expect((await catalog.getBackup('shop', ids[0]))?.copies?.disk?.error).toBeUndefined();
    expect(alerts.published).toEqual([]);
  }
});
