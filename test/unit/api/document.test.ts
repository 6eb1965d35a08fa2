/** The OpenAPI document: valid, complete, and true; and docs/api.md says the same of roles. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openapiDocument } from '../../../api/openapi.ts';
import { access } from '../../../api/roles.ts';
import { routes } from '../../../api/routes/all.ts';
import { bundleFunction } from '../../../infra/bundle.ts';

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly security: readonly object[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}
const document = openapiDocument(routes, '9.9.9') as {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-document-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('the document', () => {
  test('is one that a generator of clients takes', async () => {
    const file = join(dir, 'openapi.json');
    await writeFile(file, JSON.stringify(document));
    const cli = new URL('../../../node_modules/openapi-typescript/bin/cli.js', import.meta.url).pathname;
    await promisify(execFile)(process.execPath, [cli, file, '-o', join(dir, 'schema.ts')]);
    expect(await readFile(join(dir, 'schema.ts'), 'utf8')).toContain('listAlerts');
  });

  test('has every route, with its sign-in, and a problem for each failure', () => {
    for (const { name, method, path, access: role, spec } of routes) {
      const operation = document.paths[path]?.[method.toLowerCase()];
      expect(operation?.operationId, name).toBe(spec.operationId);
      expect(operation?.security, name).toEqual(role === 'public' ? [] : [{ signIn: [] }]);
      expect(operation?.tags, name).toEqual([spec.tag]);
      const failures = Object.entries(operation?.responses ?? {}).filter(([status]) => Number(status) >= 400);
      expect(failures.length, name).toBeGreaterThan(3);
      for (const [, { content }] of failures)
        expect(Object.keys(content ?? {})).toEqual(['application/problem+json']);
    }
  });

  test('shows examples that its own schemas take', () => {
    for (const { name, spec } of routes) {
      const { body, response } = spec.examples ?? {};
      if (body !== undefined) expect(() => spec.body?.parse(body), name).not.toThrow();
      if (response !== undefined) expect(() => spec.response?.parse(response), name).not.toThrow();
    }
  });

  test('has patterns that every reader compiles: no flags, no classes of Unicode', () => {
    const patterns = [...JSON.stringify(document).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)].map(
      ([, text]) => JSON.parse(text as string) as string,
    );
    expect(patterns.length).toBeGreaterThan(20);
    for (const pattern of patterns) {
      expect(() => new RegExp(pattern), pattern).not.toThrow();
      expect(pattern).not.toMatch(/\\p\{|\$\/[a-z]*$/);
    }
  });

  test('refers to nothing that is not in it', () => {
    const text = JSON.stringify(document);
    for (const [, ref] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const found = (ref as string)
        .split('/')
        .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], document);
      expect(found, ref).toBeDefined();
    }
  });
});

test('docs/api.md has the table of routes and roles as it is', async () => {
  const text = await readFile(new URL('../../../docs/api.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `((?:GET|POST|PUT|DELETE) [^`]+)` \| (\w+) \|$/gm)];
  expect(rows.map(([, name, role]) => [name, role])).toEqual(Object.entries(access));
});

test('the bundle of the function has less than 1.5 MB and no database in it', async () => {
  const folder = await bundleFunction('api', { outDir: dir });
  const files = await readdir(folder);
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  expect(bytes).toBeLessThan(1_500_000);
  // What every call waits for.
  expect(files).toContain('index.mjs');
  // Names of classes of mongodb, pg and tar-stream; the bundle keeps names.
  const found = ['MongoServerError', 'DataRowMessage', 'Unexpected end of data'].filter((each) =>
    texts.some((text) => text.includes(each)),
  );
  expect(found).toEqual([]);
});
