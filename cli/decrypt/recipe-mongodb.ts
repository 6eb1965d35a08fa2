/** How to bring a MongoDB back with mongorestore. */
import { type Recipe, type RecipeInput, unpackCommand } from './recipe-parts.ts';

export function mongodbRecipe({ manifest, component, files }: RecipeInput): Recipe {
  const oplog = component.consistency === 'oplog' ? ' --oplogReplay' : '';
  const { notCovered = [] } = component.facts as { notCovered?: readonly { what: string; why: string }[] };
  return {
    what: component.title,
    steps: [
      [
        'Program: mongorestore of the MongoDB Database Tools, of the version that made the dump or a later one',
        `(mongodump ${manifest.tools.mongodump ?? 'of an unknown version'}). Put the URI of the server into a file that only you can read, with a`,
        'role that may restore, and name it with --config: a line `uri: mongodb://…`.',
      ],
      [
        'Collections into databases of the same names; where a document is there already it stops, --drop replaces what is there.',
        'Read the last line of what it says: only "0 document(s) failed to restore", and as many restored as manifest.json counts, is a success.',
        'Its exit code is none: without --stopOnError it is 0 also where documents failed.',
        ...(oplog
          ? [
              '--oplogReplay brings users and roles of the backup along, with --drop in place of all that the server has: use it for an empty',
              'server. Without it (and with --nsInclude for each database) each collection is as of the moment it was read.',
            ]
          : []),
        `Another database: --nsFrom 'shop.*' --nsTo 'shop_restored.*'${oplog ? ' (not together with --oplogReplay)' : ''}`,
        ...files.map(({ fileName }) => {
          const unpack = unpackCommand(fileName);
          const restore = `mongorestore --config restore.yaml${oplog} --stopOnError --bypassDocumentValidation`;
          return unpack ? `  ${unpack} | ${restore} --archive` : `  ${restore} --archive=${fileName}`;
        }),
      ],
    ],
    afterwards: [
      ...notCovered.map(({ what, why }) => `Not in the backup: ${what} (${why})`),
      'manifest.json has the number of documents and the indexes of every collection, to compare with.',
    ],
  };
}
