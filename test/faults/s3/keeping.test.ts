/** Marking, unmarking and bringing back, when S3 refuses, changes in between, or shows what must not be touched. */
import { describe, expect, test } from 'vitest';
import { attributes, faultyVault, on } from './faulty-vault.ts';

const key = 'plans/shop/b/a01/db/0001-orders.0001';
const body = Buffer.from('sealed');
const refusal = { kind: 'refuse', status: 403, code: 'AccessDenied' } as const;

test('a mark is set on the version whose tags were read, even if another one is current by then', async () => {
  const asked: (string | null)[] = [];
  await using faulty = await faultyVault(({ operation, query }) => {
    if (operation === 'PutObjectTagging') asked.push(query.get('versionId'));
    return undefined;
  });
  const { versionId } = await faulty.vault.write(key, [body], attributes);
  await faulty.keeping.mark(key);
  await faulty.keeping.unmark(key);
  expect(versionId).toBeTruthy();
  expect(asked).toEqual([versionId, versionId]);
});

test('what is marked already costs one request, and is not written again', async () => {
  await using faulty = await faultyVault(() => undefined);
  await faulty.vault.write(key, [body], attributes);
  await faulty.keeping.mark(key);
  await faulty.keeping.mark(key);
  expect(faulty.standIn.requests.PutObjectTagging).toBe(1);
  expect(faulty.keeping.counters.requests).toBe(3);
});

test('an object that goes between reading its tags and marking it is absent', async () => {
  const gone = { kind: 'refuse', status: 404, code: 'NoSuchVersion' } as const;
  await using faulty = await faultyVault(on('PutObjectTagging', gone));
  await faulty.vault.write(key, [body], attributes);
  expect(await faulty.keeping.mark(key)).toBe('absent');
});

test('a current delete marker that answers 405, as S3 may, is absent', async () => {
  const marker = { kind: 'refuse', status: 405, code: 'MethodNotAllowed' } as const;
  await using faulty = await faultyVault(on('GetObjectTagging', marker));
  expect(await faulty.keeping.mark(key)).toBe('absent');
});

test('503 on a mark without end is an error, not a mark', async () => {
  const busy = { kind: 'refuse', status: 503, code: 'SlowDown' } as const;
  await using faulty = await faultyVault(on('PutObjectTagging', busy));
  await faulty.vault.write(key, [body], attributes);
  await expect(faulty.keeping.mark(key)).rejects.toMatchObject({ code: 'VAULT_UNAVAILABLE' });
  expect(faulty.standIn.objects.get(key)?.tags).not.toHaveProperty('expire');
});

describe('what S3 refuses is refused by the name of its action', () => {
  test.each([
    ['GetObjectTagging', 's3:GetObjectTagging'],
    ['PutObjectTagging', 's3:PutObjectVersionTagging'],
  ] as const)('%s', async (operation, action) => {
    await using faulty = await faultyVault((request) =>
      request.operation === operation && marking ? refusal : undefined,
    );
    let marking = false;
    await faulty.vault.write(key, [body], attributes);
    marking = true;
    await expect(faulty.keeping.mark(key)).rejects.toMatchObject(refusedAs(action));
  });

  test('DeleteObject', async () => {
    await using faulty = await faultyVault(on('DeleteObject', refusal));
    faulty.standIn.markers.set(key, 'marker-1');
    const removing = faulty.keeping.removeDeleteMarker(key, 'marker-1');
    await expect(removing).rejects.toMatchObject(refusedAs('s3:DeleteObjectVersion'));
  });

  test('AbortMultipartUpload', async () => {
    await using faulty = await faultyVault(on('AbortMultipartUpload', refusal));
    const aborting = faulty.keeping.abortUpload({ key, uploadId: 'u', startedAt: '2026-11-21T02:00:00Z' });
    await expect(aborting).rejects.toMatchObject(refusedAs('s3:AbortMultipartUpload'));
  });

  test('RestoreObject', async () => {
    await using faulty = await faultyVault(on('RestoreObject', refusal));
    const asking = faulty.vault.requestReturn(key, { days: 7, speed: 'bulk' });
    await expect(asking).rejects.toMatchObject(refusedAs('s3:RestoreObject'));
  });

  function refusedAs(action: string) {
    return { code: 'VAULT_REFUSED', message: expect.stringContaining(`${action} on`) };
  }
});

