/** The index of the audit trail comes back out of its objects. */
import { beforeEach, expect, it } from 'vitest';
import { memoryCatalog } from '../../../adapters/memory/catalog.ts';
import { checkAudit } from '../../../core/audit/check.ts';
import { rebuildCatalog } from '../../../core/recovery/rebuild.ts';
import { testKeyRing } from '../../support/world.ts';
import { ada, auditWorld } from '../audit/world.ts';

let world: ReturnType<typeof auditWorld>;

beforeEach(async () => {
  world = auditWorld();
  for (const writer of ['api', 'cleanup', 'cli'] as const) {
    const intent = await world.trail(writer).begin(ada, `${writer}.does`, 'x', { a: 1 });
    world.clock.advance(500);
    if (writer !== 'cli') await intent.end('ok', { a: 2 });
  }
});

const rebuilt = (catalog: typeof world.catalog, more: { auditMonths?: number; dryRun?: boolean } = {}) =>
  rebuildCatalog(
    { vault: world.vault, keyRing: testKeyRing(), catalog, clock: world.clock },
    { dryRun: false, by: 'ada', ...more },
  );

it('row by row as it was, so that a check finds nothing, and repeating it changes nothing', async () => {
  const lost = memoryCatalog();
  expect((await rebuilt(lost, { dryRun: true })).audit).toEqual({ adopted: 3, present: 0 });
  expect((await lost.listAudit('2026-11')).rows).toEqual([]);
  expect(await rebuilt(lost)).toMatchObject({ audit: { adopted: 3, present: 0 }, unreadable: { count: 0 } });
  expect((await lost.listAudit('2026-11')).rows).toEqual(await world.rows());
  const span = { from: '2026-11-21T00:00:00.000Z', to: '2026-11-22T00:00:00.000Z' };
  const { signal } = new AbortController();
  expect(await checkAudit({ ...world.reading, catalog: lost }, { ...span, signal })).toMatchObject({
    entries: 3,
    problems: { count: 0 },
  });
  expect((await rebuilt(lost)).audit.present).toBe(2);
  expect((await lost.listAudit('2026-11')).rows).toHaveLength(3);
});

it('of so many months as were asked for, and not of what does not open', async () => {
  world.clock.advance(40 * 86_400_000);
  expect((await rebuilt(memoryCatalog(), { auditMonths: 1 })).audit.adopted).toBe(0);
  const [key = ''] = await world.keys();
  const { vault } = world;
  const read: typeof vault.read = async (name, options) =>
    vault.read(name === key ? key.replace(/intent$/, 'outcome') : name, options);
  world = { ...world, vault: { ...vault, read } };
  const lost = memoryCatalog();
  expect(await rebuilt(lost, { auditMonths: 2 })).toMatchObject({
    audit: { adopted: 2 },
    unreadable: { count: 1, named: [{ key, code: 'INTEGRITY_SEAL' }] },
  });
});
