/** What holds for every call: addresses, limits, repetition, the trail, problems, correlation, headers. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { allowList } from '../../../api/allow-list.ts';
import { problemSchema } from '../../../api/problem.ts';
import { Answer, type Call, type Route, route } from '../../../api/route.ts';
import { routes } from '../../../api/routes/all.ts';
import { HoldfastError } from '../../../core/errors.ts';
import {
  type ApiWorld,
  apiWorld,
  type Issuer,
  startIssuer,
  type WorldOptions,
} from '../../support/api-world.ts';

let issuer: Issuer;
beforeAll(async () => {
  issuer = await startIssuer();
});
afterAll(() => issuer.close());

type Made = Call<{ readonly body: { readonly name: string; readonly count: number } }>;

/** A world with one more route, which creates something. */
function worldWith(
  create: (call: Made) => Promise<{ id: string } | Answer<{ id: string }>>,
  options: WorldOptions & { readonly costly?: boolean } = {},
): ApiWorld {
  const own = route(
    {
      name: 'POST /v1/backups',
      operationId: 'createBackup',
      tag: 'backups',
      summary: 'Makes one',
      body: z.strictObject({ name: z.string().max(20), count: z.int().min(1).max(5).default(1) }),
      status: 202,
      response: z.object({ id: z.string() }),
      idempotent: true,
      costly: options.costly,
      audit: {
        action: 'backup.create',
        target: ({ body }) => `plan/${body.name}`,
        before: async () => ({ count: 0 }),
        after: (body) => body,
      },
    },
    create,
  );
  return apiWorld(issuer, {
    ...options,
    routes: [...routes.filter(({ name }) => name !== own.name), own] as Route[],
  });
}
const post = 'POST /v1/backups';
const entriesOf = async ({ catalog }: ApiWorld) =>
  (await catalog.listAudit(new Date().toISOString().slice(0, 7))).rows;

describe('addresses', () => {
  test.each([
    ['192.0.2.7', ['192.0.2.0/24'], true],
    ['192.0.3.7', ['192.0.2.0/24'], false],
    ['::ffff:192.0.2.7', ['192.0.2.0/24'], true],
    ['192.0.2.7', ['::ffff:192.0.2.0/120'], true],
    ['2001:db8::7', ['192.0.2.0/24', '2001:db8::/32'], true],
    ['2001:db9::7', ['2001:db8::/32'], false],
    ['2001:db8::7', ['0.0.0.0/0'], false],
    ['192.0.2.7', ['::/0'], false],
    ['nonsense', ['0.0.0.0/0', '::/0'], false],
    [undefined, ['0.0.0.0/0'], false],
    [undefined, [], true],
  ])('%s from %j: %s', (address, ranges, allowed) => {
    expect(allowList(ranges)(address)).toBe(allowed);
  });

  test('a range that is none is said at the start', () => {
    expect(() => allowList(['192.0.2.0/33'])).toThrow('192.0.2.0/33');
    expect(() => allowList(['192.0.2.7'])).toThrow('a range like');
  });

  test('who is not on the list gets nothing but health, whatever header says otherwise', async () => {
    const { call } = apiWorld(issuer, { allowFrom: ['192.0.2.0/24'] });
    const outside = {
      as: 'admin',
      address: '198.51.100.1',
      headers: { 'x-forwarded-for': '192.0.2.7' },
    } as const;
    expect((await call('GET /v1/alerts', outside)).json).toMatchObject({
      status: 403,
      code: 'ADDRESS_FORBIDDEN',
    });
    expect((await call('GET /v1/openapi.json', outside)).status).toBe(403);
    expect((await call('GET /v1/health', outside)).text).toBe('{"status":"ok"}');
    expect((await call('GET /v1/alerts', { as: 'viewer' })).status).toBe(200);
  });
});

