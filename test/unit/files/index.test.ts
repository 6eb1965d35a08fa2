/** The index codec: what is written is read, and nothing else is taken for an index. */
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareBytes } from '../../../adapters/files/byte-order.ts';
import { decodeIndex, IndexDecoder } from '../../../adapters/files/index-decode.ts';
import { IndexEncoder, type IndexEntry } from '../../../adapters/files/index-format.ts';
import type { Segment } from '../../../core/manifest.ts';

const head = {
  planId: 'p',
  backupId: '20261121T020000Z-3f9a1c22',
  attempt: 1,
  component: 'u',
  place: 's3://uploads/a/' as string | undefined,
  packsFrom: 0,
};
const pack: Segment = {
  index: 1,
  name: 'pack-1',
  encoding: 'tar-zstd',
  section: 'data',
  role: 'pack',
  plainBytes: 9,
  parts: [{ key: 'k', lengthBytes: 9, sha256: '0'.repeat(64) }],
  contents: {},
};
const file = (path: string, more: Partial<IndexEntry> = {}): IndexEntry =>
  ({
    path,
    type: 'file',
    size: 3,
    mtime: '1.5',
    sha256: 'a'.repeat(64),
    at: [1, 1536],
    ...more,
  }) as IndexEntry;

function textOf(entries: readonly IndexEntry[], of: typeof head = head): string {
  const encoder = new IndexEncoder();
  const lines = [encoder.head(of), encoder.pack(1, pack), ...entries.map((entry) => encoder.entry(entry))];
  return lines.join('') + encoder.end().line;
}

async function read(
  text: string | Buffer,
  chunk = 7,
): Promise<{ entries: IndexEntry[]; decoder: IndexDecoder }> {
  const bytes = typeof text === 'string' ? zstdCompressSync(text) : text;
  const decoder = new IndexDecoder({ planId: 'p', component: 'u' });
  const entries: IndexEntry[] = [];
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
  }
  for await (const batch of decodeIndex(pieces(), decoder)) entries.push(...batch.entries);
  return { entries, decoder };
}

const damaged = expect.objectContaining({ code: 'INTEGRITY_ARCHIVE' });

describe('the index of files', () => {
  test('is read as it was written, whatever the names are and however the bytes come', async () => {
    const name = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 20 })
      .filter((text) => text.isWellFormed());
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(name, { maxLength: 30 }),
        fc.integer({ min: 1, max: 500 }),
        async (names, chunk) => {
          const written = names.sort(compareBytes).map((path) => file(path));
          const { entries, decoder } = await read(textOf(written), chunk);
          expect(entries).toEqual(written);
          expect(decoder.end).toMatchObject({ files: names.length, bytes: 3 * names.length, packs: 1 });
        },
      ),
      { numRuns: 60 },
    );
  });

  test('paths are in the order of their bytes, which is not that of JavaScript', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, other) => {
        fc.pre(one.isWellFormed() && other.isWellFormed());
        const bytes = Buffer.compare(Buffer.from(one), Buffer.from(other));
        expect(Math.sign(compareBytes(one, other))).toBe(bytes);
      }),
    );
    expect(compareBytes('\ue000', '𐀀')).toBeLessThan(0);
  });

  test('any change of a byte, any cut, and anything behind its end is damage', async () => {
    const text = textOf([file('a'), file('b')]);
    for (let at = 0; at < text.length; at += 3) {
      const other = text[at] === 'x' ? 'y' : 'x';
      await expect(read(text.slice(0, at) + other + text.slice(at + 1)), `byte ${at}`).rejects.toThrow();
      await expect(read(text.slice(0, at)), `cut at ${at}`).rejects.toEqual(damaged);
    }
    await expect(read(`${text}${text}`)).rejects.toEqual(damaged);
    const frame = zstdCompressSync(text);
    await expect(read(frame.subarray(0, -5))).rejects.toEqual(damaged);
    await expect(
      read(Buffer.concat([frame.subarray(0, 20), Buffer.alloc(4), frame.subarray(24)])),
    ).rejects.toEqual(damaged);
  });

  test.each([
    ['a wrong order', [file('b'), file('a')]],
    ['a path twice', [file('a'), file('a')]],
    ['a pack that was not named', [file('a', { at: [2, 0] } as Partial<IndexEntry>)]],
  ])('%s is not written', (_, entries) => {
    expect(() => textOf(entries)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });

  test.each([
    ['size', -1],
    ['sha256', 'A'.repeat(64)],
    ['at', undefined],
    ['at', [1]],
    ['mtime', 'yesterday'],
    ['type', 'door'],
    ['mode', 0o10000],
    ['metadata', { a: 1 }],
  ])('an entry with a wrong %s (%j) is not read', async (field, value) => {
    await expect(read(textOf([{ ...file('a'), [field]: value } as IndexEntry]))).rejects.toEqual(damaged);
  });

  test('says of which place it is, and one that says nothing is read all the same', async () => {
    const text = textOf([]);
    const [first = '', ...others] = text.split('\n');
    const digestless = JSON.stringify({ ...JSON.parse(first), place: 5 });
    await expect(read([digestless, ...others].join('\n'))).rejects.toEqual(damaged);
    expect((await read(text)).decoder.head?.place).toBe('s3://uploads/a/');
    expect((await read(textOf([], { ...head, place: undefined }))).decoder.head?.place).toBeUndefined();
  });

  test('of another plan, component or version it is refused', async () => {
    await expect(read(textOf([]).replace('"planId":"p"', '"planId":"q"'))).rejects.toEqual(damaged);
    await expect(read(textOf([]).replace('"version":1', '"version":2'))).rejects.toMatchObject({
      code: 'FORMAT_UNKNOWN',
    });
  });
});
