/** What the session of a backup concludes from the collections that it saw at the beginning and at the end. Pure. */
import type { CatalogueCollection } from './catalogue.ts';
import { listNames } from './dump.ts';
import type { CollectionFact, MongoArchiveContents, MongodbFacts, NamespaceName } from './model.ts';
import { show, withoutBuckets } from './names.ts';
import type { ServerFacts } from './server.ts';

/** With the oplog the archive holds what was there when mongodump listed it; what came later is in the oplog only. */
export function heldOf(
  now: readonly CatalogueCollection[],
  contents: readonly MongoArchiveContents[],
): { readonly held: readonly CatalogueCollection[]; readonly missed: readonly CatalogueCollection[] } {
  const announced = announcedNames(contents);
  const isHeld = (one: CatalogueCollection) => announced.has(show(one)) || isOptional(one, contents);
  return { held: now.filter(isHeld), missed: now.filter((one) => !isHeld(one)) };
}

/** Which of admin's own a tool announces, differs by its version: what it leaves out has no count. */
export function isOptional(
  { database, collection }: NamespaceName,
  contents: readonly MongoArchiveContents[],
): boolean {
  if (database !== 'admin' || !collection.startsWith('system.')) return false;
  return !announcedNames(contents).has(show({ database, collection }));
}

function announcedNames(contents: readonly MongoArchiveContents[]): ReadonlySet<string> {
  return new Set(contents.flatMap((one) => one.announced).map((one) => show(withoutBuckets(one))));
}

export function madeMeanwhile(missed: readonly CatalogueCollection[]): MongodbFacts['notCovered'] {
  if (missed.length === 0) return [];
  return [
    {
      what: `collections that were made while the backup ran: ${listNames(missed)}`,
      why: 'what there is of them is in the oplog, and comes back only where that is replayed',
    },
  ];
}

export function withoutUuid({ uuid: _, ...fact }: CatalogueCollection): CollectionFact {
  return fact;
}

export function differences(before: CatalogueCollection, after: CatalogueCollection): readonly string[] {
  if (before.type !== after.type) return [`was a ${before.type} and is a ${after.type}`];
  if (before.uuid !== after.uuid) return ['was dropped and made again'];
  return [
    ...(JSON.stringify(before.options) === JSON.stringify(after.options) ? [] : ['has other options']),
    ...(JSON.stringify(before.indexes) === JSON.stringify(after.indexes) ? [] : ['has other indexes']),
  ];
}

export function notCovered(
  isDeployment: boolean,
  server: ServerFacts,
  atlasProxy: boolean,
): MongodbFacts['notCovered'] {
  const own = { what: 'the databases config and local', why: "they are the server's own" };
  const users = { what: 'users and roles', why: 'they lie in admin, not in the database that is dumped' };
  const sharding = {
    what: 'shard keys, zones and the placement of chunks',
    why: 'mongodump through mongos reads documents; a restored collection is unsharded',
  };
  const views = { what: 'results of views', why: 'a view is kept as its definition' };
  return [
    ...(isDeployment ? [own] : [users]),
    views,
    ...(server.topology === 'sharded' ? [sharding] : []),
    ...(atlasProxy && isDeployment ? [users] : []),
  ];
}
