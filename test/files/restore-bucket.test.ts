/** Restoring into a bucket: a stand-in for S3 that checks hashes and conditions, and fails as it is told. */
import { afterEach, describe, expect, it } from 'vitest';
import { bucketTarget } from '../../adapters/files/write-bucket.ts';
import { caller, s3Client } from '../../adapters/s3/client.ts';
import { filesBackup, type SourceThing, sha256Of } from '../support/files-backup.ts';
import { type Fault, type StandIn, type StandInRequest, startS3StandIn } from '../support/s3-stand-in.ts';
import { recovery, restore } from './restore-support.ts';

let standIn: StandIn | undefined;
afterEach(async () => {
  await standIn?.close();
  standIn = undefined;
});

interface Store {
  readonly endpoint: string;
  readonly asked: StandInRequest[];
  fault?: (request: StandInRequest) => Fault | undefined;
}

async function store(): Promise<Store> {
  const made: { asked: StandInRequest[]; fault?: Store['fault'] } = { asked: [] };
  standIn = await startS3StandIn({
    keep: 'memory',
    fault: (request) => {
      made.asked.push(request);
      return made.fault?.(request);
    },
  });
  return Object.assign(made, { endpoint: standIn.endpoint });
}

const contents = () =>
  Object.fromEntries(
    [...(standIn?.objects ?? [])].map(([key, { pieces }]) => [
      key,
      Buffer.concat(pieces.map(({ bytes }) => bytes ?? Buffer.alloc(0))),
    ]),
  );
const texts = () =>
  Object.fromEntries(
    Object.entries(contents()).map(([key, bytes]) => [
      key,
      bytes.length > 100 ? bytes.length : bytes.toString(),
    ]),
  );

const source = { bucket: 'uploads', prefix: 'in/' };
const place = { bucket: 'uploads', prefix: 'in/' };
const restored = 'holdfast-restored/files-20261121T150000Z/';
const big = Buffer.alloc(8 * 1024 * 1024 + 5, 'big ');

