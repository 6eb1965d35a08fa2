/**
 * The key ring, in three parts that different functions may read: public halves (seal), private halves (open), and
 * one signing key a writer. All keys have ids; several may be known at a time, one wrapping key is current.
 */
import type { KeyringNode } from '@aws-crypto/material-management-node';

export interface WrappingPublicKey {
  /** `wk-<yyyymmdd>-<8 hex of the SHA-256 of its SPKI>`. */
  readonly id: string;
  /** SPKI PEM, RSA-4096. */
  readonly publicKeyPem: string;
}

export interface WrappingPrivateKey {
  /** As of the public half; of a key for indexes of files alone `ik-<yyyymmdd>-<8 hex>`. */
  readonly id: string;
  /** PKCS#8 PEM. */
  readonly privateKeyPem: string;
}

/**
 * A key that never leaves where it is (a KMS key): data keys are wrapped and unwrapped there. Its objects carry the
 * provider's id and the key's name there instead of Holdfast's.
 */
export interface RemoteKey {
  /** `kms-<8 hex of the SHA-256 of its name>`. */
  readonly id: string;
  /** As in the message: `aws-kms`. */
  readonly providerId: string;
  /** As in the message: the key's ARN. */
  readonly providerInfo: string;
  /** Made when it is first needed, by an adapter; KEY_INVALID where there is none. */
  keyring(): Promise<KeyringNode>;
}

/** What new objects are sealed for. */
export type SealingKey = WrappingPublicKey | RemoteKey;
/** What objects are opened with. */
export type OpeningKey = WrappingPrivateKey | RemoteKey;

/** Who may sign what; a key of one role never proves an object of another. `operator`: a person's own pins and labels. */
export type SignerRole = 'backup' | 'verify' | 'operator';

export interface SigningPublicKey {
  readonly id: string;
  readonly role: SignerRole;
  /** SPKI PEM, Ed25519. */
  readonly publicKeyPem: string;
}

export interface SigningPrivateKey {
  readonly id: string;
  readonly role: SignerRole;
  readonly privateKeyPem: string;
}

/** What the public secret holds: enough to seal, and to check signatures. */
export interface PublicKeyRing {
  readonly recipients: readonly SealingKey[];
  readonly signers: readonly SigningPublicKey[];
}

export interface KeyRing {
  publicKeys(): Promise<PublicKeyRing>;
  /** Throws ACCESS_DENIED where the role may not, KEY_INVALID when empty. */
  privateKeys(): Promise<readonly WrappingPrivateKey[]>;
  signingKey(role: SignerRole): Promise<SigningPrivateKey>;
  /**
   * Keys that open indexes of files and nothing else: who makes backups holds them, so that it can tell what has
   * changed; newest first, new indexes are sealed for the first one as well. ACCESS_DENIED where the role may not.
   */
  indexKeys(): Promise<readonly WrappingPrivateKey[]>;
}
