/** Makes new keys and names them. An id carries the day it was made and ties itself to the key by a hash. */
import { createHash, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { SignerRole, SigningPrivateKey, WrappingPrivateKey } from '../ports/keys.ts';

const generate = promisify(generateKeyPair);

/** A new RSA-4096 pair; takes a second or several. The public half comes from publicPem. */
export async function generateWrappingKey(now: Date): Promise<WrappingPrivateKey> {
  const { privateKey } = await generate('rsa', { modulusLength: 4096, publicExponent: 0x10001 });
  return { id: `wk-${day(now)}-${fingerprint(privateKey)}`, privateKeyPem: pkcs8(privateKey) };
}

/** A new RSA-4096 pair that indexes of files are sealed for as well: `ik-<yyyymmdd>-<8 hex>`. */
export async function generateIndexKey(now: Date): Promise<WrappingPrivateKey> {
  const { id, privateKeyPem } = await generateWrappingKey(now);
  return { id: id.replace(/^wk-/, 'ik-'), privateKeyPem };
}

/** A new Ed25519 pair for that role: `sk-<role>-<yyyymmdd>-<8 hex>`. */
export async function generateSigningKey(role: SignerRole, now: Date): Promise<SigningPrivateKey> {
  const { privateKey } = await generate('ed25519', {});
  return { id: `sk-${role}-${day(now)}-${fingerprint(privateKey)}`, role, privateKeyPem: pkcs8(privateKey) };
}

/** The public half of a private key, SPKI PEM. */
export function publicPem(privateKeyPem: string): string {
  return createPublicKey(privateKeyPem).export({ type: 'spki', format: 'pem' }).toString();
}

/** First 8 hex of the SHA-256 of the SPKI (DER) of either half. */
export function fingerprint(key: KeyObject | string): string {
  const publicHalf = typeof key === 'string' || key.type === 'private' ? createPublicKey(key) : key;
  return createHash('sha256')
    .update(publicHalf.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 8);
}

/** The id of a KMS key as a recipient: `kms-` and the first 8 hex of the SHA-256 of its ARN. */
export function kmsKeyId(kmsKeyArn: string): string {
  return `kms-${createHash('sha256').update(kmsKeyArn).digest('hex').slice(0, 8)}`;
}

function pkcs8(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function day(now: Date): string {
  return now.toISOString().slice(0, 10).replaceAll('-', '');
}
