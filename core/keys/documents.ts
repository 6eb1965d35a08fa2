/**
 * What the six key secrets hold, as JSON: one public document, one of private halves, one signing key a writer, and
 * the keys that open indexes of files and nothing else.
 * Parsed strictly; a key that is not of its kind, or does not belong to its id, is refused as KEY_INVALID. No error
 * from here carries any part of a secret's value.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { HoldfastError } from '../errors.ts';
import { RECIPIENTS_LIMIT } from '../format/limits.ts';
import { fingerprint, kmsKeyId } from './generate.ts';

const wrappingId = z.string().regex(/^wk-\d{8}-[0-9a-f]{8}$/, 'an id like wk-20261121-3f9a1c22');
const indexId = z.string().regex(/^ik-\d{8}-[0-9a-f]{8}$/, 'an id like ik-20261121-3f9a1c22');
const signingId = z
  .string()
  .regex(/^sk-(?:backup|verify|operator)-\d{8}-[0-9a-f]{8}$/, 'an id like sk-backup-20261121-3f9a1c22');
const role = z.enum(['backup', 'verify', 'operator']);
const publicKeyPem = z.string().startsWith('-----BEGIN PUBLIC KEY-----').max(2_000);
const privateKeyPem = z.string().startsWith('-----BEGIN PRIVATE KEY-----').max(5_000);

/** A key, not an alias: an alias can be pointed elsewhere, and then old objects do not open any more. */
export const kmsKeyArnSchema = z
  .string()
  .max(200)
  .regex(
    /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/,
    'the ARN of a KMS key, like arn:aws:kms:eu-central-1:123456789012:key/…',
  );

const recipient = z
  .strictObject({
    id: wrappingId,
    publicKeyPem,
    /** New objects are sealed for it; exactly one is. */
    current: z.boolean(),
    /** New objects are sealed for it as well, always: its private half is kept elsewhere. */
    recovery: z.boolean().optional(),
  })
  .refine(
    (key) => isKey(createPublicKey, key.publicKeyPem, key.id, isWrapping),
    'an RSA-4096 key of that id',
  );

/** A key in AWS KMS that new objects are sealed for as well. */
const kmsRecipient = z
  .strictObject({
    id: z.string().regex(/^kms-[0-9a-f]{8}$/, 'an id like kms-3f9a1c22'),
    kmsKeyArn: kmsKeyArnSchema,
  })
  .refine(({ id, kmsKeyArn }) => id === kmsKeyId(kmsKeyArn), 'the id of that ARN');

const signer = z
  .strictObject({ id: signingId, role, publicKeyPem })
  .refine((key) => key.id.startsWith(`sk-${key.role}-`), 'a key of its role')
  .refine((key) => isKey(createPublicKey, key.publicKeyPem, key.id, isSigning), 'an Ed25519 key of that id');

/** Ids of the keys that new objects are sealed for: the current one first. */
export function sealedFor(keys: {
  readonly recipients: readonly { id: string; current: boolean; recovery?: boolean }[];
  readonly kms?: readonly { id: string }[];
}): readonly string[] {
  const sealing = keys.recipients.filter((key) => key.current || key.recovery);
  return [...sealing.sort((a, b) => Number(b.current) - Number(a.current)), ...(keys.kms ?? [])].map(
    ({ id }) => id,
  );
}

export const publicKeysSchema = z
  .strictObject({
    format: z.literal('holdfast/public-keys'),
    version: z.literal(1),
    recipients: z.array(recipient).min(1).max(100),
    /** Absent in rings of releases before it. */
    kms: z.array(kmsRecipient).max(4).optional(),
    signers: z.array(signer).min(1).max(200),
  })
  .refine(
    (keys) => keys.recipients.filter(({ current }) => current).length === 1,
    'exactly one current recipient',
  )
  .refine((keys) => sealedFor(keys).length <= RECIPIENTS_LIMIT, `at most ${RECIPIENTS_LIMIT} to seal for`)
  .refine(
    (keys) => distinct(keys.recipients) && distinct(keys.kms ?? []) && distinct(keys.signers),
    'each id once',
  );
export type PublicKeysDocument = z.infer<typeof publicKeysSchema>;

export const privateKeysSchema = z
  .strictObject({
    format: z.literal('holdfast/private-keys'),
    version: z.literal(1),
    keys: z.array(privateHalf(wrappingId)).min(1).max(100),
  })
  .refine((document) => distinct(document.keys), 'each id once');
export type PrivateKeysDocument = z.infer<typeof privateKeysSchema>;

/** Newest first: new indexes are sealed for the first one, the others open older ones. */
export const indexKeysSchema = z
  .strictObject({
    format: z.literal('holdfast/index-keys'),
    version: z.literal(1),
    keys: z.array(privateHalf(indexId)).min(1).max(10),
  })
  .refine((document) => distinct(document.keys), 'each id once');
export type IndexKeysDocument = z.infer<typeof indexKeysSchema>;

export const signingKeySchema = z.strictObject({
  format: z.literal('holdfast/signing-key'),
  version: z.literal(1),
  key: z
    .strictObject({ id: signingId, role, privateKeyPem })
    .refine((key) => key.id.startsWith(`sk-${key.role}-`), 'a key of its role')
    .refine(
      (key) => isKey(createPrivateKey, key.privateKeyPem, key.id, isSigning),
      'an Ed25519 key of that id',
    ),
});
export type SigningKeyDocument = z.infer<typeof signingKeySchema>;

/** Parses a key secret; KEY_INVALID names fields and what is allowed, never a value. `what` is for people. */
export function parseKeyDocument<T extends z.ZodType>(schema: T, text: string, what: string): z.output<T> {
  const result = schema.safeParse(parseJson(text, what));
  if (result.success) return result.data;
  const issues = result.error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.map(String).join('.') || '(whole)'}: ${message}`);
  throw new HoldfastError('KEY_INVALID', `${what} is damaged: ${issues.join('; ')}`);
}

function privateHalf(id: z.ZodString) {
  return z
    .strictObject({ id, privateKeyPem })
    .refine(
      (key) => isKey(createPrivateKey, key.privateKeyPem, key.id, isWrapping),
      'an RSA-4096 key of that id',
    );
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, so it is not kept as a cause.
    throw new HoldfastError('KEY_INVALID', `${what} is not JSON`);
  }
}

function isKey(
  read: (pem: string) => KeyObject,
  pem: string,
  id: string,
  isKind: (key: KeyObject) => boolean,
): boolean {
  try {
    const key = read(pem);
    return isKind(key) && id.endsWith(`-${fingerprint(key)}`);
  } catch {
    return false;
  }
}

function isWrapping(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'rsa' && key.asymmetricKeyDetails?.modulusLength === 4096;
}

function isSigning(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'ed25519';
}

function distinct(keys: readonly { readonly id: string }[]): boolean {
  return new Set(keys.map(({ id }) => id)).size === keys.length;
}
