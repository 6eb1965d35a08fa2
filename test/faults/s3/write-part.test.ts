/** What happens to a write when its parts, its source or its caller fail. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { sharedPool } from '../../../adapters/s3/buffers.ts';
import { s3Vault } from '../../../adapters/s3/vault.ts';
import {
  attributes,
  bytesOf,
  chunks,
  expectNothingLeft,
  faultyVault,
  longBody,
  on,
  PART,
  sha256,
  stalling,
} from './faulty-vault.ts';

const key = 'plans/shop/b/a01/db/0001-orders.0001';

test('a part that S3 refuses fails the write, names the action, and nothing is left', async () => {
  await using faulty = await faultyVault(
    on('UploadPart', { kind: 'refuse', status: 403, code: 'AccessDenied' }),
  );
  const write = faulty.vault.write(key, chunks(longBody()), attributes);
  await expect(write).rejects.toMatchObject({
    code: 'VAULT_REFUSED',
    message: expect.stringMatching(/s3:PutObject \(UploadPart\).*AccessDenied/),
  });
  expectNothingLeft(faulty);
});

test('a part refused before its body was read fails the write, and nothing is left', async () => {
  const refusal = { kind: 'refuse-early', status: 403, code: 'AccessDenied' } as const;
  await using faulty = await faultyVault(on('UploadPart', refusal, { partNumber: 2 }));
  const write = faulty.vault.write(key, chunks(longBody()), attributes);
  await expect(write).rejects.toMatchObject({ code: expect.stringMatching(/^VAULT_(REFUSED|UNAVAILABLE)$/) });
  expectNothingLeft(faulty);
});

test('a part that fails ends the write even while the source stalls, and the source is closed', async () => {
  const refusal = { kind: 'refuse', status: 403, code: 'AccessDenied' } as const;
  await using faulty = await faultyVault(on('UploadPart', refusal, { partNumber: 2 }));
  const source = stalling(longBody());
  await expect(faulty.vault.write(key, source, attributes)).rejects.toMatchObject({ code: 'VAULT_REFUSED' });
  await source.closed;
  expectNothingLeft(faulty);
}, 5_000);

test('a part that stalls once is sent again and the object is whole', async () => {
  await using faulty = await faultyVault(on('UploadPart', { kind: 'stall' }, { partNumber: 2, times: 1 }));
  const body = longBody();
  await faulty.vault.write(key, chunks(body), attributes);
  expect(sha256(await bytesOf(await faulty.vault.read(key)))).toBe(sha256(body));
  expect(faulty.vault.counters.retries).toBe(1);
});

test('a part that stalls each time ends the write in bounded time, while the source stalls too', async () => {
  await using faulty = await faultyVault(on('UploadPart', { kind: 'stall' }, { partNumber: 3 }));
  const source = stalling(longBody());
  const write = faulty.vault.write(key, source, attributes);
  await expect(write).rejects.toMatchObject({
    code: 'VAULT_UNAVAILABLE',
    message: expect.stringContaining('after 3 attempts'),
  });
  await source.closed;
  expectNothingLeft(faulty);
}, 10_000);

test('a connection reset once is tried again and the object is whole', async () => {
  await using faulty = await faultyVault(on('UploadPart', { kind: 'reset' }, { times: 1 }));
  const body = longBody();
  const written = await faulty.vault.write(key, chunks(body), attributes);
  expect(written).toMatchObject({ lengthBytes: body.length, sha256: sha256(body) });
  expect(sha256(await bytesOf(await faulty.vault.read(key)))).toBe(sha256(body));
  expect(faulty.vault.counters.retries).toBe(5);
});

test('a connection that is always reset fails the write, and nothing is left', async () => {
  await using faulty = await faultyVault(on('UploadPart', { kind: 'reset' }, { partNumber: 4 }));
  const write = faulty.vault.write(key, chunks(longBody()), attributes);
  await expect(write).rejects.toMatchObject({ code: 'VAULT_UNAVAILABLE', retryable: true });
  expectNothingLeft(faulty);
});

test('503 SlowDown bursts are tried again, counted, and the object is whole', async () => {
  await using faulty = await faultyVault((request) =>
    request.repeat < 2 &&
    ['UploadPart', 'CreateMultipartUpload', 'CompleteMultipartUpload'].includes(request.operation)
      ? { kind: 'refuse', status: 503, code: 'SlowDown' }
      : undefined,
  );
  const body = longBody();
  await faulty.vault.write(key, chunks(body), attributes);
  expect(sha256(await bytesOf(await faulty.vault.read(key)))).toBe(sha256(body));
  expect(faulty.vault.counters.retries).toBe(2 * 7);
}, 30_000);

test('503 SlowDown without end fails the write after the stated number of attempts', async () => {
  await using faulty = await faultyVault(on('PutObject', { kind: 'refuse', status: 503, code: 'SlowDown' }));
  const write = faulty.vault.write(key, [Buffer.from('small')], attributes);
  await expect(write).rejects.toMatchObject({ code: 'VAULT_UNAVAILABLE' });
  expect(faulty.standIn.requests.PutObject).toBe(3);
  expectNothingLeft(faulty);
}, 30_000);

test('bytes that arrive altered are refused by the store, and nothing is left', async () => {
  const altered = { 'x-amz-checksum-sha256': Buffer.alloc(32).toString('base64') };
  await using faulty = await faultyVault(
    on('UploadPart', { kind: 'rewrite', headers: altered }, { partNumber: 2 }),
  );
  const write = faulty.vault.write(key, chunks(longBody()), attributes);
  await expect(write).rejects.toMatchObject({ message: expect.stringContaining('BadDigest') });
  expectNothingLeft(faulty);
});

test('a source that throws in the middle is the error, and nothing is left', async () => {
  await using faulty = await faultyVault(() => undefined);
  const broken = new Error('pg_dump ended with 1');
  async function* body() {
    yield* chunks(longBody());
    throw broken;
  }
  await expect(faulty.vault.write(key, body(), attributes)).rejects.toBe(broken);
  expect(faulty.standIn.requests.CreateMultipartUpload).toBe(1);
  expectNothingLeft(faulty);
});

test('an abort while a part stalls ends the write at once with its reason, and nothing is left', async () => {
  await using faulty = await faultyVault(on('UploadPart', { kind: 'stall' }));
  const abort = new AbortController();
  const reason = new Error('deadline');
  const source = stalling(longBody());
  const write = faulty.vault.write(key, source, attributes, { signal: abort.signal });
  write.catch(() => {});
  await sleep(150);
  const at = performance.now();
  abort.abort(reason);
  await expect(write).rejects.toBe(reason);
  expect(performance.now() - at).toBeLessThan(300);
  await source.closed;
  expectNothingLeft(faulty);
});

test('an abort during the pause between two attempts ends the write at once', async () => {
  await using faulty = await faultyVault(on('PutObject', { kind: 'refuse', status: 503, code: 'SlowDown' }));
  const signal = AbortSignal.timeout(50);
  const write = faulty.vault.write(key, [Buffer.from('small')], attributes, { signal });
  await expect(write).rejects.toMatchObject({ name: 'TimeoutError' });
  expectNothingLeft(faulty);
});

test('an empty body is refused before S3 hears of it', async () => {
  await using faulty = await faultyVault(() => undefined);
  await expect(faulty.vault.write(key, [], attributes)).rejects.toMatchObject({ code: 'DUMP_EMPTY' });
  expect(faulty.standIn.requests).toEqual({});
});

test('an abort of the upload that fails does not hide why the write failed', async () => {
  await using faulty = await faultyVault((request) => {
    if (request.operation === 'AbortMultipartUpload')
      return { kind: 'refuse', status: 403, code: 'AccessDenied' };
    return request.partNumber === 2 ? { kind: 'refuse', status: 400, code: 'InvalidRequest' } : undefined;
  });
  const write = faulty.vault.write(key, chunks(longBody()), attributes);
  await expect(write).rejects.toMatchObject({ message: expect.stringContaining('InvalidRequest') });
});

test('every part buffer is given back, however writes end', async () => {
  const pool = sharedPool(PART);
  await using faulty = await faultyVault(on('UploadPart', { kind: 'reset' }, { partNumber: 3 }));
  const writes = Array.from({ length: 8 }, (_, index) =>
    faulty.vault.write(
      `${key}.${index}`,
      index % 2 ? chunks(longBody()) : [Buffer.from('small')],
      attributes,
    ),
  );
  await Promise.allSettled(writes);
  expect(pool.state.inUse).toBe(0);
});

test('a long object needs three buffers, whatever its length', async () => {
  await using faulty = await faultyVault(() => undefined);
  const partBytes = PART + 1;
  const vault = s3Vault({ client: faulty.client, bucket: 'vault', partBytes });
  async function* endless() {
    for (let count = 0; count < 60; count++) yield Buffer.alloc(partBytes);
  }
  await vault.write(key, endless(), attributes);
  expect(faulty.standIn.requests.UploadPart).toBe(60);
  expect(sharedPool(partBytes).state).toEqual({ inUse: 0, made: 3 });
});

test('writes that find no free buffer wait for one, and all come through', async () => {
  await using faulty = await faultyVault(() => undefined);
  const body = longBody();
  const partBytes = 40 * 1024 * 1024;
  const vault = s3Vault({ client: faulty.client, bucket: 'vault', partBytes });
  const keys = Array.from({ length: 12 }, (_, index) => `${key}.${index}`);
  await Promise.all(keys.map((name) => vault.write(name, chunks(body), attributes)));
  expect(faulty.standIn.objects.size).toBe(12);
  expect(sharedPool(partBytes).state).toEqual({ inUse: 0, made: 4 });
});

test('a part is signed with the hash it carries, and no other checksum is computed', async () => {
  const seen: Record<string, unknown>[] = [];
  await using faulty = await faultyVault(({ operation, headers }) => {
    if (operation === 'UploadPart' || operation === 'PutObject') seen.push(headers);
    return undefined;
  });
  let hashedBySigner = 0;
  faulty.client.middlewareStack.add(
    (next) => (args) => {
      const { headers, body } = args.request as { headers: Record<string, string>; body?: unknown };
      if (body instanceof Uint8Array && headers['x-amz-content-sha256'] === undefined) hashedBySigner += 1;
      return next(args);
    },
    // The last step before the signer.
    { step: 'build', priority: 'low' },
  );
  await faulty.vault.write(key, chunks(longBody()), attributes);
  await faulty.vault.write(`${key}.small`, [Buffer.from('small')], attributes);
  expect(hashedBySigner).toBe(0);
  expect(seen).toHaveLength(6);
  for (const headers of seen) {
    const given = Buffer.from(String(headers['x-amz-checksum-sha256']), 'base64').toString('hex');
    expect(headers['x-amz-content-sha256']).toBe(given);
    const others = Object.keys(headers).filter((name) => /checksum|content-md5|trailer|expect/.test(name));
    expect(others).toEqual(['x-amz-checksum-sha256']);
  }
});
