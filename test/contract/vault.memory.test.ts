import { memoryVault } from '../../adapters/memory/vault.ts';
import { vaultContract } from './vault.ts';

const unfinishedUploads = async () => 0;
const longBytes = 300_000;

vaultContract('memory', async () => ({ vault: memoryVault(), unfinishedUploads, longBytes }));
vaultContract('memory with Object Lock', async () => ({
  vault: memoryVault({ objectLock: { mode: 'GOVERNANCE' } }),
  unfinishedUploads,
  longBytes,
  lockMode: 'GOVERNANCE',
}));
