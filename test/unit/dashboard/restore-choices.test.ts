/** What a person chose on the way to a restore, in the address and as the API takes it. */
import { describe, expect, it } from 'vitest';
import { kinds as kindsOfAdapters, restoreFactsOf } from '../../../adapters/kinds.ts';
import {
  addressOf,
  type Choices,
  kinds,
  mostNames,
  namesText,
  readNames,
  tableName,
  tableOf,
  wishOf,
} from '../../../dashboard/pages/restore/choices.ts';

const chosen = { plan: 'shop', point: '20261121T020000Z-3f9a1c22' } as const;

const everyChoice: Readonly<Record<(typeof kinds)[number], Choices>> = {
  postgres: {
    ...chosen,
    ...{ component: 'main', part: 'some', only: ['public.orders', 'audit.log'], database: 'shop_look' },
    ...{ secret: 'holdfast/sources/other', roles: 'app=app2,owner=postgres', createRoles: true },
    ...{ noOwner: true, uncompared: true, from: 'vault:far', speed: 'bulk' },
  },
  mongodb: { ...chosen, part: 'some', only: ['orders'], to: 'into', database: 'shop', users: true },
  files: { ...chosen, part: 'some', only: ['2026/11/a.jpg'], to: 'into', place: 's3://bucket/back/' },
};

describe('choices of a restore', () => {
  it('ask for everything into a new place, compared with the evidence, unless something else is chosen', () => {
    expect(wishOf(chosen, 'postgres')).toEqual({
      ...{ replace: false, compare: true, from: 'vault', returnSpeed: 'standard', options: {} },
    });
  });

  it('know the kinds of source that there are', () => {
    expect([...kinds].sort()).toEqual(kindsOfAdapters.map(({ kind }) => kind).sort());
  });

  it.each(kinds)('of %s are options that the kind itself takes', (kind) => {
    const { options } = wishOf(everyChoice[kind], kind);
    const parsed = restoreFactsOf({ kind }).restoreOptions.safeParse(options);
    expect(parsed.error?.issues).toBeUndefined();
  });

  it.each(kinds)('of %s come back from the order that was made of them', (kind) => {
    const { plan: planId = '', point: backupId = '' } = chosen;
    const order = { planId, backupId, ...wishOf(everyChoice[kind], kind) };
    const address = addressOf(order);
    const again = { ...address, ...(address.only && { only: readNames(address.only) }) };
    const flags = ['users', 'createRoles', 'noOwner', 'uncompared'];
    const typed = Object.entries(again).map(([name, value]) => [name, flags.includes(name) ? true : value]);
    expect(wishOf(Object.fromEntries(typed) as Choices, kind)).toEqual(wishOf(everyChoice[kind], kind));
  });

  it('leave out the names when everything is wanted after all', () => {
    expect(wishOf({ ...chosen, only: ['public.orders'] }, 'postgres').options).toEqual({});
  });

  it('give no place to a restore of files that replaces: the API refuses both together', () => {
    expect(wishOf({ ...chosen, to: 'replace', place: 's3://bucket/x' }, 'files').options).toEqual({});
  });

  it('take schema and table apart at the first dot, and names in quotes as they are', () => {
    expect(tableOf('public.orders.2026')).toEqual({ schema: 'public', table: 'orders.2026' });
    expect(tableOf('"my.schema"."Or""der"')).toEqual({ schema: 'my.schema', table: 'Or"der' });
    expect(tableOf('orders')).toEqual({ schema: 'public', table: 'orders' });
    const odd = { schema: 'a.b', table: 'c.d' };
    expect(tableOf(tableName(odd))).toEqual(odd);
  });
});

describe('names in the address', () => {
  it.each([[['public.orders']], [['a', 'b']], [['[strange]']], [['with,comma', 'with\nline', 'ü']]])(
    '%j come back as they were',
    (names) => {
      expect(readNames(namesText(names) ?? '')).toEqual(names);
    },
  );

  it('are one word as they look when there is one', () => {
    expect(namesText(['public.orders'])).toBe('public.orders');
    expect(namesText([])).toBeUndefined();
  });

  it('that somebody made up are as if absent, and too many are cut', () => {
    expect(readNames('')).toBeUndefined();
    expect(readNames('[1,2')).toBeUndefined();
    expect(readNames('[1,{}]')).toBeUndefined();
    expect(readNames(JSON.stringify(Array.from({ length: 99 }, (_, at) => `t${at}`)))).toHaveLength(
      mostNames,
    );
  });
});
