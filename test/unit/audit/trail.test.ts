/** What the audit trail writes, in the vault and in the catalog, and what happens when it cannot. */
import { describe, expect, it } from 'vitest';
import { memoryVault } from '../../../adapters/memory/vault.ts';
import { actorOfRun, auditedBeside } from '../../../core/audit/beside.ts';
import { readAudit } from '../../../core/audit/objects.ts';
import { gapTeller } from '../../../core/audit/tell.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { auditWriters } from '../../../core/format/layout.ts';
import { mirror } from '../../../core/mirror/mirror.ts';
import { testKeyRing } from '../../support/world.ts';
import { ada, auditWorld, refusing } from './world.ts';

const away = () => new HoldfastError('VAULT_UNAVAILABLE', 'S3 is away');

describe('an entry', () => {
  it('is an intention before the work, and its outcome beside it when the work has ended', async () => {
    const world = auditWorld();
    const intent = await world.trail().begin(ada, 'plan.update', 'plan/shop', { revision: 3 });
    expect(await world.rows()).toMatchObject([{ action: 'plan.update', before: { revision: 3 } }]);
    expect((await world.rows())[0]?.result).toBeUndefined();
    const [only = '', ...others] = await world.keys();
    expect(only).toMatch(/^audit\/api\/2026\/11\/21\/20261121T100000Z-[0-9a-f]{16}-intent$/);
    expect(others).toEqual([]);

    world.clock.advance(1_000);
    await intent.end('ok', { revision: 4 });
    const keys = await world.keys();
    expect(keys).toEqual([only, only.replace(/intent$/, 'outcome')]);
    const { groups, address, requestId, correlationId, via } = ada;
    expect(await world.rows()).toMatchObject([
      {
        at: '2026-11-21T10:00:00.250Z',
        by: 'ada',
        action: 'plan.update',
        target: 'plan/shop',
        result: 'ok',
        before: { revision: 3 },
        after: { revision: 4 },
        objects: keys,
        ...{ groups, address, requestId, correlationId, via },
      },
    ]);
    const outcome = await readAudit(keys[1] ?? '', world.reading);
    expect(outcome.document).toMatchObject({
      part: 'outcome',
      endedAt: '2026-11-21T10:00:01.250Z',
      result: 'ok',
    });
    expect(world.alerts.published).toEqual([]);
  });

  it('is tagged as of no tier and no plan, so that no lifecycle rule takes hold of it, and locked as the vault says', async () => {
    const world = auditWorld();
    await world.trail('cli', { lockDays: 30 }).begin(ada, 'plan.pause', 'plan/shop');
    const [key = ''] = await world.keys();
    expect(await world.vault.head(key)).toMatchObject({
      tags: { role: 'audit' },
      lock: { until: '2026-12-21T10:00:00.250Z' },
    });
    expect(Object.keys((await world.vault.head(key))?.tags ?? {})).toEqual(['role']);
  });

  it('is refused whole, as AUDIT_UNAVAILABLE, when its intention cannot be written', async () => {
    const world = auditWorld();
    const vault = () => refusing(world.vault, /-intent$/, away);
    await expect(world.trail('api', { vault }).begin(ada, 'plan.update', 'plan/shop')).rejects.toMatchObject({
      code: 'AUDIT_UNAVAILABLE',
      message: expect.stringContaining('S3 is away'),
    });
    const catalog = { appendAudit: () => Promise.reject(new HoldfastError('CATALOG_UNAVAILABLE', 'gone')) };
    await expect(
      world.trail('api', { catalog }).begin(ada, 'plan.update', 'plan/shop'),
    ).rejects.toMatchObject({
      code: 'AUDIT_UNAVAILABLE',
    });
  });

  it('undoes nothing when its outcome cannot be written: that is logged, told once an hour, and the row has the result', async () => {
    const world = auditWorld();
    const tellGap = gapTeller(world);
    const vault = () => refusing(world.vault, /-outcome$/, away);
    for (const name of ['shop', 'blog']) {
      const intent = await world.trail('api', { vault, tellGap }).begin(ada, 'plan.delete', `plan/${name}`);
      await intent.end('ok');
      world.clock.advance(1_000);
    }
    expect((await world.rows()).map(({ result, objects }) => [result, objects?.length])).toEqual([
      ['ok', 1],
      ['ok', 1],
    ]);
    expect(world.alerts.published).toMatchObject([
      { kind: 'audit-failed', severity: 'warning', correlationId: 'api-1' },
    ]);
    expect(world.log.lines.filter(({ level }) => level === 'error')).toHaveLength(2);
  });

  it('holds no secret and is bounded, whatever is handed in', async () => {
    const world = auditWorld();
    const large = 'x'.repeat(30_000);
    const before = { url: 'postgres://u:hunter2@db', password: 'hunter2', notes: 'kept' };
    const intent = await world.trail().begin(ada, 'plan.update', 'plan/shop', before);
    const error = { code: 'CONFLICT', message: `password=hunter2 ${large}` };
    await intent.end('refused', { list: Array.from({ length: 90 }, () => 'y'.repeat(900)) }, error);
    const [row] = await world.rows();
    const documents = await Promise.all((await world.keys()).map((key) => readAudit(key, world.reading)));
    const text = JSON.stringify([row, documents]);
    expect(text).not.toContain('hunter2');
    expect(text.length).toBeLessThan(30_000);
    expect(row).toMatchObject({ before: { notes: 'kept' }, after: { cut: true, bytes: expect.any(Number) } });
    expect(row?.error?.message.length).toBeLessThanOrEqual(2_000);
  });
});

