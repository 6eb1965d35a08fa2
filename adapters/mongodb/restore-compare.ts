/**
 * What is in a server now, compared with what the manifest says: documents, options and indexes of each collection.
 * Promise: what the server is unable to keep is `notProven`, and only so where it is no MongoDB server at all.
 */
import type { MongoClient } from 'mongodb';
import type { Comparison } from '../../core/ports/recovery.ts';
import { ComparisonBuilder } from '../comparison.ts';
import { type CatalogueCollection, countDocuments, readCatalogue } from './catalogue.ts';
import { explainedBy, sourceCount } from './counts.ts';
import type { CollectionFact, MongodbFacts, Written } from './model.ts';
import { show } from './names.ts';
import { indexName, indexText, optionsText } from './read-definitions.ts';
import { isWanted, type RestoreTarget } from './restore-options.ts';

export interface RestoredComparison {
  readonly client: MongoClient;
  readonly facts: MongodbFacts;
  readonly target: RestoreTarget;
  /** What was replayed, by `show` as the backup names it: by so much a count may differ from the dump's. */
  readonly replayed?: ReadonlyMap<string, Written>;
  readonly server: ServerIdentity;
}

export interface ServerIdentity {
  readonly version: string;
  /** False: something that speaks the protocol, and keeps less. */
  readonly real: boolean;
}

/** A MongoDB server names the commit that it was built from. */
export async function identify(client: MongoClient): Promise<ServerIdentity> {
  const build = await client.db('admin').command({ buildInfo: 1 });
  return { version: String(build.version ?? ''), real: typeof build.gitVersion === 'string' };
}

/** @throws what the driver throws */
export async function compareRestored(request: RestoredComparison): Promise<Comparison> {
  const { client, facts, target, server } = request;
  const result = new ComparisonBuilder();
  result.fact('sourceServerVersion', facts.serverVersion);
  result.fact('targetServerVersion', server.version);
  if (!server.real) result.fact('targetServer', 'a stand-in that speaks the protocol, not MongoDB');
  const here = await readCatalogue(client, [...target.databases.values()], { collections: [] });
  const byName = new Map(here.collections.map((one) => [show(one), one]));
  const wanted = facts.collections.filter((one) => isWanted(target, one));
  const pairs = wanted.flatMap((there) => {
    const found = byName.get(show(renamed(there, target)));
    if (found !== undefined) return [{ there, found }];
    if (!server.real && there.type !== 'collection') result.notProven(show(there), standInLacks(there.type));
    else result.difference(`${show(there)} is missing`);
    return [];
  });
  for (const { there, found } of pairs) compareOptions(result, there, found, server);
  for (const { there, found } of pairs) compareIndexes(result, there, found, server);
  const counts = await countAll(request, pairs);
  compareCounts(result, request, counts);
  const own = facts.databases.filter((name) => !target.databases.has(name));
  if (own.length > 0) result.notProven(`collections of ${own.join(', ')}`, "they are the server's own");
  if (target.only === undefined)
    for (const { what, why } of facts.notCovered) result.notProven(what, `not in the backup: ${why}`);
  return result.build();
}

/** Reading an index of more to its end takes longer than one answer may. */
const exactUpToDocuments = 20_000_000;

/** By `show` of the name in the target: exact, but for the large ones whose number in the server's books is right. */
async function countAll(
  { client, facts, target, server }: RestoredComparison,
  pairs: readonly { readonly there: CollectionFact; readonly found: CatalogueCollection }[],
): Promise<ReadonlyMap<string, number>> {
  const dumped = new Map(facts.counts.map((one) => [show(renamed(one, target)), one.dumped]));
  const all = pairs.map(({ found }) => found);
  const large = all.filter((one) => (dumped.get(show(one)) ?? 0) > exactUpToDocuments);
  const how = { serverVersion: server.version };
  const booked = await countDocuments(client, large, { ...how, exact: false });
  const isRight = (one: CatalogueCollection) => booked.get(show(one)) === dumped.get(show(one));
  const rest = all.filter((one) => !large.includes(one) || !isRight(one));
  return new Map([...booked, ...(await countDocuments(client, rest, { ...how, exact: true }))]);
}

export function renamed(
  { database, collection }: Pick<CollectionFact, 'database' | 'collection'>,
  target: RestoreTarget,
): { readonly database: string; readonly collection: string } {
  return { database: target.databases.get(database) ?? database, collection };
}

const standInLacks = (what: string) => `the server is no MongoDB server and keeps no ${what}`;

function compareOptions(
  result: ComparisonBuilder,
  there: CollectionFact,
  found: CatalogueCollection,
  server: ServerIdentity,
): void {
  const same = there.type === found.type && optionsText(there.options) === optionsText(found.options);
  if (same) result.count(there.type === 'view' ? 'views' : 'options');
  else if (!server.real) result.notProven(`options of ${show(there)}`, standInLacks('options'));
  else {
    result.difference(
      `${show(there)} is a ${found.type} with ${optionsText(found.options)}, the manifest says a ${there.type} with ${optionsText(there.options)}`,
    );
  }
}

function compareIndexes(
  result: ComparisonBuilder,
  there: CollectionFact,
  found: CatalogueCollection,
  server: ServerIdentity,
): void {
  if (there.type !== found.type) return;
  const here = new Map(found.indexes.map((index) => [indexName(index), indexText(index)]));
  for (const index of there.indexes) {
    const name = indexName(index);
    const text = here.get(name);
    here.delete(name);
    if (text === indexText(index)) result.count('indexes');
    else if (text === undefined) result.difference(`index ${name} of ${show(there)} is missing`);
    else if (!server.real)
      result.notProven(`options of index ${name} of ${show(there)}`, standInLacks('such options'));
    else
      result.difference(`index ${name} of ${show(there)} is ${text}, the manifest says ${indexText(index)}`);
  }
  for (const name of here.keys())
    result.difference(`index ${name} of ${show(there)} is there, and the source had none`);
}

function compareCounts(
  result: ComparisonBuilder,
  { facts, target, replayed, server }: RestoredComparison,
  counts: ReadonlyMap<string, number>,
): void {
  const types = new Map(facts.collections.map((one) => [show(one), one.type]));
  for (const there of facts.counts.filter((one) => isWanted(target, one))) {
    const name = show(there);
    const type = types.get(name) ?? 'collection';
    const documents = counts.get(show(renamed(there, target)));
    const written = replayed?.get(name);
    const off = Math.abs((documents ?? 0) - there.dumped);
    const isExplained = written !== undefined && off <= explainedBy(written);
    result.item({
      ...{ name, type, ...sourceCount(there), backup: { rows: there.dumped } },
      ...(documents !== undefined && { restored: { rows: documents } }),
      // What is not there at all: a stand-in keeps collections only.
      same: documents === undefined ? !server.real && type !== 'collection' : off === 0 || isExplained,
    });
    if (documents === undefined) continue;
    result.count('collections');
    result.count('documents', documents);
    if (off === 0) continue;
    if (isExplained) {
      const why = `it has ${documents} documents, the dump had ${there.dumped}: ${written.inserted} inserted and ${written.deleted} deleted during the dump were replayed`;
      result.notProven(`documents of ${name}`, why);
    } else result.difference(`${name} has ${documents} documents, the dump had ${there.dumped}`);
  }
}
