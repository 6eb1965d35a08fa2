/** A key ring made for a test, as its documents and as keys. RSA takes a second or more: make it once a file. */

import { memorySecrets } from '../../../adapters/memory/secrets.ts';
import { initialiseKeyRing, type KeySecretName } from '../../../core/keys/initialise.ts';
import { keyRing } from '../../../core/keys/ring.ts';
import type {
  SigningPrivateKey,
  SigningPublicKey,
  WrappingPrivateKey,
  WrappingPublicKey,
} from '../../../core/ports/keys.ts';

export interface TestKeys {
  /** The documents by the name of their secret: `public`, `private`. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly recipients: readonly WrappingPublicKey[];
  readonly privateKeys: readonly WrappingPrivateKey[];
  readonly signers: readonly SigningPublicKey[];
  readonly backupSigner: SigningPrivateKey;
  readonly verifySigner: SigningPrivateKey;
}

export async function testKeys(): Promise<TestKeys> {
  const values = new Map<KeySecretName, string>();
  await initialiseKeyRing(
    {
      read: async (name) => values.get(name),
      create: async (name, value) => {
        values.set(name, value);
        return true;
      },
    },
    new Date('2026-11-21T00:00:00Z'),
  );
  const secrets = Object.fromEntries(values);
  const ring = keyRing(memorySecrets(secrets), {
    public: 'public',
    private: 'private',
    signing: { backup: 'signing-backup', verify: 'signing-verify' },
  });
  return {
    secrets,
    ...(await ring.publicKeys()),
    privateKeys: await ring.privateKeys(),
    backupSigner: await ring.signingKey('backup'),
    verifySigner: await ring.signingKey('verify'),
  };
}
