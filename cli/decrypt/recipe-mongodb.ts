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
        'Collections into databases of the same names; those that are there already get these documents added, --drop replaces them.',
        `Another database: --nsFrom 'shop.*' --nsTo 'shop_restored.*'${oplog ? ' (not together with --oplogReplay)' : ''}`,
        ...files.map(({ fileName }) => {
          const unpack = unpackCommand(fileName);
          const restore = `mongorestore --config restore.yaml${oplog}`;
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
