/** Names of collections: how they are shown and ordered, and where a time series keeps its documents. */
import type { NamespaceName } from './model.ts';

const bucketsPrefix = 'system.buckets.';

/** Where the documents of a time series lie. */
export function buckets(name: NamespaceName): NamespaceName {
  return { database: name.database, collection: `${bucketsPrefix}${name.collection}` };
}

/** The time series whose buckets these are; any other name as it is. */
export function withoutBuckets(name: NamespaceName): NamespaceName {
  const { database, collection } = name;
  return collection.startsWith(bucketsPrefix)
    ? { database, collection: collection.slice(bucketsPrefix.length) }
    : { database, collection };
}

/** `shop.orders`: a database's name has no dot, so each name has one reading. */
export function show(name: NamespaceName): string {
  return `${name.database}.${name.collection}`;
}

/** Order of names in the manifest, the same whatever the language of the machine. */
export function byName(a: NamespaceName, b: NamespaceName): number {
  if (a.database !== b.database) return a.database < b.database ? -1 : 1;
  return a.collection < b.collection ? -1 : a.collection > b.collection ? 1 : 0;
}
