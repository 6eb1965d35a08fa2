import { describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { parsePlan } from '../../../adapters/kinds.ts';
import { beginningOf, newPlan } from '../../../dashboard/pages/plan-edit/beginning.ts';
import { compared } from '../../../dashboard/pages/plan-edit/compared.ts';
import { at, changesOf, fitsForm, isSame, merged, withAt } from '../../../dashboard/pages/plan-edit/draft.ts';
import { errorAt, standing } from '../../../dashboard/pages/plan-edit/edit.ts';
import { readFile } from '../../../dashboard/pages/plan-edit/file-text.ts';
import { keptOf, textOf, withUrl } from '../../../dashboard/pages/plan-edit/kept.ts';
import { linesOf, listOf, unitFor } from '../../../dashboard/pages/plan-edit/lines.ts';
import {
  fieldsOf,
  freeName,
  movedTo,
  newSource,
  sourceKinds,
} from '../../../dashboard/pages/plan-edit/source-fields.ts';

const plan = {
  id: 'shop',
  sources: [{ kind: 'postgres', name: 'main', secret: 's', exclude: { schemas: ['x'] } }],
  retention: { daily: 30, weekly: 12 },
  targets: { recoveryPointMinutes: 60 },
};

describe('a field that is changed', () => {
  test('leaves all others as they are, and the plan before as it was', () => {
    const after = withAt(plan, 'sources.0.secret', 't');
    expect(after).toEqual({ ...plan, sources: [{ ...plan.sources[0], secret: 't' }] });
    expect(plan.sources[0]?.secret).toBe('s');
  });

  test('emptied, it goes, and with it what holds nothing else', () => {
    expect(withAt(plan, 'targets.recoveryPointMinutes', undefined)).not.toHaveProperty('targets');
    expect(at(withAt(plan, 'retention.daily', undefined), 'retention')).toEqual({ weekly: 12 });
    expect(at(withAt(plan, 'sources.0', undefined), 'sources')).toEqual([]);
  });

  test('is made where there was none', () => {
    expect(at(withAt({ id: 'x' }, 'notifications.least', 'critical'), 'notifications')).toEqual({
      least: 'critical',
    });
  });
});

describe('two people editing', () => {
  const named = (...sources: object[]) => ({ id: 'shop', sources });
  const main = { name: 'main', secret: 's' };
  const files = { name: 'files', bucket: 'b' };

  test('of different fields: both changes are there', () => {
    const mine = withAt(plan, 'retention.daily', 14);
    const theirs = withAt(plan, 'retention.weekly', 4);
    expect(at(merged(plan, mine, theirs), 'retention')).toEqual({ daily: 14, weekly: 4 });
  });

  test('of the same field: mine stands, and that is said', () => {
    const mine = withAt(plan, 'retention.daily', 14);
    const theirs = withAt(plan, 'retention.daily', 7);
    expect(at(merged(plan, mine, theirs), 'retention.daily')).toBe(14);
    expect(compared(plan, mine, theirs)).toMatchObject([
      { field: 'retention.daily', before: 30, theirs: { after: 7 }, mine: { after: 14 }, isBoth: true },
    ]);
  });

  test('both to the same: nobody is against anybody', () => {
    const both = withAt(plan, 'retention.daily', 7);
    expect(compared(plan, both, withAt(plan, 'retention.daily', 7))[0]?.isBoth).toBe(false);
  });

  test('of different sources, which go by their names: both changes are there', () => {
    const base = named(main, files);
    const mine = named({ ...main, secret: 't' }, files);
    const theirs = named(main, { ...files, bucket: 'c' }, { name: 'new', secret: 'n' });
    expect(merged(base, mine, theirs)).toEqual(
      named({ ...main, secret: 't' }, { ...files, bucket: 'c' }, { name: 'new', secret: 'n' }),
    );
  });

  test('what one removed and the other left alone is gone; what the other changed is not', () => {
    const base = named(main, files);
    expect(merged(base, named(main), base)).toEqual(named(main));
    expect(merged(base, base, named(main))).toEqual(named(main));
    expect(merged(base, named({ ...main, secret: 't' }, files), named(files))).toEqual(
      named({ ...main, secret: 't' }, files),
    );
  });

  test('a removal of all that the other changed is seen as of both', () => {
    const mine = withAt(plan, 'targets', undefined);
    const theirs = withAt(plan, 'targets.recoveryPointMinutes', 30);
    expect(compared(plan, mine, theirs).every(({ isBoth }) => isBoth)).toBe(true);
  });

  test('the order of fields is no change, that of a list is', () => {
    expect(isSame({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
    expect(changesOf({ list: [1, 2] }, { list: [2, 1] })).toEqual([
      { field: 'list', before: [1, 2], after: [2, 1] },
    ]);
  });
});

describe('a draft that survives a reload', () => {
  const secretive = {
    ...plan,
    deadManUrl: 'https://hc.example.org/secret-path',
    sources: [{ kind: 'mongodb', name: 'main', secret: 'mongodb://u:pass@host/' }],
  };

  test('holds no URL of a dead man, and no password that was pasted as the name of a secret', () => {
    const text = textOf({ draft: secretive, base: { plan: secretive, revision: 3 } });
    expect(text).not.toMatch(/secret-path|pass@/);
    expect(keptOf(text)).toMatchObject({ draft: { id: 'shop' }, base: { revision: 3 } });
  });

  test('has the URL again that the plan has, so that it is no change', () => {
    const kept = withUrl({ draft: { id: 'a' }, base: { plan: { id: 'a' }, revision: 1 } }, 'https://x.org/y');
    expect(kept.draft.deadManUrl).toBe('https://x.org/y');
    expect(kept.base?.plan.deadManUrl).toBe('https://x.org/y');
  });

  test.each([null, '', '{', '[]', '{"draft":3}', '{"draft":{},"base":{"plan":{}}}'])('%j is none', (text) =>
    expect(keptOf(text)).toBeUndefined(),
  );

  test('goes on from the revision that it began with, not from the one that there is now', () => {
    const kept = { draft: { id: 'shop', name: 'Mine' }, base: { plan: { id: 'shop' }, revision: 1 } };
    const server = { plan: { id: 'shop', name: 'Theirs' }, revision: 2 };
    const begun = beginningOf({ server, kept, tried: {}, timeZone: 'UTC' });
    expect(begun).toMatchObject({ isRestored: true, draft: { name: 'Mine' }, base: { revision: 1 } });
  });

  test('that is as the plan is now is none', () => {
    const server = { plan: { id: 'shop', name: 'Same' }, revision: 2 };
    const kept = { draft: { id: 'shop', name: 'Same' }, base: { plan: { id: 'shop' }, revision: 1 } };
    expect(beginningOf({ server, kept, tried: {}, timeZone: 'UTC' })).toMatchObject({
      isRestored: false,
      base: { revision: 2 },
    });
  });

  test('numbers that were tried are in it', () => {
    const server = { plan, revision: 1 };
    const { draft } = beginningOf({ server, kept: undefined, tried: { daily: 7 }, timeZone: 'UTC' });
    expect(at(draft, 'retention')).toEqual({ daily: 7, weekly: 12 });
  });
});

describe('what a new plan begins with', () => {
  test('is what the API would make of an id, a source and a schedule', () => {
    const filled = withAt(withAt(newPlan('Europe/Berlin'), 'id', 'fresh'), 'sources.0.secret', 'holdfast/x');
    const { id, sources, schedule } = filled as Record<string, unknown>;
    expect(parsePlan(filled)).toEqual(parsePlan({ id, sources, schedule }));
  });

  test.each(sourceKinds)('a source of kind %s has fields that its kind knows', (kind) => {
    const source = newSource(kind, 'main');
    const filled = {
      ...source,
      ...(kind === 'files' ? { bucket: 'bucket' } : { secret: 'holdfast/sources/x' }),
    };
    const known = Object.keys(parsePlan({ id: 'x', sources: [filled] }).sources[0] as object);
    const optional = ['databases', 'tls', 'parallelism', 'prefix', 'region', 'secret'];
    for (const { path } of fieldsOf(filled)) {
      expect([...known, ...optional]).toContain(path.split('.')[0]);
    }
  });

  test('files that move to a folder leave behind what belongs to a bucket', () => {
    const source = {
      kind: 'files',
      name: 'f',
      bucket: 'b',
      prefix: 'p',
      region: 'eu-west-1',
      include: ['*'],
    };
    expect(movedTo('path', source)).toEqual({ kind: 'files', name: 'f', path: '/', include: ['*'] });
  });

  test('names differ', () => {
    expect(freeName(['main', 'main-2'], 'main')).toBe('main-3');
    expect(freeName([], 'main')).toBe('main');
  });
});

describe('lists as lines', () => {
  test('tables and collections come back as they were', () => {
    const tables = [{ schema: 'public', table: 'a.b' }];
    expect(linesOf('tables', tables)).toBe('public.a.b');
    expect(listOf('tables', ' public.a.b \n\n')).toEqual(tables);
    const collections = [{ collection: 'sessions' }, { database: 'shop', collection: 'carts' }];
    expect(listOf('collections', linesOf('collections', collections) ?? '')).toEqual(collections);
  });

  test('what would come back otherwise is left alone', () => {
    expect(linesOf('tables', [{ schema: 'a.b', table: 'c' }])).toBeUndefined();
    expect(linesOf('collections', [{ collection: 'a/b' }])).toBeUndefined();
    expect(linesOf('names', [' spaced '])).toBeUndefined();
    expect(linesOf('names', 'all')).toBeUndefined();
  });

  test('a size is shown in the largest unit that it is whole in', () => {
    expect([unitFor(53_687_091_200), unitFor(1536), unitFor(1023), unitFor(undefined)]).toEqual([
      'GiB',
      'B',
      'B',
      'GiB',
    ]);
  });
});

describe('what is wrong', () => {
  const issues = [{ field: 'plan.retention.daily', allowed: 'at most 10000' }];

  test('is said at the field until it is changed', () => {
    const found = standing(issues, plan, plan);
    expect(errorAt(found, 'retention.daily')).toBe('at most 10000');
    expect(standing(issues, plan, withAt(plan, 'retention.daily', 14))).toEqual([]);
  });

  test('in a file is said with its line, and what is no plan is not taken', () => {
    const yaml = { parseDocument };
    expect(readFile('id: a\nsources: [', yaml)).toMatchObject({ problem: expect.stringContaining('line 2') });
    expect(readFile('id: a\nid: b', yaml)).toHaveProperty('problem');
    expect(readFile('id: a\n---\nid: b', yaml)).toHaveProperty('problem');
    expect(readFile('- a', yaml)).toHaveProperty('problem');
    expect(readFile('id: a # mine', yaml)).toEqual({ plan: { id: 'a' } });
    const bomb = `a: &a [x]\n${'b: [*a]\n'.replace('*a', Array(200).fill('*a').join(','))}`;
    expect(readFile(bomb, yaml)).toHaveProperty('problem');
  });

  test('a plan of another form is left to the file', () => {
    expect(fitsForm(plan)).toBe(true);
    for (const broken of [{}, { sources: 'x' }, { sources: ['x'] }, { sources: [], schedule: 3 }])
      expect(fitsForm(broken)).toBe(false);
  });
});
