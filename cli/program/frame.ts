/** What the files of this folder share: how a command is called, and how its help shows what to type. */
import type { Command } from 'commander';
import type { Cli } from '../context.ts';

/**
 * A command as commander calls it: its module is loaded then, so that `--help` loads nothing, and it is given the
 * arguments, then the options.
 */
export type Does = (
  load: () => Promise<(cli: Cli, ...values: never[]) => Promise<unknown>>,
) => (...values: unknown[]) => Promise<void>;

/** For an option that may be repeated. */
export const collect = (value: string, before: readonly string[]) => [...before, value];

/** What somebody would type, below the options in `--help`; each with what it is for, where that is not plain. */
export function examples(
  command: Command,
  ...lines: readonly (string | readonly [string, string])[]
): Command {
  const shown = lines.map(
    (line) => (typeof line === 'string' ? [line, ''] : line) as readonly [string, string],
  );
  const width = Math.max(...shown.map(([typed]) => typed.length));
  const text = shown
    .map(([typed, what]) => `  $ holdfast ${what === '' ? typed : `${typed.padEnd(width)}  # ${what}`}`)
    .join('\n');
  return command.addHelpText('after', `\n${lines.length > 1 ? 'Examples' : 'Example'}:\n${text}`);
}
