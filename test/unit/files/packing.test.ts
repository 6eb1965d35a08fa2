/** What a pack is made with: headers, blocks that are used again, buffers, reading beside the main thread. */
import { hash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { pack as tarStreamPack } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { BLOCK_BYTES, Blocks } from '../../../adapters/files/blocks.ts';
import { Buffers } from '../../../adapters/files/buffers.ts';
import { copied } from '../../../adapters/files/compress.ts';
import { Reading } from '../../../adapters/files/reading.ts';
import { type TarMember, tarHeader } from '../../../adapters/files/tar-header.ts';
import { TarWriter } from '../../../adapters/files/tar-writer.ts';

/** The same member by tar-stream, up to its content. */
async function byTarStream(member: TarMember, size: number): Promise<Buffer> {
  const { path, type, mtime, mode, uid, gid, target, records } = member;
  const tar = tarStreamPack();
  tar.on('error', () => {});
  const sink = tar.entry({
    name: path,
    type: { file: 'file', dir: 'directory', symlink: 'symlink' }[type] as 'file',
    size,
    ...(mode === undefined ? {} : { mode }),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
    mtime: new Date(1000 * Math.floor(Number(mtime))),
    ...(target === undefined ? {} : { linkname: target }),
    pax: { mtime, ...records },
  });
  sink.on('error', () => {});
  const chunks: Buffer[] = [];
  tar.on('data', (chunk) => chunks.push(chunk as Buffer));
  await new Promise((resolve) => setImmediate(resolve));
  tar.destroy();
  return Buffer.concat(chunks);
}

describe('the headers of a member', () => {
  test('are byte for byte those of tar-stream, for names, times and sizes of all kinds', async () => {
    const name = fc
      .array(fc.string({ unit: 'binary', minLength: 1, maxLength: 90 }), { minLength: 1, maxLength: 3 })
      .map((names) => names.map((one) => one.replaceAll(/[\0/\\.]/g, '_')).join('/'))
      .filter((text) => text.isWellFormed());
    const member = fc.record({
      path: name,
      type: fc.constantFrom('file' as const, 'symlink' as const),
      mtime: fc.integer({ min: 0, max: 2 ** 31 - 1 }).map((seconds) => `${seconds}.000000001`),
      mode: fc.integer({ min: 1, max: 0o7777 }),
      uid: fc.integer({ min: 0, max: 0o777777 }),
      gid: fc.integer({ min: 0, max: 0o777777 }),
      records: fc.constantFrom<Record<string, string>>({}, { 'HOLDFAST.s3': '{"etag":"ü"}' }),
    });
    await fc.assert(
      fc.asyncProperty(member, name, fc.nat(2 ** 36), async (made, target, size) => {
        const whole = made.type === 'symlink' ? { ...made, target } : made;
        const bytes = made.type === 'file' ? size + 1 : 0;
        expect(tarHeader(whole, bytes).equals(await byTarStream(whole, bytes))).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the writer of a tar', () => {
  test('says where each content begins, and gives every byte once, over the ends of its blocks', async () => {
    const tar = new TarWriter();
    const output = buffer(copied(tar.output()));
    const contents = [0, 1, 511, 512, BLOCK_BYTES - 1, BLOCK_BYTES, 3 * BLOCK_BYTES + 7].map((bytes) =>
      randomBytes(bytes),
    );
    const offsets: number[] = [];
    for (const [at, content] of contents.entries())
      offsets.push(
        await tar.whole({ path: `f${at}`, type: 'file', mtime: '1' }, content, hash('sha256', content)),
      );
    await tar.finish();
    const bytes = await output;
    expect(bytes.length % 512).toBe(0);
    for (const [at, content] of contents.entries()) {
      const offset = offsets[at] as number;
      expect(bytes.subarray(offset, offset + content.length).equals(content), `content ${at}`).toBe(true);
    }
  });
});

describe('blocks', () => {
  test('hand over what was written, whatever the pieces are; what was read may be written over', async () => {
    const sizes = fc.array(fc.nat(BLOCK_BYTES * 2), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(sizes, async (lengths) => {
        const pieces = lengths.map((length) => randomBytes(length));
        const blocks = new Blocks();
        const writing = (async () => {
          for (const piece of pieces) {
            await blocks.write(piece);
            // Whoever wrote it may use it again too.
            piece.fill(0, 0, 0);
          }
          blocks.end();
        })();
        const read = await buffer(copied(blocks.read()));
        await writing;
        expect(read.equals(Buffer.concat(pieces))).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  test('a failure is heard on both sides: a writer that waits for room, and a reader that waits for bytes', async () => {
    const full = new Blocks();
    const writing = full.write(Buffer.alloc(BLOCK_BYTES * 9));
    full.fail(new Error('nobody reads'));
    await expect(writing).rejects.toThrow('nobody reads');
    expect(() => full.write(Buffer.alloc(1))).toThrow('nobody reads');
    const empty = new Blocks();
    const reading = empty.read().next();
    empty.fail(new Error('nobody writes'));
    await expect(reading).rejects.toThrow('nobody writes');
  });
});

describe('contents that are read whole', () => {
  test('are read and hashed by a thread, whatever their size; what cannot be read, or is another size, is told', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-reading-'));
    const buffers = new Buffers();
    const reading = new Reading(constants.O_RDONLY);
    try {
      const contents = [0, 1, 20_000, 65_536, 1_000_000].map((bytes) => randomBytes(bytes));
      const many = [...contents, ...Array.from({ length: 60 }, (_, at) => randomBytes(at * 300))];
      await Promise.all(many.map((content, at) => writeFile(join(folder, String(at)), content)));
      const memory = many.map(({ length }) => buffers.take(length));
      const read = await Promise.all(
        many.map((_, at) => reading.read(join(folder, String(at)), memory[at] as Buffer)),
      );
      for (const [at, content] of many.entries()) {
        const facts = await stat(join(folder, String(at)), { bigint: true });
        const { mtimeNs, ctimeNs, ino, mode, uid, gid } = facts;
        const sha256 = Buffer.from(hash('sha256', content), 'hex');
        expect(read[at]).toMatchObject({
          size: content.length,
          sha256,
          mtimeNs,
          ctimeNs,
          ino,
          mode,
          uid,
          gid,
        });
        expect(memory[at]?.equals(content)).toBe(true);
      }
      expect(await reading.read(join(folder, 'none'), buffers.take(9))).toBeUndefined();
      expect(await reading.read(join(folder, '2'), buffers.take(19_999))).toMatchObject({ size: undefined });
      expect(await reading.read(join(folder, '2'), buffers.take(20_001))).toMatchObject({ size: 20_000 });
      const pending = reading.read(join(folder, '4'), buffers.take(1_000_000));
      reading.close();
      // Whoever asked reads it then.
      expect(await pending).toBeUndefined();
      expect(reading.read(join(folder, '4'), buffers.take(1_000_000))).toBeUndefined();
    } finally {
      reading.close();
      await rm(folder, { recursive: true });
    }
  });

  test('lie in memory that is used again, of the size that was asked for', () => {
    const buffers = new Buffers();
    const first = buffers.take(100_000);
    buffers.give(first);
    const second = buffers.take(70_000);
    expect(second.length).toBe(70_000);
    expect(second.buffer).toBe(first.buffer);
    expect(buffers.take(70_000).buffer).not.toBe(first.buffer);
    expect(buffers.take(65_537).length).toBe(65_537);
  });
});
