/** The model of S3 that the histories rest on: it does what Amazon documents, and its rules are those of the stack. */
import type { LifecycleRule } from 'aws-cdk-lib/aws-s3';
import { beforeEach, expect, test } from 'vitest';
import { lifecycleRules } from '../../infra/constructs/lifecycle.ts';
import { type Bucket, bucketModel, dueMs, type Version } from './bucket.ts';
import { dayMs, hourMs, type WorldTime } from './clock.ts';
import { lifecycleDays } from './rules.ts';

const startMs = Date.parse('2026-03-01T15:00:00Z');
let time: WorldTime;
let bucket: Bucket;
let removed: Version[];

beforeEach(() => {
  time = { nowMs: startMs };
  removed = [];
  bucket = bucketModel(time, lifecycleDays(14), {
    marked() {},
    expired() {},
    removed: (version) => removed.push(version),
  });
});

function midnightsUntil(atMs: number): void {
  for (let at = dueMs(time.nowMs + 1, 0); at <= atMs; at += dayMs) {
    time.nowMs = at;
    bucket.midnight();
  }
  time.nowMs = atMs;
}

async function collect<T>(all: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const each of all) found.push(each);
  return found;
}

test('its rules are those of the stack, and every further one moves objects without expiring any', () => {
  const rules = lifecycleRules({ undeleteDays: 14, archiveYearlyAfterDays: 35, ceilingDays: {} });
  const rule = (id: string) => rules.find((each) => each.id === id) as LifecycleRule;
  expect({
    expireMarked: rule('expire-marked').expiration?.toDays(),
    removeNoncurrent: rule('expire-marked').noncurrentVersionExpiration?.toDays(),
    abortUploads: rule('sweep').abortIncompleteMultipartUploadAfter?.toDays(),
  }).toEqual(lifecycleDays(14));
  expect(rule('expire-marked').tagFilters).toEqual({ expire: 'yes' });
  // Where no backup is.
  expect(rule('expire-probes').prefix).toBe('plans/self-test/');
  for (const { id, expiration, noncurrentVersionExpiration } of rules) {
    if (id === 'expire-marked' || id === 'expire-probes') continue;
    expect([id, expiration, noncurrentVersionExpiration]).toEqual([id, undefined, undefined]);
  }
});

test('an object that nobody marks stays', () => {
  bucket.put('a');
  midnightsUntil(startMs + 900 * dayMs);
  expect(bucket.current('a')).toBeDefined();
});

test('a marked object hides at the next midnight that is a whole day after it was written, and goes a window later', async () => {
  bucket.put('a');
  await bucket.keeping.mark('a');
  midnightsUntil(Date.parse('2026-03-02T00:00:00Z'));
  expect(bucket.current('a')).toBeDefined();
  midnightsUntil(Date.parse('2026-03-03T00:00:00Z'));
  expect(bucket.current('a')).toBeUndefined();
  midnightsUntil(Date.parse('2026-03-16T23:00:00Z'));
  expect(bucket.versionsOf('a')).toHaveLength(2);
  midnightsUntil(Date.parse('2026-03-17T00:00:00Z'));
  expect(removed.map(({ key }) => key)).toEqual(['a']);
  expect(bucket.versionsOf('a')).toEqual([]);
});

test('a version that a person hid stays behind its delete marker for ever: it carries no mark', async () => {
  bucket.put('a');
  bucket.hide('a');
  expect(await bucket.keeping.mark('a')).toBe('absent');
  midnightsUntil(startMs + 900 * dayMs);
  expect(bucket.versionsOf('a').map(({ deleteMarker }) => deleteMarker)).toEqual([true, false]);
});

test('a lock keeps the version, and neither the mark nor the delete marker away', async () => {
  bucket.put('a', { lockUntilMs: startMs + 60 * dayMs });
  await bucket.keeping.mark('a');
  expect(bucket.destroy('a')).toBe(false);
  midnightsUntil(startMs + 59 * dayMs);
  expect(bucket.current('a')).toBeUndefined();
  expect(removed).toEqual([]);
  midnightsUntil(startMs + 61 * dayMs);
  expect(removed).toHaveLength(1);
});

test('without its delete marker a version is current again, and counts anew when it is hidden again', async () => {
  bucket.put('a');
  await bucket.keeping.mark('a');
  midnightsUntil(startMs + 10 * dayMs);
  const [marker] = await collect(bucket.keeping.versions('a'));
  await bucket.keeping.removeDeleteMarker('a', marker?.versionId ?? '');
  expect(await bucket.keeping.unmark('a')).toBe('unmarked');
  midnightsUntil(startMs + 100 * dayMs);
  expect(bucket.current('a')?.tags).toEqual({});
});

test('a lone delete marker and an upload that nobody completes are swept', () => {
  bucket.put('a');
  bucket.hide('a');
  const [, below] = bucket.versionsOf('a');
  expect(below).toBeDefined();
  bucket.startUpload('b');
  midnightsUntil(startMs + 6 * dayMs);
  expect(bucket.uploads()).toHaveLength(1);
  midnightsUntil(startMs + 8 * dayMs);
  expect(bucket.uploads()).toEqual([]);
});

test('lists are in key order, without what is hidden, and go on after a name', async () => {
  for (const key of ['p/b/2', 'p/a/1', 'p/c/1', 'p/a-/1', 'q/x/1']) bucket.put(key);
  bucket.hide('p/c/1');
  expect((await collect(bucket.vault.list('p/'))).map(({ key }) => key)).toEqual([
    'p/a-/1',
    'p/a/1',
    'p/b/2',
  ]);
  expect((await collect(bucket.vault.list('p/', { after: 'p/a/1' }))).map(({ key }) => key)).toEqual([
    'p/b/2',
  ]);
  expect((await collect(bucket.vault.folders('p/'))).sort()).toEqual(['a', 'a-', 'b']);
  expect(await collect(bucket.vault.folders('p/', { after: 'a' }))).toEqual(['b']);
  expect(await collect(bucket.vault.folders(''))).toEqual(['p', 'q']);
  time.nowMs += hourMs;
});
