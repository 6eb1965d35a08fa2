/** Packs and indexes that are whole are read; one changed, missing or additional byte anywhere is found. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { pack as tarStreamPack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { compareReading, countSides } from '../../../adapters/files/read-compare.ts';
import { Findings } from '../../../adapters/files/read-findings.ts';
import { readSegment } from '../../../adapters/files/read-segment.ts';
import { type TarMember, TarReader } from '../../../adapters/files/read-tar.ts';
import { endWith } from '../../../adapters/files/read-unpack.ts';
import { unlessAborted } from '../../../adapters/files/waiting.ts';
import { HoldfastError, hasCode } from '../../../core/errors.ts';
import type { Component, Segment } from '../../../core/manifest.ts';
import { compressed, type FilesBackup, filesBackup, sha256Of } from '../../support/files-backup.ts';

const longName = `${'long/'.repeat(40)}ü.txt`;
const things = [
  { path: '', type: 'dir' as const, mode: 0o755 },
  { path: 'a.txt', content: 'first', mode: 0o644, uid: 1, gid: 2 },
  { path: 'block', content: Buffer.alloc(512, 7) },
  { path: 'empty' },
  { path: 'link', type: 'symlink' as const, target: 'a.txt' },
  { path: longName, content: Buffer.alloc(1300, 'x') },
  { path: 'zz/gone', type: 'skipped' as const, why: 'it vanished', code: 'vanished' as const },
];

async function* inChunks(bytes: Buffer, size = 1000) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function packOf({ component, stored }: FilesBackup): { segment: Segment; bytes: Buffer } {
  const segment = component.segments.find(({ role }) => role === 'pack') as Segment;
  return { segment, bytes: stored.get(segment.parts[0]?.key ?? '') as Buffer };
}

/** As the verification does it: everything read, then compared. */
async function prove(
  { component, stored }: FilesBackup,
  readOnly: (segment: Segment) => boolean = () => true,
) {
  const readings = new Map<Segment, Record<string, unknown>>();
  for (const segment of [...component.segments, ...(component.references ?? [])].filter(readOnly))
    readings.set(segment, {
      ...(await readSegment(segment, inChunks(stored.get(segment.parts[0]?.key ?? '') as Buffer))),
    });
  return compareReading(component, readings);
}

async function isFound(backup: FilesBackup): Promise<boolean> {
  try {
    return (await prove(backup)).differences.length > 0;
  } catch (thrown) {
    if (!hasCode(thrown, 'INTEGRITY_ARCHIVE', 'FORMAT_UNKNOWN')) throw thrown;
    return true;
  }
}

describe.each(['none', 'zstd', 'gzip', 'bzip2'] as const)('packs compressed with %s', (compression) => {
  it('are read to their end, and agree with index and manifest', async () => {
    const proof = await prove(await filesBackup({ things, compression, filesPerPack: 2, referenced: 1 }));
    expect(proof.differences).toEqual([]);
    expect(proof.compared).toMatchObject({ files: 4, links: 1, folders: 1, skipped: 1, packs: 2, places: 3 });
    expect(proof.notProven).toEqual([{ what: 'zz/gone', why: 'not in the backup: it vanished' }]);
  });

  it('that are cut, lengthened or followed by another are damaged', async () => {
    const backup = await filesBackup({ things, compression });
    const { segment, bytes } = packOf(backup);
    const read = (wrong: Buffer) => readSegment(segment, inChunks(wrong));
    const cuts = [0, 1, bytes.length >> 1, bytes.length - 512, bytes.length - 1].filter((at) => at >= 0);
    const wrong = [
      ...cuts.map((at) => bytes.subarray(0, at)),
      Buffer.concat([bytes, Buffer.from('x')]),
      Buffer.concat([bytes, bytes]),
    ];
    for (const one of wrong)
      await expect(read(one), `${one.length} bytes`).rejects.toMatchObject({ code: 'INTEGRITY_ARCHIVE' });
  });
});

