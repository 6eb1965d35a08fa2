import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HoldfastError } from '../../core/errors.ts';
import { type PostgresServer, startPostgres, systemPostgresVersions } from '../support/postgres-server.ts';
import { type Asked, contextOf, recovery, requestOf, secretsOf, source } from './restore-context.ts';
import { type Fixture, makeFixture, query } from './restore-fixture.ts';
import { richRoles, richSchema } from './restore-schema.ts';

let server: PostgresServer;
let fixture: Fixture;

beforeAll(async () => {
  server = await startPostgres({ settings: { wal_level: 'logical' } });
  await query(server.url(), richRoles);
  await query(server.url(), 'CREATE DATABASE "Rich DB" OWNER app_owner');
  await query(server.url('Rich DB'), richSchema);
  await query(server.url(), `ALTER DATABASE "Rich DB" SET search_path = app, "Sales ""2026"""`);
  await query(server.url(), `ALTER ROLE app_writer IN DATABASE "Rich DB" SET work_mem = '8MB'`);
  await query(
    server.url(),
    `COMMENT ON DATABASE "Rich DB" IS 'it''s rich'; REVOKE CONNECT ON DATABASE "Rich DB" FROM PUBLIC`,
  );
  fixture = await makeFixture(server.url('Rich DB'), { large: ['app.customers', 'app.orders'] });
}, 180_000);
afterAll(() => server?.stop());

async function restoreTo(url: string, request: Asked = {}, given: Fixture = fixture, signal?: AbortSignal) {
  const driver = await recovery();
  return driver.restore(
    given.component,
    source,
    given.open,
    requestOf(request),
    secretsOf(url),
    contextOf(signal),
  );
}

const databases = async (url: string) =>
  (await query<{ datname: string }>(url, 'SELECT datname FROM pg_database ORDER BY 1')).map(
    (row) => row.datname,
  );
const roles = async (url: string) =>
  (
    await query<{ rolname: string }>(url, `SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1`)
  ).map((row) => row.rolname);

