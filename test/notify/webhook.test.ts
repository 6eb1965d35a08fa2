/** Channels against a real server: one that fails, is slow, redirects, asks for patience, or is not to be contacted. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { webhookChannels } from '../../adapters/http/webhook.ts';
import { fastClock } from '../../adapters/memory/clock.ts';
import { memorySecrets } from '../../adapters/memory/secrets.ts';
import { alertNotice } from '../../core/notify/alert-notice.ts';
import { failed } from '../unit/notify/world.ts';

const notice = alertNotice(failed, {
  id: 'n-1',
  planIds: ['shop'],
  reason: 'Plan shop names this channel.',
  stackName: 'Holdfast',
});
const signingKey = 'correct horse battery staple';
let server: Server;
let base: string;
const seen: { readonly path: string; readonly headers: IncomingMessage['headers']; readonly body: string }[] =
  [];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url ?? '';
    seen.push({ path, headers: request.headers, body: Buffer.concat(chunks).toString() });
    const times = seen.filter((each) => each.path === path).length;
    if (path === '/slow') return;
    if (path === '/hangs-up') request.socket.destroy();
    else if (path === '/moved') response.writeHead(307, { location: `${base}/other` }).end();
    else if (path === '/flaky' && times <= 3) response.writeHead(503).end();
    else if (path === '/busy' && times === 1) response.writeHead(429, { 'retry-after': '0.5' }).end();
    else if (path === '/never') response.writeHead(429, { 'retry-after': '3600' }).end();
    else if (path === '/broken') response.writeHead(500).end('a secret answer');
    else if (path === '/gone') response.writeHead(404).end();
    else response.writeHead(200).end('ok');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  seen.length = 0;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function channelTo(
  url: string,
  options: { kind?: string; allowLoopback?: boolean; lookup?: () => Promise<string[]> } = {},
) {
  const { kind = 'webhook', allowLoopback = true, lookup } = options;
  const secrets = memorySecrets({ 'holdfast/channels/ops': JSON.stringify({ kind, url, signingKey }) });
  const channels = webhookChannels({
    secrets,
    clock: fastClock(100),
    allowLoopback,
    secretPrefix: 'holdfast/channels/',
    timeoutMilliseconds: 300,
    ...(lookup && { lookup }),
  });
  return (secret = 'holdfast/channels/ops') => channels.send({ name: 'ops', secret }, notice);
}

test('each kind gets what it takes, once', async () => {
  for (const kind of ['webhook', 'slack', 'discord']) await channelTo(`${base}/${kind}`, { kind })();
  const bodies = seen.map(({ body }) => Object.keys(JSON.parse(body)));
  expect(bodies).toEqual([
    expect.arrayContaining(['format', 'version', 'id', 'kind']),
    ['text', 'blocks'],
    ['content', 'embeds', 'allowed_mentions'],
  ]);
  expect(seen[0]?.headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'holdfast',
  });
});

describe('is repeated, and then it is well', () => {
  test.each([
    ['/flaky', 4],
    ['/busy', 2],
  ])('%s', async (path, times) => {
    await channelTo(`${base}${path}`)();
    expect(seen).toHaveLength(times);
    const signatures = new Set(seen.map(({ headers }) => headers['holdfast-signature']));
    // Four attempts with a clock that runs a hundred times as fast are seconds apart: each is signed anew.
    expect(signatures.size).toBeGreaterThan(times === 4 ? 1 : 0);
    expect(new Set(seen.map(({ body }) => body)).size).toBe(1);
  });
});

describe('fails, after so many attempts, and names the host alone', () => {
  const table: [string, number, string][] = [
    ['/broken', 4, 'answered 500 at the 4. attempt'],
    ['/slow', 4, 'did not answer in 300 ms'],
    ['/hangs-up', 4, 'socket hang up'],
    ['/gone', 1, 'answered 404'],
    ['/moved', 1, 'answered 307, a redirect, which is not followed'],
    ['/never', 1, 'answered 429'],
  ];
  test.each(table)('%s', async (path, times, said) => {
    const failure = await channelTo(`${base}${path}`)().catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: 'NOTIFY_FAILED', message: expect.stringContaining(said) });
    const { message } = failure as Error;
    for (const secret of [path, signingKey, 'a secret answer']) expect(message).not.toContain(secret);
    expect(seen.map((each) => each.path)).toEqual(Array(times).fill(path));
  });
});

describe('is not contacted at all', () => {
  test.each([
    'http://127.0.0.1:1/x',
    'https://169.254.169.254/latest',
    'https://[fd00:ec2::254]/',
    'https://10.0.0.1/',
    'https://localhost/',
  ])('%s', async (url) => {
    const failure = await channelTo(url, { allowLoopback: false })().catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: url.startsWith('http:') ? 'NOTIFY_FAILED' : 'HOST_FORBIDDEN' });
  });
  test('a name of which one address is private', async () => {
    const lookup = async () => ['93.184.215.14', '192.168.1.1'];
    const send = channelTo('https://hooks.example.org/x', { allowLoopback: false, lookup });
    await expect(send()).rejects.toMatchObject({ code: 'HOST_FORBIDDEN' });
  });
  test('a secret that is not one of channels is not even read', async () => {
    await expect(channelTo(`${base}/x`)('holdfast/sources/shop')).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
    });
    const arn = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:holdfast/sources/shop-AbCdEf';
    await expect(channelTo(`${base}/x`)(arn)).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    expect(seen).toEqual([]);
  });
});

test('the connection goes to the address that was checked, whatever the name means a moment later', async () => {
  let asked = 0;
  const lookup = async () => {
    asked += 1;
    return ['127.0.0.1'];
  };
  await channelTo(`http://hooks.invalid:${new URL(base).port}/pinned`, { lookup })();
  expect([asked, seen[0]?.headers.host]).toEqual([1, `hooks.invalid:${new URL(base).port}`]);
});

test('who knows the key can check that it came from here: the recipe of the documentation works', async () => {
  const { readFileSync } = await import('node:fs');
  const page = readFileSync(new URL('../../docs/notifications.md', import.meta.url), 'utf8');
  const recipe = /```js check\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const isFromHoldfast = await loaded(recipe);
  await channelTo(`${base}/signed`)();
  const [{ body, headers } = { body: '', headers: {} as IncomingMessage['headers'] }] = seen;
  const header = String(headers['holdfast-signature']);
  const at = Number(/t=(\d+)/.exec(header)?.[1]) * 1000;
  expect(isFromHoldfast(body, header, signingKey, at)).toBe(true);
  expect(isFromHoldfast(`${body} `, header, signingKey, at)).toBe(false);
  expect(isFromHoldfast(body, header, 'another key of 16', at)).toBe(false);
  expect(isFromHoldfast(body, header.replace(/v1=.*/, 'v1='), signingKey, at)).toBe(false);
  expect(isFromHoldfast(body, header, signingKey, at + 301_000)).toBe(false);
});

type Check = (body: string, header: string, key: string, now: number) => boolean;

async function loaded(recipe: string): Promise<Check> {
  const module = await import(`data:text/javascript,${encodeURIComponent(recipe)}`);
  return module.isFromHoldfast;
}
