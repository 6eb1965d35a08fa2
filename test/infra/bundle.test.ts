/** The bundles that are deployed: small, whole, and the same for the same sources. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleFunction, type FunctionName, functionNames } from '../../infra/bundle.ts';

const MAX_ZIPPED_BYTES = 3_000_000;
const outDir = mkdtempSync(join(tmpdir(), 'holdfast-bundle-'));
afterAll(() => rmSync(outDir, { recursive: true, force: true }));

const fileOf = (name: FunctionName) => join(outDir, name, 'index.mjs');

describe.each(functionNames)('the bundle of %s', (name) => {
  beforeAll(() => bundleFunction(name, { outDir }).then(() => undefined));

  it('is under 3 MB zipped', () => {
    expect(deflateRawSync(readFileSync(fileOf(name))).length).toBeLessThan(MAX_ZIPPED_BYTES);
  });

  it('loads with nothing else at hand, and has a handler', () => {
    const load = `import(${JSON.stringify(fileOf(name))}).then((m) => console.log(typeof m.handler))`;
    const variables = [
      'VAULT_BUCKET',
      'TABLE',
      'TOPIC_ARN',
      'SECRET_PUBLIC',
      'SECRET_PRIVATE',
      'SECRET_SIGNING_BACKUP',
      'ISSUER',
      'AUDIENCE',
    ];
    const environment = [...variables, 'SECRET_SIGNING_VERIFY'].map((key) => [`HOLDFAST_${key}`, 'x']);
    const env = { PATH: '', AWS_REGION: 'eu-central-1', ...Object.fromEntries(environment) };
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', load], {
      cwd: tmpdir(),
      env,
    });
    expect(output.toString().trim()).toBe('function');
  });
});

it('the same sources give the same bytes, wherever they are bundled, kept or made anew', async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'holdfast-bundle-'));
  try {
    const again = await bundleFunction('key-init', { outDir: elsewhere, cacheDir: join(elsewhere, 'kept') });
    const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
    expect(hash(join(again, 'index.mjs'))).toBe(hash(fileOf('key-init')));
  } finally {
    rmSync(elsewhere, { recursive: true, force: true });
  }
});

it('a function that is not there is named', async () => {
  const missing = bundleFunction('backup', { outDir, functionsDir: join(outDir, 'nowhere') });
  await expect(missing).rejects.toThrow(/Function backup: there is no .*nowhere/);
  expect(existsSync(join(outDir, 'nowhere'))).toBe(false);
});
