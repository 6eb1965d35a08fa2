/** The key ring as functions see it: the documents of the secrets, read through whatever holds them. */
import { HoldfastError } from '../errors.ts';
import type { Secrets } from '../ports/index.ts';
import type { KeyRing, RemoteKey, SignerRole } from '../ports/keys.ts';
import {
  indexKeysSchema,
  parseKeyDocument,
  privateKeysSchema,
  publicKeysSchema,
  signingKeySchema,
} from './documents.ts';

/** Ids of the secrets that this function may read; the others are absent. */
export interface KeySecretIds {
  readonly public: string;
  readonly private?: string;
  readonly index?: string;
  readonly signing?: Partial<Readonly<Record<SignerRole, string>>>;
}

/** As the public document has it. */
export interface KmsRecipient {
  readonly id: string;
  readonly kmsKeyArn: string;
}

function noKms({ id, kmsKeyArn }: KmsRecipient): RemoteKey {
  return {
    id,
    providerId: 'aws-kms',
    providerInfo: kmsKeyArn,
    keyring: async () => {
      throw new HoldfastError('KEY_INVALID', `the ring names the KMS key ${id}, which cannot be used here`);
    },
  };
}

/**
 * `publicKeys().recipients` are those that new objects are sealed for: the current one, then recovery keys, then KMS
 * keys, which `kmsKey` turns into keyrings; without it, sealing for such a ring is KEY_INVALID. Nothing is cached: a
 * rotated key counts from the next call.
 */
export function keyRing(
  secrets: Secrets,
  ids: KeySecretIds,
  kmsKey: (key: KmsRecipient) => RemoteKey = noKms,
): KeyRing {
  return {
    async publicKeys() {
      const ring = parseKeyDocument(
        publicKeysSchema,
        await read(secrets, ids.public, 'public'),
        'the public key secret',
      );
      const recipients = ring.recipients
        .filter((key) => key.current || key.recovery)
        .sort((a, b) => Number(b.current) - Number(a.current))
        .map(({ id, publicKeyPem }) => ({ id, publicKeyPem }));
      return {
        recipients: [...recipients, ...(ring.kms ?? []).map((key) => kmsKey(key))],
        signers: ring.signers,
      };
    },
    async privateKeys() {
      const text = await read(secrets, ids.private, 'private');
      return parseKeyDocument(privateKeysSchema, text, 'the private key secret').keys;
    },
    async indexKeys() {
      const text = await read(secrets, ids.index, 'index');
      return parseKeyDocument(indexKeysSchema, text, 'the index key secret').keys;
    },
    async signingKey(role) {
      const text = await read(secrets, ids.signing?.[role], `signing-${role}`);
      const { key } = parseKeyDocument(signingKeySchema, text, `the signing key secret of ${role}`);
      if (key.role === role) return key;
      throw new HoldfastError('KEY_INVALID', `the signing key secret of ${role} holds a key of ${key.role}`);
    },
  };
}

async function read(secrets: Secrets, id: string | undefined, what: string): Promise<string> {
  if (id === undefined) {
    throw new HoldfastError(
      'ACCESS_DENIED',
      `the ${what} key secret is not for this function: it was given no id for it`,
    );
  }
  const text = await secrets.get(id);
  if (text.trim() === '') throw new HoldfastError('KEY_INVALID', `the ${what} key secret is empty`);
  return text;
}
