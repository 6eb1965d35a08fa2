/** Restores through the API: what is said before, what is refused, and what is started. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parsePlan } from '../../../adapters/kinds.ts';
import type { BackupRow, RestoreRow } from '../../../core/ports/catalog.ts';
import { apiWorld, type CallOptions, type Issuer, startIssuer } from '../../support/api-world.ts';
import {
  addBackup,
  addObjects,
  keepingWorld,
  type Made,
  shop,
  startIso,
} from '../../support/backups-world.ts';

let issuer: Issuer;
beforeAll(async () => {
  issuer = await startIssuer();
});
afterAll(() => issuer.close());

const later = '2026-11-21T12:00:00.000Z';
const place = 'the server in secret holdfast/sources/shop, database shop';
const replacing = { replace: true, options: { database: 'shop' }, confirmed: [place] };

/** A plan, a backup of it and, two hours later, now. */
async function made(plan = shop) {
  const keeping = keepingWorld();
  const world = apiWorld(issuer, { deps: keeping.deps });
  await world.catalog.putPlan(plan, 0, 'ada', '2026-11-20T00:00:00.000Z');
  const backup = await addBackup(world.catalog);
  world.setNow(later);
  const path = `/v1/backups/${backup.backupId}/restore`;
  return {
    ...world,
    ...{ backup, vault: keeping.vault },
    add: (what?: Made) => addBackup(world.catalog, what),
    point: (slot = '2026-11-21T11:00:00Z', claim: Made['claim'] = {}, more: Made = {}) =>
      addBackup(world.catalog, {
        slot,
        claim: { trigger: 'restore-point', label: 'before', ...claim },
        ...more,
      }),
    order: (body?: unknown, as: CallOptions['as'] = 'admin', headers = {}) =>
      world.call(`POST ${path}`, { as, body, headers }),
    dryRun: (body?: unknown, as: CallOptions['as'] = 'operator') =>
      world.call(`POST ${path}?dryRun=true`, { as, body }),
  };
}

describe('a dry run', () => {
  test('says steps, target and role, and starts nothing', async () => {
    const { dryRun, started, catalog } = await made();
    const { status, json } = await dryRun({ options: { roleMap: { old: 'new' } }, compare: false });
    expect(status).toBe(200);
    expect(json).toMatchObject({ dryRun: true, role: 'operator', target: 'database <name>_restored_<time>' });
    expect(json.head).toContain(
      'as of 2026-11-21 02:00:00 UTC (3.7 GiB), goes to where the backup came from',
    );
    expect(json.steps).toContain('Roles: old becomes new.');
    expect(json.steps.join()).toContain('(compare: false)');
    expect(json).not.toHaveProperty('destruction');
    expect(started).toEqual([]);
    expect((await catalog.listRestores({})).rows).toEqual([]);
  });

  test('shows what goes, and the restore point that is needed, without being asked for any', async () => {
    const { dryRun, backup } = await made();
    const { json } = await dryRun({ replace: true, options: { database: 'shop' } });
    expect(json).toMatchObject({
      role: 'admin',
      destruction: { places: [place], kept: true },
      restorePoint: {
        needed: true,
        plan: 'shop',
        only: ['main'],
        label: `before restoring ${backup.backupId}`,
      },
      order: { confirmed: [place] },
    });
    const without = await dryRun({ replace: true, options: { database: 'shop' }, withoutRestorePoint: true });
    expect(without.json.restorePoint).toEqual({
      needed: false,
      why: 'What is there today is NOT backed up before (withoutRestorePoint: true).',
    });
  });

  test('says why no restore point can be made, and what else there is', async () => {
    const source = { kind: 'mongodb', name: 'main', secret: 's/shop', databases: ['shop'] };
    const { dryRun } = await made(parsePlan({ id: 'shop', sources: [source] }));
    const { json } = await dryRun({ options: { drop: true, database: 'billing' } });
    expect(json.restorePoint.needed).toBe(true);
    expect(json.restorePoint.why).toContain(
      'no source of plan shop holds the server in secret s/shop, database billing',
    );
    expect(json.restorePoint.why).toContain('POST /v1/restore-points');
    expect(JSON.stringify(json)).not.toMatch(/ --[a-z]/);
  });

  test('tells what comes back from an archive class, when and for how much', async () => {
    const { dryRun, vault, backup } = await made();
    const versions = await addObjects(vault, backup, 2);
    vault.setArchived(Object.keys(versions)[0] ?? '', { state: 'archived' });
    const { json } = await dryRun({ returnSpeed: 'bulk' });
    expect(json.archive).toMatchObject({
      objects: 1,
      expectedAt: '2026-11-23T12:00:00.000Z',
      estimatedCostUsd: 0.01,
    });
    expect(json.archiveWords[0]).toContain('about $0.01');
  });

  test('is another request than the order, even with the same key', async () => {
    const world = await made();
    const headers = { 'idempotency-key': 'restore-of-monday' };
    const path = `POST /v1/backups/${world.backup.backupId}/restore`;
    expect((await world.call(`${path}?dryRun=true`, { as: 'operator', headers })).status).toBe(200);
    const order = await world.call(path, { as: 'operator', headers });
    expect([order.status, order.json.code]).toEqual([409, 'IDEMPOTENCY_MISMATCH']);
  });
});

