/** The look at a place before files are restored into it: what it says is what the restore does, and it writes nothing. */
import { chmod, mkdir, mkdtemp, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Preflight } from '../../core/ports/recovery.ts';
import { type FilesBackup, filesBackup, type SourceThing } from '../support/files-backup.ts';
import {
  type StandIn,
  type StandInOptions,
  type StandInRequest,
  startS3StandIn,
} from '../support/s3-stand-in.ts';
import { type Asked, preflight, restore } from './restore-support.ts';

const things: readonly SourceThing[] = [
  { path: 'a.txt', content: 'alpha', mode: 0o640 },
  { path: 'folder/', type: 'dir', mode: 0o700 },
  { path: 'folder/b.txt', content: 'beta!', mode: 0o600 },
  { path: 'link', type: 'symlink', target: '/etc/passwd' },
];

let base: string;
let backup: FilesBackup;
let serial = 0;
beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-preflight-')));
  backup = await filesBackup({ things });
});
afterAll(() => rm(base, { recursive: true, force: true }));

const found = ({ checks }: Preflight, name: string) => checks.find((check) => check.name === name);
const failed = ({ checks }: Preflight) => checks.filter(({ state }) => state === 'failed');

async function refusal(asked: Asked): Promise<string> {
  const error = await restore(backup, asked).then(
    () => ({ message: 'it was restored', code: '' }),
    (thrown) => thrown,
  );
  return `${error.message} (${error.code})`;
}

async function place() {
  const dir = join(base, String(serial++));
  await mkdir(join(dir, 'source'), { recursive: true });
  return { dir, source: { path: join(dir, 'source') } };
}

describe('a folder', () => {
  it('that can be made is told with what is selected and what is free, and is not made', async () => {
    const { dir, source } = await place();
    const before = await stat(dir);
    const result = await preflight(backup, { source });
    expect(failed(result)).toEqual([]);
    expect(result.needsBytes).toBe(10);
    expect(found(result, 'selection')).toMatchObject({
      state: 'warning',
      detail: expect.stringMatching(/^2 files, 10 bytes; 1 are left out: link: .*absolute path/),
    });
    expect(found(result, 'reach')?.detail).toBe(`it will be made in ${dir}`);
    expect(found(result, 'space')?.detail).toMatch(/^10 bytes are needed, \d+ are free$/);
    expect(await readdir(dir)).toEqual(['source']);
    expect((await stat(dir)).mtimeMs).toBe(before.mtimeMs);
  });

  it('needs no more than the paths that are asked for', async () => {
    const { source } = await place();
    expect((await preflight(backup, { source, paths: ['folder'] })).needsBytes).toBe(5);
  });

  it('that is not empty is refused in the words of the restore, and is not claimed', async () => {
    const { source, dir } = await place();
    await writeFile(join(dir, 'source', 'mine'), 'mine');
    const asked = { source, to: join(dir, 'source') };
    const result = await preflight(backup, asked);
    expect(failed(result).map(({ name }) => name)).toEqual(['name']);
    expect(found(result, 'name')).toMatchObject({ detail: await refusal(asked), next: expect.any(String) });
    expect(await readdir(join(dir, 'source'))).toEqual(['mine']);
    // A restore of its own in an empty one is not kept out by a look.
    await mkdir(join(dir, 'free'));
    await preflight(backup, { source, to: join(dir, 'free') });
    expect(await readdir(join(dir, 'free'))).toEqual([]);
    expect(failed(await preflight(backup, { ...asked, overwrite: true }))).toEqual([]);
  });

  it.each([
    ['below one that is not there', 'reach', (dir: string) => join(dir, 'no', 'such')],
    ['that is a file', 'reach', (dir: string) => join(dir, 'file')],
  ])('%s is refused, as it is by the restore', async (_, name, to) => {
    const { source, dir } = await place();
    await writeFile(join(dir, 'file'), '');
    const asked = { source, to: to(dir) };
    expect(failed(await preflight(backup, asked)).map((check) => check.name)).toEqual([name]);
    expect(await refusal(asked)).toContain('(TARGET_UNSUITABLE)');
  });

  it.skipIf(process.getuid?.() === 0)('that may not be written to is refused', async () => {
    const { source, dir } = await place();
    await chmod(dir, 0o500);
    expect(failed(await preflight(backup, { source })).map(({ name }) => name)).toEqual(['rights']);
    await chmod(dir, 0o700);
  });

  it('without room is refused, but for one that is written over, which needs less', async () => {
    const { source, dir } = await place();
    const evidence = { ...backup.component.evidence, bytes: 2 ** 52 };
    const large = { component: { ...backup.component, evidence } };
    const result = await preflight(large, { source });
    expect(result.needsBytes).toBe(2 ** 52);
    expect(failed(result).map(({ name }) => name)).toEqual(['space']);
    await mkdir(join(dir, 'there'));
    const over = await preflight(large, { source, to: join(dir, 'there'), overwrite: true });
    expect(found(over, 'space')?.state).toBe('warning');
  });

  it('of a backup that is away: what is selected is unknown, what it needs is told of the whole of it only', async () => {
    const { source } = await place();
    const { component } = backup;
    expect(await preflight({ component }, { source })).toMatchObject({ needsBytes: 10 });
    const some = await preflight({ component }, { source, paths: ['folder'] });
    expect(some.needsBytes).toBeUndefined();
    expect([found(some, 'selection')?.state, found(some, 'space')?.state]).toEqual(['unknown', 'unknown']);
  });

  it('and a path that is not in the backup: named as the restore names it', async () => {
    const { source } = await place();
    const asked = { source, paths: ['no-such'] };
    expect(found(await preflight(backup, asked), 'selection')).toMatchObject({
      state: 'failed',
      detail: await refusal(asked),
    });
  });
});