it('what the vault throws in the middle of a pack stays what it is', async () => {
  for (const compression of ['none', 'zstd', 'bzip2'] as const) {
    const { segment, bytes } = packOf(await filesBackup({ things, compression }));
    async function* broken() {
      yield bytes.subarray(0, 20);
      throw new Error('the vault is away');
    }
    await expect(readSegment(segment, broken())).rejects.toThrow('the vault is away');
  }
});

it('a long pack that bzip2 gives up in the middle is damaged, whatever is still to be given to it', async () => {
  const things = [{ path: 'noise', content: randomBytes(3_000_000) }];
  const { segment, bytes } = packOf(await filesBackup({ things, compression: 'bzip2' }));
  bytes.fill(0x55, 1000, 100_000);
  await expect(readSegment(segment, inChunks(bytes, 64 * 1024))).rejects.toMatchObject({
    code: 'INTEGRITY_ARCHIVE',
    message: expect.stringContaining('bzip2 ended with'),
  });
});

it('a stream that is ended before anybody reads it tells its reader why, and does not end the process', async () => {
  const plain = new Readable({ read() {} });
  const reason = new HoldfastError('CANCELLED', 'somebody else failed');
  endWith(plain, AbortSignal.abort(reason));
  await setImmediate();
  await expect(buffer(plain)).rejects.toBe(reason);
});

it('what nobody waits for any more after an abort does not end the process when it fails', async () => {
  const { promise, reject } = Promise.withResolvers<void>();
  await expect(unlessAborted(promise, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
  reject(new Error('of interest to nobody'));
  await setImmediate();
});

it('every single byte of a tar matters but those of metadata that the index has', async () => {
  const backup = await filesBackup({ things });
  const { segment, bytes } = packOf(backup);
  const key = segment.parts[0]?.key ?? '';
  const unseen: number[] = [];
  // A prime step comes by every field of every header.
  for (let at = 0; at < bytes.length; at += 17) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 0x01;
    backup.stored.set(key, changed);
    if (!(await isFound(backup))) unseen.push(at);
  }
  // What is not seen lies in extended headers, in the records of time (`18 mtime=17…`) and such: no path, no content.
  const texts = new Set(unseen.map((at) => bytes.toString('latin1', at - (at % 512), at - (at % 512) + 512)));
  for (const text of texts) expect(text).toMatch(/mtime=/);
  expect(unseen.length).toBeLessThan(things.length * 60);
});

it('a changed byte of an index or of a compressed pack is found, unless what it unpacks to is the same', async () => {
  const backup = await filesBackup({ things, compression: 'zstd' });
  const keys = [...backup.stored.keys()];
  expect(keys).toHaveLength(2);
  for (const key of keys) {
    const bytes = backup.stored.get(key) as Buffer;
    const unseen: number[] = [];
    for (let at = 0; at < bytes.length; at += 7) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      backup.stored.set(key, changed);
      if (!(await isFound(backup))) unseen.push(at);
    }
    backup.stored.set(key, bytes);
    // Digests of every line and member were equal then: some bits of a zstd frame have no meaning.
    expect(unseen.length).toBeLessThan(3);
  }
});