describe('what is costly', () => {
  test('is done 30 times in a minute by one person, then they wait', async () => {
    const world = worldWith(async () => ({ id: 'x' }), { costly: true });
    world.setNow('2026-11-21T02:00:20Z');
    const options = { as: 'admin', body: { name: 'a' } } as const;
    for (let i = 0; i < 30; i += 1) expect((await world.call(post, options)).status).toBe(202);
    const over = await world.call(post, options);
    expect([over.status, over.json.code, over.headers.get('retry-after')]).toEqual([
      429,
      'RATE_LIMITED',
      '40',
    ]);
    const other = await world.tokenOf('admin', { sub: 'person-2' });
    expect((await world.call(post, { ...options, token: other })).status).toBe(202);
    world.setNow('2026-11-21T02:01:00Z');
    expect((await world.call(post, options)).status).toBe(202);
  });
});

describe('an Idempotency-Key', () => {
  const keyed = (name = 'a', key = 'key-12345') =>
    ({ as: 'admin', body: { name }, headers: { 'idempotency-key': key } }) as const;

  test('of five calls at once makes one, and its repetition gets the same answer', async () => {
    const tokens: string[] = [];
    const world = worldWith(async ({ token }) => {
      tokens.push(token);
      await new Promise((done) => setTimeout(done, 20));
      return new Answer({ id: `b-${tokens.length}` }, { headers: { location: '/v1/backups/b' } });
    });
    const all = await Promise.all(Array.from({ length: 5 }, () => world.call(post, keyed())));
    expect(all.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409, 409]);
    expect(all.find(({ status }) => status === 409)?.headers.get('retry-after')).toBe('5');
    const again = await world.call(post, keyed());
    expect([again.status, again.json, again.headers.get('location')]).toEqual([
      202,
      { id: 'b-1' },
      '/v1/backups/b',
    ]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(tokens).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
    expect(await entriesOf(world)).toHaveLength(1);
  });

  test('is one person’s own, and of one body', async () => {
    let made = 0;
    const world = worldWith(async () => {
      made += 1;
      return { id: String(made) };
    });
    expect((await world.call(post, keyed())).json.id).toBe('1');
    expect((await world.call(post, keyed('b'))).json).toMatchObject({
      status: 409,
      code: 'IDEMPOTENCY_MISMATCH',
    });
    const token = await world.tokenOf('admin', { sub: 'person-2' });
    expect((await world.call(post, { ...keyed(), token })).json.id).toBe('2');
    expect((await world.call(post, keyed('a', 'key-other'))).json.id).toBe('3');
    expect((await world.call(post, keyed('a', 'short'))).json.errors[0].field).toBe('Idempotency-Key');
  });

  test('whose first call died is free again after two minutes; one that was answered is kept for a day', async () => {
    let dies = true;
    const world = worldWith(async () => (dies ? new Promise<never>(() => {}) : { id: 'x' }));
    world.setNow('2026-11-21T02:00:00Z');
    void world.call(post, keyed());
    await new Promise((done) => setTimeout(done, 50));
    dies = false;
    expect((await world.call(post, keyed())).status).toBe(409);
    world.setNow('2026-11-21T02:02:00Z');
    const token = await world.tokenOf('admin');
    expect((await world.call(post, { ...keyed(), token })).status).toBe(202);
    world.setNow('2026-11-22T02:01:00Z');
    const replayed = await world.call(post, { ...keyed(), token: await world.tokenOf('admin') });
    expect(replayed.headers.get('idempotency-replayed')).toBe('true');
  });

  test('that is free again and comes with something else makes something else', async () => {
    const tokens: string[] = [];
    const world = worldWith(async ({ token }) => {
      tokens.push(token);
      if (tokens.length === 1) throw new HoldfastError('CATALOG_UNAVAILABLE', 'no answer');
      return { id: 'x' };
    });
    await world.call(post, keyed('a'));
    expect((await world.call(post, keyed('b'))).status).toBe(202);
    expect(tokens[0]).not.toBe(tokens[1]);
  });

  test('is free again after a failure, and gives the same ids then', async () => {
    const tokens: string[] = [];
    const world = worldWith(async ({ token }) => {
      tokens.push(token);
      if (tokens.length === 1) throw new HoldfastError('CATALOG_UNAVAILABLE', 'no answer');
      return { id: 'x' };
    });
    const first = await world.call(post, keyed());
    expect([first.status, first.headers.get('retry-after'), first.json.retryable]).toEqual([503, '5', true]);
    expect((await world.call(post, keyed())).status).toBe(202);
    expect(tokens[0]).toBe(tokens[1]);
  });
});

