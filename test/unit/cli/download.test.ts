/** `holdfast download`: against a store that breaks off, forgets links, and hides files. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { memoryVault } from '../../../adapters/memory/vault.ts';
import { fetchInto } from '../../../cli/download/fetch.ts';
import { placeOf } from '../../../cli/download/folder.ts';
import { addBackup, type Harness, harness } from './fixtures.ts';

const bytes = Buffer.from('0123456789'.repeat(100));
let server: Server;
let origin: string;
const asked: (string | undefined)[] = [];
/** For the next request: after so many bytes the connection breaks. */
let breakAfter: number | undefined;
let forbidden = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    const { range } = request.headers;
    asked.push(range);
    if (forbidden > 0) {
      forbidden -= 1;
      response.writeHead(403).end();
      return;
    }
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    const rest = bytes.subarray(from);
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': rest.length });
    if (breakAfter === undefined) {
      response.end(rest);
      return;
    }
    response.write(rest.subarray(0, breakAfter), () => setTimeout(() => response.destroy(), 20));
    breakAfter = undefined;
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

/** A backup whose objects all have those bytes, and whose links lead to the server. */
async function world(): Promise<{ h: Harness; backupId: string; key: string; folder: string }> {
  const vault = memoryVault();
  const h = harness({
    context: { vault, links: async () => ({ linkTo: async (key) => `${origin}/${key}` }) },
  });
  const { planId, backupId } = await addBackup(h);
  const key = `plans/${planId}/${backupId}/a01/main/0000-pre-data.0001`;
  const attributes = { role: 'segment', tier: 'daily', planId, storageClass: 'STANDARD' } as const;
  await vault.write(key, [bytes], attributes);
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-download-'));
  asked.length = 0;
  return { h, backupId, key, folder };
}

it('brings what there is, laid out as the vault, and a second time nothing', async () => {
  const { h, backupId, key, folder } = await world();
  const ran = await h.run('--json', 'download', backupId, '--to', folder);
  expect(ran.json()).toMatchObject({ brought: 1, present: 0 });
  expect(await readFile(join(folder, key))).toEqual(bytes);
  expect((await stat(join(folder, key))).mode & 0o077).toBe(0);
  expect((await h.run('--json', 'download', backupId, '--to', folder)).json()).toMatchObject({
    brought: 0,
    present: 1,
  });
  expect(asked).toHaveLength(1);
});

it('goes on where the connection broke, and where an earlier command was stopped', async () => {
  const { h, backupId, key, folder } = await world();
  await mkdir(dirname(join(folder, key)), { recursive: true });
  await writeFile(join(folder, `${key}.part`), bytes.subarray(0, 300));
  breakAfter = 200;
  expect((await h.run('--json', 'download', backupId, '--to', folder)).json()).toMatchObject({ brought: 1 });
  expect(asked).toEqual(['bytes=300-', expect.stringMatching(/^bytes=[3-5]\d\d-$/)]);
  expect(await readFile(join(folder, key))).toEqual(bytes);
});

it('asks for another link when one has ended', async () => {
  const { h, backupId, folder } = await world();
  forbidden = 1;
  expect((await h.run('--json', 'download', backupId, '--to', folder)).json()).toMatchObject({ brought: 1 });
  expect(h.calls.filter((call) => call.endsWith('/download'))).toHaveLength(2);
});

it('ends with the exit code of integrity when something is missing in the vault, and has the rest', async () => {
  const { h, backupId, folder } = await world();
  // The row has a manifest; nobody wrote it.
  const row = await h.catalog.getBackup('shop', backupId);
  const versions = { [`plans/shop/${backupId}/manifest`]: 'gone' };
  const catalog = { ...h.catalog, findBackup: async () => (row ? { ...row, versions } : undefined) };
  const lacking = harness({ context: { ...h.context, catalog } });
  const ran = await lacking.run('download', backupId, '--to', folder);
  expect(ran.code).toBe(7);
  expect(ran.stderr).toContain('NOT in the vault');
});

const options = {
  signal: new AbortController().signal,
  fetch,
  renewed: async () => undefined,
  onBytes: () => {},
};

it('gives no file its name whose length or hash is another one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-download-'));
  const wanted = { key: 'plans/a', url: `${origin}/a`, lengthBytes: bytes.length, sha256: 'ab'.repeat(32) };
  await expect(fetchInto(folder, wanted, options)).rejects.toMatchObject({ code: 'INTEGRITY_HASH' });
  await expect(fetchInto(folder, { ...wanted, lengthBytes: 5 }, options)).rejects.toMatchObject({
    code: 'INTEGRITY_LENGTH',
  });
  await expect(stat(join(folder, 'plans/a'))).rejects.toThrow();
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  expect(await fetchInto(folder, { ...wanted, sha256 }, options)).toBe('brought');
});

it.each(['../x', '/etc/passwd', 'a/../../b', 'a//b', 'a\\b'])('never writes to %s', (key) => {
  expect(() => placeOf('/tmp/folder', key)).toThrow('which is no place');
});
