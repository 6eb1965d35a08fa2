/**
 * Further recipients of every new object: recovery keys, whose private half is never in the account, and KMS keys,
 * whose private half never leaves KMS. Only the public document knows of them. Old objects are not sealed anew.
 */
import { createPublicKey } from 'node:crypto';
import { HoldfastError, InvalidInput } from '../errors.ts';
import { RECIPIENTS_LIMIT } from '../format/limits.ts';
import { changeDocument, requireDocument } from './change.ts';
import { kmsKeyArnSchema, type PublicKeysDocument, sealedFor } from './documents.ts';
import { fingerprint, kmsKeyId } from './generate.ts';
import type { KeySecretStore } from './store.ts';

/** Before a key is made and written to a file: INVALID_INPUT when there would be too many to seal for. */
export async function requireRoom(store: KeySecretStore): Promise<void> {
  room((await requireDocument(store, 'public')).document);
}

/**
 * Adds the public half (SPKI PEM, RSA-4096) as a recovery key; returns its id, made of `now` and the key. Adding one
 * that is there changes nothing. INVALID_INPUT for another kind of key, or above 8 recipients.
 */
export async function addRecoveryKey(
  store: KeySecretStore,
  publicKeyPem: string,
  now: Date,
): Promise<{ readonly id: string; readonly added: boolean }> {
  const { pem, ending } = readPublicKey(publicKeyPem);
  let id = `wk-${now.toISOString().slice(0, 10).replaceAll('-', '')}-${ending}`;
  let added = false;
  await changeDocument(store, 'public', (document) => {
    const known = document.recipients.find((key) => key.id.endsWith(`-${ending}`));
    added = !known;
    if (known) {
      id = known.id;
      if (known.recovery) return undefined;
      // It was one before, and was taken away.
      if (known.recovery === false) {
        room(document);
        added = true;
        return {
          ...document,
          recipients: document.recipients.map((key) => (key === known ? { ...key, recovery: true } : key)),
        };
      }
      throw new HoldfastError(
        'CONFLICT',
        `${known.id} is a key of this ring already; its private half is in the account`,
        {
          next: 'Make another pair for recovery: `holdfast keys add-recovery --out FILE`.',
        },
      );
    }
    room(document);
    return {
      ...document,
      recipients: [...document.recipients, { id, publicKeyPem: pem, current: false, recovery: true }],
    };
  });
  return { id, added };
}

/** Adds a KMS key by its ARN; the caller has made sure that it can be used. */
export async function addKmsKey(
  store: KeySecretStore,
  kmsKeyArn: string,
): Promise<{ readonly id: string; readonly added: boolean }> {
  const parsed = kmsKeyArnSchema.safeParse(kmsKeyArn);
  if (!parsed.success) {
    throw new InvalidInput('KMS key', [
      {
        field: '--kms',
        value: JSON.stringify(kmsKeyArn).slice(0, 100),
        allowed: parsed.error.issues[0]?.message ?? 'an ARN',
      },
    ]);
  }
  const id = kmsKeyId(kmsKeyArn);
  let added = false;
  await changeDocument(store, 'public', (document) => {
    const { kms = [] } = document;
    added = !kms.some((key) => key.id === id);
    if (!added) return undefined;
    room(document);
    return { ...document, kms: [...kms, { id, kmsKeyArn }] };
  });
  return { id, added };
}

/**
 * New objects are not sealed for it any more; old ones still open with it. A recovery key stays in the document as an
 * old one. KEY_MISSING when there is no such recovery or KMS key.
 */
export async function removeRecipient(store: KeySecretStore, id: string): Promise<void> {
  await changeDocument(store, 'public', (document) => {
    const { kms = [], recipients } = document;
    if (kms.some((key) => key.id === id)) return { ...document, kms: kms.filter((key) => key.id !== id) };
    if (!recipients.some((key) => key.id === id && key.recovery)) {
      throw new HoldfastError('KEY_MISSING', `${id} is not a recovery key or KMS key of this ring`, {
        next: 'See the ids with `holdfast keys list`. The current key is replaced by `holdfast keys rotate`.',
      });
    }
    return {
      ...document,
      recipients: recipients.map((key) => (key.id === id ? { ...key, recovery: false } : key)),
    };
  });
}

function room(document: PublicKeysDocument): void {
  const ids = sealedFor(document);
  if (ids.length < RECIPIENTS_LIMIT) return;
  throw new HoldfastError(
    'INVALID_INPUT',
    `every object is sealed for ${ids.length} keys already (${ids.join(', ')}); ${RECIPIENTS_LIMIT} are allowed`,
    { next: 'Take one away first: `holdfast keys remove-recovery ID`.' },
  );
}

function readPublicKey(text: string): { readonly pem: string; readonly ending: string } {
  try {
    if (text.includes('PRIVATE KEY')) throw new Error('a private key');
    const key = createPublicKey(text);
    if (key.asymmetricKeyType !== 'rsa' || key.asymmetricKeyDetails?.modulusLength !== 4096)
      throw new Error('kind');
    return { pem: key.export({ type: 'spki', format: 'pem' }).toString(), ending: fingerprint(key) };
  } catch {
    // Its message could quote the file, which may be a private key after all.
    throw new InvalidInput('recovery key', [
      { field: '--public-key', allowed: 'a file with one RSA-4096 public key in PEM (BEGIN PUBLIC KEY)' },
    ]);
  }
}