function refusing(what: string, status: number, code: string): NonNullable<StandInOptions['fault']> {
  return ({ operation }) => (operation === what ? { kind: 'refuse', status, code } : undefined);
}

describe('a bucket', () => {
  let standIn: StandIn | undefined;
  const asked: StandInRequest[] = [];
  afterEach(async () => {
    await standIn?.close();
    standIn = undefined;
    asked.length = 0;
  });
  async function store({ fault, versioning }: Pick<StandInOptions, 'fault' | 'versioning'> = {}) {
    standIn = await startS3StandIn({
      keep: 'memory',
      ...(versioning && { versioning }),
      fault: (request) => {
        asked.push(request);
        return fault?.(request);
      },
    });
    return standIn.endpoint;
  }
  const source = { bucket: 'uploads', prefix: 'in/' };

  it('is listed and asked about its versions; nothing is written, and whether it may be is not claimed', async () => {
    const result = await preflight(backup, { source, endpoint: await store() });
    expect(failed(result)).toEqual([]);
    expect(found(result, 'rights')).toMatchObject({ state: 'unknown', next: expect.any(String) });
    expect(asked.map(({ operation }) => operation)).toEqual(['ListObjectsV2', 'GetBucketVersioning']);
  });

  it('whose prefix is taken is refused in the words of the restore', async () => {
    const endpoint = await store();
    const to = 's3://uploads/there/';
    await restore(backup, { source, endpoint, to });
    const result = await preflight(backup, { source, endpoint, to });
    expect(failed(result).map(({ name }) => name)).toEqual(['name']);
    expect(found(result, 'name')?.detail).toBe(await refusal({ source, endpoint, to }));
    const over = await preflight(backup, { source, endpoint, to, overwrite: true });
    expect(failed(over)).toEqual([]);
    expect(found(over, 'versioning')).toMatchObject({
      state: 'warning',
      detail: expect.stringContaining('gone'),
    });
  });

  it.each([
    ['keeps versions', 'ok', { versioning: 'Enabled' as const }],
    ['does not say', 'unknown', { fault: refusing('GetBucketVersioning', 403, 'AccessDenied') }],
  ])('that %s: what is written over is %s', async (_, state, how) => {
    const endpoint = await store(how);
    const result = await preflight(backup, { source, endpoint, replace: true });
    expect(found(result, 'versioning')?.state).toBe(state);
  });

  it.each([
    ['that may not be listed', 403, 'AccessDenied'],
    ['that is not there', 404, 'NoSuchBucket'],
  ])('%s is refused in the words of the restore', async (_, status, code) => {
    const endpoint = await store({ fault: refusing('ListObjectsV2', status, code) });
    const result = await preflight(backup, { source, endpoint });
    expect(failed(result).map(({ name }) => name)).toEqual(['name']);
    expect(found(result, 'name')?.detail).toBe(await refusal({ source, endpoint }));
  });
});
