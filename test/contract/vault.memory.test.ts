import { expect, test } from 'vitest';
import { memoryVault } from '../../adapters/memory/vault.ts';
import type { ObjectAttributes } from '../../core/ports/vault.ts';
import { all, type VaultUnderTest, vaultContract } from './vault.ts';

const attributes: ObjectAttributes = {
  role: 'probe',
  tier: 'manual',
  planId: 'shop',
  storageClass: 'STANDARD',
};

async function inMemory(lockMode?: 'GOVERNANCE'): Promise<VaultUnderTest> {
  const vault = memoryVault(lockMode === undefined ? {} : { objectLock: { mode: lockMode } });
  return {
    vault,
    unfinishedUploads: async () => 0,
    longBytes: 300_000,
    ...(lockMode === undefined ? {} : { lockMode }),
    archive: {
      async put(key, bytes) {
        await vault.write(key, [bytes], attributes);
        vault.setArchived(key, { state: 'archived' });
      },
      async back(key) {
        const until = new Date(Date.now() + 7 * 86_400_000).toISOString();
        vault.setArchived(key, { state: 'returned', until });
      },
    },
  };
}

vaultContract('memory', () => inMemory());
vaultContract('memory with Object Lock', () => inMemory('GOVERNANCE'));

test('the memory vault dates its objects by the clock it was given, and shows what a test sets', async () => {
  let time = '2026-11-21T02:00:00.000Z';
  const vault = memoryVault({ now: () => new Date(time) });
  await vault.write('a', [Buffer.from('a')], attributes);
  time = '2026-11-22T02:00:00.000Z';
  await vault.write('b', [Buffer.from('b')], attributes);
  vault.setReplication('b', 'failed');
  const listed = await all(vault.list(''));
  expect(listed.map(({ lastModifiedAt }) => lastModifiedAt)).toEqual([
    '2026-11-21T02:00:00.000Z',
    '2026-11-22T02:00:00.000Z',
  ]);
  expect(await vault.head('b')).toMatchObject({ lastModifiedAt: time, replication: 'failed' });
});
