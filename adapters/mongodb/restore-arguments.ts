/** What mongorestore is told. Pure; nothing secret, and names escaped as its patterns want it. */

import type { MongodbFacts } from './model.ts';
import { buckets } from './names.ts';
import { isWanted, type RestoreTarget } from './restore-options.ts';

export interface RestoreArguments {
  readonly facts: Pick<MongodbFacts, 'collections'>;
  readonly target: RestoreTarget;
  /** Replay what was written during the dump; only where nothing is renamed or left out (mongorestore refuses it). */
  readonly replayOplog: boolean;
  readonly collectionsAtATime: number;
}

export function restoreArguments(request: RestoreArguments): readonly string[] {
  const { target } = request;
  return [
    '--archive',
    `--numParallelCollections=${request.collectionsAtATime}`,
    // Documents are older than the rules for new ones; a backup must not be refused by its own validator.
    '--bypassDocumentValidation',
    // A document that is refused ends the restore; without this mongorestore goes on, and ends with success.
    '--stopOnError',
    ...(target.drop ? ['--drop'] : []),
    ...(request.replayOplog ? ['--oplogReplay'] : [...includes(request), ...renames(target)]),
  ];
}

/** Always said, so that admin's own collections in an archive of everything stay out. */
function includes({ facts, target }: RestoreArguments): string[] {
  if (target.only === undefined)
    return [...target.databases.keys()].map((name) => `--nsInclude=${escaped(name)}.*`);
  return facts.collections
    .filter((one) => isWanted(target, one))
    .flatMap((one) => (one.type === 'timeseries' ? [one, buckets(one)] : [one]))
    .map(({ database, collection }) => `--nsInclude=${escaped(database)}.${escaped(collection)}`);
}

function renames(target: RestoreTarget): string[] {
  return [...target.databases]
    .filter(([from, to]) => from !== to)
    .flatMap(([from, to]) => [`--nsFrom=${escaped(from)}.*`, `--nsTo=${escaped(to)}.*`]);
}

/** `*` stands for anything, `\` takes its meaning away. */
function escaped(name: string): string {
  return name.replaceAll(/[\\*]/g, '\\$&');
}
