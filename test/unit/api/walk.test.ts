/** Every route of the table with every role, and with every kind of token that must open nothing. */
import { createSecretKey } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { access, type RouteName } from '../../../api/roles.ts';
import { type Route, route } from '../../../api/route.ts';
import { routes } from '../../../api/routes/all.ts';
import { holds, roles } from '../../../core/control/actor.ts';
import { type ApiWorld, apiWorld, clientId, type Issuer, startIssuer } from '../../support/api-world.ts';

let issuer: Issuer;
let world: ApiWorld;
beforeAll(async () => {
  issuer = await startIssuer();
  world = apiWorld(issuer);
});
afterAll(() => issuer.close());

/** A path of that form, for things that are not there. */
const nameOf = ({ method, path }: Route) =>
  `${method} ${path
    .replace('{planId}', 'absent')
    .replace('{backupId}', '20261121T020000Z-3f9a1c22')
    .replace('{restoreId}', 'r-20261121t020000z-3f9a1c22')
    .replace('{taskId}', 't-20261121t020000z-3f9a1c22')
    .replace('{alertId}', 'YmFja3VwLW1pc3NlZC9uaWdodGx5')}`;
/** Past sign-in and role: whatever comes of it then. */
const refused = [401, 403];

describe('the table of routes', () => {
  test('every route has its role there, and is there once', () => {
    const names = routes.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(access[name], name).toBeDefined();
    expect(new Set(routes.map(({ spec }) => spec.operationId)).size).toBe(names.length);
  });

  test('every entry has its route', () => {
    const names = routes.map(({ name }) => name);
    expect(Object.keys(access).filter((name) => !names.includes(name as RouteName))).toEqual([]);
  });

  test('a route that has none opens to nobody', async () => {
    const lost = { ...(routes[0] as Route), access: undefined } as unknown as Route;
    const { call } = apiWorld(issuer, { routes: [lost] });
    expect((await call('GET /v1/health', { as: 'admin' })).status).toBe(403);
    expect((await call('GET /v1/health')).status).toBe(401);
  });

  test('a route that changes something and leaves no trace cannot be declared', () => {
    const declare = () =>
      route({ name: 'POST /v1/cleanup', operationId: 'x', tag: 'x', summary: 'x' }, async () => undefined);
    expect(declare).toThrow('it changes something and has no audit');
  });
});

describe.each(routes.map((each) => [each.name, each] as const))('%s', (_, each) => {
  const name = nameOf(each);

  test('opens to its role and those above it, and to nobody else', async () => {
    for (const role of roles) {
      const { status, json } = await world.call(name, { as: role });
      if (each.access === 'public' || holds(role, each.access)) expect(refused, role).not.toContain(status);
      else expect([status, json.code], role).toEqual([403, 'FORBIDDEN']);
    }
    const { status } = await world.call(name, { token: await world.tokenOf(undefined) });
    if (each.access !== 'public') expect(status).toBe(403);
  });

  test('takes no token that does not hold', async () => {
    if (each.access === 'public') return;
    for (const [what, token] of Object.entries(await badTokens())) {
      const { status, json, headers } = await world.call(name, { token });
      expect([what, status, json?.code]).toEqual([what, 401, 'UNAUTHENTICATED']);
      expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
    expect((await world.call(name)).status).toBe(401);
    const basic = await world.call(name, { headers: { authorization: 'Basic YWRhOmFkYQ==' } });
    expect(basic.status).toBe(401);
  });

  test('refuses a field that it does not know', async () => {
    const query = await world.call(`${name}?nonsense=1`, { as: 'admin' });
    expect([query.status, query.json.errors?.[0].allowed]).toEqual([
      400,
      expect.stringContaining('nonsense'),
    ]);
    if (each.method === 'GET') return;
    const { status, json } = await world.call(name, { as: 'admin', body: { nonsense: 1 } });
    expect([status, json.code]).toEqual([400, 'INVALID_INPUT']);
  });
});

let made: Promise<Readonly<Record<string, string>>> | undefined;
function badTokens() {
  made ??= makeBadTokens();
  return made;
}

async function makeBadTokens(): Promise<Readonly<Record<string, string>>> {
  const now = Math.floor(Date.now() / 1000);
  const admin = { 'cognito:groups': ['holdfast-admin'] };
  const good = await issuer.token(admin);
  const [header, payload, signature] = good.split('.') as [string, string, string];
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  return {
    empty: 'x',
    malformed: 'a.b.c',
    'another payload': `${header}.${encoded({ ...claims, sub: 'else' })}.${signature}`,
    'no signature': `${header}.${payload}.`,
    expired: await issuer.token({ ...admin, exp: now - 61 }),
    'not yet valid': await issuer.token({ ...admin, nbf: now + 120 }),
    'no expiry': await issuer.token(admin, { without: ['exp'] }),
    'no subject': await issuer.token(admin, { without: ['sub'] }),
    'wrong issuer': await issuer.token({ ...admin, iss: `${issuer.url}/` }),
    'wrong client': await issuer.token({ ...admin, client_id: 'client-2' }),
    'no client': await issuer.token(admin, { without: ['client_id'] }),
    'an audience only': await issuer.token({ ...admin, aud: clientId }, { without: ['client_id'] }),
    'alg none': `${encoded({ alg: 'none' })}.${payload}.`,
    'alg none with the signature': `${encoded({ alg: 'none', kid: 'one' })}.${payload}.${signature}`,
    'HS256 by the public key': await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: 'one' })
      .sign(createSecretKey(Buffer.from(issuer.rsaPublicPem))),
    'an ID token': await issuer.token({ ...admin, token_use: 'id', aud: clientId }),
    'no use': await issuer.token(admin, { without: ['token_use'] }),
    'another type': await issuer.token(admin, { typ: 'logout+jwt' }),
    'unknown key id': await issuer.token(admin, { key: 'unpublished', kid: 'three' }),
    'another key under a known id': await issuer.token(admin, { key: 'unpublished', kid: 'one' }),
    'far too long': `${header}.${payload}${'A'.repeat(20_000)}.${signature}`,
  };
}
