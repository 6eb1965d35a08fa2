/** What a restore of MongoDB is told, and how definitions are compared: without any server. */
import { describe, expect, it } from 'vitest';
import type { CollectionFact } from '../../adapters/mongodb/model.ts';
import { indexText, optionsText } from '../../adapters/mongodb/read-definitions.ts';
import { restoreArguments } from '../../adapters/mongodb/restore-arguments.ts';
import {
  describeTarget,
  isWanted,
  requireDistinct,
  restoreTarget,
} from '../../adapters/mongodb/restore-options.ts';
import { restoreRequest } from '../support/mongo-recovery.ts';

const collection = (
  database: string,
  name: string,
  type: CollectionFact['type'] = 'collection',
): CollectionFact => ({ database, collection: name, type, options: {}, indexes: [], sizeBytes: 0 });

const one = {
  ...{ scope: 'database' as const, databases: ['shop'] },
  collections: [
    collection('shop', 'orders'),
    collection('shop', 'a*b\\c'),
    collection('shop', 'heat', 'timeseries'),
    collection('shop', 'costs$'),
  ],
};
const all = {
  ...{ scope: 'deployment' as const, databases: ['admin', 'shop', 'blog'] },
  collections: [
    collection('admin', 'system.users'),
    collection('shop', 'orders'),
    collection('blog', 'posts'),
  ],
};

const told = (
  facts: typeof one | typeof all,
  request: ReturnType<typeof restoreRequest>,
  replayOplog = false,
) => restoreArguments({ facts, target: restoreTarget(facts, request), replayOplog, collectionsAtATime: 2 });
const names = (args: readonly string[]) => args.filter((arg) => arg.startsWith('--ns') || arg === '--drop');

describe('what mongorestore is told', () => {
  it('renames the database, and takes nothing else along', () => {
    expect(names(told(one, restoreRequest()))).toEqual([
      '--nsInclude=shop.*',
      '--nsFrom=shop.*',
      '--nsTo=shop_restored_20261121t020000z.*',
    ]);
  });

  it('keeps the name and drops what is there with replace', () => {
    expect(names(told(one, restoreRequest({}, { replace: true })))).toEqual(['--drop', '--nsInclude=shop.*']);
  });

  it('takes the meaning away from what patterns mean something by, and adds the buckets of time series', () => {
    const args = names(told(one, restoreRequest({ database: 'x', collections: ['a*b\\c', 'heat'] })));
    expect(args.filter((arg) => arg.startsWith('--nsInclude'))).toEqual([
      '--nsInclude=shop.a\\*b\\\\c',
      '--nsInclude=shop.heat',
      '--nsInclude=shop.system.buckets.heat',
    ]);
  });

  it('gives each database of a deployment a name of its own, and leaves admin alone', () => {
    expect(names(told(all, restoreRequest()))).toEqual([
      ...['--nsInclude=shop.*', '--nsInclude=blog.*'],
      ...['--nsFrom=shop.*', '--nsTo=shop_restored_20261121t020000z.*'],
      ...['--nsFrom=blog.*', '--nsTo=blog_restored_20261121t020000z.*'],
    ]);
    expect(isWanted(restoreTarget(all, restoreRequest()), all.collections[0] as CollectionFact)).toBe(false);
  });

  it('leaves users and roles out, and says before it starts where they come along', () => {
    const plain = restoreTarget(all, restoreRequest({}, { replace: true }));
    expect([plain.usersAndRoles, describeTarget(plain)]).toEqual([false, 'databases shop, blog']);
    const asked = restoreTarget(all, restoreRequest({ usersAndRoles: true }, { replace: true }));
    expect(describeTarget(asked)).toBe(
      'databases shop, blog, and in place of all users and roles of the server those of the backup',
    );
    expect(() => restoreTarget(one, restoreRequest({ usersAndRoles: true }))).toThrow(
      'options.usersAndRoles',
    );
  });

  it('says nothing of names where the oplog is replayed, which mongorestore would refuse', () => {
    const args = told(all, restoreRequest({}, { replace: true }), true);
    expect(names(args)).toEqual(['--drop']);
    expect(args).toContain('--oplogReplay');
  });

  it('always stops at the first refused document, and never lets a validator refuse one', () => {
    expect(told(one, restoreRequest())).toEqual(
      expect.arrayContaining(['--archive', '--stopOnError', '--bypassDocumentValidation']),
    );
  });
});

