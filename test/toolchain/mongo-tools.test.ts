/** MongoDB's tools and server for tests: they run, they end, and nothing damaged gets in. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startMongod } from '../../adapters/mongodb/drill-server.ts';
import { localMongoLayerZip } from '../../layers/mongo/build.ts';
import { zipDirectory } from '../../layers/zip.ts';
import { unzipOne } from '../../local/mongo/unzip.ts';
import { mongo, startMongo } from '../support/mongo-server.ts';

const isAlive = (pid: number) => {
  try {
    // A zombie is no process any more.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

describe.skipIf(!mongo)('the tools and the server of MongoDB', () => {
  it.each(['mongodump', 'mongorestore'])('has a %s that runs', (name) => {
    const version = execFileSync(join(mongo?.binDir ?? '', name), ['--version'], { encoding: 'utf8' });
    expect(version).toMatch(/version: r?100\.\d+/);
  });

  it('is one layer for a function on this machine, laid out as the one of Lambda', async () => {
    const zip = readFileSync(await localMongoLayerZip(dirname(mongo?.binDir ?? '')));
    const packed = unzipOne(zip, 'mongo/bin/mongodump', 2e8);
    // Compared by hand: 16 MB take `toEqual` minutes.
    expect(packed.equals(readFileSync(join(mongo?.binDir ?? '', 'mongodump')))).toBe(true);
  });

  it('answers once it is there, and is gone with its files once it is stopped, which can be said twice', async () => {
    const server = await startMongo();
    const client = await new MongoClient(server.url()).connect();
    expect(await client.db('x').collection('y').countDocuments()).toBe(0);
    await client.close();
    await server.stop();
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
  });

  it('goes with the process that forgot it', async () => {
    const module = resolve('local/mongo/server.ts');
    const script = `const { startMongo } = await import(${JSON.stringify(module)});
      const server = await startMongo(); console.log(server.pid); process.kill(process.pid, 'SIGKILL');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    for await (const chunk of child.stdout.setEncoding('utf8')) output += chunk;
    const pid = Number(output);
    expect(pid).toBeGreaterThan(1);
    for (let waited = 0; isAlive(pid) && waited < 100; waited++) await sleep(50);
    expect(isAlive(pid)).toBe(false);
  });
});

describe('a program that plays mongod', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'holdfast-mongod-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  it('that ends is told with what it said', async () => {
    const path = join(dataDir, 'mongod');
    await writeFile(path, '#!/bin/sh\necho "no such option $1"; exit 3\n', { mode: 0o755 });
    await expect(startMongod({ path, dataDir })).rejects.toThrow('ended: no such option --port');
  });

  it('that never listens is ended in time, with what it started', async () => {
    const path = join(dataDir, 'mongod');
    await writeFile(path, `#!/bin/sh\nsleep 300 & echo $! > ${dataDir}/child; wait\n`, { mode: 0o755 });
    await expect(startMongod({ path, dataDir, startTimeoutSeconds: 1 })).rejects.toThrow('not ready in time');
    const child = Number(readFileSync(join(dataDir, 'child'), 'utf8'));
    await sleep(100);
    expect(isAlive(child)).toBe(false);
  });

  it('that is not there is told', async () => {
    await expect(startMongod({ path: '/nowhere/mongod', dataDir })).rejects.toThrow('ENOENT');
  });

  it('stops when its starter is told to', async () => {
    const path = join(dataDir, 'mongod');
    await writeFile(path, '#!/bin/sh\nsleep 300\n', { mode: 0o755 });
    const signal = AbortSignal.timeout(200);
    await expect(startMongod({ path, dataDir, signal })).rejects.toThrow(/timeout/i);
    expect(existsSync(dataDir) && readdirSync(dataDir)).toEqual(['mongod']);
  });
});

describe('reading one file out of a zip', () => {
  it('gives what was zipped, and nothing of a damaged one', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'holdfast-zip-'));
    try {
      const content = Buffer.from('content '.repeat(1000));
      await writeFile(join(dir, 'a'), content);
      await zipDirectory(dir, `${dir}.zip`);
      const zip = readFileSync(`${dir}.zip`);
      expect(unzipOne(zip, 'a', 10_000)).toEqual(content);
      expect(() => unzipOne(zip, 'a', 100)).toThrow('at most 100');
      expect(() => unzipOne(zip, 'b', 100)).toThrow('holds no b');
      expect(() => unzipOne(zip.subarray(0, -30), 'a', 10_000)).toThrow('no zip');
      const damaged = Buffer.from(zip);
      damaged[40] = (damaged[40] ?? 0) ^ 0xff;
      expect(() => unzipOne(damaged, 'a', 10_000)).toThrow();
    } finally {
      await rm(dir, { recursive: true });
      await rm(`${dir}.zip`, { force: true });
    }
  });
});