describe('who wrote an entry', () => {
  it.each(auditWriters)('%s can be read back as itself', async (writer) => {
    const world = auditWorld();
    await world.trail(writer).begin(ada, 'x.y', 'z');
    const [key = ''] = await world.keys();
    expect((await readAudit(key, world.reading)).document).toMatchObject({ writer, action: 'x.y' });
  });

  it('is refused under a prefix whose writer has another signing key, and unsigned where one is wanted', async () => {
    const world = auditWorld();
    const ring = testKeyRing();
    const stranger = { ...ring, signingKey: () => ring.signingKey('verify') };
    await expect(world.trail('api', { keyRing: stranger }).begin(ada, 'x.y', 'z')).rejects.toMatchObject({
      code: 'AUDIT_UNAVAILABLE',
      message: expect.stringContaining('KEY_INVALID'),
    });
    await world.trail('cleanup').begin(ada, 'x.y', 'z');
    const [key = ''] = await world.keys();
    const moved = key.replace('/cleanup/', '/api/');
    const { document } = await readAudit(key, world.reading);
    // Under the other prefix it does not even open: the key is part of the seal.
    const stored = await world.vault.read(key);
    const bytes = Buffer.concat(await stored.toArray());
    await world.vault.write(moved, [bytes], { role: 'audit', storageClass: 'STANDARD' });
    await expect(readAudit(moved, world.reading)).rejects.toMatchObject({ code: 'INTEGRITY_SEAL' });
    expect(document.writer).toBe('cleanup');
  });
});

describe('work that comes first', () => {
  const doing = { actor: actorOfRun(undefined, 'sched-1'), action: 'backup.run', target: 'backup/b' };

  it('goes on without an entry, which is logged and told', async () => {
    const world = auditWorld();
    const vault = () => refusing(world.vault, /./, away);
    const tellGap = gapTeller(world);
    const deps = { audit: world.trail('backup', { vault, tellGap }), log: world.log, tellGap };
    expect(
      await auditedBeside(
        doing,
        deps,
        async () => 'made',
        () => ({ result: 'ok' }),
      ),
    ).toBe('made');
    expect(await world.rows()).toEqual([]);
    expect(world.alerts.published).toMatchObject([{ kind: 'audit-failed', correlationId: 'sched-1' }]);
  });

  it('does not wait for its intention before it begins, and throws its own failure alone', async () => {
    const world = auditWorld();
    let isWritten = false;
    const vault = () => ({
      write: async (...call: Parameters<typeof world.vault.write>) => {
        await new Promise((resume) => setTimeout(resume, 20));
        isWritten = true;
        return world.vault.write(...call);
      },
    });
    const deps = { audit: world.trail('backup', { vault }), log: world.log, tellGap: async () => {} };
    const work = async () => {
      expect(isWritten).toBe(false);
      throw new HoldfastError('RUN_IN_PROGRESS', 'another attempt is alive');
    };
    await expect(auditedBeside(doing, deps, work, () => ({ result: 'ok' }))).rejects.toMatchObject({
      code: 'RUN_IN_PROGRESS',
    });
    expect(await world.rows()).toMatchObject([
      { by: 'schedule', via: 'schedule', result: 'refused', error: { code: 'RUN_IN_PROGRESS' } },
    ]);
  });
});

it('a mirror brings the trail along with all plans, and leaves it with one', async () => {
  const world = auditWorld();
  const intent = await world.trail().begin(ada, 'plan.update', 'plan/shop');
  await intent.end('ok');
  const to = memoryVault();
  const options = { check: false, signal: new AbortController().signal };
  const deps = { from: world.vault, to };
  expect(await mirror(deps, { ...options, planId: 'shop' })).toMatchObject({ copied: 0 });
  expect(await mirror(deps, options)).toMatchObject({ copied: 2, problems: { count: 0 } });
  expect(await mirror(deps, options)).toMatchObject({ copied: 0, present: 2 });
  const [key = ''] = await world.keys();
  expect((await readAudit(key, { ...world.reading, vault: to })).document).toMatchObject({
    action: 'plan.update',
  });
  expect((await to.head(key))?.tags).toEqual({ role: 'audit' });
});