describe('a restore on the same server', () => {
  test('makes a new database that agrees with the evidence, with owners, grants and settings', async () => {
    const outcome = await restoreTo(server.url());
    expect(outcome.comparison?.differences).toEqual([]);
    expect(outcome.comparison?.notProven).toEqual([]);
    expect(outcome.skipped).toEqual([]);
    expect(outcome.target).toMatch(/^Rich DB_restored_\d{8}t\d{6}z$/);
    const facts = `SELECT shobj_description(oid, 'pg_database') AS comment, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(datacl) a) AS acl, pg_get_userbyid(datdba) AS owner,
      ARRAY(SELECT unnest(setconfig) FROM pg_db_role_setting WHERE setdatabase = d.oid ORDER BY 1) AS settings
      FROM pg_database d WHERE datname = `;
    const [there] = await query(server.url(), `${facts} 'Rich DB'`);
    const [here] = await query(server.url(), `${facts} '${outcome.target}'`);
    expect(here).toEqual(there);
    const acls = `SELECT relname, pg_get_userbyid(relowner) AS owner, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(relacl) a) AS acl,
      ARRAY(SELECT attacl::text FROM pg_attribute WHERE attrelid = c.oid AND attacl IS NOT NULL ORDER BY attnum) AS columns
      FROM pg_class c WHERE relnamespace = 'app'::regnamespace AND relkind IN ('r', 'p', 'm', 'v', 'S') ORDER BY 1`;
    expect(await query(server.url(outcome.target), acls)).toEqual(await query(server.url('Rich DB'), acls));
    await query(server.url(), `DROP DATABASE "${outcome.target}"`);
  });

  test('refuses a database name that is taken, before it touches anything', async () => {
    const before = await databases(server.url());
    await expect(restoreTo(server.url(), { database: 'Rich DB' })).rejects.toMatchObject({
      code: 'TARGET_EXISTS',
    });
    expect(await databases(server.url())).toEqual(before);
  });

  test('restores only the tables that were asked for, and what they need', async () => {
    const only = { schemas: [], tables: [{ schema: 'app', table: 'orders' }] };
    const outcome = await restoreTo(server.url(), { database: 'part', only });
    expect(outcome.comparison?.differences).toEqual([]);
    expect(outcome.comparison?.compared.rows).toBe(5000);
    const tables = await query<{ relname: string }>(
      server.url('part'),
      `SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'app'::regnamespace`,
    );
    expect(tables.map((row) => row.relname)).toEqual(['orders']);
    expect(outcome.skipped.join('\n')).toContain('orders_customer_fkey');
    const attached = await query<{ name: string }>(
      server.url('part'),
      `SELECT conname AS name FROM pg_constraint WHERE conrelid = 'app.orders'::regclass AND contype = 'p'
       UNION ALL SELECT rulename FROM pg_rewrite WHERE ev_class = 'app.orders'::regclass ORDER BY 1`,
    );
    expect(attached.map((row) => row.name)).toEqual(['no_delete', 'orders_pkey']);
    await query(server.url(), 'DROP DATABASE part');
  });

  test('restores indexes and triggers of a table, and says which of them need more', async () => {
    const only = { schemas: [], tables: [{ schema: 'app', table: 'customers' }] };
    const outcome = await restoreTo(server.url(), { database: 'part', only });
    expect(outcome.comparison?.differences).toEqual([]);
    const made = await query<{ name: string }>(
      server.url('part'),
      `SELECT (SELECT relname FROM pg_class WHERE oid = indexrelid) AS name FROM pg_index WHERE indrelid = 'app.customers'::regclass
       UNION ALL SELECT tgname FROM pg_trigger WHERE tgrelid = 'app.customers'::regclass AND NOT tgisinternal ORDER BY 1`,
    );
    expect(made.map((row) => row.name)).toEqual([
      ...['customers_email_key', 'customers_lower', 'customers_pkey', 'touch'],
    ]);
    expect(outcome.skipped.join('\n')).toMatch(/customers_trgm.*public\.gin_trgm_ops/);
    await query(server.url(), 'DROP DATABASE part');
  });

  test('takes the place of a database, which is kept', async () => {
    await query(server.url(), 'CREATE DATABASE shop OWNER app_owner');
    await query(server.url('shop'), 'CREATE TABLE mine (a int)');
    const outcome = await restoreTo(server.url(), { database: 'shop', replace: true });
    expect(outcome.target).toBe('shop');
    const kept = (await databases(server.url())).find((name) => name.startsWith('shop_before_')) as string;
    expect(outcome.nextSteps.join(' ')).toContain(kept);
    expect(await query(server.url('shop'), 'SELECT count(*)::int AS n FROM app.orders')).toEqual([
      { n: 5000 },
    ]);
    expect(await query(server.url(kept), 'SELECT count(*)::int AS n FROM mine')).toEqual([{ n: 0 }]);
    await query(server.url(), 'DROP DATABASE shop');
    await query(server.url(), `DROP DATABASE "${kept}"`);
  });

  test('does not replace a database that has a logical replication slot', async () => {
    await query(server.url(), 'CREATE DATABASE slotted');
    await query(server.url('slotted'), `SELECT pg_create_logical_replication_slot('theirs', 'pgoutput')`);
    await expect(restoreTo(server.url(), { database: 'slotted', replace: true })).rejects.toMatchObject({
      code: 'TARGET_UNSUITABLE',
      message: expect.stringContaining('theirs'),
    });
    await query(server.url('slotted'), `SELECT pg_drop_replication_slot('theirs')`);
    await query(server.url(), 'DROP DATABASE slotted');
  });

  test('does not replace a database by one that differs from the evidence', async () => {
    await query(server.url(), 'CREATE DATABASE shop2');
    const before = await databases(server.url());
    const wrong = withEvidence(fixture, (evidence) => {
      for (const table of evidence.tables) table.rows += table.name === 'orders' ? 1 : 0;
    });
    await expect(restoreTo(server.url(), { database: 'shop2', replace: true }, wrong)).rejects.toMatchObject({
      code: 'EVIDENCE_MISMATCH',
    });
    expect(await databases(server.url())).toEqual(before);
    await query(server.url(), 'DROP DATABASE shop2');
  });
});

