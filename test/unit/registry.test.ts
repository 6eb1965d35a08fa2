/** A kind of source is one folder and one entry: what the list promises, and that core knows none of them. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { categoryOf, kinds, parsePlan, parseSource } from '../../adapters/kinds.ts';
import { recoveryDrivers, sourceDrivers, sourceKinds } from '../../adapters/registry.ts';
import { HoldfastError } from '../../core/errors.ts';
import { planSchema } from '../../core/plan.ts';
import { takesOption } from '../../core/restore/options.ts';

const root = join(import.meta.dirname, '../..');
const options = { allowLoopback: true };
const names = kinds.map(({ kind }) => kind);

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (thrown) {
    return thrown instanceof HoldfastError ? `${thrown.code}: ${thrown.message}` : String(thrown);
  }
  return undefined;
}

describe.each(names)('the kind %s', (kind) => {
  test('has a schema of its own that refuses what it does not know', () => {
    const refused = codeOf(() => parseSource({ kind, name: 'a', somethingElse: 1 }));
    expect(refused).toMatch(/^INVALID_INPUT: .*somethingElse/);
    expect(refused).not.toContain('kind must be one of');
  });

  test('has a driver, and a recovery with strict options', () => {
    const driver = sourceDrivers(options)({ kind });
    for (const does of [driver.leases, driver.targets, driver.open, driver.test]) {
      expect(does).toBeTypeOf('function');
    }
    const recovery = recoveryDrivers(options)({ kind });
    expect(recovery.restoreOptions.safeParse({}).success).toBe(true);
    expect(recovery.restoreOptions.safeParse({ somethingElse: 1 }).success).toBe(false);
    expect(takesOption(recovery.restoreOptions, 'somethingElse')).toBe(false);
    const { describeTarget, destroys, protects, read, drill, restore } = recovery;
    for (const does of [describeTarget, destroys, protects, read, drill, restore]) {
      expect(does).toBeTypeOf('function');
    }
  });

  test('is a database or files', () => {
    expect(['database', 'files']).toContain(categoryOf({ kind }));
  });

  test('says why it has no other mode than those that it has', () => {
    const refused = codeOf(() => parseSource({ kind, name: 'a', mode: 'sometimes' })) ?? '';
    const [, why = ''] = /mode is "sometimes": ([^;]*)/.exec(refused) ?? [];
    expect(why).toContain('full');
    expect(why).not.toContain('Invalid input');
  });
});

test('each kind is in both lists once', () => {
  expect(sourceKinds.map(({ kind }) => kind)).toEqual(names);
  expect(names).toContain('postgres');
  expect(new Set(names).size).toBe(names.length);
});

describe('a kind that there is not', () => {
  test('is refused in a plan with those that there are', () => {
    const tape = { id: 'shop', sources: [{ kind: 'tape', name: 'a' }] };
    expect(codeOf(() => parsePlan(tape))).toContain(`kind must be one of: ${names.join(', ')}`);
    // What was stored by a release that knows it still lists, pauses and shows.
    expect(planSchema.safeParse(tape).success).toBe(true);
  });

  test.each([
    ['backed up', () => sourceDrivers(options)({ kind: 'tape' })],
    ['restored', () => recoveryDrivers(options)({ kind: 'tape' })],
    ['counted', () => categoryOf({ kind: 'tape' })],
  ])('cannot be %s, and is named', (_, run) => {
    expect(codeOf(run)).toMatch(/^FORMAT_UNKNOWN: .*"tape"/);
  });
});

test('a source that an older release stored has the defaults of today when its driver gets it', () => {
  const stored = { kind: 'postgres', name: 'shop', secret: 'holdfast/sources/shop' };
  expect(sourceDrivers(options)(stored).leases(stored)).toEqual(['source:holdfast/sources/shop']);
  expect(codeOf(() => sourceDrivers(options)(stored).leases({ ...stored, auth: 'none' }))).toContain(
    'INVALID_INPUT',
  );
});

test('core names no kind of source', () => {
  const named = filesBelow(join(root, 'core')).flatMap((file) => {
    const code = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
    const found = names.filter((name) => code.includes(`'${name}'`));
    return found.map((name) => `${file.slice(root.length + 1)}: ${name}`);
  });
  // `files` is a category of backups too: core/manifest.ts and the catalog have it as such.
  expect(named.filter((line) => !line.endsWith(': files'))).toEqual([]);
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}