describe('into a new prefix of the bucket, by default', () => {
  it('come contents, content types, user metadata and folder markers; large files in parts', async () => {
    const { endpoint, asked } = await store();
    const things: SourceThing[] = [
      {
        path: 'a//b ü+?.txt',
        content: 'alpha',
        etag: '"1"',
        contentType: 'text/plain',
        metadata: { colour: 'green' },
      },
      {
        path: 'big',
        content: big,
        etag: '"2"',
        contentType: 'video/mp4',
        cacheControl: 'no-store',
        metadata: { of: 'big' },
      },
      { path: 'dir/', type: 'dir', etag: '"3"', contentType: 'application/x-directory' },
      {
        path: 'empty',
        etag: '"4"',
        contentEncoding: 'gzip',
        contentDisposition: 'inline',
        contentLanguage: 'de',
      },
    ];
    const outcome = await restore(await filesBackup({ things, place, compression: 'zstd' }), {
      source,
      endpoint,
    });
    expect(outcome).toMatchObject({ target: `s3://uploads/${restored}`, skipped: [] });
    expect(outcome.comparison?.differences).toEqual([]);
    expect(texts()).toEqual({
      [`${restored}a//b ü+?.txt`]: 'alpha',
      [`${restored}big`]: big.length,
      [`${restored}dir/`]: '',
      [`${restored}empty`]: '',
    });
    expect(sha256Of(contents()[`${restored}big`] as Buffer)).toBe(sha256Of(big));
    const headers = (operation: string, key: string) =>
      asked.find((one) => one.operation === operation && one.key === restored + key)?.headers;
    expect(headers('PutObject', 'a//b ü+?.txt')).toMatchObject({
      'content-type': 'text/plain',
      'x-amz-meta-colour': 'green',
      'if-none-match': '*',
    });
    expect(headers('PutObject', 'dir/')).toMatchObject({ 'content-type': 'application/x-directory' });
    expect(headers('PutObject', 'empty')).toMatchObject({
      'content-encoding': expect.stringContaining('gzip'),
      'content-disposition': 'inline',
      'content-language': 'de',
    });
    expect(headers('CreateMultipartUpload', 'big')).toMatchObject({
      'content-type': 'video/mp4',
      'cache-control': 'no-store',
      'x-amz-meta-of': 'big',
    });
    expect(headers('CompleteMultipartUpload', 'big')).toMatchObject({ 'if-none-match': '*' });
    expect(standIn?.requests.UploadPart).toBe(2);
    expect(standIn?.uploads.size).toBe(0);
  });

  it("from a folder's backup too: what a bucket does not keep is said", async () => {
    const { endpoint } = await store();
    const things: SourceThing[] = [
      { path: '', type: 'dir', mode: 0o755 },
      { path: 'd/', type: 'dir', mode: 0o755 },
      { path: 'd/f', content: 'x', mode: 0o600 },
      { path: 'd/l', type: 'symlink', target: 'f' },
      { path: 'd/../../up', content: 'evil', mode: 0o600 },
      { path: 'n'.repeat(1000), content: 'x', mode: 0o600 },
    ];
    const outcome = await restore(await filesBackup({ things }), {
      source: { bucket: 'uploads' },
      endpoint,
      to: 's3://other/some/where',
    });
    expect(outcome.target).toBe('s3://other/some/where/');
    expect(texts()).toEqual({ 'some/where/d/f': 'x', [`some/where/${'n'.repeat(1000)}`]: 'x' });
    expect(outcome.skipped).toEqual([
      'd/../../up: its path has . or .. in it',
      'd/l: it is a link to "f", and a bucket has no links',
      '2 folders as such: a bucket has none, what is in them was restored',
      'modes, owners and times of 2 files: a bucket does not keep them',
    ]);
  });

  it('a prefix under which something lies is refused; what comes meanwhile is not written over', async () => {
    const { endpoint, ...made } = await store();
    const backup = await filesBackup({ things: [{ path: 'f', content: 'mine', etag: '"1"' }], place });
    await restore(backup, { source, endpoint });
    await expect(restore(backup, { source, endpoint })).rejects.toMatchObject({ code: 'TARGET_EXISTS' });
    expect(made.asked.length).toBeGreaterThan(0);
    const client = s3Client({
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    try {
      const call = caller({ requests: 0, retries: 0 }, 10_000);
      const options = { place: { client, call, bucket: 'uploads', prefix: 'late/' }, overwrite: false };
      const { signal } = new AbortController();
      const [one, other] = [await bucketTarget(options, signal), await bucketTarget(options, signal)];
      const entry = (text: string) => ({
        path: 'f',
        type: 'file' as const,
        size: 4,
        sha256: sha256Of(text),
        mtime: '1',
      });
      await other.small(entry('them'), Buffer.from('them'), signal);
      await expect(one.small(entry('mine'), Buffer.from('mine'), signal)).rejects.toMatchObject({
        code: 'TARGET_EXISTS',
      });
      expect(await one.undo()).toEqual([]);
      expect(texts()['late/f']).toBe('them');
    } finally {
      client.destroy();
    }
  });

  it('what may have been written and cannot be looked for is told by the undoing', async () => {
    const made = await store();
    const client = s3Client({
      endpoint: made.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    });
    try {
      const call = caller({ requests: 0, retries: 0 }, 10_000);
      const target = await bucketTarget(
        { place: { client, call, bucket: 'uploads', prefix: 'lost/' }, overwrite: false },
        new AbortController().signal,
      );
      made.fault = ({ operation }) =>
        operation === 'PutObject' ? { kind: 'lose-reply' } : { kind: 'refuse', status: 500, code: 'Down' };
      const entry = { path: 'f', type: 'file' as const, size: 4, sha256: sha256Of('mine'), mtime: '1' };
      const writing = target.small(entry, Buffer.from('mine'), new AbortController().signal);
      await expect(writing).rejects.toThrow();
      expect(await target.undo()).toEqual([
        'up to 1 more below s3://uploads/lost/, which could not be looked for',
      ]);
    } finally {
      client.destroy();
    }
  });

  it('a reply that was lost is no conflict with oneself', async () => {
    const made = await store();
    made.fault = ({ operation, repeat }) =>
      operation === 'PutObject' && repeat === 0 ? { kind: 'lose-reply' } : undefined;
    await restore(await filesBackup({ things: [{ path: 'f', content: 'once', etag: '"1"' }], place }), {
      source,
      endpoint: made.endpoint,
    });
    expect(texts()).toEqual({ [`${restored}f`]: 'once' });
  });
});

describe('replace', () => {
  it('writes only what differs by ETag or hash, to where it was, and deletes nothing', async () => {
    const made = await store();
    const { endpoint } = made;
    const before = ['in/changed', 'in/new', 'in/same', 'outside'];
    const things: SourceThing[] = [
      { path: 'changed', content: 'before', etag: '"gone"' },
      { path: 'deleted', content: 'before', etag: '"gone"' },
      { path: 'same', content: 'same', etag: '"x"' },
    ];
    const seed = await filesBackup({
      things: before.map((path) => ({ path, content: path === 'in/same' ? 'same' : 'now', etag: '"x"' })),
      place: { bucket: 'uploads', prefix: '' },
    });
    await restore(seed, { source: { bucket: 'uploads' }, endpoint, to: 's3://uploads/' });
    made.asked.length = 0;
    const etag = `"${standIn?.objects.get('in/same')?.versionId}"`;
    const backup = await filesBackup({
      things: things.map((one) => (one.path === 'same' ? { ...one, etag } : one)),
      place,
    });
    const outcome = await restore(backup, { source, endpoint, replace: true });
    expect(texts()).toEqual({
      'in/changed': 'before',
      'in/deleted': 'before',
      'in/new': 'now',
      'in/same': 'same',
      outside: 'now',
    });
    expect(
      made.asked
        .filter(({ operation }) => operation === 'PutObject')
        .map(({ key }) => key)
        .sort(),
    ).toEqual(['in/changed', 'in/deleted']);
    expect(outcome.nextSteps.join(' ')).toMatch(
      /2 files were written to s3:\/\/uploads\/in\/, 1 were there already/,
    );
    const request = {
      options: recovery.restoreOptions.parse({}),
      replace: true,
      compare: true,
      requestedAt: '2026-11-21T15:00:00.000Z',
    };
    expect(
      recovery.describeTarget(
        backup.component,
        { kind: 'files', name: 'files', ...source } as never,
        request,
      ),
    ).toBe('s3://uploads/in/, over what lies there and differs');
  });
});

describe('a key that is not there, where only some prefixes may be listed', () => {
  const things: SourceThing[] = [{ path: 'a', content: 'alpha', etag: '"1"' }];
  const refused = { kind: 'refuse', status: 403, code: 'AccessDenied' } as const;

  it('is answered with 403, and is written; where it may be there nothing is written over it', async () => {
    const made = await store();
    made.fault = ({ operation }) => (operation === 'HeadObject' ? refused : undefined);
    const backup = await filesBackup({ things, place });
    await restore(backup, { source, endpoint: made.endpoint, replace: true });
    expect(texts()).toEqual({ 'in/a': 'alpha' });
    await expect(restore(backup, { source, endpoint: made.endpoint, replace: true })).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
    });
  });
});