describe('an order', () => {
  test('beside what is there is an operator’s affair: a row, the hold, and the function', async () => {
    const { order, started, catalog, backup } = await made();
    const { status, json, headers } = await order({ options: { database: 'copy' } }, 'operator');
    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`/v1/restores/${json.restoreId}`);
    expect(json).toMatchObject({
      status: 'pending',
      createdBy: 'ada',
      request: { planId: 'shop', backupId: backup.backupId, replace: false, compare: true, from: 'vault' },
    });
    // Should the function find that something goes, nothing was agreed to.
    expect(json.request.confirmed).toEqual([]);
    expect(started).toEqual([{ target: 'restore', event: { task: 'restore', restoreId: json.restoreId } }]);
    expect((await catalog.getBackup('shop', backup.backupId))?.heldUntil).toBe('2026-11-23T12:00:00.000Z');
    const { rows } = await catalog.listAudit('2026-11');
    const after = { restoreId: json.restoreId };
    expect(rows).toMatchObject([
      { action: 'backup.restore', target: `backup/${backup.backupId}`, result: 'ok', after },
    ]);
  });

  test('with one key makes one restore, even where the answer was lost', async () => {
    const world = await made();
    const headers = { 'idempotency-key': 'restore-of-monday' };
    const first = await world.order(undefined, 'operator', headers);
    const { catalog } = world;
    const claimOnce: typeof catalog.claimOnce = async (key, fingerprint, until, now) =>
      fingerprint === 'first-asked'
        ? catalog.claimOnce(key, fingerprint, until, now)
        : { outcome: 'claimed' };
    const lossy = apiWorld(issuer, { deps: { ...world.deps, catalog: { ...catalog, claimOnce } } });
    world.setNow('2026-11-21T12:30:00.000Z');
    const again = await lossy.call(`POST /v1/backups/${world.backup.backupId}/restore`, {
      as: 'operator',
      headers,
    });
    expect(again.json.restoreId).toBe(first.json.restoreId);
    expect((await catalog.listRestores({})).rows).toHaveLength(1);
  });

  test.each([
    ['an option of another kind', { options: { drop: true } }, 'options.drop'],
    ['an option of the wrong form', { options: { database: '' } }, 'options.database'],
    ['a copy that is none', { from: 's3://bucket' }, 'from'],
    ['no name of what is replaced', { replace: true }, 'options.database'],
    ['a secret that is no source’s', { options: { secret: 'holdfast/channels/ops' } }, 'options.secret'],
    ['a secret of the stack', { options: { secret: 'holdfast/keys/private' } }, 'options.secret'],
    [
      'a secret beside the sources',
      { options: { secret: 'arn:aws:secretsmanager:eu-central-1:1:secret:other/sources/x' } },
      'options.secret',
    ],
    ['a consent to nothing', { confirmed: [place] }, 'confirmed'],
    ['a restore point for nothing', { restorePoint: '20261121T110000Z-00000000' }, 'restorePoint'],
  ])('with %s is refused, naming %3$s', async (_, body, field) => {
    const { order, started } = await made();
    const { status, json } = await order(body);
    expect([status, json.code, json.errors[0].field]).toEqual([400, 'INVALID_INPUT', field]);
    expect(json.detail).not.toMatch(/ --[a-z]/);
    expect(started).toEqual([]);
  });

  test('onto a server in another secret of a source is taken; a dry run refuses any other as well', async () => {
    const { order, dryRun } = await made();
    const options = { secret: 'holdfast/sources/other', database: 'copy' };
    expect((await order({ options }, 'operator')).status).toBe(202);
    const { status, json } = await dryRun({ options: { secret: 'holdfast/vaults/far' } });
    expect([status, json.errors[0].field]).toEqual([400, 'options.secret']);
  });

  test.each(['running', 'failed'] as const)('of a backup that is %s is refused', async (end) => {
    const { add, call } = await made();
    const { backupId } = await add({ slot: '2026-11-21T03:00:00Z', end });
    const { status, json } = await call(`POST /v1/backups/${backupId}/restore`, { as: 'operator' });
    expect([status, json.code]).toEqual([409, 'BACKUP_NOT_RESTORABLE']);
  });

  test('names the sources where the plan has several kinds', async () => {
    const sources = [...shop.sources, { kind: 'files', name: 'uploads', bucket: 'uploads' }];
    const { order } = await made(parsePlan({ id: 'shop', sources }));
    const { json } = await order();
    expect(json.errors[0]).toMatchObject({
      field: 'component',
      allowed: expect.stringContaining('uploads (files)'),
    });
  });
});

