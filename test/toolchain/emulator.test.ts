/** The local AWS: starts on a port of its own, answers, and goes with all it started. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { processStart } from '../../layers/lock.mjs';
import { type Emulator, runningEmulator, startEmulator, stopEmulator } from '../../local/emulator.ts';
import { emulatorPython } from '../../local/python.ts';

const TIMEOUT_MS = 60_000;
let dir: string;

beforeAll(() => emulatorPython(), 600_000);
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'holdfast-emulator-'));
});
afterEach(async () => {
  for (const name of ['one', 'two']) await stopEmulator(join(dir, name));
  rmSync(dir, { recursive: true, force: true });
});

function s3(emulator: Emulator): S3Client {
  return new S3Client({
    endpoint: emulator.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
}

describe('the local AWS', () => {
  it('runs beside another, each with its own state', { timeout: TIMEOUT_MS }, async () => {
    const [one, two] = await Promise.all([
      startEmulator({ stateDir: join(dir, 'one') }),
      startEmulator({ stateDir: join(dir, 'two') }),
    ]);
    await s3(one).send(new CreateBucketCommand({ Bucket: 'only-in-one' }));
    expect((await s3(one).send(new ListBucketsCommand({}))).Buckets?.map((b) => b.Name)).toEqual([
      'only-in-one',
    ]);
    expect((await s3(two).send(new ListBucketsCommand({}))).Buckets ?? []).toEqual([]);
    await one.stop();
    expect(processStart(one.pid)).toBe('');
    expect((await s3(two).send(new ListBucketsCommand({}))).Buckets ?? []).toEqual([]);
  });

  it('refuses to start twice on the same state', { timeout: TIMEOUT_MS }, async () => {
    const first = await startEmulator({ stateDir: join(dir, 'one') });
    await expect(startEmulator({ stateDir: join(dir, 'one') })).rejects.toThrow(`port ${first.port}`);
  });

  it('shows the end of its log when it does not start', { timeout: TIMEOUT_MS }, async () => {
    const start = startEmulator({ stateDir: join(dir, 'one'), env: { BIND_HOST: '192.0.2.1' } });
    await expect(start).rejects.toThrow(
      /did not start: it ended with .*192\.0\.2\.1|assign requested address/s,
    );
  });

  it('outlives its starter when detached, and is stopped from another process', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const { pid } = await startFromChild('detached: true', 'process.exit(0)');
    expect(processStart(pid)).not.toBe('');
    expect((await runningEmulator(join(dir, 'one')))?.pid).toBe(pid);
    expect(await stopEmulator(join(dir, 'one'))).toBe(true);
    expect(processStart(pid)).toBe('');
    expect(await stopEmulator(join(dir, 'one'))).toBe(false);
  });

  it('dies with its starter when attached, even if that one is killed', { timeout: TIMEOUT_MS }, async () => {
    const { pid } = await startFromChild('detached: false', "process.kill(process.pid, 'SIGKILL')");
    for (let wait = 0; wait < 100 && processStart(pid) !== ''; wait++) await sleep(50);
    expect(processStart(pid)).toBe('');
  });
});

/** Starts one from a process of its own, which then ends as told. */
async function startFromChild(option: string, ending: string): Promise<{ pid: number }> {
  const module = new URL('../../local/emulator.ts', import.meta.url).href;
  const stateDir = join(dir, 'one');
  const code = `const { startEmulator } = await import(${JSON.stringify(module)});
    await startEmulator({ stateDir: ${JSON.stringify(stateDir)}, ${option} });
    ${ending};`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await new Promise((resolve) => child.once('exit', resolve));
  expect(existsSync(join(stateDir, 'emulator.json'))).toBe(true);
  return JSON.parse(readFileSync(join(stateDir, 'emulator.json'), 'utf8'));
}
