import { beforeAll, describe, expect, it } from 'vitest';
import { memorySecrets } from '../../../adapters/memory/secrets.ts';
import { undeleteOne } from '../../../core/cleanup/request.ts';
import { undelete } from '../../../core/cleanup/undelete.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { cleanupEventSchema } from '../../../core/events.ts';
import { keyRing } from '../../../core/keys/ring.ts';
import { cleanupWorld } from '../cleanup/cleanup-world.ts';
import { harness } from './fixtures.ts';
import { type TestKeys, testKeys } from './test-keys.ts';

let keys: TestKeys;
beforeAll(async () => {
  keys = await testKeys();
});

async function expired(secrets: Readonly<Record<string, string>>) {
  const world = cleanupWorld();
  await world.addPlan();
  const old = await world.addBackup({ days: 40 });
  await world.addBackup({ days: 10 });
  await world.run();
  await world.midnight();
  const { catalog, vault } = world;
  const ring = keyRing(memorySecrets(secrets), {
    public: 'public',
    private: 'private',
    signing: { operator: 'signing-operator' },
  });
  return { world, old, h: harness({ context: { catalog, vault, keeping: vault, keys: ring } }) };
}

describe('undelete', () => {
  it('asks the API, and says what an operator can do when that is too late', async () => {
    const world = cleanupWorld();
    await world.addPlan();
    const old = await world.addBackup({ days: 40 });
    await world.addBackup({ days: 10 });
    await world.run();
    const { catalog, vault } = world;
    const h = harness({
      context: { catalog, vault, keeping: vault },
      onInvoke: async ({ event }) => {
        const asked = cleanupEventSchema.parse(event);
        if (asked.task !== 'undelete') throw new Error('another task');
        return undeleteOne(world.deps, { ...world.options, ...asked });
      },
    });
    const { code, stdout } = await h.run('undelete', old.backupId);
    expect([code, stdout]).toEqual([0, expect.stringContaining('is back')]);
    expect(await world.status(old)).toBe('completed');

    const late = harness({
      context: { catalog, vault },
      onInvoke: async () => {
        throw new HoldfastError('UNDELETE_HIDDEN', 'it lies behind delete markers');
      },
    });
    const ran = await late.run('undelete', old.backupId);
    expect(ran.code).toBe(4);
    expect(ran.stderr).toContain(`holdfast undelete ${old.backupId} --as-operator`);
  });
});

describe('undelete --as-operator', () => {
  it('brings an expired backup back from behind delete markers, pinned in the catalog and in the vault', async () => {
    const { world, old, h } = await expired(keys.secrets);
    const ran = await h.run('undelete', '--as-operator', old.backupId);
    expect(ran.stderr).toBe('');
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain(`Backup ${old.backupId} of plan shop is back: 4 objects`);
    expect(await world.status(old)).toBe('completed');
    const { rows } = await world.catalog.listAudit('2026-11');
    expect(rows).toMatchObject([
      { action: 'backup.undelete', target: `backup/${old.backupId}`, result: 'ok' },
    ]);
    expect((await world.keysOf(old)).filter((key) => key.includes('/pins/'))).toHaveLength(1);
  });

  it('says that the pin is in the catalog only when the key of the operator is out of reach', async () => {
    const { world, old, h } = await expired({});
    const ran = await h.run('--json', 'undelete', '--as-operator', old.backupId);
    expect(ran.json()).toMatchObject({ status: 'completed', objects: 4, hidden: 4, isPinnedInVault: false });
    expect(ran.stderr).toContain(`holdfast pin ${old.backupId}`);
    expect((await world.catalog.getBackup('shop', old.backupId))?.pin).toBeDefined();
  });

  it('writes the pin into the vault also when what it repeats had come as far as the catalog', async () => {
    const { world, old, h } = await expired(keys.secrets);
    const signal = new AbortController().signal;
    const options = { backupId: old.backupId, by: 'ada', correlationId: 'c', signal };
    const onStep = async (step: string) => {
      if (step === 'end') throw new Error('laptop closed');
    };
    await expect(undelete({ ...world.undeleteDeps, onStep }, options)).rejects.toThrow('laptop closed');
    expect((await h.run('--json', 'undelete', '--as-operator', old.backupId)).json()).toMatchObject({
      isPinnedInVault: true,
    });
    expect((await world.keysOf(old)).filter((key) => key.includes('/pins/'))).toHaveLength(1);
  });

  it('says what is gone when it is too late', async () => {
    const { world, old, h } = await expired({});
    await world.windowEnds();
    const ran = await h.run('undelete', '--as-operator', old.backupId);
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain('UNDELETE_TOO_LATE');
    expect(ran.stderr).toContain('its manifest is gone for good');
  });

  it('refuses a backup that does not exist, and brings nothing back where nothing is hidden', async () => {
    const { world, h } = await expired({});
    expect((await h.run('undelete', '--as-operator', '20260101T000000Z-00000000')).code).toBe(3);
    const { rows } = await world.catalog.listBackups('shop', { status: 'completed' });
    const ran = await h.run('--json', 'undelete', '--as-operator', rows[0]?.backupId ?? '');
    expect(ran.json()).toMatchObject({ status: 'completed', hidden: 0, isPinnedInVault: false });
  });
});
