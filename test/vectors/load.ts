/** Reads the committed vectors and the keys that go with them. */
import { readFileSync } from 'node:fs';
import type { SealContext } from '../../core/format/context.ts';
import { publicPem } from '../../core/keys/generate.ts';
import type {
  SignerRole,
  SigningPrivateKey,
  SigningPublicKey,
  WrappingPrivateKey,
  WrappingPublicKey,
} from '../../core/ports/keys.ts';

export interface Vector {
  readonly name: string;
  readonly kind: 'segment' | 'manifest' | 'audit';
  /** `opens`, or the code of the refusal. Opened with the first wrapping key. */
  readonly expect: 'opens' | 'INTEGRITY_SEAL' | 'INTEGRITY_SIGNATURE' | 'KEY_MISSING' | 'FORMAT_UNKNOWN';
  readonly context: SealContext;
  /** Segments: the plaintext is that many bytes, each its position modulo 251. */
  readonly plainBytes?: number;
  readonly lengthBytes: number;
  readonly sha256: string;
}

export interface VectorIndex {
  readonly format: '1';
  readonly planId: string;
  readonly backupId: string;
  readonly vectors: readonly Vector[];
}

export interface TestKeys {
  readonly warning: string;
  /** Vectors are opened with the first; the second belongs to somebody else. */
  readonly wrapping: readonly WrappingPrivateKey[];
  /** `stranger` is not among the known signers. */
  readonly signing: Readonly<Record<SignerRole | 'stranger', SigningPrivateKey>>;
}

const read = (name: string) => readFileSync(new URL(name, import.meta.url));

export function loadVectors(): VectorIndex {
  return JSON.parse(read('index.json').toString('utf8')) as VectorIndex;
}

export function vectorBytes(vector: Vector): Buffer {
  return read(`sealed/${vector.name}.bin`);
}

export function loadTestKeys(): TestKeys & {
  readonly recipients: readonly WrappingPublicKey[];
  readonly signers: readonly SigningPublicKey[];
  /** Of a ring whose index key is the second wrapping key, under an id of its kind. */
  readonly index: readonly WrappingPrivateKey[];
} {
  const keys = JSON.parse(read('test-only-private-keys.json').toString('utf8')) as TestKeys;
  return {
    ...keys,
    index: keys.wrapping.slice(1, 2).map((key) => ({ ...key, id: key.id.replace('wk-', 'ik-') })),
    recipients: keys.wrapping.map(({ id, privateKeyPem }) => ({ id, publicKeyPem: publicPem(privateKeyPem) })),
    signers: [keys.signing.backup, keys.signing.verify, keys.signing.operator].map(({ id, role, privateKeyPem }) => ({
      id,
      role,
      publicKeyPem: publicPem(privateKeyPem),
    })),
  };
}
