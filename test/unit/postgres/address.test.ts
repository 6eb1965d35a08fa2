import { describe, expect, it } from 'vitest';
import { forbiddenReason, resolveHost } from '../../../adapters/postgres/address.ts';

const remote = { allowLoopback: false };

describe('the address of a source', () => {
  it.each([
    ['169.254.169.254', 'link-local'],
    ['169.254.170.2', 'link-local'],
    ['fe80::1', 'link-local'],
    ['fd00:ec2::254', 'metadata'],
    ['FD00:0EC2:0:0:0:0:0:0254', 'metadata'],
    ['168.63.129.16', 'metadata'],
    ['100.100.100.200', 'metadata'],
    ['::ffff:169.254.169.254', 'link-local'],
    ['64:ff9b::a9fe:a9fe', 'link-local'],
    ['2002:a9fe:a9fe::1', 'link-local'],
    ['::ffff:0:169.254.169.254', 'link-local'],
    ['::a9fe:a9fe', 'link-local'],
    ['::7f00:1', 'loopback'],
    ['2001:0:a9fe:a9fe::1', 'tunnelled'],
    ['0.0.0.0', 'unspecified'],
    ['::', 'unspecified'],
    ['224.0.0.1', 'multicast'],
    ['ff02::1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['127.0.0.1', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
  ])('is refused when it is %s', (address, reason) => {
    expect(forbiddenReason(address, remote)).toBe(reason);
  });

  it.each([
    '10.0.0.5',
    '172.31.1.1',
    '192.168.1.1',
    '100.64.0.1',
    '52.1.2.3',
    'fd12:3456::1',
    '2600:1f18::1',
  ])('is accepted when it is %s', (address) => {
    expect(forbiddenReason(address, remote)).toBeUndefined();
  });

  it('may be loopback in the local mode only', () => {
    expect(forbiddenReason('127.0.0.1', { allowLoopback: true })).toBeUndefined();
    expect(forbiddenReason('169.254.169.254', { allowLoopback: true })).toBe('link-local');
  });

  it('is refused when any answer of the resolver is forbidden, not only the first', async () => {
    const lookup = async () => ['52.1.2.3', '169.254.169.254'];
    await expect(resolveHost('db.example.org', { ...remote, lookup })).rejects.toMatchObject({
      code: 'HOST_FORBIDDEN',
    });
  });

  it.each(['2852039166', '0xa9fea9fe'])(
    'is resolved and checked when it is written as a number: %s',
    async (host) => {
      const lookup = async () => ['169.254.169.254'];
      await expect(resolveHost(host, { ...remote, lookup })).rejects.toMatchObject({
        code: 'HOST_FORBIDDEN',
      });
    },
  );

  it('is unreachable when the name does not resolve', async () => {
    const lookup = async () => Promise.reject(new Error('getaddrinfo ENOTFOUND'));
    await expect(resolveHost('nowhere.example', { ...remote, lookup })).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
    });
    await expect(resolveHost('nowhere.example', { ...remote, lookup: async () => [] })).rejects.toMatchObject(
      {
        code: 'SOURCE_UNREACHABLE',
      },
    );
  });
});
