/** A bundle is taken again only while it is what would be made now. */
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type BundleCache, keptOrMade } from '../../infra/bundle-cache.ts';

let repository: string;
let made: number;

beforeEach(() => {
  repository = mkdtempSync(join(tmpdir(), 'holdfast-kept-'));
  made = 0;
  writeInput('a.ts', 'one');
  writeInput('b.ts', 'two');
});
afterEach(() => rmSync(repository, { recursive: true, force: true }));

const anHourAgo = Date.now() / 1000 - 3600;
const kept = () => join(repository, 'kept');

function writeInput(name: string, content: string): void {
  writeFileSync(join(repository, name), content);
  utimesSync(join(repository, name), anHourAgo, anHourAgo);
}

async function bundle(change: Partial<BundleCache> = {}, whileMade = async () => {}): Promise<string> {
  const cache = { dir: kept(), repository, settings: 'as always', ...change };
  const contents = await keptOrMade('f', cache, async () => {
    made++;
    await whileMade();
    return { contents: Buffer.from('the bundle'), inputs: ['a.ts', 'b.ts'] };
  });
  return Buffer.from(contents).toString();
}

it('is made once while nothing changes', async () => {
  expect(await bundle()).toBe('the bundle');
  expect(await bundle()).toBe('the bundle');
  expect(made).toBe(1);
});

it('is made once for several who ask at the same time', async () => {
  await Promise.all([bundle(), bundle(), bundle()]);
  expect(made).toBe(1);
});

it.each<[string, () => void]>([
  ['an input has another content, of the same length and age', () => writeInput('b.ts', 'owt')],
  ['an input is gone', () => rmSync(join(repository, 'a.ts'))],
  ['the kept bundle is not what was written', () => writeFileSync(join(kept(), 'f.mjs'), 'the bundl')],
  ['the kept bundle is gone', () => rmSync(join(kept(), 'f.mjs'))],
  ['its record was cut short', () => writeFileSync(join(kept(), 'f.json'), '{"settings":')],
])('is made again when %s', async (_what, change) => {
  await bundle();
  change();
  // What is missing now would fail a real bundler; here it is enough that it is asked.
  await bundle().catch(() => undefined);
  expect(made).toBe(2);
});

it('is made again with other settings', async () => {
  await bundle();
  await bundle({ settings: 'others' });
  expect(made).toBe(2);
});

it('is not kept when an input was written while it was made', async () => {
  await bundle({}, async () => writeFileSync(join(repository, 'a.ts'), 'new'));
  await bundle();
  expect(made).toBe(2);
});
