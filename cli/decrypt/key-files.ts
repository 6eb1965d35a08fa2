/**
 * Keys from files. Private: the JSON of the private key secret, what `aws secretsmanager get-secret-value` prints
 * around it, or a PKCS#8 PEM, also under a passphrase. Public signing keys: the JSON of the public key secret.
 * No error carries any part of a key.
 */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { HoldfastError } from '../../core/errors.ts';
import { parseKeyDocument, privateKeysSchema, publicKeysSchema } from '../../core/keys/documents.ts';
import { fingerprint } from '../../core/keys/generate.ts';
import type { SigningPublicKey, WrappingPrivateKey } from '../../core/ports/keys.ts';

export interface PrivateKeyFile {
  readonly kind: 'secret' | 'pem';
  /** With their ids; none of a PEM, which has no id. */
  readonly privateKeys: readonly WrappingPrivateKey[];
  /** The keys as they are named in an object that was sealed for `wantedIds`. */
  keysFor(wantedIds: readonly string[]): readonly WrappingPrivateKey[];
}

/** `askPassphrase` is called for a PEM that is under one. KEY_INVALID, PASSPHRASE_WRONG. */
export async function parsePrivateKeyFile(
  text: string,
  askPassphrase: () => Promise<string>,
): Promise<PrivateKeyFile> {
  if (text.trimStart().startsWith('-----BEGIN')) return pemFile(text, askPassphrase);
  const { keys } = parseKeyDocument(privateKeysSchema, secretString(text), 'the key file');
  return { kind: 'secret', privateKeys: keys, keysFor: () => keys };
}

/** The public signing keys in a file. KEY_INVALID. */
export function parseSignersFile(text: string): readonly SigningPublicKey[] {
  return parseKeyDocument(publicKeysSchema, secretString(text), 'the file of signing keys').signers;
}

/** A PEM has no id: its fingerprint ends the id of the key that it is (core/keys/generate.ts). */
async function pemFile(text: string, askPassphrase: () => Promise<string>): Promise<PrivateKeyFile> {
  const encrypted = text.includes('ENCRYPTED');
  const key = readPem(text, encrypted ? await askPassphrase() : undefined);
  if (key.asymmetricKeyType !== 'rsa') {
    throw new HoldfastError(
      'KEY_INVALID',
      `the key file holds a key of type ${key.asymmetricKeyType}, not RSA`,
    );
  }
  const privateKeyPem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  const ending = `-${fingerprint(key)}`;
  return {
    kind: 'pem',
    privateKeys: [],
    keysFor: (wantedIds) =>
      wantedIds.filter((id) => id.endsWith(ending)).map((id) => ({ id, privateKeyPem })),
  };
}

function readPem(pem: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    // OpenSSL's message says nothing that helps, and is not looked at for what it might carry.
    throw passphrase === undefined
      ? new HoldfastError('KEY_INVALID', 'the key file is not a private key in PEM')
      : new HoldfastError(
          'PASSPHRASE_WRONG',
          'the passphrase does not open the key file, or the file is damaged',
        );
  }
}

/** The secret's own text, also from the whole reply of GetSecretValue. */
function secretString(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    const inner = (value as { SecretString?: unknown } | null)?.SecretString;
    return typeof inner === 'string' ? inner : text;
  } catch {
    return text;
  }
}