interface EvidenceLike {
  tables: { name: string; rows: number }[];
}

function withEvidence(given: Fixture, change: (evidence: EvidenceLike) => void): Fixture {
  const evidence = structuredClone(given.component.evidence) as unknown as EvidenceLike;
  change(evidence);
  return {
    ...given,
    component: { ...given.component, evidence: evidence as unknown as Record<string, unknown> },
  };
}

describe('a restore that fails', () => {
  test.each(['data-1', 'rest', 'post-data'])(
    'in the middle of %s leaves neither database nor roles',
    async (name) => {
      const [beforeDatabases, beforeRoles] = [await databases(server.url()), await roles(server.url())];
      const index = fixture.component.segments.findIndex((segment) => segment.name === name);
      const open: Fixture['open'] = (segment) =>
        segment.index === index ? failing(fixture.bytes[index] as Buffer) : fixture.open(segment);
      await expect(
        restoreTo(server.url(), { database: 'broken' }, { ...fixture, open }),
      ).rejects.toMatchObject({
        code: 'INTEGRITY_HASH',
      });
      expect(await databases(server.url())).toEqual(beforeDatabases);
      expect(await roles(server.url())).toEqual(beforeRoles);
    },
  );

  test('because a stream ends early says so, and leaves nothing', async () => {
    const before = await databases(server.url());
    const index = fixture.component.segments.findIndex((segment) => segment.name === 'data-1');
    const bytes = fixture.bytes[index] as Buffer;
    const open: Fixture['open'] = (segment) =>
      segment.index === index
        ? Readable.from([bytes.subarray(0, bytes.length - 3000)])
        : fixture.open(segment);
    await expect(restoreTo(server.url(), { database: 'broken' }, { ...fixture, open })).rejects.toMatchObject(
      {
        code: 'RESTORE_FAILED',
      },
    );
    expect(await databases(server.url())).toEqual(before);
  });

  test.each(['pre-data', 'rest'])(
    'by being cancelled while %s stalls ends with the reason, and leaves nothing',
    async (name) => {
      const before = await databases(server.url());
      const controller = new AbortController();
      const open: Fixture['open'] = (segment) => {
        if (segment.name !== name) return fixture.open(segment);
        setTimeout(() => controller.abort(new HoldfastError('CANCELLED', 'by request')), 20);
        return stalling(fixture.bytes[segment.index] as Buffer);
      };
      await expect(
        restoreTo(server.url(), { database: 'broken' }, { ...fixture, open }, controller.signal),
      ).rejects.toMatchObject({ code: 'CANCELLED' });
      expect(await databases(server.url())).toEqual(before);
    },
    15_000,
  );
});

