/** Reading over connections that break, stall or lie. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  attributes,
  bytesOf,
  chunks,
  type FaultyVault,
  faultyVault,
  longBody,
  on,
  sha256,
} from './faulty-vault.ts';

const key = 'plans/shop/b/a01/db/0001-orders.0001';
const body = longBody();

async function stored(fault: Parameters<typeof faultyVault>[0]): Promise<FaultyVault> {
  const faulty = await faultyVault(fault);
  await faulty.vault.write(key, chunks(body), attributes);
  return faulty;
}

test.each(['reset', 'stall'] as const)(
  'a download that is cut (%s) goes on where it stopped',
  async (then) => {
    const ranges: unknown[] = [];
    await using faulty = await stored((request) => {
      if (request.operation !== 'GetObject') return undefined;
      ranges.push(request.headers.range);
      return request.repeat < 3 ? { kind: 'cut', afterBytes: 200_000, then } : undefined;
    });
    expect(sha256(await bytesOf(await faulty.vault.read(key)))).toBe(sha256(body));
    expect(ranges[0]).toBeUndefined();
    expect(ranges).toHaveLength(4);
    expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-$/);
  },
);

test('a download that is cut each time gives up with an error, not with a short stream', async () => {
  await using faulty = await stored(({ operation, repeat }) =>
    operation === 'GetObject' ? { kind: 'cut', afterBytes: repeat === 0 ? 300_000 : 0 } : undefined,
  );
  const stream = await faulty.vault.read(key);
  await expect(bytesOf(stream)).rejects.toMatchObject({
    code: 'VAULT_UNAVAILABLE',
    message: expect.stringMatching(/broke at byte \d+ of \d+/),
  });
  expect(faulty.standIn.requests.GetObject).toBe(6);
}, 30_000);

describe('a connection that breaks again and again', () => {
  // The pauses between the tries are drawn by lot.
  beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
  afterEach(() => void vi.restoreAllMocks());
  const long = randomBytes(110 * 20_000);
  const broken = async (afterBytes: number) => {
    const faulty = await faultyVault(on('GetObject', { kind: 'cut', afterBytes }));
    await faulty.vault.write(key, chunks(long), attributes);
    return faulty;
  };

  test('is resumed as often as it takes while each brings enough', async () => {
    await using faulty = await broken(20_000);
    expect(sha256(await bytesOf(await faulty.vault.read(key)))).toBe(sha256(long));
    expect(faulty.standIn.requests.GetObject).toBe(110);
  }, 30_000);

  test('is given up when each brings next to nothing', async () => {
    await using faulty = await broken(1_000);
    await expect(bytesOf(await faulty.vault.read(key))).rejects.toMatchObject({
      code: 'VAULT_UNAVAILABLE',
      message: expect.stringMatching(/broke at byte 10\d000 of 2200000, 10\d times in all/),
    });
  }, 30_000);
});

test('a consumer that is slow is not mistaken for a stalled connection', async () => {
  await using faulty = await stored(() => undefined);
  // More than what is read ahead, so that the connection really has to wait.
  const big = randomBytes(6 * 1024 * 1024);
  await faulty.vault.write('big', chunks(big), attributes);
  const stream = await faulty.vault.read('big');
  let length = 0;
  for await (const chunk of stream) {
    if (length === 0) await sleep(900);
    length += (chunk as Buffer).length;
  }
  expect(length).toBe(big.length);
  expect(faulty.standIn.requests.GetObject).toBe(1);
});

test('an object that has another length after reconnecting is INTEGRITY_LENGTH', async () => {
  await using faulty = await stored(({ operation, repeat }) => {
    if (operation !== 'GetObject') return undefined;
    return repeat === 0
      ? { kind: 'cut', afterBytes: 100_000 }
      : { kind: 'serve', bytes: randomBytes(body.length + 5) };
  });
  await expect(bytesOf(await faulty.vault.read(key))).rejects.toMatchObject({
    code: 'INTEGRITY_LENGTH',
    message: expect.stringContaining(`is ${body.length + 5} after reconnecting`),
  });
});

test('a reconnection that does not honour the range is an error, not bytes twice', async () => {
  await using faulty = await stored(({ operation, repeat }) => {
    if (operation !== 'GetObject') return undefined;
    if (repeat === 0) return { kind: 'cut', afterBytes: 100_000 };
    return { kind: 'rewrite', headers: { range: undefined } };
  });
  await expect(bytesOf(await faulty.vault.read(key))).rejects.toMatchObject({
    code: 'VAULT_UNAVAILABLE',
    message: expect.stringContaining('did not answer with bytes from'),
  });
});

test('a resumed download asks for the version that it began with', async () => {
  const urls: string[] = [];
  await using faulty = await stored(on('GetObject', { kind: 'cut', afterBytes: 100_000 }, { times: 1 }));
  faulty.client.middlewareStack.add(
    (next) => (args) => {
      const { query } = args.request as { query: Record<string, string> };
      if ((args.request as { method: string }).method === 'GET') urls.push(query.versionId ?? 'none');
      return next(args);
    },
    { step: 'build' },
  );
  await bytesOf(await faulty.vault.read(key));
  expect(urls).toEqual(['none', faulty.standIn.objects.get(key)?.versionId]);
});

test('503 on opening is tried again; a refusal is VAULT_REFUSED at once', async () => {
  {
    const busy = { kind: 'refuse', status: 503, code: 'SlowDown' } as const;
    await using faulty = await stored(on('GetObject', busy, { times: 1 }));
    expect((await bytesOf(await faulty.vault.read(key))).length).toBe(body.length);
  }
  await using faulty = await stored(on('GetObject', { kind: 'refuse', status: 403, code: 'AccessDenied' }));
  await expect(faulty.vault.read(key)).rejects.toMatchObject({
    code: 'VAULT_REFUSED',
    message: expect.stringContaining('s3:GetObject'),
  });
  expect(faulty.standIn.requests.GetObject).toBe(1);
});

test('a consumer that stops closes the connection, also when it never began', async () => {
  await using faulty = await stored(() => undefined);
  const big = randomBytes(30 * 1024 * 1024);
  await faulty.vault.write('big', chunks(big), attributes);
  faulty.client.destroy();
  const read = await faulty.vault.read('big');
  expect(await faulty.standIn.connections()).toBeGreaterThan(0);
  for await (const _ of read) break;
  const never = await faulty.vault.read('big');
  never.destroy();
  await expect.poll(() => faulty.standIn.connections(), { timeout: 2_000 }).toBe(0);
});

test('a listing that fails is an error, never an empty list', async () => {
  await using faulty = await stored(
    on('ListObjectsV2', { kind: 'refuse', status: 500, code: 'InternalError' }),
  );
  const list = faulty.vault.list('plans/')[Symbol.asyncIterator]();
  await expect(list.next()).rejects.toMatchObject({ code: 'VAULT_UNAVAILABLE' });
});

test('head that is refused is an error, never "not there"', async () => {
  let refuse = false;
  await using faulty = await stored(({ operation }) =>
    refuse && operation === 'HeadObject' ? { kind: 'refuse', status: 403, code: 'AccessDenied' } : undefined,
  );
  refuse = true;
  await expect(faulty.vault.head(key)).rejects.toMatchObject({ code: 'VAULT_REFUSED' });
});