describe('what a restore can be asked for', () => {
  it('refuses one name for several databases', () => {
    expect(() => restoreTarget(all, restoreRequest({ database: 'x' }))).toThrow('holds 2 databases');
  });

  it('takes a collection with its database as well, as the contents of a backup name it', () => {
    const alone = restoreTarget(one, restoreRequest({ collections: ['orders'] }));
    const full = restoreTarget(one, restoreRequest({ collections: [`${one.databases[0]}.orders`] }));
    expect(full.only).toEqual(alone.only);
  });

  it('refuses collections that the backup does not hold, and those that cannot be chosen', () => {
    expect(() => restoreTarget(one, restoreRequest({ collections: ['orders', 'order'] }))).toThrow(
      'options.collections[1]',
    );
    expect(() => restoreTarget(one, restoreRequest({ collections: ['costs$'] }))).toThrow('without $');
    expect(() => restoreTarget(all, restoreRequest({ collections: ['posts'] }))).toThrow('collections[0]');
    expect(restoreTarget(all, restoreRequest({ collections: ['blog.posts'] })).only).toEqual(
      new Set(['blog.posts']),
    );
    expect(() => restoreTarget(all, restoreRequest({ collections: ['admin.system.users'] }))).toThrow('[0]');
  });

  it.each(['admin', 'Config', 'a.b', 'a b', 'a$', 'x'.repeat(64), 'ü'.repeat(32)])(
    'refuses %j as the name of a database',
    (database) => expect(() => restoreRequest({ database })).toThrow(),
  );

  it('cuts a long name to what MongoDB takes, and refuses two that become one', () => {
    const long = 'ü'.repeat(31);
    const facts = { ...one, databases: [long], collections: [] };
    const [name = ''] = restoreTarget(facts, restoreRequest()).databases.values();
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
    expect(name).toMatch(/^ü+_restored_20261121t020000z$/);
    const twins = { ...all, databases: ['x'.repeat(60), `${'x'.repeat(60)}y`] };
    expect(() => requireDistinct(restoreTarget(twins, restoreRequest()))).toThrow('same new name');
  });
});

describe('definitions', () => {
  it('are the same whatever type a number has and whatever version the index', () => {
    const old = {
      v: { $numberInt: '1' },
      key: { a: { $numberDouble: '1.0' } },
      name: 'a',
      unique: { $numberInt: '1' },
      ns: 'x.y',
    };
    const now = { v: 2, key: { a: 1 }, name: 'a', unique: true };
    expect(indexText(old)).toBe(indexText(now));
  });

  it('differ in the order of the fields of an index, not of its options', () => {
    expect(indexText({ key: { a: 1, b: 1 }, name: 'x' })).not.toBe(
      indexText({ key: { b: 1, a: 1 }, name: 'x' }),
    );
    expect(indexText({ key: { a: 1 }, name: 'x', sparse: true })).toBe(
      indexText({ sparse: true, name: 'x', key: { a: 1 } }),
    );
    expect(indexText({ key: { a: 1 }, name: 'x', partialFilterExpression: { n: { $gt: 1 } } })).not.toBe(
      indexText({ key: { a: 1 }, name: 'x', partialFilterExpression: { n: { $gt: 2 } } }),
    );
  });

  it('of collections know caps and validators, and not the number of the collection', () => {
    expect(optionsText({ uuid: 'x', capped: true })).toBe(optionsText({ capped: true }));
    expect(optionsText({ capped: true, size: { $numberLong: '512' } })).not.toBe(
      optionsText({ capped: true, size: 256 }),
    );
  });
});