describe('an order that takes something away', () => {
  test('is carried out with the places confirmed and a fresh restore point of them', async () => {
    const { order, point, started, catalog } = await made();
    const { backupId } = await point();
    const { status, json } = await order({ ...replacing, restorePoint: backupId });
    expect([status, json.request?.confirmed]).toEqual([202, [place]]);
    expect(json.request.options.secret).toBe('holdfast/sources/shop');
    expect(started).toMatchObject([{ target: 'restore' }]);
    expect(await catalog.getRestore(json.restoreId)).toMatchObject({ request: { confirmed: [place] } });
  });

  test('takes one that was made after another restore over the same place had ended', async () => {
    const { order, point, catalog } = await made();
    const { restoreId } = (await order({ ...replacing, withoutRestorePoint: true })).json;
    const completedAt = '2026-11-21T10:30:00.000Z';
    await catalog.finishRestore(restoreId, { status: 'completed', completedAt });
    const { backupId } = await point();
    expect((await order({ ...replacing, restorePoint: backupId })).status).toBe(202);
  });

  test('finds the restore point by its label', async () => {
    const { order, point } = await made();
    await point();
    expect((await order({ ...replacing, restorePoint: 'shop@before' })).status).toBe(202);
  });

  test('goes without one when a person says so', async () => {
    const { order } = await made();
    expect((await order({ ...replacing, withoutRestorePoint: true })).status).toBe(202);
  });

  test('is for admins, however it is asked for', async () => {
    const { order, point, started } = await made();
    const { backupId } = await point();
    for (const consent of [{ restorePoint: backupId }, { withoutRestorePoint: true }]) {
      const { status, json } = await order({ ...replacing, ...consent }, 'operator');
      expect([status, json.code]).toEqual([403, 'FORBIDDEN']);
    }
    expect(started).toEqual([]);
  });

  test.each([
    ['nothing', undefined],
    ['another place', ['the server in secret holdfast/sources/other, database shop']],
    ['more than that', [place, 'another']],
    ['none', []],
  ])('is refused when %s is confirmed', async (_, confirmed) => {
    const { order, started } = await made();
    const { status, json } = await order({ ...replacing, confirmed, withoutRestorePoint: true });
    expect([status, json.errors[0].field]).toEqual([400, 'confirmed']);
    expect(json.errors[0].allowed).toContain(place);
    expect(started).toEqual([]);
  });

  type World = Awaited<ReturnType<typeof made>>;
  const unfit: Record<string, [(world: World) => Promise<BackupRow>, string]> = {
    'no restore point at all': [
      ({ add }) => add({ slot: '2026-11-21T11:00:00Z' }),
      'not made as a restore point',
    ],
    'the backup that is restored': [async ({ backup }) => backup, 'it is the backup that is restored'],
    'one that failed': [({ point }) => point(undefined, {}, { end: 'failed' }), 'it is failed'],
    'one that still runs': [({ point }) => point(undefined, {}, { end: 'running' }), 'it is running'],
    'one of another source': [
      ({ point }) => point(undefined, { only: ['uploads'] }),
      'it holds uploads only',
    ],
    'one of another plan': [({ point }) => point(undefined, {}, { planId: 'blog' }), 'it is of plan blog'],
    'one of yesterday': [({ point }) => point('2026-11-20T12:00:00Z'), 'more than 24 hours ago'],
    'one that was found damaged': [
      async ({ point, catalog }) => {
        const row = await point();
        const found = {
          status: 'failed',
          level: 'readable',
          verifiedAt: later,
          detail: 'x',
          reportKey: 'r',
        } as const;
        await catalog.recordVerification('shop', row.backupId, found);
        return row;
      },
      'its last verification failed',
    ],
    'one of the plan before it was changed': [
      async ({ point, catalog }) => {
        const row = await point();
        await catalog.putPlan({ ...shop, name: 'Shop' }, 1, 'ada', '2026-11-21T11:30:00.000Z');
        return row;
      },
      'plan shop has changed since it was made',
    ],
    'one from before another restore over the same place': [
      async ({ point, order, catalog, setNow }) => {
        const row = await point();
        expect((await order({ ...replacing, restorePoint: row.backupId })).status).toBe(202);
        setNow('2026-11-21T12:10:00.000Z');
        expect((await catalog.listRestores({})).rows).toHaveLength(1);
        return row;
      },
      'over the same place had not ended before it was made',
    ],
    'one from before another restore over the same place, which a page of the list does not show': [
      async ({ point, order, catalog, setNow }) => {
        const row = await point();
        expect((await order({ ...replacing, restorePoint: row.backupId })).status).toBe(202);
        setNow('2026-11-21T12:10:00.000Z');
        for (let number = 0; number < 120; number += 1) {
          const restoreId = `r-20261121t120500z-${String(number).padStart(8, '0')}`;
          const about = { planId: 'shop', backupId: row.backupId, createdBy: 'ada', correlationId: 'c' };
          const createdAt = '2026-11-21T12:05:00.000Z';
          const other = { restoreId, status: 'pending', createdAt, request: {}, ...about } as const;
          await catalog.createRestore(other, later);
        }
        return row;
      },
      'over the same place had not ended before it was made',
    ],
    'one from while another restore over the same place waited': [
      async ({ point, order, catalog }) => {
        const { restoreId } = (await order({ ...replacing, withoutRestorePoint: true })).json;
        await catalog.startRestore(restoreId, '2026-11-21T10:00:00.000Z');
        const wait = { objects: 1, bytes: 1, requestedAt: later, expectedAt: later, estimatedCostUsd: 1 };
        await catalog.waitRestore(restoreId, wait);
        return point();
      },
      'over the same place had not ended before it was made',
    ],
  };

  test.each(Object.entries(unfit))('is refused with %s as the restore point', async (_, [make, why]) => {
    const world = await made();
    const { backupId } = await make(world);
    const before = world.started.length;
    const { status, json } = await world.order({ ...replacing, restorePoint: backupId });
    expect([status, json.errors?.[0].field]).toEqual([400, 'restorePoint']);
    expect(json.errors[0].allowed).toContain(why);
    expect(world.started).toHaveLength(before);
  });

  test('is refused without a word about the restore point, and says which is wanted', async () => {
    const { order } = await made();
    const { json } = await order(replacing);
    expect(json.errors[0]).toMatchObject({
      field: 'restorePoint',
      allowed: 'a restore point of main of plan shop (POST /v1/restore-points), or withoutRestorePoint: true',
    });
  });

  test('of a plan that was deleted goes only with what is there given up', async () => {
    const { order, catalog } = await made();
    await catalog.deletePlan('shop', 1, 'ada', startIso);
    const refused = await order(replacing);
    expect([refused.status, refused.json.errors[0].field]).toEqual([400, 'restorePoint']);
    expect((await order({ ...replacing, withoutRestorePoint: true })).status).toBe(202);
  });

  test('needs the component where it could be of several sources, even with what is there given up', async () => {
    const sources = [...shop.sources, { ...shop.sources[0], name: 'crm' }];
    const { order } = await made(parsePlan({ id: 'shop', sources }));
    const { json } = await order({ ...replacing, withoutRestorePoint: true });
    expect(json.errors[0]).toMatchObject({
      field: 'component',
      allowed: expect.stringContaining('main, crm'),
    });
    expect((await order({ ...replacing, component: 'crm', withoutRestorePoint: true })).status).toBe(202);
  });
});

