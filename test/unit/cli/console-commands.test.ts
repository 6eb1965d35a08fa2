/** Commands that the console shows are ones that the command line takes: docs/cli.md is held against the program by a test of its own. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const cli = readFileSync(join(root, 'docs/cli.md'), 'utf8');

const sources = ['dashboard/pages', 'dashboard/text/en'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => readFileSync(join(root, folder, name), 'utf8')),
);
/** `holdfast keys export --out …`, up to the end of its line or text. */
const shown = [
  ...new Set(sources.flatMap((source) => source.match(/holdfast [a-z]+(?: [a-z]+)?[^'`\n\\;,.]*/g) ?? [])),
];

/** The part of docs/cli.md about the command: of two words where there is such a heading, else of one. */
function aboutOf(command: string): string | undefined {
  const [, first = '', second = ''] = command.split(' ');
  const sections = cli.split(/^### /m).slice(1);
  return [`\`${first} ${second}`, `\`${first}`]
    .map((name) => sections.filter((section) => section.startsWith(name)).join('\n'))
    .find((text) => text !== '');
}

test('there are commands to look at', () => {
  expect(shown.length).toBeGreaterThan(8);
});

test.each(shown)('%s', (command) => {
  const about = aboutOf(command);
  expect(about, 'a heading in docs/cli.md').toBeDefined();
  for (const option of command.match(/--[a-z-]+/g) ?? []) expect(about).toContain(option);
});
