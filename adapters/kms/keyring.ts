/**
 * A KMS key as a recipient of sealed objects, as the AWS Encryption SDK's own keyring writes it (provider `aws-kms`,
 * the key's ARN, the message's context as KMS's), so that any of its readers opens them. Written here because the
 * SDK's package brings a second key store and its own clients along; this is two calls. The SDK of KMS is loaded when
 * a ring has such a key, and not before.
 */
import {
  EncryptedDataKey,
  KeyringNode,
  KeyringTraceFlag,
  type NodeDecryptionMaterial,
  type NodeEncryptionMaterial,
  unwrapDataKey,
} from '@aws-crypto/material-management-node';
import type { KMSClient } from '@aws-sdk/client-kms';
import { HoldfastError } from '../../core/errors.ts';
import type { KmsRecipient } from '../../core/keys/ring.ts';
import type { RemoteKey } from '../../core/ports/keys.ts';
import { promptHandler } from '../aws-http.ts';

const PROVIDER_ID = 'aws-kms';

/** The key of that ARN, in the ARN's own region. `client` is for tests. */
export function kmsKey({ id, kmsKeyArn }: KmsRecipient, client?: KMSClient): RemoteKey {
  let keyring: Promise<KeyringNode> | undefined;
  return {
    id,
    providerId: PROVIDER_ID,
    providerInfo: kmsKeyArn,
    keyring() {
      keyring ??= makeKeyring(kmsKeyArn, client);
      return keyring;
    },
  };
}

async function makeKeyring(kmsKeyArn: string, given: KMSClient | undefined): Promise<KeyringNode> {
  const { DecryptCommand, EncryptCommand, KMSClient } = await import('./client.ts');
  const [, , , region] = kmsKeyArn.split(':');
  const client = given ?? new KMSClient({ region, maxAttempts: 5, requestHandler: promptHandler() });
  return new KmsKeyring(kmsKeyArn, {
    async encrypt(dataKey, context) {
      const { CiphertextBlob, KeyId } = await client
        .send(new EncryptCommand({ KeyId: kmsKeyArn, Plaintext: dataKey, EncryptionContext: context }))
        .catch((thrown: unknown) => {
          throw kmsError(thrown, 'kms:Encrypt', kmsKeyArn);
        });
      if (CiphertextBlob && KeyId === kmsKeyArn) return CiphertextBlob;
      throw new HoldfastError('KEY_INVALID', `KMS answered for ${KeyId} instead of ${kmsKeyArn}`);
    },
    async decrypt(wrapped, context) {
      const { Plaintext, KeyId } = await client
        .send(new DecryptCommand({ KeyId: kmsKeyArn, CiphertextBlob: wrapped, EncryptionContext: context }))
        .catch((thrown: unknown) => {
          throw kmsError(thrown, 'kms:Decrypt', kmsKeyArn);
        });
      if (Plaintext && KeyId === kmsKeyArn) return Plaintext;
      throw new HoldfastError('KEY_INVALID', `KMS answered for ${KeyId} instead of ${kmsKeyArn}`);
    },
  });
}

type Context = Readonly<Record<string, string>>;

interface KmsCalls {
  encrypt(dataKey: Uint8Array, context: Context): Promise<Uint8Array>;
  decrypt(wrapped: Uint8Array, context: Context): Promise<Uint8Array>;
}

class KmsKeyring extends KeyringNode {
  readonly #kmsKeyArn: string;
  readonly #calls: KmsCalls;

  constructor(kmsKeyArn: string, calls: KmsCalls) {
    super();
    this.#kmsKeyArn = kmsKeyArn;
    this.#calls = calls;
  }

  /** Wraps the data key that the first recipient's keyring made; never makes one itself. */
  async _onEncrypt(material: NodeEncryptionMaterial): Promise<NodeEncryptionMaterial> {
    const dataKey = unwrapDataKey(material.getUnencryptedDataKey());
    const encryptedDataKey = await this.#calls.encrypt(dataKey, material.encryptionContext);
    return material.addEncryptedDataKey(
      new EncryptedDataKey({ providerId: PROVIDER_ID, providerInfo: this.#kmsKeyArn, encryptedDataKey }),
      KeyringTraceFlag.WRAPPING_KEY_ENCRYPTED_DATA_KEY | KeyringTraceFlag.WRAPPING_KEY_SIGNED_ENC_CTX,
    );
  }

  async _onDecrypt(
    material: NodeDecryptionMaterial,
    encryptedDataKeys: readonly EncryptedDataKey[],
  ): Promise<NodeDecryptionMaterial> {
    const mine = encryptedDataKeys.find(
      ({ providerId, providerInfo }) => providerId === PROVIDER_ID && providerInfo === this.#kmsKeyArn,
    );
    if (!mine) return material;
    const dataKey = await this.#calls.decrypt(mine.encryptedDataKey, material.encryptionContext);
    // The library takes a buffer of its own only; the reply's may be part of a larger one.
    const own = new Uint8Array(dataKey);
    dataKey.fill(0);
    return material.setUnencryptedDataKey(own, {
      keyNamespace: PROVIDER_ID,
      keyName: this.#kmsKeyArn,
      flags:
        KeyringTraceFlag.WRAPPING_KEY_DECRYPTED_DATA_KEY | KeyringTraceFlag.WRAPPING_KEY_VERIFIED_ENC_CTX,
    });
  }
}

/** InvalidCiphertext: the data key was changed, or stood in another object. */
function kmsError(thrown: unknown, action: string, kmsKeyArn: string): HoldfastError {
  const name = thrown instanceof Error ? thrown.name : '';
  if (name === 'InvalidCiphertextException') {
    return new HoldfastError('INTEGRITY_SEAL', `KMS says that the data key is not of this object`, {
      cause: thrown,
    });
  }
  if (name === 'AccessDeniedException') {
    return new HoldfastError('ACCESS_DENIED', `${action} on ${kmsKeyArn} was refused`, { cause: thrown });
  }
  if (
    [
      'NotFoundException',
      'DisabledException',
      'KMSInvalidStateException',
      'InvalidKeyUsageException',
    ].includes(name)
  ) {
    return new HoldfastError('KEY_INVALID', `${action} on ${kmsKeyArn} is not possible: ${name}`, {
      cause: thrown,
      next: 'Enable the KMS key, or take it from the ring with `holdfast keys remove-recovery ID`.',
    });
  }
  return new HoldfastError('SECRETS_UNAVAILABLE', `${action} on ${kmsKeyArn} failed`, {
    cause: thrown,
    next: 'KMS did not answer: in a VPC, check its endpoint (or NAT) and the security group; then repeat.',
  });
}