describe('restores', () => {
  const end = { status: 'completed', result: { target: 'copy' }, completedAt: later } as const;

  test('are listed, the newest first, by plan and status, each once while others are ordered', async () => {
    const { order, call, catalog, setNow } = await made();
    const made3: string[] = [];
    for (const minute of [1, 2, 3]) {
      setNow(`2026-11-21T12:0${minute}:00.000Z`);
      made3.unshift((await order(undefined, 'operator')).json.restoreId);
    }
    await catalog.finishRestore(made3[0] ?? '', end);
    const found: string[] = [];
    let query = 'GET /v1/restores?plan=shop&limit=1';
    for (let pages = 0; pages < 5; pages += 1) {
      const { json } = await call(query, { as: 'viewer' });
      found.push(...json.items.map(({ restoreId }: RestoreRow) => restoreId));
      if (json.nextCursor === undefined) break;
      query = `GET /v1/restores?plan=shop&limit=1&cursor=${json.nextCursor}`;
      setNow('2026-11-21T12:30:00.000Z');
      await order(undefined, 'operator');
    }
    expect(found).toEqual(made3);
    const { json } = await call('GET /v1/restores?status=completed', { as: 'viewer' });
    expect(json.items).toMatchObject([{ restoreId: made3[0], status: 'completed' }]);
    expect((await call('GET /v1/restores?plan=other', { as: 'viewer' })).json.items).toEqual([]);
  });

  test('are shown with how far they are, and with why they cannot end any more', async () => {
    const { order, call, catalog, setNow } = await made();
    const { restoreId } = (await order(undefined, 'operator')).json;
    const get = async () => (await call(`GET /v1/restores/${restoreId}`, { as: 'viewer' })).json;
    setNow('2026-11-21T12:06:00.000Z');
    expect((await get()).dead.message).toContain('was not started within 5 minutes');
    await catalog.startRestore(restoreId, '2026-11-21T12:06:00.000Z');
    await catalog.progressRestore(restoreId, { plainBytes: 10, totalBytes: 100, step: 'orders' });
    expect(await get()).toMatchObject({ status: 'running', progress: { plainBytes: 10, step: 'orders' } });
    setNow('2026-11-21T12:30:00.000Z');
    expect((await get()).dead.code).toBe('CRASHED');
    await catalog.finishRestore(restoreId, end);
    expect(await get()).toMatchObject({ status: 'completed', result: { target: 'copy' } });
    expect(await get()).not.toHaveProperty('dead');
  });

  test('are cancelled: a running one is asked to stop, one that waits ends, one that ended stays', async () => {
    const { order, call, catalog } = await made();
    const cancel = (id: string) => call(`POST /v1/restores/${id}/cancel`, { as: 'operator' });
    const { restoreId } = (await order(undefined, 'operator')).json;
    await catalog.startRestore(restoreId, later);
    expect((await cancel(restoreId)).json).toMatchObject({ status: 'running', cancelRequested: true });
    await catalog.finishRestore(restoreId, end);
    const ended = await cancel(restoreId);
    expect([ended.status, ended.json.code]).toEqual([409, 'CONFLICT']);

    const waiting = (await order(undefined, 'operator')).json.restoreId;
    await catalog.startRestore(waiting, later);
    const wait = { objects: 1, bytes: 1, requestedAt: later, expectedAt: later, estimatedCostUsd: 1 };
    await catalog.waitRestore(waiting, wait);
    expect((await cancel(waiting)).json).toMatchObject({ status: 'cancelled', error: { code: 'CANCELLED' } });
    expect((await cancel('r-00000000')).json.code).toBe('RESTORE_NOT_FOUND');
  });

  test.each([
    ['GET /v1/restores/r-00000000', 404, 'RESTORE_NOT_FOUND'],
    ['GET /v1/restores/nonsense', 400, 'INVALID_INPUT'],
    ['GET /v1/restores?status=ended', 400, 'INVALID_INPUT'],
    ['GET /v1/restores?cursor=x', 400, 'INVALID_INPUT'],
  ])('%s is %i %s', async (name, status, code) => {
    const { call } = await made();
    const answer = await call(name, { as: 'viewer' });
    expect([answer.status, answer.json.code]).toEqual([status, code]);
  });
});
