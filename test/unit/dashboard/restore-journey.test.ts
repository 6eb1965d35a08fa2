/** The steps to a restore, the point that is offered, and the order that cannot be placed twice. */
import { describe, expect, it } from 'vitest';
import { destroys as mongodbDestroys } from '../../../adapters/mongodb/restore-destroys.ts';
import { mongodbRestoreOptions } from '../../../adapters/mongodb/restore-options.ts';
import { destroys as postgresDestroys } from '../../../adapters/postgres/restore-destroys.ts';
import { postgresRestoreOptions } from '../../../adapters/postgres/restore-options.ts';
import {
  dayBounds,
  isStale,
  newOrder,
  orderedAt,
  orderedSince,
  preselected,
  stepOf,
  toType,
  typedName,
} from '../../../dashboard/pages/restore/journey.ts';
import { databaseOf, kindAmong, sourcesOf } from '../../../dashboard/pages/restore/kind.ts';

describe('the step that one is at', () => {
  it('is the first whose choice is missing, whatever the address asks for', () => {
    expect(stepOf(undefined, {})).toBe('plan');
    expect(stepOf('confirm', {})).toBe('plan');
    expect(stepOf(undefined, { plan: 'shop' })).toBe('point');
    expect(stepOf('check', { plan: 'shop' })).toBe('point');
  });

  it('is the one of the address when what comes before it is chosen, also one gone back to', () => {
    const both = { plan: 'shop', point: 'x' };
    expect(stepOf(undefined, both)).toBe('what');
    expect(stepOf('confirm', both)).toBe('confirm');
    expect(stepOf('plan', both)).toBe('plan');
  });
});

const point = (day: number, verification?: { status: 'passed' | 'failed' | 'error'; provenAt?: string }) => ({
  backupId: `b${day}`,
  slot: `2026-11-${String(day).padStart(2, '0')}T02:00:00Z`,
  verification,
});
const proven = { status: 'passed', provenAt: '2026-11-20T04:00:00Z' } as const;

describe('the recovery point that is offered', () => {
  it('is the newest proven one, and it is said how many are newer', () => {
    const found = preselected(
      [point(21, { status: 'passed' }), point(20, proven), point(13, proven)],
      undefined,
    );
    expect(found).toMatchObject({ point: { backupId: 'b20' }, isUnproven: false, newer: 1 });
  });

  it('is one further back than the list goes, when none in it is proven', () => {
    const found = preselected([point(21), point(20)], point(1, proven));
    expect(found).toMatchObject({ point: { backupId: 'b1' }, isUnproven: false, newer: 2 });
  });

  it('is no proven one that failed a later verification', () => {
    const failed = point(20, { ...proven, status: 'failed' });
    expect(preselected([failed, point(19, proven)], failed)).toMatchObject({ point: { backupId: 'b19' } });
  });

  it('is the newest that did not fail when none is proven, and that is said', () => {
    const found = preselected([point(21, { status: 'failed' }), point(20)], undefined);
    expect(found).toMatchObject({ point: { backupId: 'b20' }, isUnproven: true });
    expect(preselected([], undefined)).toBeUndefined();
  });
});

const now = new Date('2026-11-21T10:00:00Z');
const order = newOrder(now, '3f9a1c22-0000-4000-8000-000000000000');
const row = (restoreId: string, createdAt: string, options: Record<string, unknown> = {}) => ({
  ...{ restoreId, backupId: 'b1', createdAt },
  request: { replace: false, options },
});
const mine = { order, backupId: 'b1', wish: { replace: false, options: {} }, besides: undefined };

