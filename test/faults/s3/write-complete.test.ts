/** The moment when an object becomes visible, and everything that can be unclear about it. */
import { expect, test } from 'vitest';
import {
  attributes,
  bytesOf,
  chunks,
  expectNothingLeft,
  faultyVault,
  longBody,
  on,
  sha256,
} from './faulty-vault.ts';

const key = 'plans/shop/b/a01/db/0001-orders.0001';
const small = Buffer.from('a manifest');

test.each([
  ['as S3 sends it', ''],
  ['with a line end behind it', '\n'],
])('Complete answered 200 with an error body (%s) is no success, and nothing is left', async (_, tail) => {
  await using faulty = await faultyVault(on('CompleteMultipartUpload', { kind: 'ok-with-error-body', tail }));
  const write = faulty.vault.write(key, chunks(longBody()), attributes);
  await expect(write).rejects.toMatchObject({ code: 'VAULT_UNAVAILABLE' });
  expectNothingLeft(faulty);
});

test('Complete answered 200 with an error body once, as S3 documents it, is tried again', async () => {
  await using faulty = await faultyVault(
    on('CompleteMultipartUpload', { kind: 'ok-with-error-body' }, { times: 1 }),
  );
  const body = longBody();
  await faulty.vault.write(key, chunks(body), attributes);
  expect(sha256(await bytesOf(await faulty.vault.read(key)))).toBe(sha256(body));
});

test.each([1, Number.POSITIVE_INFINITY])(
  'a lost reply to Complete (%s times) is a success when what is stored is what was sent',
  async (times) => {
    await using faulty = await faultyVault(on('CompleteMultipartUpload', { kind: 'lose-reply' }, { times }));
    const body = longBody();
    const written = await faulty.vault.write(key, chunks(body), attributes);
    expect(written.versionId).toBe(faulty.standIn.objects.get(key)?.versionId);
    expect(sha256(await bytesOf(await faulty.vault.read(key)))).toBe(sha256(body));
    expect(faulty.standIn.uploads.size).toBe(0);
  },
);

test.each([1, Number.POSITIVE_INFINITY])(
  'a lost reply to PutObject (%s times) is a success when what is stored is what was sent',
  async (times) => {
    await using faulty = await faultyVault(on('PutObject', { kind: 'lose-reply' }, { times }));
    const written = await faulty.vault.write(key, [small], attributes);
    expect(written.versionId).toBe(faulty.standIn.objects.get(key)?.versionId);
    expect(faulty.standIn.objects.get(key)?.lengthBytes).toBe(small.length);
  },
);

test('Complete that never reaches S3 fails the write, and nothing is left', async () => {
  await using faulty = await faultyVault(on('CompleteMultipartUpload', { kind: 'reset' }));
  const write = faulty.vault.write(key, chunks(longBody()), attributes);
  await expect(write).rejects.toMatchObject({ code: 'VAULT_UNAVAILABLE' });
  expectNothingLeft(faulty);
});

test.each([
  ['long', longBody],
  ['short', () => Buffer.from(String(Math.random()))],
])('a %s object that exists with the same content is that object', async (_, make) => {
  await using faulty = await faultyVault(() => undefined);
  const body = make();
  const first = await faulty.vault.write(key, chunks(body), attributes);
  expect(await faulty.vault.write(key, chunks(body), attributes)).toEqual(first);
  expect(faulty.standIn.uploads.size).toBe(0);
});

test.each([
  ['long', longBody],
  ['short', () => Buffer.from(String(Math.random()))],
])('a %s object that exists with other content is OBJECT_EXISTS, and stays', async (_, make) => {
  await using faulty = await faultyVault(() => undefined);
  const body = make();
  await faulty.vault.write(key, chunks(body), attributes);
  const write = faulty.vault.write(key, chunks(make()), attributes);
  await expect(write).rejects.toMatchObject({ code: 'OBJECT_EXISTS' });
  expect(sha256(await bytesOf(await faulty.vault.read(key)))).toBe(sha256(body));
  expect(faulty.standIn.uploads.size).toBe(0);
});

test('every write is conditional: If-None-Match on PutObject and on Complete', async () => {
  const conditions: unknown[] = [];
  await using faulty = await faultyVault(({ operation, headers }) => {
    if (['PutObject', 'CompleteMultipartUpload'].includes(operation))
      conditions.push(headers['if-none-match']);
    return undefined;
  });
  await faulty.vault.write('one', chunks(longBody()), attributes);
  await faulty.vault.write('two', [small], attributes);
  expect(conditions).toEqual(['*', '*']);
});