describe('what contradicts itself is a difference', () => {
  const withContents = (component: Component, change: object): Component => ({
    ...component,
    segments: component.segments.map((one) =>
      one.role === 'pack' ? { ...one, contents: { ...one.contents, ...change } } : one,
    ),
  });

  it('a pack with other members, bytes or digest than the manifest says', async () => {
    const backup = await filesBackup({ things });
    for (const change of [{ members: 9 }, { bytes: 1 }, { digest: 'a'.repeat(64) }, { voids: [0] }]) {
      const component = withContents(backup.component, change);
      const { differences } = await prove({ ...backup, component });
      expect(differences.join(), JSON.stringify(change)).toMatch(
        /pack pack-1 has|does not say|another one does|none does/,
      );
    }
    const fewer = { ...backup, component: withContents(backup.component, { members: 1 }) };
    await expect(prove(fewer)).rejects.toThrow(/more than the 1 members/);
  });

  it('a file of the index that is elsewhere, shorter or of another hash in its pack', async () => {
    for (const change of [{ at: [1, 0] as const }, { size: 4 }, { sha256: sha256Of('other') }]) {
      const backup = await filesBackup({
        things,
        edit: (entry) => (entry.path === 'a.txt' && entry.type === 'file' ? { ...entry, ...change } : entry),
      });
      const { differences } = await prove(backup);
      expect(differences.join(), JSON.stringify(change)).toMatch(
        /the index says that a file of \d bytes begins/,
      );
    }
  });

  it('an index with other totals than the evidence, or a pack that nobody knows', async () => {
    const backup = await filesBackup({ things, filesPerPack: 1 });
    const evidence = { ...backup.component.evidence, files: 9 };
    expect((await prove({ ...backup, component: { ...backup.component, evidence } })).differences).toEqual([
      'the index has files 4, the evidence says 9',
    ]);
    const segments = backup.component.segments.filter(({ name }) => name !== 'pack-2');
    expect((await prove({ ...backup, component: { ...backup.component, segments } })).differences).toEqual([
      'the index names pack pack-2, and the manifest does not',
    ]);
  });

  it('what was not read is not proven', async () => {
    const backup = await filesBackup({ things, filesPerPack: 1, referenced: 1 });
    const { notProven, differences } = await prove(backup, ({ name }) => name !== 'pack-1');
    expect(differences).toEqual([]);
    expect(notProven).toContainEqual({ what: '1 files in pack pack-1', why: 'the pack was not read' });
  });

  it('places beyond what is remembered are counted as not proven', async () => {
    const { component, stored } = await filesBackup({ things });
    const readings = new Map<Segment, Record<string, unknown>>();
    for (const segment of component.segments)
      readings.set(segment, {
        ...(await readSegment(
          segment,
          inChunks(stored.get(segment.parts[0]?.key ?? '') as Buffer),
          undefined,
          2,
        )),
      });
    const { compared, notProven } = compareReading(component, readings);
    expect(compared.places).toBe(2);
    expect(notProven.map(({ what }) => what)).toContain('the place of 1 files in their packs');
  });

  it('differences and what is not proven are bounded', async () => {
    const many = Array.from({ length: 500 }, (_, at) => ({ path: `f${at}`, content: `content ${at}` }));
    const backup = await filesBackup({
      things: many,
      edit: (entry) => (entry.type === 'file' ? { ...entry, sha256: sha256Of('x') } : entry),
    });
    const { differences } = await prove(backup);
    expect(differences).toHaveLength(201);
    expect(differences.at(-1)).toBe('… and 300 more');
  });
});

