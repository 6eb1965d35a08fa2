import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { exitCodes } from '../../../cli/failure.ts';
import { parsePlanText } from '../../../cli/plan-files.ts';
import { buildProgram } from '../../../cli/program.ts';
import { alertTitles } from '../../../core/alerts.ts';
import { errorCodes } from '../../../core/errors.ts';
import { planSchema } from '../../../core/plan.ts';

const root = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe('docs/troubleshooting.md', () => {
  const sections = [...read('docs/troubleshooting.md').matchAll(/^## (.+)$/gm)].map((match) => match[1]);
  it('has one section for each error code, and none for a code that does not exist', () => {
    expect([...sections].sort()).toEqual(Object.keys(errorCodes).sort());
  });
  it('has one section for each kind of alert, where its link leads, and none for what is not told', () => {
    const kinds = [...read('docs/troubleshooting.md').matchAll(/^### (.+)$/gm)].map((match) => match[1]);
    expect([...kinds].sort()).toEqual(Object.keys(alertTitles).sort());
  });
  it('names the class that the code has', () => {
    const text = read('docs/troubleshooting.md');
    for (const [code, info] of Object.entries(errorCodes))
      expect(text).toContain(`## ${code}\n\n*Class ${info.class}.*`);
  });
});

describe('docs/plans.md', () => {
  interface JsonSchema {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly items?: JsonSchema;
    readonly oneOf?: readonly JsonSchema[];
    readonly anyOf?: readonly JsonSchema[];
    readonly default?: unknown;
  }
  const schema = z.toJSONSchema(planSchema, { io: 'input' }) as JsonSchema;
  const fields = new Map<string, JsonSchema>();
  // A source's fields stand in a table of their own; what is inside a list of pairs is explained beside it.
  const collect = (at: JsonSchema, path: string) => {
    for (const [name, inner] of Object.entries(at.properties ?? {})) {
      fields.set(path + name, inner);
      if (name === 'sources') for (const kind of inner.items?.oneOf ?? []) collect(kind, '');
      else collect(inner, `${path}${name}.`);
    }
  };
  collect(schema, '');
  const parents = new Set([...fields.keys()].map((field) => field.split('.').slice(0, -1).join('.')));
  const rows = new Map(
    [...read('docs/plans.md').matchAll(/^\| `([\w.]+)` \| (.*?) \| /gm)].map((match) => [
      match[1] as string,
      match[2] as string,
    ]),
  );

  it('was compared with a schema that has fields', () => {
    expect(fields.size).toBeGreaterThan(25);
  });
  it.each([...fields.keys()].filter((field) => !parents.has(field)))('explains %s', (field) => {
    expect([...rows.keys()]).toContain(field);
  });
  it('explains no field that does not exist', () => {
    expect([...rows.keys()].filter((field) => !fields.has(field))).toEqual([]);
  });
  it.each(
    [...fields].filter(([, { default: value }]) => ['string', 'number', 'boolean'].includes(typeof value)),
  )('gives the default of %s', (field, { default: value }) => {
    expect(rows.get(field)).toContain(String(value));
  });
});

describe('examples/plans', () => {
  const folder = join(root, 'examples/plans');
  it.each(readdirSync(folder))('%s can be applied', (name) => {
    const documents = parsePlanText(readFileSync(join(folder, name), 'utf8'), name);
    expect(documents.length).toBeGreaterThan(0);
  });
  it('have ids of their own', () => {
    const ids = readdirSync(folder).flatMap((name) =>
      parsePlanText(readFileSync(join(folder, name), 'utf8'), name).map(({ plan }) => plan.id),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('docs/cli.md', () => {
  const text = read('docs/cli.md');
  const program = buildProgram({
    version: '0',
    open: () => {
      throw new Error('not opened');
    },
    run: async () => {},
  });
  const commands = program.commands.flatMap((command) => [
    { name: command.name(), command },
    ...command.commands.map((inner) => ({ name: `${command.name()} ${inner.name()}`, command: inner })),
  ]);
  it.each(commands.filter(({ name }) => name !== 'plan').map(({ name }) => name))(
    'has a section about %s',
    (name) => {
      expect(text).toMatch(new RegExp(`^### .*\`${name}[ \`]`, 'm'));
    },
  );
  it.each(
    [...program.options, ...commands.flatMap(({ command }) => command.options)].map((option) => option.long),
  )('explains %s', (long) => {
    expect(text).toContain(`\`${long}`);
  });
  it('gives the exit codes', () => {
    for (const [name, code] of Object.entries(exitCodes))
      expect(text).toMatch(new RegExp(`^\\| ${code} \\| ${name} \\|`, 'm'));
  });
});

describe('docs/operations.md', () => {
  const sourceRole = 'test/support/source-role.sql';
  it.runIf(existsSync(join(root, sourceRole)))('quotes the grants that the tests run with', () => {
    const statements = read(sourceRole)
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('--'));
    for (const statement of statements) expect(read('docs/operations.md')).toContain(statement.trim());
  });
  it('has every heading that other pages link to', () => {
    const headings = [...read('docs/operations.md').matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    );
    const links = ['docs/cli.md', 'docs/plans.md', 'docs/troubleshooting.md'].flatMap((page) =>
      [...read(page).matchAll(/operations\.md#([\w-]+)/g)].map((match) => match[1]),
    );
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) expect(headings).toContain(link);
  });
});
