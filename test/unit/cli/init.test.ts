/** `holdfast init`: from nothing to a plan that is tried and applied. */
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parsePlanText } from '../../../cli/plan-files.ts';
import { harness } from './fixtures.ts';

const tested = (ok: boolean) => ({
  ok,
  checks: [],
  nextRuns: [],
  sources: [{ source: 'main', checks: [{ name: 'login', ok, detail: 'as holdfast' }] }],
});
const url = 'postgres://holdfast:hunter2@db.example.org/shop';
const place = async () => join(await mkdtemp(join(tmpdir(), 'holdfast-init-')), 'shop.yaml');

it('writes the secret and the plan, tries it and applies it, and shows no password', async () => {
  const file = await place();
  const h = harness({
    interactive: true,
    onInvoke: () => tested(true),
    answers: ['postgres', 'Not An Id', 'shop', true, 'no url', url, '0 2 * * *', false],
  });
  const ran = await h.run('init', '--out', file);
  expect(ran.code).toBe(0);
  expect([...h.createdSecrets]).toEqual([['holdfast/sources/shop', url]]);
  const [document] = parsePlanText(await readFile(file, 'utf8'), file);
  expect(document?.plan).toMatchObject({ id: 'shop', sources: [{ secret: 'holdfast/sources/shop' }] });
  expect((await h.catalog.getPlan('shop'))?.revision).toBe(1);
  expect(await h.context.scheduler.get('shop')).toMatchObject({ enabled: true });
  expect(ran.stdout + ran.stderr + (await readFile(file, 'utf8')) + h.asked.join()).not.toContain('hunter2');
  expect(h.invocations).toMatchObject([{ event: { task: 'plan-test' } }]);
});

it('does not apply what failed its test, unless it is told to', async () => {
  const file = await place();
  const h = harness({
    interactive: true,
    onInvoke: () => tested(false),
    answers: ['files', 'photos', 'my-bucket', '0 2 * * *', false],
  });
  const ran = await h.run('init', '--out', file);
  expect(ran.code).toBe(5);
  expect(await h.catalog.getPlan('photos')).toBeUndefined();
  expect(ran.stderr).toContain(`holdfast plan apply -f ${file}`);
});

it('asks nobody where there is no terminal, and makes nothing when a question is left', async () => {
  expect((await harness().run('init')).code).toBe(2);
  const h = harness({ interactive: true, answers: [undefined] });
  expect((await h.run('init')).code).toBe(4);
  expect(h.createdSecrets.size).toBe(0);
});
