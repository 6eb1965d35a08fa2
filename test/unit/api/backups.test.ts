/** Backups through the API: what is shown, what is started, and what is refused at once. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readPins } from '../../../core/pin.ts';
import type { BackupRow } from '../../../core/ports/catalog.ts';
import { type ApiWorld, apiWorld, type Issuer, startIssuer } from '../../support/api-world.ts';
import {
  addBackup,
  addObjects,
  keepingWorld,
  type Made,
  shop,
  startIso,
} from '../../support/backups-world.ts';
import { loadTestKeys } from '../../vectors/load.ts';

let issuer: Issuer;
beforeAll(async () => {
  issuer = await startIssuer();
});
afterAll(() => issuer.close());

async function made() {
  const keeping = keepingWorld();
  const world = apiWorld(issuer, { deps: keeping.deps });
  world.setNow(startIso);
  await world.catalog.putPlan(shop, 0, 'ada', startIso);
  const { vault } = keeping;
  return { ...world, vault, links: keeping.links, add: (what?: Made) => addBackup(world.catalog, what) };
}

const hour = (at: number) => `2026-11-20T${String(at).padStart(2, '0')}:00:00Z`;
const ids = (json: { items: readonly BackupRow[] }) => json.items.map(({ backupId }) => backupId);

async function allPages(
  world: ApiWorld,
  query: string,
  between = async () => {},
): Promise<readonly string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < 50; pages += 1) {
    const more = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { status, json } = await world.call(`GET ${query}${more}`, { as: 'viewer' });
    expect(status).toBe(200);
    found.push(...ids(json));
    cursor = json.nextCursor;
    if (cursor === undefined) return found;
    await between();
  }
  throw new Error('the pages do not end');
}

describe('the list', () => {
  test('goes by slot, the newest first, with nothing internal in it', async () => {
    const world = await made();
    const rows = [await world.add({ slot: hour(1) }), await world.add({ slot: hour(2) })];
    const { status, json } = await world.call('GET /v1/backups', { as: 'viewer' });
    expect(status).toBe(200);
    expect(ids(json)).toEqual([rows[1]?.backupId, rows[0]?.backupId]);
    expect(json.items[0]).toMatchObject({ planId: 'shop', status: 'completed', storedBytes: 1_000_000_000 });
    for (const name of ['guard', 'leaseUntil', 'versions', 'needs', 'madeBy', 'indexes']) {
      expect(json.items[0]).not.toHaveProperty(name);
    }
    const up = await world.call('GET /v1/backups?order=asc', { as: 'viewer' });
    expect(ids(up.json)).toEqual(rows.map(({ backupId }) => backupId));
  });

  test('is narrowed by everything that it can be narrowed by', async () => {
    const world = await made();
    const one = await world.add({ slot: hour(1), claim: { tier: 'weekly', kind: 'files' } });
    const failed = await world.add({ slot: hour(2), end: 'failed' });
    const other = await world.add({ slot: hour(3), planId: 'blog' });
    await world.catalog.recordVerification('shop', one.backupId, {
      ...{ status: 'passed', level: 'readable', verifiedAt: startIso, detail: '', reportKey: 'reports/x' },
    });
    const asked: readonly (readonly [string, readonly BackupRow[]])[] = [
      ['plan=shop', [failed, one]],
      ['status=failed', [failed]],
      ['kind=files', [one]],
      ['tier=weekly', [one]],
      ['verified=stored', [one]],
      ['verified=restored', []],
      ['verified=none', [other, failed]],
      [`from=${hour(2)}&to=${hour(3)}`, [failed]],
    ];
    for (const [query, rows] of asked) {
      const { json } = await world.call(`GET /v1/backups?${query}`, { as: 'viewer' });
      expect([query, ids(json)]).toEqual([query, rows.map(({ backupId }) => backupId)]);
    }
  });

  test.each(['slot', 'storedBytes', 'durationSeconds'])(
    'by %s gives each once while others are written',
    async (sort) => {
      const world = await made();
      const there: string[] = [];
      for (let at = 0; at < 7; at += 1) {
        const row = await world.add({
          ...{ slot: hour(at), seconds: 10 + (at % 3) },
          completion: { storedBytes: 100 + (at % 2) },
        });
        there.push(row.backupId);
      }
      let more = 8;
      const found = await allPages(
        world,
        `/v1/backups?plan=shop&limit=2&sort=${sort}&order=desc`,
        async () => {
          await world.add({ slot: hour(more++), completion: { storedBytes: 1_000 }, seconds: 100 });
        },
      );
      expect([...found].sort()).toEqual(there);
      expect(new Set(found).size).toBe(found.length);
    },
  );

  test('by size puts the largest first, and what has none last', async () => {
    const world = await made();
    const small = await world.add({ slot: hour(1), completion: { storedBytes: 5 } });
    const large = await world.add({ slot: hour(2), completion: { storedBytes: 50 } });
    const failed = await world.add({ slot: hour(3), end: 'failed' });
    const { json } = await world.call('GET /v1/backups?plan=shop&sort=storedBytes', { as: 'viewer' });
    expect(ids(json)).toEqual([large.backupId, small.backupId, failed.backupId]);
    const long = await world.call(
      `GET /v1/backups?sort=durationSeconds&from=${hour(0)}&to=${hour(9)}&order=asc`,
      {
        as: 'viewer',
      },
    );
    expect(ids(long.json)[0]).toBe(failed.backupId);
  });

  test.each([
    ['sort=storedBytes', 'sort'],
    ['sort=storedBytes&from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z', 'sort'],
    ['label=x', 'label'],
    ['plan=shop&label=x&sort=storedBytes', 'sort'],
    ['plan=Shop', 'plan'],
    ['limit=201', 'limit'],
    ['cursor=nonsense', 'cursor'],
    ['plan=shop&sort=storedBytes&cursor=nonsense', 'cursor'],
  ])('?%s is refused, naming %s', async (query, field) => {
    const { call } = await made();
    const { status, json } = await call(`GET /v1/backups?${query}`, { as: 'viewer' });
    expect([status, json.code, json.errors[0].field]).toEqual([400, 'INVALID_INPUT', field]);
  });

  test('a cursor is good for the list that it came from only', async () => {
    const world = await made();
    for (const at of [1, 2, 3]) await world.add({ slot: hour(at) });
    const { json } = await world.call('GET /v1/backups?plan=shop&sort=storedBytes&limit=1', { as: 'viewer' });
    const other = `GET /v1/backups?plan=shop&sort=durationSeconds&limit=1&cursor=${json.nextCursor}`;
    expect((await world.call(other, { as: 'viewer' })).status).toBe(400);
  });

  test('finds those of a label, page by page', async () => {
    const world = await made();
    const labelled = [];
    for (const at of [1, 2, 3, 4]) {
      const row = await world.add({ slot: hour(at), claim: at === 2 ? {} : { label: 'before 4.2' } });
      if (at !== 2) labelled.unshift(row.backupId);
    }
    expect(await allPages(world, '/v1/backups?plan=shop&label=before%204.2&limit=2')).toEqual(labelled);
  });

  test('of restore points has nothing else on it', async () => {
    const world = await made();
    const points = [];
    for (const at of [1, 2, 3, 4, 5]) {
      const row = await world.add({
        slot: hour(at),
        claim: at % 2 ? { trigger: 'restore-point', label: `l${at}` } : {},
      });
      if (at % 2) points.unshift(row.backupId);
    }
    expect(await allPages(world, '/v1/restore-points?limit=1')).toEqual(points);
    expect(await allPages(world, '/v1/restore-points?plan=shop&limit=2&order=asc')).toEqual(points.reverse());
  });
});

describe('one backup', () => {
  test('has what the catalog knows of its manifest, and the names of its reports', async () => {
    const world = await made();
    const versions = { 'plans/shop/x/a01/main/0000-data.0001': 'v1', 'plans/shop/x/manifest': 'v2' };
    const { backupId } = await world.add({ completion: { versions } });
    for (const name of ['20261121T030000Z-readable-0a1b2c', '20261121T040000Z-restored-0a1b2d', 'stray']) {
      const key = `reports/shop/${backupId}/${name}`;
      const about = { role: 'report', planId: 'shop', tier: 'daily', storageClass: 'STANDARD' } as const;
      await world.vault.write(key, [Buffer.from('sealed')], about);
    }
    const { status, json } = await world.call(`GET /v1/backups/${backupId}`, { as: 'viewer' });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      tools: { pg_dump: '18.1' },
      warnings: ['a warning'],
      manifest: { key: `plans/shop/${backupId}/manifest`, objects: 2, lengthBytes: 10, needs: [] },
    });
    expect(json.reports.map(({ level, at }: { level: string; at: string }) => [level, at])).toEqual([
      ['restored', '2026-11-21T04:00:00Z'],
      ['readable', '2026-11-21T03:00:00Z'],
    ]);
    expect(json).not.toHaveProperty('versions');
  });

  test('is found as PLAN@LABEL', async () => {
    const world = await made();
    const { backupId } = await world.add({ claim: { label: 'before 4.2' } });
    const { json } = await world.call('GET /v1/backups/shop@before%204.2', { as: 'viewer' });
    expect(json.backupId).toBe(backupId);
  });

  test('is shown without its reports when the vault does not answer, and says so', async () => {
    const { catalog, call } = apiWorld(issuer);
    const { backupId } = await addBackup(catalog);
    const { status, json } = await call(`GET /v1/backups/${backupId}`, { as: 'viewer' });
    expect([status, json.backupId, json.reports]).toEqual([200, backupId, undefined]);
    expect(json.reportsError.code).toBe('VAULT_UNAVAILABLE');
  });

  test.each([
    ['20261121T020000Z-00000000', 404, 'BACKUP_NOT_FOUND'],
    ['shop@nothing', 404, 'BACKUP_NOT_FOUND'],
    ['nonsense', 400, 'INVALID_INPUT'],
  ])('%s is %i %s', async (name, status, code) => {
    const { call } = await made();
    const answer = await call(`GET /v1/backups/${name}`, { as: 'viewer' });
    expect([answer.status, answer.json.code]).toEqual([status, code]);
  });
});

describe('having one made', () => {
  test('starts the function, and the id is known at once', async () => {
    const { call, started } = await made();
    const body = { plan: 'shop', label: 'by hand', only: ['main'], keepDays: 400 };
    const { status, json, headers } = await call('POST /v1/backups', { as: 'operator', body });
    expect(status).toBe(202);
    expect(json).toMatchObject({ planId: 'shop', status: 'pending', requestedAt: startIso });
    expect(headers.get('location')).toBe(`/v1/backups/${json.backupId}`);
    expect(started).toMatchObject([
      {
        target: 'backup',
        event: {
          ...{ task: 'backup-now', planId: 'shop', trigger: 'manual', label: 'by hand', only: ['main'] },
          ...{ keepDays: 400, requestedAt: startIso, createdBy: 'ada', correlationId: json.correlationId },
        },
      },
    ]);
  });

  test('of a restore point needs a label, and says what it is for', async () => {
    const { call, started } = await made();
    const bare = await call('POST /v1/restore-points', { as: 'operator', body: { plan: 'shop' } });
    expect([bare.status, bare.json.errors[0].field]).toEqual([400, 'label']);
    const body = { plan: 'shop', label: 'before 4.2' };
    expect((await call('POST /v1/restore-points', { as: 'operator', body })).status).toBe(202);
    expect(started).toMatchObject([{ event: { trigger: 'restore-point', label: 'before 4.2' } }]);
  });

  test('with one key makes one backup, even where the answer was lost and the clock went on', async () => {
    const world = await made();
    const { catalog } = world;
    const options = {
      as: 'operator',
      body: { plan: 'shop' },
      headers: { 'idempotency-key': 'nightly-fix-1' },
    } as const;
    const first = await world.call('POST /v1/backups', options);
    world.setNow('2026-11-21T10:05:00.000Z');
    const replayed = await world.call('POST /v1/backups', options);
    expect(replayed.headers.get('idempotency-replayed')).toBe('true');
    expect(replayed.json.backupId).toBe(first.json.backupId);
    expect(world.started).toHaveLength(1);
    // The answer was never noted: everything is done again, and comes to the same backup.
    const lossy = apiWorld(issuer, {
      deps: { catalog: { ...catalog, claimOnce: onlyFirstAsked(catalog.claimOnce) } },
    });
    lossy.setNow('2026-11-21T10:06:00.000Z');
    const again = await lossy.call('POST /v1/backups', options);
    expect(again.json.backupId).toBe(first.json.backupId);
    expect(lossy.started).toHaveLength(1);
  });

  const onlyFirstAsked =
    (claimOnce: ApiWorld['catalog']['claimOnce']): ApiWorld['catalog']['claimOnce'] =>
    async (key, fingerprint, until, now) =>
      fingerprint === 'first-asked' ? claimOnce(key, fingerprint, until, now) : { outcome: 'claimed' };

  test.each([
    ['of no plan', { plan: 'other' }, 404, 'PLAN_NOT_FOUND'],
    ['of a source that is not there', { plan: 'shop', only: ['uploads'] }, 400, 'INVALID_INPUT'],
    ['kept for no day', { plan: 'shop', keepDays: 0 }, 400, 'INVALID_INPUT'],
  ])('%s is refused, and nothing starts', async (_, body, status, code) => {
    const { call, started } = await made();
    const answer = await call('POST /v1/backups', { as: 'operator', body });
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    expect(started).toEqual([]);
  });

  test('of a plan that was deleted is refused', async () => {
    const { call, catalog, started } = await made();
    await catalog.deletePlan('shop', 1, 'ada', startIso);
    const { status, json } = await call('POST /v1/backups', { as: 'operator', body: { plan: 'shop' } });
    expect([status, json.code]).toEqual([404, 'PLAN_NOT_FOUND']);
    expect(started).toEqual([]);
  });
});

describe('work on a backup', () => {
  test.each([
    ['POST', '/verify', 'operator', { level: 'restored' }, 'verify', { task: 'verify', level: 'restored' }],
    ['POST', '/verify', 'operator', undefined, 'verify', { task: 'verify', level: 'readable' }],
    ['DELETE', '', 'admin', undefined, 'cleanup', { task: 'expire' }],
    ['POST', '/undelete', 'admin', undefined, 'cleanup', { task: 'undelete' }],
  ] as const)(
    '%s %s by %s starts %5$s as a task that can be looked at',
    async (method, path, as, body, target, event) => {
      const { call, add, catalog, started } = await made();
      const { backupId } = await add();
      const { status, json, headers } = await call(`${method} /v1/backups/${backupId}${path}`, { as, body });
      expect(status).toBe(202);
      expect(headers.get('location')).toBe(`/v1/runs/${json.taskId}`);
      expect(await catalog.getTask(json.taskId)).toMatchObject({
        status: 'pending',
        backupId,
        createdBy: 'ada',
      });
      expect(started).toMatchObject([
        { target, event: { ...event, backupId, by: 'ada', taskId: json.taskId } },
      ]);
    },
  );

  test('fails its task when the function cannot be started', async () => {
    const { call, add, catalog } = await made();
    const tasks: string[] = [];
    const broken = apiWorld(issuer, {
      deps: {
        catalog: {
          ...catalog,
          async createTask(row) {
            tasks.push(row.taskId);
            await catalog.createTask(row);
          },
        },
        starter: {
          start: async () => {
            throw new Error('Lambda is away');
          },
        },
      },
    });
    const { backupId } = await add();
    expect((await broken.call(`POST /v1/backups/${backupId}/verify`, { as: 'operator' })).status).toBe(500);
    expect(await catalog.getTask(tasks[0] ?? '')).toMatchObject({
      status: 'failed',
      error: { code: 'INTERNAL' },
    });
    expect((await call(`GET /v1/backups/${backupId}`, { as: 'viewer' })).status).toBe(200);
  });

  test('with the key of a call whose function could not be started is a task of its own, and starts', async () => {
    const { add, catalog } = await made();
    const started: unknown[] = [];
    let isAway = true;
    const start = async (_target: string, event: unknown) => {
      if (isAway) throw new Error('Lambda is away');
      started.push(event);
    };
    const world = apiWorld(issuer, { deps: { catalog, starter: { start } } });
    const { backupId } = await add();
    const options = { as: 'operator', headers: { 'idempotency-key': 'verify-of-monday' } } as const;
    expect((await world.call(`POST /v1/backups/${backupId}/verify`, options)).status).toBe(500);
    isAway = false;
    const { status, json } = await world.call(`POST /v1/backups/${backupId}/verify`, options);
    expect([status, json.status]).toEqual([202, 'pending']);
    expect(started).toMatchObject([{ taskId: json.taskId }]);
    expect(await catalog.getTask(json.taskId)).toMatchObject({ status: 'pending' });
  });

  type World = Awaited<ReturnType<typeof made>>;
  const states = {
    running: ({ add }: World) => add({ end: 'running' }),
    failed: ({ add }: World) => add({ end: 'failed' }),
    expired: async ({ add, catalog }: World) => {
      await add({ slot: hour(1) });
      const row = await add();
      const { backupId, guard } = row;
      const expiry = { reason: 'request', decidedAt: startIso, by: 'ada' } as const;
      await catalog.expireBackups({ planId: 'shop', victims: [{ backupId, guard }], keepers: [], expiry });
      return row;
    },
    pinned: async ({ add, catalog }: World) => {
      const { backupId } = await add();
      return catalog.setPin('shop', backupId, { at: startIso, by: 'ada', reason: 'audit' });
    },
    held: async ({ add, catalog }: World) => {
      const row = await add();
      const about = { planId: 'shop', backupId: row.backupId, createdBy: 'ada', createdAt: startIso };
      const restore = {
        restoreId: 'r-12345678',
        status: 'pending',
        request: {},
        correlationId: 'c',
        ...about,
      } as const;
      await catalog.createRestore(restore, '2026-11-23T00:00:00Z');
      return row;
    },
  };

  test.each([
    ['running', 'DELETE', '', 'RUN_IN_PROGRESS'],
    ['failed', 'DELETE', '', 'CONFLICT'],
    ['expired', 'DELETE', '', 'CONFLICT'],
    ['pinned', 'DELETE', '', 'BACKUP_KEPT'],
    ['held', 'DELETE', '', 'BACKUP_KEPT'],
    ['running', 'POST', '/undelete', 'CONFLICT'],
    ['failed', 'POST', '/undelete', 'CONFLICT'],
    ['running', 'POST', '/verify', 'BACKUP_NOT_RESTORABLE'],
    ['expired', 'POST', '/verify', 'BACKUP_NOT_RESTORABLE'],
    ['expired', 'POST', '/pin', 'BACKUP_NOT_RESTORABLE'],
    ['expired', 'POST', '/download', 'BACKUP_NOT_RESTORABLE'],
  ] as const)('on one that is %s: %s %s is 409 %s, and nothing starts', async (state, method, path, code) => {
    const world = await made();
    const { backupId } = await states[state](world);
    const body = path === '/pin' ? { reason: 'x' } : undefined;
    const { status, json } = await world.call(`${method} /v1/backups/${backupId}${path}`, {
      as: 'admin',
      body,
    });
    expect([status, json.code]).toEqual([409, code]);
    expect(json.detail + json.next).not.toMatch(/--[a-z]/);
    expect(world.started).toEqual([]);
  });
});

describe('pins', () => {
  test('are in the catalog, and signed in the vault', async () => {
    const { call, add, vault } = await made();
    const { planId, backupId } = await add();
    const pin = await call(`POST /v1/backups/${backupId}/pin`, {
      as: 'operator',
      body: { reason: 'audit 2026' },
    });
    expect([pin.status, pin.json.pin]).toEqual([200, { at: startIso, by: 'ada', reason: 'audit 2026' }]);
    const { wrapping: privateKeys, signers } = loadTestKeys();
    const read = () => readPins({ planId, backupId, vault, privateKeys, signers });
    expect((await read()).newest).toMatchObject({ pinned: true, reason: 'audit 2026', by: 'ada' });
    const asOperator = await call(`POST /v1/backups/${backupId}/unpin`, {
      as: 'operator',
      body: { reason: 'over' },
    });
    expect(asOperator.status).toBe(403);
    const unpin = await call(`POST /v1/backups/${backupId}/unpin`, { as: 'admin', body: { reason: 'over' } });
    expect([unpin.status, unpin.json.pin]).toEqual([200, undefined]);
    const again = await call(`POST /v1/backups/${backupId}/unpin`, { as: 'admin', body: { reason: 'over' } });
    expect(again.status).toBe(200);
  });

  test('need a reason', async () => {
    const { call, add } = await made();
    const { backupId } = await add();
    const { status, json } = await call(`POST /v1/backups/${backupId}/pin`, {
      as: 'operator',
      body: { reason: ' ' },
    });
    expect([status, json.errors[0].field]).toEqual([400, 'reason']);
  });
});

describe('a download', () => {
  test.each([true, false])(
    'gives every object once, pinned to its version (noted in the row: %s)',
    async (noted) => {
      const world = await made();
      const row = await world.add();
      const versions = await addObjects(world.vault, row, 4);
      const { backupId } = row;
      const catalog = noted ? { findBackup: async () => ({ ...row, versions }) } : {};
      const seen = apiWorld(issuer, { deps: { ...world.deps, catalog: { ...world.catalog, ...catalog } } });
      // Of an attempt that lost.
      await addObjects(world.vault, row, 1, 2);
      const found: { key: string; url: string; versionId: string }[] = [];
      let cursor: string | undefined;
      do {
        const body = { minutes: 15, limit: 2, cursor };
        const { status, json } = await seen.call(`POST /v1/backups/${backupId}/download`, {
          as: 'admin',
          body,
        });
        expect([status, json.expiresAt]).toEqual([200, '2026-11-21T10:15:00.000Z']);
        found.push(...json.items);
        cursor = json.nextCursor;
      } while (cursor !== undefined);
      expect(found.map(({ key }) => key)).toEqual(Object.keys(versions).sort());
      for (const { key, url, versionId } of found) {
        expect(versionId).toBe(versions[key]);
        expect(url).toContain(`${key}?versionId=${versions[key]}&seconds=900`);
      }
    },
  );

  test('says what is archived or gone, instead of giving a link that fails', async () => {
    const world = await made();
    const row = await world.add();
    const versions = await addObjects(world.vault, row, 3);
    const [first = '', second = '', third = ''] = Object.keys(versions).sort();
    world.vault.setArchived(first, { state: 'archived' });
    world.vault.setArchived(second, { state: 'returned', until: '2026-11-28T00:00:00Z' });
    const lost = { ...row, versions: { ...versions, [third]: 'another' } };
    const seen = apiWorld(issuer, {
      deps: { ...world.deps, catalog: { ...world.catalog, findBackup: async () => lost } },
    });
    const { json } = await seen.call(`POST /v1/backups/${row.backupId}/download`, { as: 'admin' });
    const shown = json.items.map(({ state, url }: { state: string; url?: string }) => [
      state,
      url !== undefined,
    ]);
    expect(shown).toEqual([
      ['archived', false],
      ['ready', true],
      ['missing', false],
      ['ready', true],
    ]);
  });

  test('has the segments of earlier backups that it needs', async () => {
    const world = await made();
    const base = await world.add({ slot: hour(1) });
    await addObjects(world.vault, base, 3);
    const needs = [{ backupId: base.backupId, attempt: 1, component: 'main', segments: '1-2' }];
    const row = await world.add({ completion: { needs } });
    await addObjects(world.vault, row, 1);
    const { json } = await world.call(`POST /v1/backups/${row.backupId}/download`, { as: 'admin' });
    const names = json.items.map(({ key }: { key: string }) => key.split('/').slice(2).join('/'));
    expect(names).toEqual([
      `${row.backupId}/a01/main/0000-data.0001`,
      `${row.backupId}/manifest`,
      `${base.backupId}/a01/main/0001-data.0001`,
      `${base.backupId}/a01/main/0002-data.0001`,
    ]);
  });

  test('leaves no link in the trail, and is for admins', async () => {
    const world = await made();
    const row = await world.add();
    await addObjects(world.vault, row, 1);
    const name = `POST /v1/backups/${row.backupId}/download`;
    expect((await world.call(name, { as: 'operator' })).status).toBe(403);
    expect((await world.call(name, { as: 'admin' })).status).toBe(200);
    const { rows } = await world.catalog.listAudit('2026-11');
    expect(rows).toMatchObject([{ action: 'backup.download', result: 'ok', after: { objects: 2 } }]);
    expect(JSON.stringify(rows)).not.toContain('vault.test');
  });

  test.each([
    [{ minutes: 61 }, 'minutes'],
    [{ limit: 0 }, 'limit'],
    [{ cursor: 'x' }, 'cursor'],
  ])('with %j is refused, naming %s', async (body, field) => {
    const { call, add } = await made();
    const { backupId } = await add();
    const { status, json } = await call(`POST /v1/backups/${backupId}/download`, { as: 'admin', body });
    expect([status, json.errors[0].field]).toEqual([400, field]);
  });
});
