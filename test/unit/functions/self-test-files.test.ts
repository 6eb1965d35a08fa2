/** What the self-tests say of places of files: who may not write is well, who may is not, and nothing stays behind. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { s3Client } from '../../../adapters/s3/client.ts';
import { runChecks } from '../../../core/self-test.ts';
import { type FilesPlace, readEnvironment } from '../../../functions/environment.ts';
import { filesToBackUp, filesToRestore } from '../../../functions/self-test-files.ts';
import type { Wiring } from '../../../functions/wiring.ts';
import { type Fault, type StandIn, startS3StandIn } from '../../support/s3-stand-in.ts';

let standIn: StandIn;
let s3: S3Client;
let dir: string;
/** What the stand-in does with a write by condition; undefined: it has no faults. */
let onWrite: Fault | undefined;
const refuse = (status: number, code: string): Fault => ({ kind: 'refuse', status, code });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-files-'));
  await writeFile(join(dir, 'a-file'), 'x');
  standIn = await startS3StandIn({
    keep: 'memory',
    fault: ({ operation, headers }) =>
      operation === 'PutObject' && headers['if-match'] !== undefined ? onWrite : undefined,
  });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  s3 = s3Client({ endpoint: standIn.endpoint, region: 'us-east-1', credentials });
  await s3.send(new PutObjectCommand({ Bucket: 'photos', Key: '2026/a.jpg', Body: 'photo' }));
});
afterAll(async () => {
  s3?.destroy();
  await standIn?.close();
  await rm(dir, { recursive: true, force: true });
});

function wiring(options: {
  readonly files?: readonly FilesPlace[];
  readonly restore?: readonly FilesPlace[];
  readonly fileSystem?: string;
  readonly iamEnforced?: boolean;
}): Wiring {
  const environment = readEnvironment({
    HOLDFAST_VAULT_BUCKET: 'vault',
    HOLDFAST_TABLE: 'table',
    HOLDFAST_TOPIC_ARN: 'topic',
    HOLDFAST_FILES_BUCKETS: JSON.stringify(options.files ?? []),
    HOLDFAST_RESTORE_BUCKETS: JSON.stringify(options.restore ?? []),
    HOLDFAST_FILE_SYSTEM: options.fileSystem,
  });
  return { environment, s3, iamEnforced: options.iamEnforced ?? true } as unknown as Wiring;
}

const photos = { name: 'photos', prefixes: ['2026/', 'albums/'] };

describe('the self-test of backup', () => {
  it('has nothing to say where no place was named', () => {
    expect(filesToBackUp(wiring({}))).toEqual([]);
  });

  it('is well when it reads the bucket and is refused to write', async () => {
    onWrite = refuse(403, 'AccessDenied');
    const { ok, checks } = await runChecks(filesToBackUp(wiring({ files: [photos] })));
    expect(ok).toBe(true);
    expect(checks.map(({ name, detail }) => `${name}: ${detail}`)).toEqual([
      'files in photos/2026/ can be read: 5 bytes in the first',
      expect.stringMatching(
        /^nothing in photos\/2026\/ can be changed: refused, as it must be: VAULT_REFUSED/,
      ),
    ]);
  });

  it.each([412, 404])(
    'is not well when it may write: S3 looks at the condition (%i) only then',
    async (status) => {
      onWrite = refuse(status, 'PreconditionFailed');
      const before = standIn.objects.size;
      const { ok, checks } = await runChecks(filesToBackUp(wiring({ files: [photos] })));
      expect(ok).toBe(false);
      expect(checks[1]).toMatchObject({ name: 'nothing in photos/2026/ can be changed', ok: false });
      expect(standIn.objects.size).toBe(before);
    },
  );

  it('does not ask where the local AWS lets every role do everything', () => {
    expect(filesToBackUp(wiring({ files: [photos], iamEnforced: false }))).toHaveLength(1);
  });

  it('says so when the file system can be written, and leaves nothing there', async () => {
    const { ok, checks } = await runChecks(filesToBackUp(wiring({ fileSystem: dir })));
    expect(ok).toBe(false);
    expect(checks.map((check) => [check.ok, check.detail])).toEqual([
      [true, '1 entries'],
      [false, expect.stringContaining('the file system needs a policy')],
    ]);
    expect(await readdir(dir)).toEqual(['a-file']);
  });

  it('is red when the file system is not there', async () => {
    const { ok } = await runChecks(filesToBackUp(wiring({ fileSystem: join(dir, 'nowhere') })));
    expect(ok).toBe(false);
  });
});

describe('the self-test of restore', () => {
  it('sees where it may put files, and is refused beside', async () => {
    onWrite = refuse(403, 'AccessDenied');
    const { ok, checks } = await runChecks(
      filesToRestore(wiring({ files: [photos], restore: [{ name: 'back-here', prefixes: [] }] })),
    );
    expect(ok).toBe(true);
    expect(checks.map(({ name }) => name)).toEqual([
      'files may be put into photos/holdfast-restored/',
      'files may be put into back-here/',
      'nothing in photos/ can be changed',
    ]);
  });

  it('may write to a bucket that was named for it, and does not try', () => {
    const checks = filesToRestore(wiring({ files: [photos], restore: [photos] }));
    expect(checks.map(({ name }) => name)).toEqual([
      'files may be put into photos/holdfast-restored/',
      'files may be put into photos/2026/',
    ]);
  });
});
