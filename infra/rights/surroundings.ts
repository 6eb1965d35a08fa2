/** What the rights of functions are about: the parts of the stack that they reach. */
import type { Alerts } from '../constructs/alerts.ts';
import type { Catalog } from '../constructs/catalog.ts';
import type { Keys } from '../constructs/keys.ts';
import type { ReplicaTarget } from '../constructs/replication.ts';
import type { Permission } from '../constructs/runtime-function.ts';
import type { Vault } from '../constructs/vault.ts';
import type { StackOptions } from '../options.ts';

export interface Surroundings {
  readonly vault: Vault;
  readonly catalog: Catalog;
  readonly keys: Keys;
  readonly alerts: Alerts;
  readonly sources: StackOptions['sources'];
  /** Where files may be read and restored to. */
  readonly files: Pick<StackOptions, 'filesBuckets' | 'restoreBuckets' | 'fileSystem'>;
  /** Secrets of further vaults lie below. */
  readonly vaultSecretPrefix: string;
  /** Secrets of channels lie below. */
  readonly channelSecretPrefix: string;
  /** KMS keys that the key ring may name as recipients. */
  readonly recipientKmsKeyArns: readonly string[];
  /** The second copy, where there is one. */
  readonly replica?: ReplicaTarget;
}

export interface Rights {
  readonly permissions: readonly Permission[];
  readonly prohibitions: readonly Permission[];
}
