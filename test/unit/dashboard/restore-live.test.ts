/** A restore as it is shown: what came of it, what differs in plain words, what is said aloud, commands to copy. */
import { describe, expect, it } from 'vitest';
import { kindOfOrder, sentenceOf, shell, waysOf } from '../../../dashboard/pages/restore-live/cut-over.ts';
import { contentOf, differenceOf, resultOf } from '../../../dashboard/pages/restore-live/result.ts';
import { spokenOf } from '../../../dashboard/pages/restore-live/spoken.ts';

const table = (source: object | undefined, restored: object | undefined, same: boolean) => ({
  ...{ name: 'public.orders', type: 'table', same },
  ...(source && { source }),
  ...(restored && { restored }),
});

describe('what came of a restore', () => {
  it('is read as far as it is as expected, and never fails', () => {
    const comparison = {
      compared: { tables: 2, odd: 'x' },
      differences: ['a'],
      notProven: [{ what: 'b', why: 'c' }, 7],
      items: [table({ rows: 3 }, { rows: 3 }, true), { rows: 1 }, null],
      itemsLeft: 4,
    };
    const result = resultOf({ target: 'shop_r', seconds: 2, comparison, nextSteps: ['go'], skipped: 'x' });
    expect(result).toMatchObject({ target: 'shop_r', seconds: 2, nextSteps: ['go'], skipped: [] });
    expect(result.comparison).toMatchObject({
      ...{ compared: [['tables', 2]], differences: ['a'], notProven: [{ what: 'b', why: 'c' }] },
      itemsLeft: 4,
    });
    expect(result.comparison?.items).toHaveLength(1);
    expect(resultOf({}).comparison).toBeUndefined();
    expect(resultOf({ comparison: [] }).comparison).toBeUndefined();
  });

  it('differs by what is missing, by how many rows, or by content', () => {
    expect(differenceOf(table({ rows: 3 }, { rows: 3 }, true))).toBeUndefined();
    expect(differenceOf(table({ rows: 3 }, undefined, false))).toEqual({ how: 'missing' });
    expect(differenceOf(table({ rows: 10 }, { rows: 7 }, false))).toEqual({ how: 'fewer', by: 3 });
    expect(differenceOf(table({ rows: 7 }, { rows: 10 }, false))).toEqual({ how: 'more', by: 3 });
    const differs = table({ rows: 7, checksum: 'a' }, { rows: 7, checksum: 'b' }, false);
    expect(differenceOf(differs)).toEqual({ how: 'content' });
    expect(differenceOf(table({ rows: 7 }, { rows: 7 }, false))).toEqual({ how: 'other' });
  });

  it('has contents that were compared only where both sides have a checksum', () => {
    expect(contentOf(table({ checksum: 'a' }, { checksum: 'a' }, true))).toBe('same');
    expect(contentOf(table({ checksum: 'a' }, { checksum: 'b' }, false))).toBe('differs');
    expect(contentOf(table({ checksum: 'a' }, {}, true))).toBe('unknown');
  });
});

describe('what is said aloud while it runs', () => {
  const going = { status: 'running', step: 'Loads the data', totalBytes: 1000 };

  it('changes with each tenth and not between', () => {
    expect(spokenOf({ ...going, plainBytes: 310 })).toEqual(spokenOf({ ...going, plainBytes: 399 }));
    expect(spokenOf({ ...going, plainBytes: 400 }).percent).toBe(40);
    expect(spokenOf({ ...going, plainBytes: 1200 }).percent).toBe(100);
  });

  it('names no part of the way that nobody knows', () => {
    expect(spokenOf({ ...going, totalBytes: 0, plainBytes: 0 }).percent).toBeUndefined();
    expect(
      spokenOf({ status: 'waiting', step: undefined, plainBytes: 1, totalBytes: 2 }).percent,
    ).toBeUndefined();
  });
});

describe('the way to using what was restored', () => {
  it('has the command of a step on its own', () => {
    expect(sentenceOf('To remove it: DROP DATABASE "a b";')).toEqual({
      words: 'To remove it:',
      command: 'DROP DATABASE "a b";',
    });
    expect(sentenceOf('Run `holdfast list shop` first.')).toEqual({
      words: 'Run holdfast list shop first.',
      command: 'holdfast list shop',
    });
    expect(sentenceOf('Look at shop: 3 files, 4 bytes.')).toEqual({
      words: 'Look at shop: 3 files, 4 bytes.',
    });
  });

  const target = 'shop_restored_20261121t100000z';

  it('lets two databases change names, and copies single tables', () => {
    const swap = waysOf({ kind: 'postgres', target, options: {}, replaced: false });
    expect(swap.find(({ id }) => id === 'swap')?.command).toBe(
      `ALTER DATABASE "shop" RENAME TO "shop_before";\nALTER DATABASE "${target}" RENAME TO "shop";`,
    );
    const options = { only: { tables: [{ schema: 'public', table: "o'dd" }] } };
    const copy = waysOf({ kind: 'postgres', target, options, replaced: false });
    expect(copy.map(({ id }) => id)).toEqual(['look', 'copyTables']);
    expect(copy[1]?.command).toContain(`--table='public.o'\\''dd' ${target} | psql`);
  });

  it('names no database that it cannot know, and nothing where it is in use already', () => {
    const named = waysOf({ kind: 'postgres', target: 'other', options: {}, replaced: false });
    expect(named.map(({ id }) => id)).toEqual(['look']);
    expect(waysOf({ kind: 'postgres', target: 'shop', options: {}, replaced: true })).toEqual([]);
    expect(waysOf({ kind: undefined, target, options: {}, replaced: false })).toEqual([]);
  });

  it('copies collections one by one and files by their place', () => {
    const mongo = waysOf({ kind: 'mongodb', target, options: { collections: ['orders'] }, replaced: false });
    expect(mongo[0]?.command).toContain(`--nsFrom=${target}.orders --nsTo=shop.orders`);
    const files = waysOf({ kind: 'files', target: 's3://b/p/', options: {}, replaced: false });
    expect(files[1]?.command).toBe('aws s3 cp --recursive s3://b/p/ s3://BUCKET/PREFIX/');
  });

  it('quotes what a shell would take for something else', () => {
    expect(shell('plain-1.x/y')).toBe('plain-1.x/y');
    expect(shell('$(rm -rf ~)')).toBe("'$(rm -rf ~)'");
    expect(shell('')).toBe("''");
  });

  it('knows the kind by the component, and not where the plan has several', () => {
    const sources = [
      { kind: 'postgres', name: 'shop' },
      { kind: 'files', name: 'uploads' },
    ];
    expect(kindOfOrder(sources, { component: 'shop-02' })).toBe('postgres');
    expect(kindOfOrder(sources, {})).toBeUndefined();
  });
});
