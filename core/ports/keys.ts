/**
 * The key ring, in three parts that different functions may read: public halves (seal), private halves (open), and
 * one signing key a writer. All keys have ids; several may be known at a time, one wrapping key is current.
 */

export interface WrappingPublicKey {
  /** `wk-<yyyymmdd>-<8 hex of the SHA-256 of its SPKI>`. */
  readonly id: string;
  /** SPKI PEM, RSA-4096. */
  readonly publicKeyPem: string;
}

export interface WrappingPrivateKey {
  readonly id: string;
  /** PKCS#8 PEM. */
  readonly privateKeyPem: string;
}

/** Who may sign what; a key of one role never proves an object of another. */
export type SignerRole = 'backup' | 'verify';

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
  readonly recipients: readonly WrappingPublicKey[];
  readonly signers: readonly SigningPublicKey[];
}

export interface KeyRing {
  publicKeys(): Promise<PublicKeyRing>;
  /** Throws ACCESS_DENIED where the role may not, KEY_INVALID when empty. */
  privateKeys(): Promise<readonly WrappingPrivateKey[]>;
  signingKey(role: SignerRole): Promise<SigningPrivateKey>;
}
