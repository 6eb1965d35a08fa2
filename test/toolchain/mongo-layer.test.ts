/** The layer with MongoDB's tools: only the pinned archive gets in, and the same one gives the same zip. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mongoLayerZip } from '../../layers/mongo/build.ts';
import { download } from '../../layers/mongo/download.ts';
import { pinned } from '../../layers/mongo/pin.ts';
import { archiveName, readPins } from '../../layers/mongo/pins.ts';
import { unpackTools } from '../../layers/mongo/unpack.ts';
import { unzipOne } from '../../local/mongo/unzip.ts';
import { collected } from '../support/collected.ts';

const version = '100.99.9';
const x86 = archiveName(version, 'x86_64');
const root = x86.replace(/\.tgz$/, '');
const elf = (text: string) =>
  Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46]), Buffer.alloc(80), Buffer.from(text)]);
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

async function tgz(
  changes: Readonly<Record<string, Buffer | undefined>> = {},
  more: readonly { readonly name: string; readonly type?: 'symlink' | 'file' }[] = [],
): Promise<Buffer> {
  const files: Record<string, Buffer | undefined> = {
    [`${root}/LICENSE.md`]: Buffer.from('the licence'),
    [`${root}/bin/mongodump`]: elf('dump'),
    [`${root}/bin/mongorestore`]: elf('restore'),
    [`${root}/bin/bsondump`]: elf('not wanted'),
    ...changes,
  };
  const tar = pack();
  for (const [name, content] of Object.entries(files)) if (content) tar.entry({ name }, content);
  for (const { name, type = 'file' } of more) tar.entry({ name, type, linkname: '/etc/passwd' }, '');
  tar.finalize();
  return gzipSync(await collected(tar as AsyncIterable<Uint8Array>));
}

describe('the layer with the tools of MongoDB', () => {
  let server: Server;
  let base: string;
  let answers: Map<string, { readonly status?: number; readonly location?: string; readonly body?: Buffer }>;
  let asked: string[];
  let outDir: string;

  beforeAll(async () => {
    outDir = await mkdtemp(join(tmpdir(), 'holdfast-layers-'));
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      const answer = answers.get(request.url ?? '') ?? { status: 404 };
      response.writeHead(answer.status ?? 200, answer.location ? { location: answer.location } : {});
      response.end(answer.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    base = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  });
  beforeEach(() => {
    answers = new Map();
    asked = [];
  });
  afterAll(async () => {
    server.close();
    await rm(outDir, { recursive: true });
  });

  const zipOf = (archive: Buffer, pins = { x86_64: sha256(archive) }) => {
    answers.set(`/${x86}`, { body: archive });
    return mongoLayerZip('x86_64', {
      outDir,
      baseUrl: base,
      feedUrl: `${base}/full.json`,
      pins: { version, sha256: pins },
    });
  };

  it('holds mongodump, mongorestore and the licence, executable, and nothing else', async () => {
    const archive = await tgz({ [`${root}/README.md`]: Buffer.from(`${Math.random()}`) });
    const zip = await readFile(await zipOf(archive));
    expect(unzipOne(zip, 'mongo/bin/mongodump', 1e6)).toEqual(elf('dump'));
    expect(unzipOne(zip, 'mongo/bin/mongorestore', 1e6)).toEqual(elf('restore'));
    expect(unzipOne(zip, 'mongo/licenses/LICENSE.md', 1e6).toString()).toBe('the licence');
    expect(() => unzipOne(zip, 'mongo/bin/bsondump', 1e6)).toThrow('holds no');
    expect(modeOf(zip, 'mongo/bin/mongodump')).toBe(0o755);
    await zipOf(archive);
    expect(asked).toEqual([`/${x86}`]);
  });

  it('is the same, byte by byte, whenever it is built from the same archive', async () => {
    const zips = [];
    for (const salt of ['a', 'b']) {
      // Another archive around the same files, so that it is built again.
      const archive = await tgz({ [`${root}/bin/other-${salt}${Math.random()}`]: Buffer.from('x') });
      zips.push(sha256(await readFile(await zipOf(archive))));
    }
    expect(zips[0]).toBe(zips[1]);
  });

  it('refuses an archive with another hash than the pinned one', async () => {
    const archive = await tgz();
    await expect(zipOf(archive, { x86_64: '0'.repeat(64) })).rejects.toThrow(
      `its SHA-256 is ${sha256(archive)}`,
    );
  });

  it('refuses to be sent to another host, and to plain HTTP elsewhere', async () => {
    answers.set(`/${x86}`, { status: 302, location: 'http://localhost:1/other.tgz' });
    const options = { outDir, baseUrl: base, pins: { version, sha256: { x86_64: '1'.repeat(64) } } };
    await expect(mongoLayerZip('x86_64', options)).rejects.toThrow('which is another place');
    await expect(download('http://example.org/x', { maxBytes: 1 })).rejects.toThrow('only https');
  });

  it('follows a redirect on the same host, a few times', async () => {
    answers.set('/a', { status: 301, location: '/b' });
    answers.set('/b', { body: Buffer.from('here') });
    answers.set('/round', { status: 301, location: '/round' });
    expect((await download(`${base}/a`, { maxBytes: 10 })).toString()).toBe('here');
    await expect(download(`${base}/round`, { maxBytes: 10 })).rejects.toThrow('more than 3 times');
    await expect(download(`${base}/b`, { maxBytes: 3 })).rejects.toThrow('larger than the 3 bytes');
  });

  it.each([
    ['leads out of its folder', {}, [{ name: `${root}/../../etc/x` }], 'outside'],
    ['is absolute', {}, [{ name: '/etc/x' }], 'outside'],
    [
      'holds a link in place of a program',
      { [`${root}/bin/mongodump`]: undefined },
      [{ name: `${root}/bin/mongodump`, type: 'symlink' as const }],
      'is a symlink',
    ],
    ['lacks a program', { [`${root}/bin/mongorestore`]: undefined }, [], 'holds no mongorestore'],
    [
      'has a page instead of a program',
      { [`${root}/bin/mongodump`]: Buffer.alloc(100, 'x') },
      [],
      'no program for Linux',
    ],
    ['lacks its licence', { [`${root}/LICENSE.md`]: undefined }, [], 'no LICENSE.md'],
  ])('refuses an archive that %s', async (_what, changes, more, message) => {
    const target = await mkdtemp(join(tmpdir(), 'holdfast-unpack-'));
    try {
      await expect(tgz(changes, more).then((bytes) => unpackTools(bytes, root, target))).rejects.toThrow(
        message,
      );
    } finally {
      await rm(target, { recursive: true });
    }
  });

  it('refuses an archive that was cut', async () => {
    const bytes = await tgz();
    await expect(unpackTools(bytes.subarray(0, -20), root, tmpdir())).rejects.toThrow();
  });

  const feed = (archive: Buffer) =>
    Buffer.from(
      JSON.stringify({
        versions: [
          { version: '100.1.0', downloads: [] },
          {
            version,
            downloads: (['x86_64', 'arm64'] as const).map((arch) => ({
              name: 'amazon2023',
              archive: { url: `https://x/${archiveName(version, arch)}`, sha256: sha256(archive) },
            })),
          },
        ],
      }),
    );

  it.each(['x86_64', 'arm64'] as const)(
    'refuses an archive for %s without a pinned hash, and asks nobody, unless it is told to',
    async (arch) => {
      const options = { outDir, baseUrl: base, feedUrl: `${base}/full.json`, pins: { version, sha256: {} } };
      await expect(mongoLayerZip(arch, options)).rejects.toThrow('HOLDFAST_MONGO_TOOLS=feed');
      expect(asked).toEqual([]);
    },
  );

  it('takes a hash that is not pinned from the release feed where that is asked for, once', async () => {
    const archive = await tgz({ [`${root}/README.md`]: Buffer.from(`${Math.random()}`) });
    answers.set('/full.json', { body: feed(archive) });
    const feedUrl = `${base}/full.json?${Math.random()}`;
    answers.set(feedUrl.slice(base.length), { body: feed(archive) });
    answers.set(`/${x86}`, { body: archive });
    const options = { outDir, baseUrl: base, feedUrl, feed: true, pins: { version, sha256: {} } };
    await mongoLayerZip('x86_64', options);
    // Another archive now, and a feed that vouches for it: what was said first holds.
    const other = await tgz({ [`${root}/README.md`]: Buffer.from('other') });
    answers.set(feedUrl.slice(base.length), { body: feed(other) });
    answers.set(`/${x86}`, { body: other });
    await mongoLayerZip('x86_64', options);
    expect(asked.filter((one) => one.startsWith('/full'))).toHaveLength(1);
  });

  it('pins what the feed says, and never over a pin that says something else', async () => {
    const archive = await tgz();
    answers.set('/full.json', { body: feed(archive) });
    const both = { x86_64: sha256(archive), arm64: sha256(archive) };
    const url = `${base}/full.json`;
    expect(await pinned({ version, sha256: {} }, version, url)).toEqual({ version, sha256: both });
    await expect(pinned({ version, sha256: { arm64: '1'.repeat(64) } }, version, url)).rejects.toThrow(
      'find out why',
    );
    await expect(pinned({ version, sha256: {} }, '100.1.0', url)).rejects.toThrow('no SHA-256');
  });

  it('names a release that is pinned in the repository', async () => {
    expect((await readPins()).version).toMatch(/^100\.\d+\.\d+$/);
  });
});

/** Of the central directory, where unpackers take it from. */
function modeOf(zip: Buffer, name: string): number {
  for (
    let at = zip.indexOf('PK\x01\x02', 0, 'latin1');
    at >= 0;
    at = zip.indexOf('PK\x01\x02', at + 1, 'latin1')
  ) {
    const length = zip.readUInt16LE(at + 28);
    if (zip.toString('utf8', at + 46, at + 46 + length) === name)
      return (zip.readUInt32LE(at + 38) >>> 16) & 0o777;
  }
  return 0;
}
