/** RESTORE.txt: how to bring the written files back with the usual programs, without Holdfast. */
import { formatBytes, formatTime } from '../units.ts';
import { filesRecipe } from './recipe-files.ts';
import { mongodbRecipe } from './recipe-mongodb.ts';
import type { Recipe, RecipeInput } from './recipe-parts.ts';
import { postgresRecipe } from './recipe-postgres.ts';

export { shellQuote } from './recipe-parts.ts';

export interface WrittenRecipe {
  readonly text: string;
  readonly program?: Recipe['program'];
}

const recipes: Readonly<Record<string, (input: RecipeInput) => Recipe>> = {
  postgres: postgresRecipe,
  mongodb: mongodbRecipe,
  files: filesRecipe,
};

export function restoreRecipe(input: RecipeInput): WrittenRecipe {
  const recipe = (recipes[input.component.kind] ?? unknownRecipe)(input);
  const lines = [...head(input, recipe), ...numbered(recipe.steps), ...recipe.afterwards];
  return { text: `${lines.join('\n')}\n`, program: recipe.program };
}

function head({ manifest, files, origin }: RecipeInput, { what, size }: Recipe): string[] {
  const bytes = files.reduce((sum, { segment }) => sum + segment.plainBytes, 0);
  return [
    `${what}, backup ${manifest.backupId} of plan ${manifest.planId}, as of ${formatTime(manifest.startedAt)}`,
    `${size === undefined ? '' : `${size}, `}${files.length} files, ${formatBytes(bytes)}`,
    `Every file: length, SHA-256 and seal of each stored object were checked.`,
    `Origin: ${origin}`,
    ...manifest.warnings.map((warning) => `Warning when it was taken: ${warning}`),
    '',
    'Run the commands in this folder, in this order; each must succeed before the next.',
    '',
  ];
}

function numbered(steps: Recipe['steps']): string[] {
  return steps.flatMap((lines, at) => [
    `${at + 1}. ${lines[0]}`,
    ...lines.slice(1).map((line) => `   ${line}`),
    '',
  ]);
}

/** Of a kind that a later release knows: the files are whole, and that is all that can be said. */
function unknownRecipe({ component, files }: RecipeInput): Recipe {
  return {
    what: component.title,
    steps: files.map(({ segment, fileName }) => [
      `${fileName}: ${segment.name} (${segment.section}), encoded as ${segment.encoding}`,
    ]),
    afterwards: [`This release does not know the kind ${component.kind}: see docs/format.md of a later one.`],
  };
}
