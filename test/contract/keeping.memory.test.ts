import { expect, test } from 'vitest';
import { memoryVault } from '../../adapters/memory/vault.ts';
import { keepingContract } from './keeping.ts';
import { all } from './vault.ts';

keepingContract('memory', async () => {
  const vault = memoryVault();
  return {
    vault,
    keeping: vault,
    hide: async (key) => void vault.hide(key),
    leaveUpload: async (key) => vault.leaveUpload(key).uploadId,
  };
});

test('purging a key leaves its current version alone, or nothing where a delete marker was on top', async () => {
  const vault = memoryVault();
  const write = (content: string) =>
    vault.write('k', [Buffer.from(content)], {
      role: 'probe',
      tier: 'manual',
      planId: 'shop',
      storageClass: 'STANDARD',
    });
  await write('one');
  vault.hide('k');
  const { versionId } = await write('two');
  vault.purge('k');
  expect((await all(vault.versions(''))).map((version) => version.versionId)).toEqual([versionId]);
  vault.hide('k');
  vault.purge('k');
  expect(await all(vault.versions(''))).toEqual([]);
});