describe('the reader of tars', () => {
  function read(bytes: Buffer, size = bytes.length): TarMember[] {
    const members: TarMember[] = [];
    const reader = new TarReader({
      begin: (member) => members.push(member),
      content: () => {},
      end: () => {},
    });
    for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
    reader.finish();
    return members;
  }
  const whole = async () => packOf(await filesBackup({ things })).bytes;

  it('gives the same whatever the pieces it gets', async () => {
    const bytes = await whole();
    const members = read(bytes);
    expect(members.map(({ path }) => path)).toEqual(['a.txt', 'block', longName]);
    for (const size of [1, 7, 511, 512, 513, 4096]) expect(read(bytes, size)).toEqual(members);
    for (const { offset, sizeBytes } of members) expect(offset + sizeBytes).toBeLessThan(bytes.length);
    expect(bytes.toString('utf8', members[0]?.offset, (members[0]?.offset ?? 0) + 5)).toBe('first');
  });

  it('takes no tar for whole that is cut anywhere, between two members and within the end mark too', async () => {
    const bytes = await whole();
    for (let at = 0; at < bytes.length; at += 256)
      expect(() => read(bytes.subarray(0, at)), `cut at ${at}`).toThrow(/damaged/);
  });

  it('refuses zeros between members, padding that is not empty, and anything after the end', async () => {
    const bytes = await whole();
    const [, second] = read(bytes);
    const zeros = Buffer.alloc(1024);
    const before = (second?.offset ?? 0) - 512 - 1024;
    expect(() => read(Buffer.concat([bytes.subarray(0, before), zeros, bytes.subarray(before)]))).toThrow(
      /follows its end mark/,
    );
    expect(() => read(Buffer.concat([bytes, Buffer.alloc(512, 1)]))).toThrow(/follows its end mark/);
    expect(() => read(Buffer.concat([bytes, Buffer.alloc(100)]))).toThrow(/before its end mark/);
    const padded = Buffer.from(bytes);
    padded[(read(bytes)[0]?.offset ?? 0) + 5] = 1;
    expect(() => read(padded)).toThrow(/padding/);
    // What tar programs add to fill their records is no damage.
    expect(read(Buffer.concat([bytes, Buffer.alloc(10_240)]))).toHaveLength(3);
  });

  it('refuses what no pack holds: devices, hard links, and a folder with content', async () => {
    for (const type of ['link', 'character-device', 'fifo'] as const) {
      const tar = tarStreamPack();
      tar.entry({ name: 'x', type, linkname: 'y' });
      tar.finalize();
      const bytes = await buffer(tar as unknown as AsyncIterable<Buffer>);
      expect(() => read(bytes), type).toThrow(/it holds something of type/);
    }
  });

  it("reads what GNU tar makes of the same files, and GNU tar reads Holdfast's", async () => {
    const listed = execFileSync('tar', ['-tf', '-'], { input: await whole(), encoding: 'utf8' });
    expect(listed.split('\n')).toContain('a.txt');
    const made = execFileSync('tar', ['--format=pax', '-C', 'docs', '-cf', '-', 'cli.md', 'format.md'], {
      maxBuffer: 1e8,
    });
    expect(read(made).map(({ path }) => path)).toEqual(['cli.md', 'format.md']);
  });
});

it('a compressed pack made by the programs of the system is read as well', async () => {
  const { segment, bytes } = packOf(await filesBackup({ things }));
  for (const [program, encoding] of [
    ['zstd', 'tar-zstd'],
    ['gzip', 'tar-gzip'],
    ['bzip2', 'tar-bzip2'],
  ] as const) {
    const packed = execFileSync(program, ['-c'], { input: bytes });
    expect((await readSegment({ ...segment, encoding }, inChunks(packed))).what, program).toBe('pack');
  }
  await expect(
    readSegment({ ...segment, encoding: 'tar-lz4' }, inChunks(compressed(bytes, 'tar'))),
  ).rejects.toMatchObject({ code: 'FORMAT_UNKNOWN' });
});

describe('what a place had and what came back, side by side', () => {
  const sides = async (...given: [Parameters<typeof countSides>[2], Parameters<typeof countSides>[3]?]) => {
    const { component } = await filesBackup({ things });
    const found = new Findings();
    countSides(found, component, ...given);
    return found.build().items;
  };
  const backup = { files: 4, folders: 1, links: 1 };

  it('is the same where all of it came back', async () => {
    const item = { name: 'files', type: 'files', source: { rows: 4 }, backup: { rows: 4 }, same: true };
    expect(await sides({ backup })).toEqual([
      item,
      { ...item, type: 'folders', source: { rows: 1 }, backup: { rows: 1 } },
      { ...item, type: 'links', source: { rows: 1 }, backup: { rows: 1 } },
    ]);
  });

  it('differs where a file is missing in the index, or on the target without a reason', async () => {
    const [lost] = (await sides({ backup: { ...backup, files: 3 } })) ?? [];
    expect(lost).toMatchObject({ type: 'files', source: { rows: 4 }, backup: { rows: 3 }, same: false });
    const restored = { ...backup, files: 2 };
    expect((await sides({ backup, restored }))?.[0]).toMatchObject({ restored: { rows: 2 }, same: false });
    expect((await sides({ backup, restored }, { excused: true }))?.[0]?.same).toBe(true);
  });

  it('says nothing of the source where only some was asked for', async () => {
    const some = { files: 1, folders: 0, links: 0 };
    expect(await sides({ backup: some, restored: some }, { onlySome: true })).toEqual([
      { name: 'files', type: 'files', backup: { rows: 1 }, restored: { rows: 1 }, same: true },
    ]);
  });
});
