/** The parts a files backup is made of: the merge with an earlier index, packs, contents, globs, the plan's fields. */
import { createHash } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ahead } from '../../../adapters/files/ahead.ts';
import { BaseCursor } from '../../../adapters/files/base-cursor.ts';
import { compareBytes } from '../../../adapters/files/byte-order.ts';
import { StoredContents } from '../../../adapters/files/contents.ts';
import { wantedBy } from '../../../adapters/files/globs.ts';
import { IndexEncoder, type IndexEntry } from '../../../adapters/files/index-format.ts';
import { IndexQueue } from '../../../adapters/files/index-queue.ts';
import type { FoundFile } from '../../../adapters/files/origin.ts';
import { planPacks } from '../../../adapters/files/plan-packs.ts';
import { filesSourceSchema } from '../../../adapters/files/source.ts';
import type { Segment } from '../../../core/manifest.ts';

const never = new AbortController().signal;

function baseOf(entries: readonly IndexEntry[], role: Segment['role'] = 'pack') {
  const encoder = new IndexEncoder();
  const backupId = '20261121T020000Z-3f9a1c22';
  const parts = [{ key: 'k', lengthBytes: 9, sha256: '0'.repeat(64) }];
  const pack: Segment = {
    index: 1,
    name: 'p',
    encoding: 'tar',
    section: 'data',
    role,
    plainBytes: 9,
    parts,
    contents: {},
  };
  let text = encoder.head({ planId: 'p', backupId, attempt: 1, component: 'u', packsFrom: 0 });
  text += encoder.pack(1, pack);
  for (const entry of entries) text += encoder.entry(entry);
  const bytes = zstdCompressSync(text + encoder.end().line);
  const base = {
    backupId,
    fullBackupId: backupId,
    async *open() {
      yield bytes;
    },
  };
  return new BaseCursor(base, { planId: 'p', component: 'u' }, never);
}

const found = (path: string, version: number): FoundFile => ({
  type: 'file',
  path,
  size: 100 + version,
  mtime: '1',
  etag: `"${version}"`,
});
const entryOf = (file: FoundFile): IndexEntry => ({ ...file, sha256: 'a'.repeat(64), at: [1, 1024] });

describe('the merge with an earlier index', () => {
  test('finds new, changed, unchanged and gone files as a model does, and packs keep to their limits', async () => {
    const files = fc.dictionary(fc.string({ minLength: 1, maxLength: 4 }), fc.integer({ min: 0, max: 2 }), {
      maxKeys: 40,
    });
    await fc.assert(
      fc.asyncProperty(files, files, fc.integer({ min: 100, max: 600 }), async (earlier, now, packBytes) => {
        const sorted = (of: Record<string, number>) =>
          Object.keys(of)
            .filter((one) => one.isWellFormed())
            .sort(compareBytes);
        const base = baseOf(sorted(earlier).map((path) => entryOf(found(path, earlier[path] as number))));
        const counts = { new: 0, changed: 0, unchanged: 0 };
        const queue = new IndexQueue();
        const packs: string[][] = [];
        const listing = (async function* () {
          for (const path of sorted(now)) yield [found(path, now[path] as number)];
        })();
        const rules = {
          wanted: wantedBy({ include: [], exclude: [] }),
          packBytes,
          hash: false,
          mayRefer: () => true,
          onSkipped: () => {},
          count: (what: keyof typeof counts) => {
            counts[what] += 1;
          },
        };
        for await (const pack of planPacks(listing, base, queue, rules, never)) {
          for (const member of pack.members) member.entry = entryOf(member.found as FoundFile);
          packs.push(pack.members.map((member) => member.found.path));
          expect(pack.members.length === 1 || pack.estimatedBytes <= packBytes).toBe(true);
          pack.done();
        }
        const model = sorted(now).map((path) =>
          Object.hasOwn(earlier, path) ? (earlier[path] === now[path] ? 'unchanged' : 'changed') : 'new',
        );
        expect(counts).toEqual({
          new: model.filter((one) => one === 'new').length,
          changed: model.filter((one) => one === 'changed').length,
          unchanged: model.filter((one) => one === 'unchanged').length,
        });
        expect(base.gone).toBe(sorted(earlier).filter((path) => !Object.hasOwn(now, path)).length);
        expect(packs.flat()).toEqual(sorted(now).filter((_, at) => model[at] !== 'unchanged'));
        const written: (string | undefined)[] = [];
        for await (const slot of queue.slots(never))
          written.push(...slot.pieces.map(({ entry }) => entry?.path));
        expect(written).toEqual(sorted(now));
      }),
      { numRuns: 80 },
    );
  });
});

