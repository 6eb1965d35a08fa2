import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { memoryCatalog } from '../../../adapters/memory/catalog.ts';
import { memoryVault } from '../../../adapters/memory/vault.ts';
import { runBackup } from '../../../core/backup/run.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { backupIdFor, manifestKey } from '../../../core/format/layout.ts';
import { fakeRequest, memoryWorld } from '../../support/world.ts';
import { type HarnessOptions, harness } from './fixtures.ts';

const backupId = backupIdFor('fake', fakeRequest.slot);

/** A vault with one backup, and a stack that knows nothing of it. */
async function afterLoss(options: HarnessOptions = {}) {
  const world = memoryWorld();
  await runBackup(fakeRequest, world, new AbortController().signal);
  const catalog = memoryCatalog();
  const context = { vault: world.vault, keys: world.keyRing, catalog, ...options.context };
  return { h: harness({ ...options, context }), world, catalog: context.catalog };
}

describe('catalog rebuild', () => {
  it('adopts what the vault has, says that schedules are another thing, and leaves an audit entry', async () => {
    const { h, catalog } = await afterLoss();
    const ran = await h.run('catalog', 'rebuild');
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(/Plans: +1 adopted, 0 present/);
    expect(ran.stdout).toMatch(/Backups: +1 adopted, 0 present/);
    expect(ran.stdout).toContain('NO SCHEDULE WAS MADE');
    expect(ran.stdout).toContain('holdfast plan apply');
    expect(await catalog.getBackup('fake', backupId)).toMatchObject({ status: 'completed' });
    const by = 'arn:aws:iam::123456789012:user/ada';
    expect((await catalog.listAudit('2026-11')).rows).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ action: 'catalog.rebuild', by }),
        expect.objectContaining({ action: 'everything.pause', by }),
      ]),
    );
    expect((await h.run('catalog', 'rebuild')).stdout).toMatch(/Backups: +0 adopted, 1 present/);
  });

  it('pauses everything before it adopts what cleanup might mark, and nothing when it adopts nothing', async () => {
    const { h, catalog } = await afterLoss();
    const ran = await h.run('catalog', 'rebuild');
    expect(ran.stdout).toContain('EVERYTHING IS PAUSED');
    expect((await catalog.getState('pause'))?.value).toMatchObject({
      reason: expect.stringContaining('catalog rebuilt'),
    });
    await h.run('resume');
    const again = await h.run('--json', 'catalog', 'rebuild');
    expect(again.json()).toMatchObject({ paused: false });
    expect((await catalog.getState('pause'))?.value ?? null).toBeNull();
  });

  it('pauses for a backup past its policy though the plan is known, and keeps a pause that is there', async () => {
    for (const [slot, isDue] of [
      ['2026-11-20T02:00:00Z', false],
      ['2016-11-20T02:00:00Z', true],
    ] as const) {
      const world = memoryWorld();
      await runBackup({ ...fakeRequest, slot }, world, new AbortController().signal);
      const { h, catalog } = await afterLoss({ context: { vault: world.vault } });
      await catalog.putPlan(fakeRequest.plan, 0, 'test', '2026-11-20T00:00:00Z');
      expect((await h.run('--json', 'catalog', 'rebuild')).json()).toMatchObject({ paused: isDue });
    }
    const { h, catalog } = await afterLoss();
    await h.run('pause', '--reason', 'of a person');
    await h.run('catalog', 'rebuild');
    expect((await catalog.getState('pause'))?.value).toMatchObject({ reason: 'of a person' });
  });

  it('in a dry run changes nothing at all', async () => {
    const { h, catalog } = await afterLoss();
    const ran = await h.run('--json', 'catalog', 'rebuild', '--dry-run');
    expect(ran.json()).toMatchObject({ dryRun: true, backups: { adopted: 1 } });
    expect(await catalog.getBackup('fake', backupId)).toBeUndefined();
    expect((await catalog.listAudit('2026-11')).rows).toEqual([]);
  });

  it('prints what it could not read', async () => {
    const { h, world } = await afterLoss();
    const other = manifestKey('fake', '20261120T020000Z-00000000');
    const attributes = { role: 'manifest', tier: 'daily', planId: 'fake', storageClass: 'STANDARD' } as const;
    await world.vault.write(other, [Buffer.from('not sealed by anybody')], attributes);
    const ran = await h.run('catalog', 'rebuild');
    expect(ran.code).toBe(7);
    expect(ran.stdout).toContain('Could not be read (1):');
    expect(ran.stdout).toContain(other);
  });

  it('copies from elsewhere first, with the attributes that the objects had', async () => {
    const { h, world } = await afterLoss();
    // The command opens folders and buckets; the copying itself is the core's.
    const { copyBackups } = await import('../../../core/recovery/copy.ts');
    const to = memoryVault();
    const problems: unknown[] = [];
    const deps = {
      from: world.vault,
      to,
      keyRing: world.keyRing,
      clock: h.clock,
      onProblem: (p: unknown) => problems.push(p),
    };
    const first = await copyBackups(deps);
    expect(first).toMatchObject({ backups: 1, present: 0 });
    expect(await copyBackups(deps)).toEqual({ backups: 0, present: 1, objects: 0, bytes: 0 });
    let objects = 0;
    for await (const { key } of world.vault.list('')) {
      const [before, after] = [await world.vault.head(key), await to.head(key)];
      expect(after).toMatchObject({
        tags: before?.tags,
        storageClass: before?.storageClass,
        lengthBytes: before?.lengthBytes,
      });
      objects += 1;
    }
    expect(first.objects).toBe(objects);
    expect(problems).toEqual([]);
  });

  it('copies a backup although a file beside it is empty, and tells of the file', async () => {
    const { h, world } = await afterLoss();
    const { copyBackups } = await import('../../../core/recovery/copy.ts');
    const empty = `plans/fake/${backupId}/pins/20261121T100000Z-pin-3f9a1c`;
    const from = {
      ...world.vault,
      async *list(prefix: string) {
        yield* world.vault.list(prefix);
        if (empty.startsWith(prefix))
          yield { key: empty, lengthBytes: 0, lastModifiedAt: '2026-11-21T10:00:00.000Z' };
      },
      read: async (key: string) => (key === empty ? Readable.from([]) : world.vault.read(key)),
    };
    const problems: unknown[] = [];
    const to = memoryVault();
    const copied = await copyBackups({
      from,
      to,
      keyRing: world.keyRing,
      clock: h.clock,
      onProblem: (problem) => problems.push(problem),
    });
    expect(problems).toMatchObject([{ key: empty, code: 'INTEGRITY_SEAL' }]);
    expect(copied).toMatchObject({ backups: 1 });
  });

  it('copies no backup of which a byte is wrong', async () => {
    const { h, world } = await afterLoss();
    const { copyBackups } = await import('../../../core/recovery/copy.ts');
    const { flipBit, tamperWith } = await import('../../support/tampering-vault.ts');
    const from = tamperWith(world.vault, {
      of: (key) => key.includes('0001-'),
      bytes: (b) => flipBit(b, b.length - 30),
    });
    const to = memoryVault();
    const problems: { code: string }[] = [];
    await copyBackups({
      from,
      to,
      keyRing: world.keyRing,
      clock: h.clock,
      onProblem: (p) => problems.push(p),
    });
    expect(problems).toMatchObject([{ code: 'INTEGRITY_HASH' }]);
    expect(await to.head(manifestKey('fake', backupId))).toBeUndefined();
  });
});

