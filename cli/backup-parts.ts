/** What a backup in this process is made with: drivers that also reach loopback and folders, keys by the caller's rights. */
import { availableParallelism } from 'node:os';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { categoryOf } from '../adapters/kinds.ts';
import { kmsKey } from '../adapters/kms/keyring.ts';
import { sourceDrivers } from '../adapters/registry.ts';
import { secretsManagerSecrets } from '../adapters/secrets/secrets-manager.ts';
import { keyRing } from '../core/keys/ring.ts';
import packageJson from '../package.json' with { type: 'json' };
import type { BackupParts } from './context.ts';
import type { StackOutputs } from './stack.ts';

export function backupPartsOf(stack: StackOutputs, client: SecretsManagerClient): BackupParts {
  const secrets = secretsManagerSecrets(client);
  return {
    secrets,
    keyRing: keyRing(
      secrets,
      {
        public: stack.SecretPublicArn,
        index: stack.SecretIndexArn,
        signing: { backup: stack.SecretSigningBackupArn },
      },
      kmsKey,
    ),
    driverFor: sourceDrivers({ allowLoopback: true, vaultBucket: stack.VaultBucket }),
    categoryOf,
    defaultParallelism: Math.min(8, Math.max(1, availableParallelism())),
    holdfastVersion: packageJson.version,
    ...(stack.ObjectLock && { lockDays: stack.ObjectLock.days }),
  };
}