test.each(['PutObject', 'CompleteMultipartUpload'] as const)(
  'a 409 on %s is tried again, bounded',
  async (operation) => {
    const conflict = { kind: 'refuse', status: 409, code: 'ConditionalRequestConflict' } as const;
    const body = operation === 'PutObject' ? small : longBody();
    {
      await using faulty = await faultyVault(on(operation, conflict, { times: 2 }));
      await faulty.vault.write(key, chunks(body), attributes);
      expect(faulty.standIn.objects.get(key)?.lengthBytes).toBe(body.length);
    }
    await using faulty = await faultyVault(on(operation, conflict));
    await expect(faulty.vault.write(key, chunks(body), attributes)).rejects.toMatchObject({
      code: 'VAULT_UNAVAILABLE',
    });
    expect(faulty.standIn.requests[operation]).toBe(4);
    expectNothingLeft(faulty);
  },
);

test.each([
  ['PutObject', () => small],
  ['CompleteMultipartUpload', longBody],
] as const)('a refused %s is VAULT_REFUSED and nothing is left', async (operation, make) => {
  await using faulty = await faultyVault(
    on(operation, { kind: 'refuse', status: 403, code: 'AccessDenied' }),
  );
  const write = faulty.vault.write(key, chunks(make()), attributes);
  await expect(write).rejects.toMatchObject({
    code: 'VAULT_REFUSED',
    message: expect.stringContaining(operation),
  });
  expectNothingLeft(faulty);
});

test('what is stored shorter than what was sent is INTEGRITY_LENGTH', async () => {
  await using faulty = await faultyVault(({ operation }) => {
    // The object changes between its writing and the reading back.
    const object = faulty.standIn.objects.get(key);
    if (operation === 'HeadObject' && object) Object.assign(object, { lengthBytes: object.lengthBytes - 1 });
    return undefined;
  });
  const write = faulty.vault.write(key, [small], attributes);
  await expect(write).rejects.toMatchObject({ code: 'INTEGRITY_LENGTH' });
});

test('what is stored with another checksum is INTEGRITY_HASH', async () => {
  await using faulty = await faultyVault(({ operation }) => {
    const object = faulty.standIn.objects.get(key);
    if (operation === 'HeadObject' && object) Object.assign(object, { checksum: 'AAAA-5' });
    return undefined;
  });
  const write = faulty.vault.write(key, chunks(longBody()), attributes);
  await expect(write).rejects.toMatchObject({ code: 'INTEGRITY_HASH' });
});

test('a storage class that S3 did not apply is an error', async () => {
  const headers = { 'x-amz-storage-class': undefined };
  await using faulty = await faultyVault(on('PutObject', { kind: 'rewrite', headers }));
  const write = faulty.vault.write(key, [small], { ...attributes, storageClass: 'GLACIER_IR' });
  await expect(write).rejects.toMatchObject({
    code: 'VAULT_UNSUITABLE',
    message: expect.stringContaining('STANDARD'),
  });
});

const forgetful = {
  kind: 'rewrite',
  headers: {
    'x-amz-tagging': undefined,
    'x-amz-object-lock-mode': undefined,
    'x-amz-object-lock-retain-until-date': undefined,
  },
} as const;
const locked = { ...attributes, lockUntil: '2099-01-01T00:00:00.000Z' };

test('tags and lock that the store forgot are set afterwards', async () => {
  await using faulty = await faultyVault(on('CreateMultipartUpload', forgetful), { lock: true });
  await faulty.vault.write(key, chunks(longBody()), locked);
  const state = await faulty.vault.head(key);
  expect(state?.tags).toEqual({ role: 'segment', tier: 'daily', plan: 'shop' });
  expect(state?.lock).toEqual({ mode: 'GOVERNANCE', until: locked.lockUntil });
});

test('a store that keeps them is not written to again', async () => {
  await using faulty = await faultyVault(() => undefined, { lock: true });
  await faulty.vault.write(key, chunks(longBody()), locked);
  await faulty.vault.write(`${key}.small`, [small], locked);
  const { PutObjectTagging, PutObjectRetention, HeadObject, GetObjectTagging } = faulty.standIn.requests;
  expect({ PutObjectTagging, PutObjectRetention, HeadObject, GetObjectTagging }).toEqual({
    PutObjectTagging: undefined,
    PutObjectRetention: undefined,
    HeadObject: 2,
    GetObjectTagging: 2,
  });
});

test('tags and lock that do not stay are an error that names them', async () => {
  await using faulty = await faultyVault(
    ({ operation }) => {
      if (operation === 'PutObject') return forgetful;
      const object = faulty.standIn.objects.get(key);
      if (operation === 'HeadObject' && object) Object.assign(object, { tags: {}, lock: undefined });
      return undefined;
    },
    { lock: true },
  );
  const write = faulty.vault.write(key, [small], locked);
  await expect(write).rejects.toMatchObject({
    code: 'VAULT_UNSUITABLE',
    message: expect.stringMatching(/tags .* and lock GOVERNANCE/),
  });
});
