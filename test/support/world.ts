/** Everything a run needs, in memory: real core, real format, adapters that obey the same contracts as AWS's. */

import { categoryOf } from '../../adapters/kinds.ts';
import { memoryAlerts } from '../../adapters/memory/alerts.ts';
import { memoryCatalog } from '../../adapters/memory/catalog.ts';
import { memoryClock } from '../../adapters/memory/clock.ts';
import { memorySecrets } from '../../adapters/memory/secrets.ts';
import { memoryVault } from '../../adapters/memory/vault.ts';
import type { BackupDeps, BackupRequest } from '../../core/backup/run.ts';
import type { Log } from '../../core/ports/index.ts';
import type { KeyRing } from '../../core/ports/keys.ts';
import { loadTestKeys } from '../vectors/load.ts';
import { fakeDriver, fakePlan } from './fake-source.ts';

export const silentLog: Log = { info() {}, warn() {}, error() {}, with: () => silentLog };

export function testKeyRing(): KeyRing {
  const { wrapping, signing, recipients, signers, index } = loadTestKeys();
  return {
    publicKeys: async () => ({ recipients: recipients.slice(0, 1), signers }),
    privateKeys: async () => wrapping.slice(0, 1),
    signingKey: async (role) => signing[role],
    indexKeys: async () => index,
  };
}

export function memoryWorld() {
  const alerts = memoryAlerts();
  const driver = fakeDriver();
  return {
    vault: memoryVault(),
    catalog: memoryCatalog(),
    keyRing: testKeyRing(),
    secrets: memorySecrets({}),
    alerts,
    clock: memoryClock('2026-11-21T02:00:07.000Z'),
    log: silentLog,
    driverFor: () => driver,
    categoryOf,
    defaultParallelism: 2,
    holdfastVersion: 'test',
  } satisfies BackupDeps;
}

export const fakeRequest: BackupRequest = {
  plan: fakePlan(),
  slot: '2026-11-21T02:00:00Z',
  trigger: 'schedule',
  createdBy: 'scheduler',
  correlationId: 'c-1',
};
