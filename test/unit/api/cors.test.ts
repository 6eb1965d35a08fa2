/** Pages in a browser: which may call, and what they are told. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiWorld, apiWorld, type Issuer, startIssuer } from '../../support/api-world.ts';

let issuer: Issuer;
beforeAll(async () => {
  issuer = await startIssuer();
});
afterAll(() => issuer.close());

const page = 'https://holdfast.example.org';
const asked = { origin: page, 'access-control-request-method': 'POST' };

function worldOf(corsOrigins: readonly string[], allowFrom: readonly string[] = []): ApiWorld {
  const { deps } = apiWorld(issuer);
  return apiWorld(issuer, { deps: { settings: { ...deps.settings, corsOrigins, allowFrom } } });
}

describe('a page that may call', () => {
  test('is answered before the sign-in and the allow-list when its browser asks', async () => {
    const world = worldOf([page], ['203.0.113.0/24']);
    const { status, headers, text } = await world.call('OPTIONS /v1/plans', { headers: asked });
    expect([status, text]).toEqual([204, '']);
    expect(Object.fromEntries(headers)).toMatchObject({
      'access-control-allow-origin': page,
      'access-control-allow-methods': 'GET,POST,PUT,DELETE',
      'access-control-max-age': '3600',
      vary: expect.stringContaining('Origin'),
      'cache-control': 'no-store',
    });
    const allowed = headers.get('access-control-allow-headers')?.split(',');
    expect(allowed).toEqual(
      expect.arrayContaining(['authorization', 'content-type', 'if-match', 'idempotency-key']),
    );
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    expect(headers.get('x-correlation-id')).not.toBeNull();
    expect((await world.call('GET /v1/plans', { as: 'viewer' })).status).toBe(403);
  });

  test('reads answers and failures, with the headers that it needs', async () => {
    const world = worldOf([page]);
    for (const name of ['GET /v1/health', 'GET /v1/plans', 'GET /v1/nothing', 'PUT /v1/health']) {
      const { headers } = await world.call(name, { headers: { origin: page } });
      expect(headers.get('access-control-allow-origin'), name).toBe(page);
      expect(headers.get('vary'), name).toBe('Origin');
      const exposed = headers.get('access-control-expose-headers')?.split(',');
      expect(exposed, name).toEqual([
        'etag',
        'location',
        'retry-after',
        'idempotency-replayed',
        'x-correlation-id',
        'x-next-cursor',
        'www-authenticate',
      ]);
    }
    const { status, headers } = await world.call('GET /v1/plans', { headers: { origin: page } });
    expect([status, headers.get('content-type')]).toEqual([401, 'application/problem+json']);
  });
});

test.each([
  ['another page', 'https://evil.example'],
  ['the same over http', 'http://holdfast.example.org'],
  ['another port', `${page}:8443`],
  ['one that ends alike', 'https://evilholdfast.example.org'],
  ['a file', 'null'],
  ['every page', '*'],
])('%s is not let in', async (_, origin) => {
  const world = worldOf([page]);
  for (const name of ['OPTIONS /v1/plans', 'GET /v1/health']) {
    const { headers } = await world.call(name, { headers: { ...asked, origin } });
    expect(headers.get('access-control-allow-origin'), name).toBeNull();
  }
});

test('a star among the origins lets nobody in', async () => {
  const { headers } = await worldOf(['*', page]).call('GET /v1/health', { headers: { origin: '*' } });
  expect(headers.get('access-control-allow-origin')).toBeNull();
});

test('without pages nothing is said to browsers, and OPTIONS is no method of the API', async () => {
  const world = worldOf([]);
  const { status, headers } = await world.call('OPTIONS /v1/plans', { headers: asked });
  expect([status, headers.get('allow')]).toEqual([405, 'GET, POST']);
  expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
});
