/** Where a dead-man URL may lead, and what is said when it does not answer. A real server answers. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forbiddenReason } from '../../../adapters/addresses.ts';
import { httpPinger } from '../../../adapters/http/pinger.ts';

let server: Server;
let base: string;
const seen: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.host}`);
    if (request.url === '/slow') return;
    if (request.url === '/moved') response.writeHead(302, { location: `${base}/other` }).end();
    else response.writeHead(request.url === '/broken' ? 500 : 200).end('OK');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const local = (timeoutMilliseconds = 5_000) => httpPinger({ allowLoopback: true, timeoutMilliseconds });

test('a URL is asked for once, with its path and its host', async () => {
  await local().ping(`${base}/uuid`);
  expect(seen).toEqual([`GET /uuid ${new URL(base).host}`]);
});

describe('what is not an answer', () => {
  const table: [string, string, string][] = [
    ['an error', '/broken', 'answered 500'],
    ['a redirect, which is not followed', '/moved', 'answered 302'],
    ['silence', '/slow', 'did not answer in 300 ms'],
  ];
  test.each(table)('%s is PING_FAILED, and the path is not named', async (_, path, said) => {
    const failure = await local(300)
      .ping(`${base}${path}`)
      .catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: 'PING_FAILED', message: expect.stringContaining(said) });
    expect(String((failure as Error).message)).not.toContain(path);
  });
  test('a closed port is PING_FAILED', async () => {
    await expect(local().ping('http://127.0.0.1:1/uuid')).rejects.toMatchObject({ code: 'PING_FAILED' });
  });
  test('nothing was asked for behind the redirect', () => {
    expect(seen.some((line) => line.includes('/other'))).toBe(false);
  });
});

describe('where it must not lead', () => {
  const forbidden = [
    '127.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '169.254.169.254',
    '[fd00:ec2::254]',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '0.0.0.0',
    '2130706433',
    '0x7f.1',
    '[64:ff9b::a9fe:a9fe]',
    '[fc00::1]',
    '[::ffff:0:169.254.169.254]',
    '[::a9fe:a9fe]',
    '[fec0::1]',
    '[2001:0:53aa:64c::1]',
    '[2001:db8::1]',
    '[2002:5db8:d822::1]',
    '[64:ff9b::5db8:d822]',
    '[64:ff9b:1::a9fe:a9fe]',
    '[4000::1]',
    'localhost',
  ];
  test.each(forbidden)('%s', async (host) => {
    const ping = httpPinger({ allowLoopback: false }).ping(`https://${host}/uuid`);
    await expect(ping).rejects.toMatchObject({ code: 'HOST_FORBIDDEN' });
  });

  test('the open internet, over IPv4 and IPv6, is no such place', () => {
    for (const address of ['93.184.215.14', '2606:2800:21f:cb07::1', '2a01:4f8::1'])
      expect(forbiddenReason(address, { allowLoopback: false, allowPrivate: false })).toBeUndefined();
  });

  test('a name of which one address of several is forbidden', async () => {
    const lookup = async () => ['203.0.113.1', '10.0.0.1'];
    const ping = httpPinger({ allowLoopback: false, lookup }).ping('https://ping.example.org/uuid');
    await expect(ping).rejects.toMatchObject({ code: 'HOST_FORBIDDEN' });
  });

  test('plain HTTP, other schemes and URLs with a password', async () => {
    for (const url of ['http://ping.example.org/', 'file:///etc/passwd', 'https://a:b@ping.example.org/']) {
      await expect(httpPinger({ allowLoopback: false }).ping(url)).rejects.toMatchObject({
        code: 'PING_FAILED',
      });
    }
  });
});

test('the connection goes to the address that was checked, whatever the name means a moment later', async () => {
  let asked = 0;
  const lookup = async () => {
    asked += 1;
    return ['127.0.0.1'];
  };
  const port = new URL(base).port;
  await httpPinger({ allowLoopback: true, lookup }).ping(`http://ping.invalid:${port}/pinned`);
  expect(asked).toBe(1);
  expect(seen.at(-1)).toBe(`GET /pinned ping.invalid:${port}`);
});