describe('a restore that fails', () => {
  const things: SourceThing[] = [
    { path: 'a', content: 'alpha', etag: '"1"' },
    { path: 'b', content: big, etag: '"2"' },
    { path: 'c', content: 'gamma', etag: '"3"' },
  ];

  it('takes back the very versions that it wrote, and abandons its uploads', async () => {
    const made = await store();
    made.fault = ({ operation, partNumber }) =>
      operation === 'UploadPart' && partNumber === 2
        ? { kind: 'refuse', status: 403, code: 'AccessDenied' }
        : undefined;
    await expect(
      restore(await filesBackup({ things, place }), { source, endpoint: made.endpoint }),
    ).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    expect(standIn?.objects.size).toBe(0);
    expect(standIn?.uploads.size).toBe(0);
  });

  it('says what is left where it may not delete', async () => {
    const made = await store();
    made.fault = ({ operation, partNumber }) =>
      (operation === 'UploadPart' && partNumber === 2) || operation === 'DeleteObject'
        ? { kind: 'refuse', status: 403, code: 'AccessDenied' }
        : undefined;
    await expect(
      restore(await filesBackup({ things, place }), { source, endpoint: made.endpoint }),
    ).rejects.toThrow(
      /this is left on the target: 1 objects below s3:\/\/uploads\/holdfast-restored\/files-20261121T150000Z\//,
    );
    expect(Object.keys(texts())).toEqual([`${restored}a`]);
  });

  it('where objects were written over, it names them', async () => {
    const made = await store();
    made.fault = ({ operation }) =>
      operation === 'CreateMultipartUpload'
        ? { kind: 'refuse', status: 403, code: 'AccessDenied' }
        : undefined;
    await expect(
      restore(await filesBackup({ things, place }), { source, endpoint: made.endpoint, replace: true }),
    ).rejects.toThrow(/1 objects that were written below s3:\/\/uploads\/in\/: "in\/a"/);
  });

  it('because it was cancelled, ends within seconds although the store stalls', async () => {
    const made = await store();
    const controller = new AbortController();
    made.fault = ({ operation }) => {
      if (operation !== 'PutObject') return undefined;
      setTimeout(() => controller.abort(new Error('cancelled by a person')), 20);
      return { kind: 'stall' };
    };
    const began = performance.now();
    await expect(
      restore(await filesBackup({ things, place }), {
        source,
        endpoint: made.endpoint,
        signal: controller.signal,
      }),
    ).rejects.toThrow('cancelled by a person');
    expect(performance.now() - began).toBeLessThan(3000);
  });
});
