import fc from 'fast-check';
import { expect, test } from 'vitest';
import { partKey } from '../../core/format/layout.ts';
import type { Reference } from '../../core/manifest.ts';
import type { Needed } from '../../core/ports/catalog.ts';
import {
  backupsIn,
  boundNeeded,
  inRanges,
  mergeNeeded,
  mostNeededBackups,
  mostNeededBytes,
  neededOf,
  needsKey,
  rangesOf,
  subtractNeeded,
} from '../../core/references.ts';

const backups = ['20260101T020000Z-00000001', '20260102T020000Z-00000002', '20260103T020000Z-00000003'];
const most = 30;

const indexes = fc.array(fc.nat(most - 1), { maxLength: 12 });
const segments = fc.oneof({ weight: 5, arbitrary: indexes.map(rangesOf) }, fc.constant('*'));
const needed: fc.Arbitrary<Needed> = fc.record({
  backupId: fc.constantFrom(...backups),
  attempt: fc.integer({ min: 1, max: 2 }),
  component: fc.constantFrom('files', 'files-02'),
  segments,
});
const list = fc.array(needed, { maxLength: 8 });

/** The reference: every segment that there is, by name. */
function modelOf(needs: readonly Needed[]): Set<string> {
  const model = new Set<string>();
  for (const backupId of backups)
    for (const attempt of [1, 2])
      for (const component of ['files', 'files-02'])
        for (let index = 0; index < most; index += 1)
          if (needsKey(needs, keyOf({ backupId, attempt, component }, index)))
            model.add(`${backupId}/${attempt}/${component}/${index}`);
  return model;
}

const keyOf = (address: Omit<Needed, 'segments'>, index: number, part = 1) =>
  partKey({ ...address, planId: 'shop', index, name: 'pack' }, part);

function referenceTo(address: Omit<Needed, 'segments'>, index: number): Reference {
  const parts = [1, 2].map((part) => ({
    key: keyOf(address, index, part),
    lengthBytes: 1,
    sha256: 'a'.repeat(64),
  }));
  const { role } = { role: 'pack' } as const;
  return {
    index,
    name: 'pack',
    encoding: 'tar-zstd',
    section: 'data',
    role,
    plainBytes: 1,
    parts,
    contents: {},
  };
}

test('ranges hold exactly the indexes that they were made of, however they came', () => {
  fc.assert(
    fc.property(indexes, (found) => {
      const ranges = rangesOf(found);
      for (let index = 0; index < most; index += 1)
        expect(inRanges(ranges, index)).toBe(found.includes(index));
      expect(rangesOf([...found].reverse())).toBe(ranges);
    }),
  );
  expect(rangesOf([9, 0, 1, 2, 3, 4, 5, 6, 7, 7])).toBe('0-7,9');
  expect(rangesOf([])).toBe('');
  expect(inRanges('*', 12_345)).toBe(true);
});

test('what several need together is what any of them needs', () => {
  fc.assert(
    fc.property(list, list, (one, other) => {
      const merged = mergeNeeded(one, other);
      expect(modelOf(merged)).toEqual(new Set([...modelOf(one), ...modelOf(other)]));
      expect(mergeNeeded(merged)).toEqual(merged);
      expect(
        new Set(merged.map(({ backupId, attempt, component }) => `${backupId}${attempt}${component}`)).size,
      ).toBe(merged.length);
    }),
  );
});

test('what is left of a need is what the other does not need, and all of it where that is not known', () => {
  fc.assert(
    fc.property(list, list, (one, other) => {
      const left = modelOf(subtractNeeded(one, other));
      const exact = new Set([...modelOf(one)].filter((each) => !modelOf(other).has(each)));
      for (const each of exact) expect(left.has(each)).toBe(true);
      if (!one.some((each) => each.segments === '*')) expect(left).toEqual(exact);
    }),
  );
  const all = [{ backupId: backups[0] as string, attempt: 1, component: 'files', segments: '*' }];
  expect(subtractNeeded(all, [{ ...all[0], segments: '0-3' } as Needed])).toEqual(all);
  expect(subtractNeeded(all, all)).toEqual([]);
});

test('references are needed by the keys of their parts, each of them', () => {
  const address = { backupId: backups[0] as string, attempt: 2, component: 'files' };
  const references = [3, 1, 2, 7].map((index) => referenceTo(address, index));
  const needs = neededOf(references);
  expect(needs).toEqual([{ ...address, segments: '1-3,7' }]);
  for (const { parts } of references) for (const { key } of parts) expect(needsKey(needs, key)).toBe(true);
  expect(needsKey(needs, keyOf(address, 4))).toBe(false);
  expect(needsKey(needs, keyOf({ ...address, attempt: 1 }, 3))).toBe(false);
  expect(needsKey(needs, `plans/shop/${backups[0]}/manifest`)).toBe(false);
  const odd = { ...referenceTo(address, 1), parts: [{ key: 'x', lengthBytes: 1, sha256: 'a'.repeat(64) }] };
  expect(() => neededOf([odd])).toThrow(/reference: key/);
});

test('what is too long for a row becomes more, never less, and fits', () => {
  const odd = rangesOf(Array.from({ length: 3000 }, (_, at) => at * 2));
  const many = Array.from({ length: mostNeededBackups }, (_, at): Needed => {
    const backupId = `20260101T${String(at).padStart(6, '0')}Z-0000abcd`;
    return { backupId, attempt: 1, component: `files-${'x'.repeat(50)}`, segments: at < 40 ? odd : '0-3' };
  });
  const ranges = boundNeeded(many.slice(0, 100));
  expect(Buffer.byteLength(JSON.stringify(ranges))).toBeLessThanOrEqual(mostNeededBytes);
  expect(ranges.filter((each) => each.segments === '0-3')).toHaveLength(60);
  const whole = boundNeeded(many);
  expect(Buffer.byteLength(JSON.stringify(whole))).toBeLessThanOrEqual(mostNeededBytes);
  expect(backupsIn(whole)).toEqual(backupsIn(many));
  for (const { backupId, component } of many)
    for (const bounded of [whole, backupsIn(ranges).includes(backupId) ? ranges : whole])
      expect(needsKey(bounded, keyOf({ backupId, attempt: 1, component }, 2))).toBe(true);
  const tooMany = [...many, { ...many[0], backupId: '20270101T000000Z-0000abcd' } as Needed];
  expect(() => boundNeeded(tooMany)).toThrow(/501 backups/);
});

test('ranges that are none are refused by name', () => {
  const bad = (text: string): Needed[] => [
    { backupId: backups[0] as string, attempt: 1, component: 'files', segments: text },
  ];
  for (const text of ['a', '3-1', '1,,2', '-1', '1-'])
    expect(() => mergeNeeded(bad(text))).toThrow(/segments/);
});