describe('catalog rebuild without a table', () => {
  const missing = () => {
    const made: string[] = [];
    return {
      made,
      table: {
        exists: async () => made.length > 0,
        create: async () => {
          made.push('table');
        },
      },
    };
  };
  it('says how to make it', async () => {
    const gone = new HoldfastError(
      'CATALOG_UNAVAILABLE',
      'dynamodb:GetItem failed: ResourceNotFoundException',
    );
    const catalog = { ...memoryCatalog(), getPlan: () => Promise.reject(gone) };
    const { h } = await afterLoss({ context: { catalog } });
    const ran = await h.run('catalog', 'rebuild');
    expect(ran.code).not.toBe(0);
    expect(ran.stderr).toContain('--create-table');
  });
  it('makes it after a yes, and not without', async () => {
    const { made, table } = missing();
    const { h } = await afterLoss({ context: { table }, interactive: true, answers: [false, true] });
    expect((await h.run('catalog', 'rebuild', '--create-table')).code).toBe(4);
    expect(made).toEqual([]);
    expect((await h.run('catalog', 'rebuild', '--create-table')).code).toBe(0);
    expect(made).toEqual(['table']);
    expect(h.asked).toHaveLength(2);
  });
  it('is not asked by a script that said --yes, and leaves a table alone that is there', async () => {
    const { made, table } = missing();
    const { h } = await afterLoss({ context: { table } });
    expect((await h.run('catalog', 'rebuild', '--create-table')).code).toBe(4);
    expect((await h.run('catalog', 'rebuild', '--create-table', '--yes')).code).toBe(0);
    expect((await h.run('catalog', 'rebuild', '--create-table', '--yes')).code).toBe(0);
    expect(made).toEqual(['table']);
  });
});
