/** The contract of core/ports/vault.ts, as tests that every implementation passes. */
import { createHash, randomBytes } from 'node:crypto';
import { PassThrough, type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { ObjectAttributes, Vault } from '../../core/ports/vault.ts';

export interface VaultUnderTest {
  readonly vault: Vault;
  /** Uploads that were begun and neither completed nor aborted; 0 where there is no such thing. */
  unfinishedUploads(): Promise<number>;
  /** The mode of its Object Lock, or undefined when it has none. */
  readonly lockMode?: 'GOVERNANCE' | 'COMPLIANCE';
  /** More than one upload part: large enough that a write takes the long way. */
  readonly longBytes: number;
  /** Where the vault has archive classes. */
  readonly archive?: ArchiveUnderTest;
}

export interface ArchiveUnderTest {
  /** An object that lies in an archive class. */
  put(key: string, bytes: Buffer): Promise<void>;
  /** Settles when what was asked for is back. */
  back(key: string): Promise<void>;
}

export interface Lacking {
  /** Tags, storage classes, checksums and versions: a folder has none. */
  readonly attributes?: boolean;
}

const attributes: ObjectAttributes = {
  role: 'segment',
  tier: 'daily',
  planId: 'shop',
  storageClass: 'STANDARD',
};

export function vaultContract(
  name: string,
  start: () => Promise<VaultUnderTest>,
  lacking: Lacking = {},
): void {
  describe(`vault contract: ${name}`, () => {
    let started: Promise<VaultUnderTest> | undefined;
    let count = 0;
    const setUp = async () => {
      started ??= start();
      const under = await started;
      return { ...under, key: `plans/shop/c${++count}-${randomBytes(3).toString('hex')}/object` };
    };

    for (const size of ['short', 'long'] as const) {
      describe(`a ${size} object`, () => {
        const bodyFor = (longBytes: number) => randomBytes(size === 'long' ? longBytes : 70_000);

        test('comes back byte for byte, with the length and hash that were sent', async () => {
          const { vault, key, longBytes } = await setUp();
          const body = bodyFor(longBytes);
          const written = await vault.write(key, chunks(body), attributes);
          expect(written).toMatchObject({ key, lengthBytes: body.length, sha256: sha256(body) });
          const { versionId } = written;
          expect(sha256(await bytesOf(await vault.read(key)))).toBe(sha256(body));
          expect(sha256(await bytesOf(await vault.read(key, versionId ? { versionId } : {})))).toBe(
            sha256(body),
          );
        });

        test.skipIf(lacking.attributes)(
          'has the tags, storage class and length that were asked for, as the store itself says',
          async () => {
            const { vault, key, longBytes } = await setUp();
            const body = bodyFor(longBytes);
            const written = await vault.write(key, chunks(body), {
              ...attributes,
              storageClass: 'STANDARD_IA',
            });
            const state = await vault.head(key);
            expect(state).toMatchObject({
              key,
              lengthBytes: body.length,
              storageClass: 'STANDARD_IA',
              tags: { role: 'segment', tier: 'daily', plan: 'shop' },
            });
            expect(state?.versionId).toBe(written.versionId);
            expect(state?.checksumSha256).toBeTruthy();
            expect(Math.abs(Date.parse(state?.lastModifiedAt ?? '') - Date.now())).toBeLessThan(60_000);
          },
        );

        test('is locked until the time asked for, where the vault has Object Lock', async () => {
          const { vault, key, lockMode, longBytes } = await setUp();
          const lockUntil = new Date(Date.now() + 3_600_000).toISOString();
          await vault.write(key, chunks(bodyFor(longBytes)), { ...attributes, lockUntil });
          const { lock } = (await vault.head(key)) ?? {};
          expect(lock?.mode).toBe(lockMode);
          if (lockMode !== undefined) {
            expect(Math.abs(Date.parse(lock?.until ?? '') - Date.parse(lockUntil))).toBeLessThan(1_000);
          }
        });

        test('has its lock lengthened and never shortened, where the vault has Object Lock', async () => {
          const { vault, key, lockMode, longBytes } = await setUp();
          const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
          await vault.write(key, chunks(bodyFor(longBytes)), {
            ...attributes,
            role: 'pack',
            lockUntil: inHours(1),
          });
          const longer = inHours(48);
          await vault.extendLock(key, longer);
          await vault.extendLock(key, inHours(24));
          const { lock, versionId } = (await vault.head(key)) ?? {};
          expect(lock?.mode).toBe(lockMode);
          if (lockMode === undefined) return;
          expect(Math.abs(Date.parse(lock?.until ?? '') - Date.parse(longer))).toBeLessThan(1_001);
          expect((await vault.head(key, versionId ? { versionId } : {}))?.lock).toEqual(lock);
        });

        test('is written once: other content is refused, and what was there stays', async () => {
          const { vault, key, longBytes } = await setUp();
          const body = bodyFor(longBytes);
          await vault.write(key, chunks(body), attributes);
          const second = vault.write(key, chunks(bodyFor(longBytes)), attributes);
          await expect(second).rejects.toMatchObject({ code: 'OBJECT_EXISTS' });
          expect(sha256(await bytesOf(await vault.read(key)))).toBe(sha256(body));
          expect(await (await setUp()).unfinishedUploads()).toBe(0);
        });

        test('written again with the same bytes is the object that is stored', async () => {
          const { vault, key, longBytes, unfinishedUploads } = await setUp();
          const body = bodyFor(longBytes);
          const first = await vault.write(key, chunks(body), attributes);
          expect(await vault.write(key, chunks(body), attributes)).toEqual(first);
          expect(await unfinishedUploads()).toBe(0);
        });

        test('raced by five writers with different content has one winner', async () => {
          const { vault, key, longBytes, unfinishedUploads } = await setUp();
          const bodies = Array.from({ length: size === 'long' ? 2 : 5 }, () => bodyFor(longBytes));
          const results = await Promise.allSettled(
            bodies.map((body) => vault.write(key, chunks(body), attributes)),
          );
          const winners = results.filter((result) => result.status === 'fulfilled');
          expect(winners).toHaveLength(1);
          expect(sha256(await bytesOf(await vault.read(key)))).toBe(winners[0]?.value.sha256);
          expect(await unfinishedUploads()).toBe(0);
        });

        test('whose body throws in the middle leaves nothing behind', async () => {
          const { vault, key, longBytes, unfinishedUploads } = await setUp();
          const broken = new Error('the producer broke');
          const write = vault.write(key, thenThrow(bodyFor(longBytes), broken), attributes);
          await expect(write).rejects.toBe(broken);
          expect(await vault.head(key)).toBeUndefined();
          expect(await unfinishedUploads()).toBe(0);
        });

        test('whose write is aborted while the body stalls leaves nothing behind, and the body is closed', async () => {
          const { vault, key, longBytes, unfinishedUploads } = await setUp();
          const body = new PassThrough();
          body.write(bodyFor(longBytes));
          const abort = new AbortController();
          const write = vault.write(key, body, attributes, { signal: abort.signal });
          const reason = new Error('enough');
          setTimeout(() => abort.abort(reason), 300);
          await expect(write).rejects.toBe(reason);
          expect(body.destroyed).toBe(true);
          expect(await vault.head(key)).toBeUndefined();
          expect(await unfinishedUploads()).toBe(0);
        });
      });
    }

    test('a body may be a plain iterable', async () => {
      const { vault, key } = await setUp();
      const written = await vault.write(
        key,
        [Buffer.from('one'), Buffer.alloc(0), Buffer.from('two')],
        attributes,
      );
      expect(written.lengthBytes).toBe(6);
      expect((await bytesOf(await vault.read(key))).toString()).toBe('onetwo');
    });

    test('a chunk may be reused by its producer as soon as the next one is asked for', async () => {
      const { vault, key } = await setUp();
      const reused = Buffer.alloc(1000);
      async function* body() {
        for (let value = 1; value <= 3; value++) yield reused.fill(value);
      }
      await vault.write(key, body(), attributes);
      const expected = Buffer.concat([1, 2, 3].map((value) => Buffer.alloc(1000, value)));
      expect(sha256(await bytesOf(await vault.read(key)))).toBe(sha256(expected));
    });

    test.each([
      ['nothing', []],
      ['only empty chunks', [Buffer.alloc(0), Buffer.alloc(0)]],
    ])('a body of %s is refused and nothing is stored', async (_, body) => {
      const { vault, key } = await setUp();
      await expect(vault.write(key, body, attributes)).rejects.toMatchObject({ code: 'DUMP_EMPTY' });
      expect(await vault.head(key)).toBeUndefined();
    });

    test('a write under a signal that is aborted already stores nothing and closes the body', async () => {
      const { vault, key } = await setUp();
      const body = new PassThrough();
      const reason = new Error('before it began');
      const write = vault.write(key, body, attributes, { signal: AbortSignal.abort(reason) });
      await expect(write).rejects.toBe(reason);
      expect(body.destroyed).toBe(true);
      expect(await vault.head(key)).toBeUndefined();
    });

    test('what is not there: head says undefined, read throws OBJECT_MISSING', async () => {
      const { vault, key } = await setUp();
      expect(await vault.head(key)).toBeUndefined();
      await expect(vault.read(key)).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
    });

    test.skipIf(lacking.attributes)(
      'a version that is not there is missing, even when the key is',
      async () => {
        const { vault, key } = await setUp();
        await vault.write(key, [Buffer.from('x')], attributes);
        const versionId = '00000000-0000-0000-0000-000000000000';
        expect(await vault.head(key, { versionId })).toBeUndefined();
        await expect(vault.read(key, { versionId })).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
      },
    );

    test('list gives every object below the prefix and no other, in order, with lengths', async () => {
      const { vault } = await setUp();
      const base = `plans/list-${randomBytes(3).toString('hex')}`;
      for (const name of ['b/2', 'a/1', 'b/10', 'c']) {
        await vault.write(`${base}/${name}`, [Buffer.from(name)], attributes);
      }
      await vault.write(`${base}2/x`, [Buffer.from('x')], attributes);
      const list = async (prefix: string) => (await all(vault.list(prefix))).map(({ key }) => key);
      expect(await list(`${base}/`)).toEqual(['a/1', 'b/10', 'b/2', 'c'].map((name) => `${base}/${name}`));
      expect(await list(`${base}/b/`)).toEqual([`${base}/b/10`, `${base}/b/2`]);
      expect(await list(`${base}/none`)).toEqual([]);
      const [first] = await all(vault.list(`${base}/a`));
      expect(first?.lengthBytes).toBe(3);
      expect(Math.abs(Date.parse(first?.lastModifiedAt ?? '') - Date.now())).toBeLessThan(60_000);
    });

    test('list goes on after a key, whether that one is there or not', async () => {
      const { vault } = await setUp();
      const base = `plans/after-${randomBytes(3).toString('hex')}`;
      for (const name of ['a', 'b-1/x', 'b/1', 'b/2', 'c']) {
        await vault.write(`${base}/${name}`, [Buffer.from(name)], attributes);
      }
      const after = async (name: string, prefix = '') => {
        const found = await all(vault.list(`${base}/${prefix}`, { after: `${base}/${name}` }));
        return found.map(({ key }) => key.slice(base.length + 1));
      };
      expect(await after('a')).toEqual(['b-1/x', 'b/1', 'b/2', 'c']);
      expect(await after('b-1/x')).toEqual(['b/1', 'b/2', 'c']);
      expect(await after('b/1')).toEqual(['b/2', 'c']);
      expect(await after('b/1', 'b/')).toEqual(['b/2']);
      expect(await after('b/10')).toEqual(['b/2', 'c']);
      expect(await after('a', 'b/')).toEqual(['b/1', 'b/2']);
      expect(await after('c')).toEqual([]);
    });

    test('folders gives each name directly below once, in the order of names, and nothing that is no folder', async () => {
      const { vault } = await setUp();
      const base = `plans/folders-${randomBytes(3).toString('hex')}`;
      // In S3 `shop-eu/` sorts before `shop/`, in the catalog `shop` comes first.
      for (const name of [
        'shop-eu/1',
        'shop/1/x',
        'shop/2',
        'shop.de/1',
        'shop2/1',
        'a/1',
        'file',
        'zoo/1',
      ]) {
        await vault.write(`${base}/${name}`, [Buffer.from(name)], attributes);
      }
      await vault.write(`${base}-2/other/x`, [Buffer.from('x')], attributes);
      const folders = (below: string, after?: string) =>
        all(vault.folders(below, after === undefined ? {} : { after }));
      const names = ['a', 'shop', 'shop-eu', 'shop.de', 'shop2', 'zoo'];
      expect(await folders(`${base}/`)).toEqual(names);
      for (const [index, name] of names.entries()) {
        expect(await folders(`${base}/`, name), `after ${name}`).toEqual(names.slice(index + 1));
      }
      expect(await folders(`${base}/`, 'b')).toEqual(names.slice(1));
      expect(await folders(`${base}/`, 'shop-f')).toEqual(names.slice(3));
      expect(await folders(`${base}/shop/`)).toEqual(['1']);
      expect(await folders(`${base}/a/`)).toEqual([]);
      expect(await folders(`${base}/none/`)).toEqual([]);
      expect(await folders('')).toContain('plans');
    });

    test('asking for the return of what is readable at once does nothing', async () => {
      const { vault, key } = await setUp();
      const bytes = Buffer.from('at hand');
      await vault.write(key, [bytes], attributes);
      await vault.requestReturn(key, { days: 7, speed: 'bulk' });
      expect((await vault.head(key))?.archive).toBeUndefined();
      expect(await bytesOf(await vault.read(key))).toEqual(bytes);
    });

    test('an archived object is not readable until it was asked for and is back; asking twice is fine', async (context) => {
      const { vault, key, archive } = await setUp();
      if (archive === undefined) return context.skip();
      const bytes = Buffer.from('from the archive');
      await archive.put(key, bytes);
      const before = await vault.head(key);
      expect(before?.archive).toEqual({ state: 'archived' });
      await expect(vault.read(key)).rejects.toMatchObject({ code: 'OBJECT_ARCHIVED' });
      const wanted = {
        ...(before?.versionId === undefined ? {} : { versionId: before.versionId }),
        days: 7,
        speed: 'standard',
      } as const;
      await vault.requestReturn(key, wanted);
      await vault.requestReturn(key, wanted);
      expect((await vault.head(key))?.archive).toEqual({ state: 'returning' });
      await expect(vault.read(key)).rejects.toMatchObject({ code: 'OBJECT_ARCHIVED' });
      await archive.back(key);
      const { archive: returned } = (await vault.head(key)) ?? {};
      expect(returned?.state).toBe('returned');
      expect(Date.parse(returned?.until ?? '')).toBeGreaterThan(Date.now());
      await vault.requestReturn(key, wanted);
      expect(await bytesOf(await vault.read(key))).toEqual(bytes);
    });

    test('asking for the return of what is not there is OBJECT_MISSING, where there are archive classes', async (context) => {
      const { vault, key, archive } = await setUp();
      if (archive === undefined) return context.skip();
      const asking = vault.requestReturn(key, { days: 7, speed: 'standard' });
      await expect(asking).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
    });

    test.each(['pack', 'index'] as const)('an object of the role %s is stored as one', async (role) => {
      const { vault, key } = await setUp();
      await vault.write(key, [Buffer.from(role)], { ...attributes, role });
      if (!lacking.attributes) expect((await vault.head(key))?.tags.role).toBe(role);
      expect((await bytesOf(await vault.read(key))).toString()).toBe(role);
    });

    test('what was written without a lock gets one, where the vault has Object Lock', async () => {
      const { vault, key, lockMode } = await setUp();
      await vault.write(key, [Buffer.from('x')], attributes);
      const until = new Date(Date.now() + 3_600_000).toISOString();
      await vault.extendLock(key, until);
      const { lock } = (await vault.head(key)) ?? {};
      expect(lock?.mode).toBe(lockMode);
      if (lockMode !== undefined)
        expect(Date.parse(lock?.until ?? '')).toBeGreaterThanOrEqual(Date.parse(until));
    });

    test('locking what is not there is OBJECT_MISSING', async () => {
      const { vault, key } = await setUp();
      const until = new Date(Date.now() + 3_600_000).toISOString();
      await expect(vault.extendLock(key, until)).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
    });

    test('a reader that stops early closes the stream; one whose signal aborts gets the reason', async () => {
      const { vault, key, longBytes } = await setUp();
      await vault.write(key, chunks(randomBytes(longBytes)), attributes);
      const left = await vault.read(key);
      for await (const _ of left) break;
      expect(left.destroyed).toBe(true);

      const abort = new AbortController();
      const reason = new Error('no longer wanted');
      const aborted = await vault.read(key, { signal: abort.signal });
      const reading = (async () => {
        for await (const _ of aborted) {
          abort.abort(reason);
          await sleep(1);
        }
      })();
      await expect(reading).rejects.toBe(reason);
    });

    test('an abort before anybody reads does not end the process; who reads then gets the reason', async () => {
      const { vault, key } = await setUp();
      await vault.write(key, chunks(randomBytes(70_000)), attributes);
      const abort = new AbortController();
      const stream = await vault.read(key, { signal: abort.signal });
      const reason = new Error('no longer wanted');
      abort.abort(reason);
      await sleep(20);
      await expect(bytesOf(stream)).rejects.toBe(reason);
    });
  });
}

/** Odd sizes, so that no boundary of chunks is one of parts. */
async function* chunks(body: Buffer): AsyncGenerator<Buffer> {
  for (let offset = 0; offset < body.length; offset += 999_983) yield body.subarray(offset, offset + 999_983);
}

async function* thenThrow(body: Buffer, error: Error): AsyncGenerator<Buffer> {
  yield* chunks(body);
  throw error;
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function bytesOf(stream: Readable): Promise<Buffer> {
  return Buffer.concat(await stream.toArray());
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
