/** The contract of core/ports/keeping.ts, as tests that every implementation passes. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Keeping, UnfinishedUpload } from '../../core/ports/keeping.ts';
import type { ObjectAttributes, Vault } from '../../core/ports/vault.ts';
import { all } from './vault.ts';

export interface KeepingUnderTest {
  /** The vault whose objects are kept, to look at them from the other side. */
  readonly vault: Vault;
  readonly keeping: Keeping;
  /** A delete marker over the current version, as lifecycle puts it there. */
  hide(key: string): Promise<void>;
  /** Begins an upload that nobody completes; its id. */
  leaveUpload(key: string): Promise<string>;
}

/** What an imitation of S3 does not do, so that those tests say nothing about it. */
export interface Lacking {
  /** Reaches a version's tags while a delete marker lies over it. */
  readonly tagsBehindMarkers?: boolean;
  /** Has more than one version of a key. */
  readonly severalVersions?: boolean;
}

const attributes: ObjectAttributes = {
  role: 'segment',
  tier: 'daily',
  planId: 'shop',
  storageClass: 'STANDARD',
};
const tags = { role: 'segment', tier: 'daily', plan: 'shop' };

export function keepingContract(
  name: string,
  start: () => Promise<KeepingUnderTest>,
  lacking: Lacking = {},
): void {
  describe(`keeping contract: ${name}`, () => {
    let started: Promise<KeepingUnderTest> | undefined;
    let count = 0;
    const setUp = async () => {
      started ??= start();
      const under = await started;
      const base = `plans/keep/c${++count}-${randomBytes(3).toString('hex')}`;
      const key = `${base}/object`;
      const write = (at = key, content = 'content') =>
        under.vault.write(at, [Buffer.from(content)], attributes);
      const tagsOf = async (versionId?: string) =>
        (await under.vault.head(key, versionId === undefined ? {} : { versionId }))?.tags;
      return { ...under, base, key, write, tagsOf };
    };

    test('a mark is one more tag, may be set twice, and is taken away as if it had never been', async () => {
      const { keeping, key, write, tagsOf } = await setUp();
      await write();
      for (let time = 0; time < 2; time++) {
        expect(await keeping.mark(key)).toBe('marked');
        expect(await tagsOf()).toEqual({ ...tags, expire: 'yes' });
        expect(await keeping.isMarked(key)).toBe(true);
      }
      for (let time = 0; time < 2; time++) {
        expect(await keeping.unmark(key)).toBe('unmarked');
        expect(await keeping.isMarked(key)).toBe(false);
        expect(await tagsOf()).toEqual(tags);
      }
    });

    test('what is not there, or lies behind a delete marker, is absent', async () => {
      const { keeping, hide, key, write } = await setUp();
      expect(await keeping.mark(key)).toBe('absent');
      expect(await keeping.unmark(key)).toBe('absent');
      expect(await keeping.isMarked(key)).toBe(false);
      await write();
      await hide(key);
      expect(await keeping.mark(key)).toBe('absent');
      expect(await keeping.unmark(key)).toBe('absent');
    });

    test.skipIf(lacking.tagsBehindMarkers)(
      'a mark is taken away from a version that lies behind a delete marker',
      async () => {
        const { keeping, hide, key, write, tagsOf } = await setUp();
        const { versionId } = await write();
        await keeping.mark(key);
        await hide(key);
        expect(await keeping.unmark(key, versionId)).toBe('unmarked');
        expect(await tagsOf(versionId)).toEqual(tags);
        expect(await keeping.unmark(key, '00000000-0000-0000-0000-000000000000')).toBe('absent');
      },
    );

    test.skipIf(lacking.severalVersions)(
      'only the current version is marked, not the one below it',
      async () => {
        const { keeping, hide, key, write, tagsOf } = await setUp();
        const first = await write();
        await hide(key);
        const second = await write(key, 'other content');
        expect(second.versionId).not.toBe(first.versionId);
        await keeping.mark(key);
        expect(await tagsOf(second.versionId)).toEqual({ ...tags, expire: 'yes' });
        expect(await tagsOf(first.versionId)).toEqual(tags);
      },
    );

    test.skipIf(lacking.severalVersions)(
      'versions are all versions and delete markers below a prefix, by key, newest first',
      async () => {
        const { keeping, hide, base, write } = await setUp();
        const one = await write(`${base}/a`, 'one');
        await hide(`${base}/a`);
        const two = await write(`${base}/a`, 'three');
        await write(`${base}/b/1`, 'two');
        await hide(`${base}/b/1`);
        await write(`${base}-2/c`);
        const found = await all(keeping.versions(`${base}/`));
        const shown = found.map(({ key, current, deleteMarker, lengthBytes }) =>
          [
            key.slice(base.length + 1),
            deleteMarker ? 'marker' : lengthBytes,
            current ? 'current' : 'behind',
          ].join(' '),
        );
        expect(shown).toEqual([
          'a 5 current',
          'a marker behind',
          'a 3 behind',
          'b/1 marker current',
          'b/1 3 behind',
        ]);
        expect(found[0]?.versionId).toBe(two.versionId);
        expect(found[2]?.versionId).toBe(one.versionId);
        expect(found.filter((version) => version.deleteMarker).map(({ lengthBytes }) => lengthBytes)).toEqual(
          [0, 0],
        );
        for (const { lastModifiedAt } of found) {
          expect(Math.abs(Date.parse(lastModifiedAt) - Date.now())).toBeLessThan(60_000);
        }
        expect(await all(keeping.versions(`${base}/none`))).toEqual([]);
      },
    );

    test('without its delete marker an object is there again; removing it twice does nothing', async () => {
      const { vault, keeping, hide, key, write } = await setUp();
      const { versionId } = await write();
      await hide(key);
      expect(await vault.head(key)).toBeUndefined();
      expect(await all(vault.list(key))).toEqual([]);
      const [marker] = await all(keeping.versions(key));
      for (let time = 0; time < 2; time++) await keeping.removeDeleteMarker(key, marker?.versionId ?? '');
      expect((await vault.head(key))?.versionId).toBe(versionId);
      expect((await all(keeping.versions(key))).map((version) => version.current)).toEqual([true]);
    });

    test('a version with data is never removed, current or not', async () => {
      const { vault, keeping, hide, key, write } = await setUp();
      const { versionId = '' } = await write();
      const refused = expect.objectContaining({ code: 'INVALID_INPUT' });
      await expect(keeping.removeDeleteMarker(key, versionId)).rejects.toEqual(refused);
      expect((await vault.head(key))?.versionId).toBe(versionId);
      await hide(key);
      await expect(keeping.removeDeleteMarker(key, versionId)).rejects.toEqual(refused);
      const left = await all(keeping.versions(key));
      expect(left.some((version) => version.versionId === versionId)).toBe(true);
    });

    test('a delete marker is not removed by the key of a neighbour whose name it begins', async () => {
      const { vault, keeping, hide, key, write } = await setUp();
      await write(`${key}.2`);
      await hide(`${key}.2`);
      const [marker] = await all(keeping.versions(`${key}.2`));
      await keeping.removeDeleteMarker(key, marker?.versionId ?? '');
      expect(await vault.head(`${key}.2`)).toBeUndefined();
    });

    test('unfinished uploads are listed by key below a prefix, aborted, and gone; again is fine', async () => {
      const { keeping, leaveUpload, base } = await setUp();
      await leaveUpload(`${base}/b`);
      const uploadId = await leaveUpload(`${base}/a`);
      await leaveUpload(`${base}-2/c`);
      const found: UnfinishedUpload[] = await all(keeping.unfinishedUploads(`${base}/`));
      expect(found.map(({ key }) => key)).toEqual([`${base}/a`, `${base}/b`]);
      const [first] = found;
      expect(first?.uploadId).toBe(uploadId);
      expect(Math.abs(Date.parse(first?.startedAt ?? '') - Date.now())).toBeLessThan(60_000);
      for (let time = 0; time < 2; time++) await keeping.abortUpload(first as UnfinishedUpload);
      const left = await all(keeping.unfinishedUploads(`${base}/`));
      expect(left.map(({ key }) => key)).toEqual([`${base}/b`]);
    });
  });
}