test('no request to delete is sent for a version that holds data', async () => {
  await using faulty = await faultyVault(() => undefined);
  const { versionId = '' } = await faulty.vault.write(key, [body], attributes);
  const removing = faulty.keeping.removeDeleteMarker(key, versionId);
  await expect(removing).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  expect(faulty.standIn.requests.DeleteObject).toBeUndefined();
});

test('no request to delete is sent for a version of another key whose name begins the same', async () => {
  await using faulty = await faultyVault(() => undefined);
  faulty.standIn.markers.set(`${key}.2`, 'marker-2');
  await faulty.keeping.removeDeleteMarker(key, 'marker-2');
  expect(faulty.standIn.requests.DeleteObject).toBeUndefined();
});

test('the probe of a removal names a version that nobody wrote, and is told when it is refused', async () => {
  const asked: string[] = [];
  let isRefused = false;
  await using faulty = await faultyVault((request) => {
    if (request.operation !== 'DeleteObject') return undefined;
    asked.push(`${request.key} ${request.query.get('versionId')}`);
    return isRefused ? refusal : undefined;
  });
  await faulty.vault.write('plans/self-test/x', [body], attributes);
  await faulty.keeping.probeRemoval('plans/self-test/');
  isRefused = true;
  await expect(faulty.keeping.probeRemoval('plans/self-test/')).rejects.toMatchObject({
    code: 'VAULT_REFUSED',
  });
  expect(new Set(asked).size).toBe(2);
  for (const line of asked) expect(line).toMatch(/^plans\/self-test\/never-written-\S+ null$/);
  expect([...faulty.standIn.objects.keys()]).toEqual(['plans/self-test/x']);
});

describe('an object in an archive class', () => {
  test('is asked for by version, days and speed', async () => {
    const asked: (string | null)[] = [];
    await using faulty = await faultyVault(({ operation, query }) => {
      if (operation === 'RestoreObject') asked.push(query.get('versionId'));
      return undefined;
    });
    const { versionId = '' } = await faulty.vault.write(key, [body], attributes);
    const object = faulty.standIn.objects.get(key);
    if (object) object.storageClass = 'DEEP_ARCHIVE';
    await faulty.vault.requestReturn(key, { versionId, days: 5, speed: 'bulk' });
    expect(asked).toEqual([versionId]);
    expect(faulty.standIn.restores).toEqual([expect.stringMatching(/<Days>5<\/Days>.*<Tier>Bulk<\/Tier>/)]);
  });

  test.each([
    ['GLACIER', undefined, { state: 'archived' }],
    ['DEEP_ARCHIVE', 'ongoing-request="true"', { state: 'returning' }],
    [
      'DEEP_ARCHIVE',
      'ongoing-request="false", expiry-date="Fri, 21 Dec 2029 00:00:00 GMT"',
      { state: 'returned', until: '2029-12-21T00:00:00.000Z' },
    ],
    ['GLACIER_IR', undefined, undefined],
  ])('%s with x-amz-restore %s is %j', async (storageClass, restore, archive) => {
    await using faulty = await faultyVault(() => undefined);
    await faulty.vault.write(key, [body], attributes);
    const object = faulty.standIn.objects.get(key);
    if (object) Object.assign(object, { storageClass, restore });
    const state = await faulty.vault.head(key);
    expect(state?.storageClass).toBe(storageClass);
    expect(state?.archive).toEqual(archive);
  });
});

test.each([
  ['PENDING', 'pending'],
  ['COMPLETED', 'completed'],
  ['FAILED', 'failed'],
  ['REPLICA', 'replica'],
  [undefined, undefined],
])('a replication status of %s is shown as %s', async (said, shown) => {
  await using faulty = await faultyVault(() => undefined);
  await faulty.vault.write(key, [body], attributes);
  const object = faulty.standIn.objects.get(key);
  if (object && said !== undefined) object.replication = said;
  expect((await faulty.vault.head(key))?.replication).toBe(shown);
});
