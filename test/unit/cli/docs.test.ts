import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { kinds, planSchema } from '../../../adapters/kinds.ts';
import { exitCodes } from '../../../cli/failure.ts';
import { parsePlanText } from '../../../cli/plan-files.ts';
import { buildProgram } from '../../../cli/program.ts';
import { alertTitles } from '../../../core/alerts.ts';
import { errorCodes } from '../../../core/errors.ts';

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

describe('the pages about plans', () => {
  interface JsonSchema {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly items?: JsonSchema;
    readonly oneOf?: readonly JsonSchema[];
    readonly anyOf?: readonly JsonSchema[];
    readonly default?: unknown;
  }
  /** A kind has its table on a page of its own when it has one, PostgreSQL beside what all plans have. */
  const pages = ['docs/plans.md', ...kinds.map(({ kind }) => `docs/${kind}.md`)].filter((page) =>
    existsSync(join(root, page)),
  );
  /** What is inside a list is explained beside it; of a choice between objects, the fields of each. */
  const fieldsOf = (at: JsonSchema, path = ''): [string, JsonSchema][] =>
    Object.entries(at.properties ?? {}).flatMap(([name, inner]): [string, JsonSchema][] => [
      [path + name, inner],
      ...(name === 'sources' ? [] : fieldsOf(inner, `${path}${name}.`)),
    ]);
  const input = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input' }) as JsonSchema;
  const plan: Explained = { of: 'a plan', fields: new Map(fieldsOf(input(planSchema))) };
  const explained: readonly Explained[] = [
    plan,
    ...kinds.map(({ kind, schema }) => {
      const whole = input(schema);
      const alternatives = [whole, ...(whole.oneOf ?? []), ...(whole.anyOf ?? [])];
      return { of: kind, fields: new Map(alternatives.flatMap((one) => fieldsOf(one))) };
    }),
  ];
  interface Explained {
    readonly of: string;
    readonly fields: ReadonlyMap<string, JsonSchema>;
  }
  const rowsOf = (page: string) =>
    [...read(page).matchAll(/^\| `([\w.]+)` \| (.*?) \| /gm)].map((match) => ({
      field: match[1] as string,
      default: match[2] as string,
    }));
  const pageOf = ({ of }: Explained) => (pages.includes(`docs/${of}.md`) ? `docs/${of}.md` : 'docs/plans.md');

  it('are compared with schemas that have fields', () => {
    expect(plan.fields.size).toBeGreaterThan(15);
    for (const { fields } of explained) expect(fields.size).toBeGreaterThan(3);
  });
  it.each(explained.map((one) => [one.of, one] as const))('explain every field of %s', (_, one) => {
    const parents = new Set([...one.fields.keys()].map((field) => field.split('.').slice(0, -1).join('.')));
    const wanted = [...one.fields.keys()].filter((field) => !parents.has(field));
    const rows = rowsOf(pageOf(one)).map(({ field }) => field);
    expect(wanted.filter((field) => !rows.includes(field))).toEqual([]);
  });
  it.each(explained.map((one) => [one.of, one] as const))('give every default of %s', (_, one) => {
    const rows = rowsOf(pageOf(one));
    const lacking = [...one.fields].filter(
      ([field, { default: value }]) =>
        ['string', 'number', 'boolean'].includes(typeof value) &&
        !rows.some((row) => row.field === field && row.default.includes(String(value))),
    );
    expect(lacking.map(([field]) => field)).toEqual([]);
  });
  it('explain no field that does not exist', () => {
    const known = new Set(explained.flatMap(({ fields }) => [...fields.keys()]));
    // In a table of kinds each is a row too.
    for (const { kind } of kinds) known.add(kind);
    const unknown = rowsOf('docs/plans.md').filter(({ field }) => !known.has(field));
    expect(unknown.map(({ field }) => field)).toEqual([]);
  });
  it('name every kind, with the page that explains it', () => {
    for (const { kind } of kinds) expect(read('docs/plans.md')).toContain(`| \`${kind}\` | `);
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
  // `complete` is for the scripts of completion alone, and hidden.
  it.each(
    commands
      .filter(({ name }) => !['plan', 'runs', 'audit', 'complete'].includes(name))
      .map(({ name }) => name),
  )('has a section about %s', (name) => {
    expect(text).toMatch(new RegExp(`^### .*\`${name}[ \`]`, 'm'));
  });
  it.each(
    [...program.options, ...commands.flatMap(({ command }) => command.options)].map((option) => option.long),
  )('explains %s', (long) => {
    expect(text).toContain(`\`${long}`);
  });
  it('every command shows in its help what to type', () => {
    const silent = commands.filter(({ name, command }) => {
      const isRoom = command.commands.length > 0 && command.registeredArguments.length === 0;
      if (isRoom || name === 'complete') return false;
      let text = '';
      command.configureOutput({ writeOut: (more) => (text += more) });
      command.outputHelp();
      return !text.includes(`$ holdfast `);
    });
    expect(silent.map(({ name }) => name)).toEqual([]);
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