describe('contents that are stored', () => {
  test('are found again, each at its first place, through all growth, up to the limit', () => {
    const contents = new StoredContents(70_000);
    const shaOf = (at: number) => createHash('sha256').update(String(at)).digest();
    for (let at = 0; at < 80_000; at += 1) contents.add(shaOf(at), { pack: at % 7, offset: at });
    contents.add(shaOf(5), { pack: 99, offset: 99 });
    expect(contents.count).toBe(70_000);
    for (const at of [0, 5, 65_535, 65_536, 69_999])
      expect(contents.find(shaOf(at))).toEqual({ pack: at % 7, offset: at });
    expect(contents.find(shaOf(70_000))).toBeUndefined();
  });

  test('beyond 4 GiB in their pack they are not kept, rather than found at a wrong place', () => {
    const contents = new StoredContents();
    const sha = Buffer.alloc(32, 1);
    contents.add(sha, { pack: 1, offset: 2 ** 32 + 5 });
    expect(contents.find(sha)).toBeUndefined();
  });
});

describe('globs', () => {
  test.each([
    [['*.jpg'], [], 'a.jpg', true],
    [['*.jpg'], [], 'x/a.jpg', false],
    [['**/*.jpg'], [], 'a.jpg', true],
    [['**/*.jpg'], [], '.x/.a.jpg', true],
    [['**/*.JPG'], [], 'a.jpg', false],
    [['{a,b}/**'], [], 'b/c/d', true],
    [[], ['tmp'], 'tmp/a/b', false],
    [[], ['tmp/'], 'tmp/a', false],
    [[], ['tmp'], 'x/tmp/a', true],
    [[], ['**/tmp'], 'x/tmp/a', false],
    [[], ['**/tmp'], 'x/tmpo', true],
    [[], ['*.log'], 'a.log', false],
    [['**'], ['a/**'], 'a/b', false],
  ])('include %j exclude %j: %s is wanted: %s', (include, exclude, path, wanted) => {
    expect(wantedBy({ include, exclude }).wants(path)).toBe(wanted);
  });

  test('a hostile name does not keep a pattern busy', () => {
    const wanted = wantedBy({ include: ['**/*a*b'], exclude: ['**/*a*b/**'] });
    // Of the processor: a busy machine is no hang.
    const before = process.cpuUsage();
    wanted.wants('a'.repeat(1024));
    wanted.wants('a/'.repeat(512));
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(1);
  });
});

test('reading ahead keeps the order, the number and the weight', async () => {
  let weight = 0;
  let most = 0;
  const items = Array.from({ length: 50 }, (_, at) => (at % 5) + 1);
  const seen: number[] = [];
  const run = async (item: number) => {
    weight += item;
    most = Math.max(most, weight);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
    return item;
  };
  for await (const { result } of ahead(items, { atATime: 4, weight: 8, weightOf: (item) => item }, run)) {
    weight -= result;
    seen.push(result);
  }
  expect(seen).toEqual(items);
  // What was just handed out is not counted by it any more.
  expect(most).toBeLessThanOrEqual(8 + 5);
});

describe('a source of files in a plan', () => {
  const parse = (fields: object) => filesSourceSchema.safeParse({ kind: 'files', name: 'u', ...fields });
  test('has the safe defaults', () => {
    expect(parse({ bucket: 'uploads' }).data).toMatchObject({
      mode: 'incremental',
      fullEveryDays: 30,
      compression: 'zstd',
      onChangedFile: 'fail',
      hash: false,
    });
    expect(parse({ bucket: 'uploads', prefix: 'a/b' }).data?.prefix).toBe('a/b/');
    expect(parse({ path: '/mnt//files/' }).data?.path).toBe('/mnt/files');
  });
  test.each([
    [{}, 'one of the two is needed'],
    [{ bucket: 'uploads', path: '/x' }, 'only one of the two'],
    [{ path: 'relative' }, 'an absolute path'],
    [{ path: '/a/../b' }, 'without . and ..'],
    [{ path: '/proc/self' }, 'not /, /proc'],
    [{ path: '/x', prefix: 'a' }, 'belongs to a bucket'],
    [{ bucket: 'uploads', hash: true }, 'belongs to a path'],
    [{ bucket: 'uploads', prefix: 'holdfast-restored/x' }, 'where restores go'],
    [{ bucket: 'uploads', include: ['../x'] }, 'without ..'],
    [{ bucket: 'uploads', include: ['*a*b*'] }, 'at most 2 *'],
  ])('%j is refused: %s', (fields, message) => {
    expect(
      parse(fields)
        .error?.issues.map((issue) => issue.message)
        .join(),
    ).toContain(message);
  });
});