describe('an order', () => {
  it('is named by its time, and what is no name of one is none', () => {
    expect(order).toBe('o-20261121t100000z-3f9a1c2200004000');
    expect(orderedAt(order)).toBe('2026-11-21T10:00:00Z');
    expect(orderedAt('o-1')).toBeUndefined();
  });

  it('is good for half a day: the API forgets its key after a whole one', () => {
    expect(isStale(order, new Date('2026-11-21T21:59:00Z'))).toBe(false);
    expect(isStale(order, new Date('2026-11-21T22:01:00Z'))).toBe(true);
    expect(isStale('o-1', now)).toBe(true);
  });

  it('was placed already when the same restore was ordered since, by whomever', () => {
    expect(orderedSince([row('r-2', '2026-11-21T10:00:05Z')], mine)?.restoreId).toBe('r-2');
    expect(orderedSince([row('r-2', '2026-11-21T09:59:50Z')], mine)?.restoreId).toBe('r-2');
  });

  it('was not placed by a restore of yesterday, of another point, or of something else', () => {
    expect(orderedSince([row('r-1', '2026-11-20T10:00:05Z')], mine)).toBeUndefined();
    expect(orderedSince([{ ...row('r-1', '2026-11-21T10:01:00Z'), backupId: 'b2' }], mine)).toBeUndefined();
    const other = { ...mine, wish: { replace: false, options: { database: 'shop_look' } } };
    expect(orderedSince([row('r-1', '2026-11-21T10:01:00Z')], other)).toBeUndefined();
  });

  it('is the same when the API has added to its options', () => {
    const wish = { replace: false, options: { database: 'shop' } };
    const placed = row('r-1', '2026-11-21T10:01:00Z', { secret: 's', database: 'shop' });
    expect(orderedSince([placed], { ...mine, wish })?.restoreId).toBe('r-1');
  });

  it('beside one that is known is not that one, nor one before it', () => {
    const rows = [row('r-2', '2026-11-21T10:00:10Z'), row('r-1', '2026-11-21T10:00:05Z')];
    expect(orderedSince(rows, { ...mine, besides: 'r-2' })).toBeUndefined();
    expect(orderedSince(rows, { ...mine, besides: 'r-1' })?.restoreId).toBe('r-2');
  });
});

describe('what is typed before something goes', () => {
  const base = { compare: true, requestedAt: '2026-11-21T10:00:00Z' };

  it('is the name of the database, as the kinds name their places', () => {
    const request = { ...base, replace: true, options: postgresRestoreOptions.parse({ database: 'shop' }) };
    const source = { kind: 'postgres', name: 'main', secret: 'holdfast/sources/shop, database x' } as never;
    expect(postgresDestroys(source, request)?.places.map(typedName)).toEqual(['shop']);
  });

  it('is in plain words where no name is known', () => {
    const options = mongodbRestoreOptions.parse({ usersAndRoles: true });
    const source = { kind: 'mongodb', name: 'main', secret: 's', databases: 'all' } as never;
    const places = mongodbDestroys(source, { ...base, replace: true, options })?.places ?? [];
    expect(places.map(typedName)).toEqual(['every database', 'users and roles']);
  });

  it('is a place of files as it is', () => {
    expect(typedName('s3://bucket/uploads/')).toBe('s3://bucket/uploads/');
  });

  it('is each name once, and the plan where there is no name or there are too many', () => {
    const place = (name: string) => `the server in secret s, database ${name}`;
    expect(toType([place('a'), place('b')], 'shop').map(({ name }) => name)).toEqual(['a', 'b']);
    expect(toType([], 'shop')).toEqual([{ name: 'shop', places: [] }]);
    expect(toType(['a', 'b', 'c', 'd', 'e', 'f'].map(place), 'shop').map(({ name }) => name)).toEqual([
      'shop',
    ]);
  });
});

describe('the kind of what is restored', () => {
  const sources = [
    { kind: 'postgres', name: 'shop', databases: ['shop'] },
    { kind: 'files', name: 'uploads' },
  ];

  it('is the one that all sources of the backup have', () => {
    expect(kindAmong(sources)).toBeUndefined();
    expect(kindAmong(sourcesOf(sources, ['uploads'], undefined))).toBe('files');
    expect(kindAmong(sourcesOf(sources, undefined, 'shop-02'))).toBe('postgres');
    expect(kindAmong([{ kind: 'oracle' }])).toBeUndefined();
  });

  it('has a database with a name where the plan names exactly one', () => {
    expect(databaseOf(sourcesOf(sources, undefined, 'shop'))).toBe('shop');
    expect(databaseOf([{ kind: 'postgres', name: 'a', databases: 'all' }])).toBeUndefined();
    expect(databaseOf([{ kind: 'postgres', name: 'a', databases: ['a', 'b'] }])).toBeUndefined();
  });
});

describe('a day as instants', () => {
  it('is 24 hours of UTC', () => {
    expect(dayBounds('2026-11-21', true)).toEqual({
      from: '2026-11-21T00:00:00.000Z',
      to: '2026-11-22T00:00:00.000Z',
    });
  });
});