describe('the trail', () => {
  test('has the intention before the work begins, and then its outcome', async () => {
    let during: unknown;
    const world = worldWith(async ({ deps }) => {
      during = (await deps.catalog.listAudit(new Date().toISOString().slice(0, 7))).rows.map(
        ({ result }) => result,
      );
      return { id: 'x' };
    });
    await world.call(post, { as: 'operator', body: { name: 'a' } });
    expect(during).toEqual([undefined]);
    expect(await entriesOf(world)).toMatchObject([
      {
        by: 'ada',
        action: 'backup.create',
        target: 'plan/a',
        via: 'api',
        groups: ['holdfast-operator'],
        address: '192.0.2.7',
        requestId: 'gateway-1',
        before: { count: 0 },
        after: { id: 'x' },
        result: 'ok',
      },
    ]);
  });

  test('says what was refused and what failed', async () => {
    const world = worldWith(async ({ input }) => {
      throw input.body.name === 'a' ? new HoldfastError('PLAN_NOT_FOUND', 'no a') : new Error('boom');
    });
    expect((await world.call(post, { as: 'admin', body: { name: 'a' } })).status).toBe(404);
    expect((await world.call(post, { as: 'admin', body: { name: 'b' } })).status).toBe(500);
    const results = (await entriesOf(world)).map(({ target, result, error }) => [
      target,
      result,
      error?.code,
    ]);
    expect(results.sort()).toEqual([
      ['plan/a', 'refused', 'PLAN_NOT_FOUND'],
      ['plan/b', 'failed', 'INTERNAL'],
    ]);
  });

  test('that cannot be written refuses the call', async () => {
    let done = false;
    const begin = async () => {
      throw new HoldfastError('VAULT_UNAVAILABLE', 'no vault');
    };
    const world = worldWith(
      async () => {
        done = true;
        return { id: 'x' };
      },
      { deps: { audit: { begin } } },
    );
    const { status, json } = await world.call(post, { as: 'admin', body: { name: 'a' } });
    expect([status, json.code, done]).toEqual([503, 'VAULT_UNAVAILABLE', false]);
  });

  test('whose outcome cannot be written does not undo what is done', async () => {
    const end = async () => {
      throw new HoldfastError('VAULT_UNAVAILABLE', 'no vault');
    };
    const world = worldWith(async () => ({ id: 'x' }), { deps: { audit: { begin: async () => ({ end }) } } });
    expect((await world.call(post, { as: 'admin', body: { name: 'a' } })).status).toBe(202);
    expect(world.log.lines).toContainEqual(expect.objectContaining({ level: 'error' }));
  });
});

