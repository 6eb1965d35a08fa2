/** A key ring made for a test, as its documents and as keys. RSA takes a second or more: make it once a file. */

import { memoryKeyStore } from '../../../adapters/memory/key-secrets.ts';
import { memorySecrets } from '../../../adapters/memory/secrets.ts';
import { initialiseKeyRing } from '../../../core/keys/initialise.ts';
import { keyRing } from '../../../core/keys/ring.ts';
import type {
  SealingKey,
  SigningPrivateKey,
  SigningPublicKey,
  WrappingPrivateKey,
} from '../../../core/ports/keys.ts';

export interface TestKeys {
  /** The documents by the name of their secret: `public`, `private`. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly recipients: readonly SealingKey[];
  readonly privateKeys: readonly WrappingPrivateKey[];
  readonly signers: readonly SigningPublicKey[];
  readonly backupSigner: SigningPrivateKey;
  readonly verifySigner: SigningPrivateKey;
  readonly operatorSigner: SigningPrivateKey;
}

export async function testKeys(): Promise<TestKeys> {
  const store = memoryKeyStore();
  await initialiseKeyRing(store, new Date('2026-11-21T00:00:00Z'));
  const secrets = { ...store.values } as Readonly<Record<string, string>>;
  const ring = keyRing(memorySecrets(secrets), {
    public: 'public',
    private: 'private',
    signing: { backup: 'signing-backup', verify: 'signing-verify', operator: 'signing-operator' },
  });
  return {
    secrets,
    ...(await ring.publicKeys()),
    privateKeys: await ring.privateKeys(),
    backupSigner: await ring.signingKey('backup'),
    verifySigner: await ring.signingKey('verify'),
    operatorSigner: await ring.signingKey('operator'),
  };
}