describe('a restore on another server', () => {
  let other: PostgresServer;
  beforeAll(async () => {
    other = await startPostgres();
  }, 60_000);
  afterAll(() => other?.stop());

  test('lists the roles that are missing, before it touches anything', async () => {
    const before = await databases(other.url());
    await expect(restoreTo(other.url())).rejects.toMatchObject({
      code: 'TARGET_ROLES_MISSING',
      message: expect.stringMatching(/App "Reader", app_group, app_owner, app_writer/),
    });
    expect(await databases(other.url())).toEqual(before);
  });

  test('restores without owners and grants by request', async () => {
    const outcome = await restoreTo(other.url(), { database: 'ownerless', noOwner: true });
    expect(outcome.comparison?.differences).toEqual([]);
    expect(outcome.skipped.join('\n')).toContain('only_writer');
    const owners = await query(
      other.url('ownerless'),
      `SELECT DISTINCT pg_get_userbyid(relowner) AS o FROM pg_class WHERE relnamespace = 'app'::regnamespace`,
    );
    expect(owners).toEqual([{ o: 'postgres' }]);
    expect(await roles(other.url())).toEqual(['postgres']);
  });

  test('gives everything to other roles by a map', async () => {
    await query(other.url(), 'CREATE ROLE "new ""owner"""; CREATE ROLE newcomer; CREATE ROLE app_owner');
    const roleMap = {
      app_owner: 'new "owner"',
      app_writer: 'newcomer',
      'App "Reader"': 'newcomer',
      app_group: 'newcomer',
    };
    const outcome = await restoreTo(other.url(), { database: 'mapped', roleMap });
    expect(outcome.comparison?.differences).toEqual([]);
    const [orders] = await query(
      other.url('mapped'),
      `SELECT pg_get_userbyid(relowner) AS owner, relacl::text AS acl FROM pg_class WHERE relname = 'orders'`,
    );
    expect(orders?.owner).toBe('new "owner"');
    expect(orders?.acl).not.toMatch(/app_/);
    expect(orders?.acl).toContain('newcomer=ar');
    const [policy] = await query(other.url('mapped'), 'SELECT roles::text[] AS roles FROM pg_policies');
    expect(policy?.roles).toEqual(['newcomer']);
    const lo = await query(
      other.url('mapped'),
      'SELECT DISTINCT pg_get_userbyid(lomowner) AS o FROM pg_largeobject_metadata ORDER BY 1',
    );
    expect(lo).toEqual([{ o: 'new "owner"' }, { o: 'postgres' }]);
    await query(other.url(), 'DROP DATABASE mapped');
    await query(other.url(), 'DROP ROLE "new ""owner""", newcomer, app_owner');
  });

  test('creates the missing roles without login, and no superuser', async () => {
    const outcome = await restoreTo(other.url(), { database: 'withroles', createRoles: true });
    expect(outcome.comparison?.differences).toEqual([]);
    const made = await query(
      other.url(),
      `SELECT rolname, rolcanlogin, rolsuper FROM pg_roles WHERE rolname ~ '^(app|App)' ORDER BY 1`,
    );
    expect(made).toHaveLength(4);
    expect(made.every((row) => !row.rolcanlogin && !row.rolsuper)).toBe(true);
    await query(other.url(), 'DROP DATABASE withroles');
    await query(other.url(), 'DROP DATABASE ownerless');
    await query(other.url(), 'DROP ROLE app_owner, app_writer, app_group, "App ""Reader"""');
  });

  test('works for a role that is no superuser', async () => {
    await query(other.url(), `CREATE ROLE admin LOGIN CREATEDB CREATEROLE PASSWORD 'secret'`);
    const url = other.url().replace(/\/\/.*@/, '//admin:secret@');
    const outcome = await restoreTo(url, {
      database: 'plain',
      createRoles: true,
      roleMap: { postgres: 'admin' },
    });
    expect(outcome.comparison?.differences).toEqual([]);
    expect(outcome.skipped).toEqual([]);
    await query(other.url(), 'DROP DATABASE plain');
  });
});

describe.runIf(systemPostgresVersions().includes('15'))('a restore into PostgreSQL 15', () => {
  let old: PostgresServer;
  beforeAll(async () => {
    old = await startPostgres({ version: '15' });
  }, 60_000);
  afterAll(() => old?.stop());

  test('accepts the one statement that it does not know, and agrees with the evidence', async () => {
    const outcome = await restoreTo(old.url(), { createRoles: true });
    expect(outcome.comparison?.differences).toEqual([]);
    expect(outcome.skipped).toEqual([expect.stringContaining('MAINTAIN')]);
  });
});

function failing(bytes: Buffer): Readable {
  return Readable.from(
    (async function* () {
      yield bytes.subarray(0, bytes.length >> 1);
      yield bytes.subarray(bytes.length >> 1);
      throw new HoldfastError('INTEGRITY_HASH', 'the segment is not what the manifest says');
    })(),
  );
}

function stalling(bytes: Buffer): Readable {
  return Readable.from(
    (async function* () {
      yield bytes.subarray(0, bytes.length >> 1);
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    })(),
  );
}
