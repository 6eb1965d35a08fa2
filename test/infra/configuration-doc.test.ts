/** docs/configuration.md lists every option with its default, and no other. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { stackOptionsSchema } from '../../infra/options.ts';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly default?: unknown;
}

/** Every single option by its path, with its default. */
function leaves(schema: Schema, path: readonly string[] = []): [string, unknown][] {
  if (!schema.properties) return [[path.join('.'), schema.default]];
  return Object.entries(schema.properties).flatMap(([name, inner]) => leaves(inner, [...path, name]));
}

const options = leaves(z.toJSONSchema(stackOptionsSchema, { io: 'input' }) as Schema);
const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
const rows = new Map(
  [...page.matchAll(/^\| `([\w.]+)` \| (.*?) \|/gm)].map(([, name = '', standard = '']) => [name, standard]),
);

it('every option has a row, and every row is an option', () => {
  expect([...rows.keys()].sort()).toEqual(options.map(([name]) => name).sort());
});

it.each(options)('%s: the default stands there', (name, standard) => {
  const empty =
    standard === undefined || standard === '' || (Array.isArray(standard) && standard.length === 0);
  if (empty) expect(rows.get(name)).not.toMatch(/`/);
  else expect(rows.get(name)).toBe(`\`${standard}\``);
});