describe('a body', () => {
  const world = () => worldWith(async () => ({ id: 'x' }));

  test('of more than 256 KiB is refused, whatever its header says', async () => {
    const body = { name: 'x'.repeat(300 * 1024) };
    const { status, json } = await world().call(post, { as: 'admin', body });
    expect([status, json.status, json.code]).toEqual([413, 413, 'INVALID_INPUT']);
    const lying = await world().call(post, { as: 'admin', body, headers: { 'content-length': '10' } });
    expect(lying.status).toBe(413);
  });

  test('names each field that is wrong', async () => {
    const { json } = await world().call(post, { as: 'admin', body: { count: 9, more: 1 } });
    expect(problemSchema.strict().parse(json)).toMatchObject({
      type: 'urn:holdfast:error:INVALID_INPUT',
      status: 400,
      errors: expect.arrayContaining([
        expect.objectContaining({ field: 'name' }),
        expect.objectContaining({ field: 'count', value: '9' }),
      ]),
    });
  });

  test.each([
    ['no JSON', '{', {}, 400],
    ['half a character', '{"name":"\\ud800"}', {}, 400],
    ['another type', '{"name":"a"}', { 'content-type': 'text/plain' }, 415],
    ['a list', '[]', {}, 400],
    ['null', 'null', {}, 400],
    ['nothing', '', {}, 400],
  ])('that is %s is refused', async (_, body, headers, status) => {
    const answer = await world().call(post, { as: 'admin', body, headers });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
  });

  test('that is blank is not the same as none', async () => {
    const { call } = apiWorld(issuer);
    const send = async (body: string) => (await call('POST /v1/cleanup', { as: 'admin', body })).status;
    expect([await send('\n'), await send('  '), await send('')]).toEqual([400, 400, 202]);
  });

  test('goes out without what its schema does not name', async () => {
    const { call } = worldWith(async () => ({ id: 'x', leaseUntil: 'internal' }));
    expect((await call(post, { as: 'admin', body: { name: 'a' } })).json).toEqual({ id: 'x' });
  });
});

describe('every answer', () => {
  test('is for no cache, no frame and no guess, and has its correlation id in the log, too', async () => {
    const { call, log } = apiWorld(issuer);
    for (const [name, status] of [
      ['GET /v1/health', 200],
      ['GET /v1/alerts', 401],
      ['GET /v1/absent', 404],
      ['DELETE /v1/health', 405],
    ] as const) {
      const {
        headers,
        json,
        status: got,
      } = await call(name, { headers: { 'x-correlation-id': 'mine-1234' } });
      expect([name, got]).toEqual([name, status]);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-correlation-id')).toBe('mine-1234');
      if (status >= 400) expect(problemSchema.strict().parse(json).correlationId).toBe('mine-1234');
      expect(log.lines.at(-1)).toMatchObject({
        message: 'call',
        fields: { correlationId: 'mine-1234', status },
      });
    }
  });

  test('has an id of its own where the caller’s is none', async () => {
    const { call } = apiWorld(issuer);
    for (const given of ['short', 'with space 12345', 'x'.repeat(101), '"><script>12345']) {
      const { headers } = await call('GET /v1/health', { headers: { 'x-correlation-id': given } });
      expect(headers.get('x-correlation-id')).toMatch(/^api-[0-9a-f]{16}$/);
    }
  });

  test('that is a method too many says which there are', async () => {
    const { headers, json } = await apiWorld(issuer).call('PUT /v1/alerts');
    expect([headers.get('allow'), json.status]).toEqual(['GET', 405]);
  });

  test('of a defect says nothing but where to look', async () => {
    const world = worldWith(async () => {
      throw new Error('password=hunter2 at 10.0.0.1');
    });
    const { text, json } = await world.call(post, { as: 'admin', body: { name: 'a' } });
    expect([json.code, json.status]).toEqual(['INTERNAL', 500]);
    expect(text).not.toMatch(/hunter2|10\.0\.0\.1|at .*\.ts/);
    const line = world.log.lines.find(({ level }) => level === 'error');
    expect(line?.fields).toMatchObject({
      code: 'INTERNAL',
      correlationId: json.correlationId,
      subject: 'person-1',
    });
  });

  test('to a query that says something twice asks which', async () => {
    const { json } = await apiWorld(issuer).call('GET /v1/alerts?limit=1&limit=2', { as: 'viewer' });
    expect(json.errors).toEqual([{ field: 'limit', allowed: 'given once' }]);
  });
});
