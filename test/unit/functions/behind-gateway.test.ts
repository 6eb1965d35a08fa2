/** Events as the gateway sends them: whatever they hold, the API answers, in its own words. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { behindGateway } from '../../../functions/behind-gateway.ts';
import { type ApiWorld, apiWorld, type Issuer, startIssuer } from '../../support/api-world.ts';

let issuer: Issuer;
let world: ApiWorld;
let token: string;
beforeAll(async () => {
  issuer = await startIssuer();
  world = apiWorld(issuer);
  token = await world.tokenOf('admin');
});
afterAll(() => issuer.close());

interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly query?: string;
}

async function send(name: string, { headers, body, query = '' }: Sent = {}) {
  const [method = '', rawPath = ''] = name.split(' ');
  const http = { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.7', userAgent: 'test' };
  const event = {
    ...{ version: '2.0', routeKey: '$default', rawPath, rawQueryString: query, isBase64Encoded: false },
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    requestContext: { domainName: 'api.example.org', requestId: 'gateway-1', http },
    ...(body !== undefined && { body }),
  } as unknown as APIGatewayProxyEventV2;
  const { statusCode, headers: given = {}, body: text = '' } = await behindGateway(world.api)(event);
  return { status: statusCode, headers: given, json: JSON.parse(text) };
}

test('a call has its address, its id at the gateway and its query', async () => {
  const { status, json } = await send('GET /v1/plans', { query: 'limit=0' });
  expect([status, json.errors[0].field]).toEqual([400, 'limit']);
  expect(world.log.lines.at(-1)?.fields).toMatchObject({ address: '192.0.2.7', requestId: 'gateway-1' });
});

test.each(['TRACE', 'CONNECT'])('%s, which no Request can be, is a method too many', async (method) => {
  const { status, headers, json } = await send(`${method} /v1/stats`);
  expect([status, headers.allow, json.code]).toEqual([405, 'GET', 'INVALID_INPUT']);
  expect(headers['x-correlation-id']).toMatch(/^api-/);
});

test('a GET with a body, which no Request can have, is answered without it', async () => {
  expect((await send('GET /v1/plans', { body: '{}' })).status).toBe(200);
});

describe('an Idempotency-Key', () => {
  const keys = { 'that is empty': '', 'that is blank': '  ', 'that is not ASCII': 'schlüssel-1' };
  test.each(Object.entries(keys))('%s is refused, not overlooked', async (_, key) => {
    const { status, json } = await send('POST /v1/cleanup', {
      headers: { 'idempotency-key': key },
      body: '{}',
    });
    expect([status, json.errors?.[0].field]).toEqual([400, 'Idempotency-Key']);
  });

  test('that is one is taken', async () => {
    const headers = { 'idempotency-key': 'key-0001' };
    expect((await send('POST /v1/cleanup', { headers, body: '{}' })).status).toBe(202);
  });
});
