/**
 * Makes the first keys of a deployment, create-only: what is there is never changed, whatever state it is in.
 *
 * The order makes a crash harmless: private halves first, then signing keys, then the public document, which is what
 * makes the ring exist (nothing can be sealed before it is there). A retry derives the public document from what the
 * private ones hold, so two that run at once end with the same one. A ring whose public document exists but whose
 * private keys do not is never "repaired": objects may have been sealed for keys that a person still has.
 */
import type { z } from 'zod';
import { HoldfastError } from '../errors.ts';
import type { SignerRole } from '../ports/keys.ts';
import {
  type PrivateKeysDocument,
  type PublicKeysDocument,
  parseKeyDocument,
  privateKeysSchema,
  publicKeysSchema,
  type SigningKeyDocument,
  signingKeySchema,
} from './documents.ts';
import { generateSigningKey, generateWrappingKey, publicPem } from './generate.ts';

export type KeySecretName = 'public' | 'private' | 'signing-backup' | 'signing-verify';

/** Where the four documents are kept. */
export interface KeySecretStore {
  /** The current value; undefined while it has none. */
  read(name: KeySecretName): Promise<string | undefined>;
  /** Sets the first value, atomically: returns whether this value is the one that is there. */
  create(name: KeySecretName, value: string): Promise<boolean>;
}

export interface KeyRingState {
  readonly currentKeyId: string;
  /** True when this call made the public document. */
  readonly created: boolean;
}

/** KEY_INVALID when the ring is half there or damaged; nothing was changed then. */
export async function initialiseKeyRing(store: KeySecretStore, now: Date): Promise<KeyRingState> {
  const existing = await store.read('public');
  if (existing !== undefined) return checkRing(store, existing);

  const wrapping = await readOrCreate(
    store,
    'private',
    privateKeysSchema,
    async (): Promise<PrivateKeysDocument> => ({
      format: 'holdfast/private-keys',
      version: 1,
      keys: [await generateWrappingKey(now)],
    }),
  );
  const signing = [await signingKey(store, 'backup', now), await signingKey(store, 'verify', now)];

  const ring = publicDocument(wrapping, signing);
  const text = JSON.stringify(ring);
  const created = await store.create('public', text);
  if (!created) return checkRing(store, await readBack(store, 'public'));
  return { currentKeyId: ring.recipients[0]?.id ?? '', created };
}

function signingKey(store: KeySecretStore, role: SignerRole, now: Date): Promise<SigningKeyDocument> {
  return readOrCreate(
    store,
    `signing-${role}`,
    signingKeySchema,
    async (): Promise<SigningKeyDocument> => ({
      format: 'holdfast/signing-key',
      version: 1,
      key: await generateSigningKey(role, now),
    }),
  );
}

async function readOrCreate<T extends z.ZodType>(
  store: KeySecretStore,
  name: KeySecretName,
  schema: T,
  make: () => Promise<z.output<T>>,
): Promise<z.output<T>> {
  const found = await store.read(name);
  if (found !== undefined) return parseKeyDocument(schema, found, describe(name));
  const made = JSON.stringify(await make());
  const stored = (await store.create(name, made)) ? made : await readBack(store, name);
  return parseKeyDocument(schema, stored, describe(name));
}

/** Someone else's value won: it must be there. */
async function readBack(store: KeySecretStore, name: KeySecretName): Promise<string> {
  const text = await store.read(name);
  if (text !== undefined) return text;
  throw new HoldfastError('CONFLICT', `${describe(name)} is being made by another run that is not done`);
}

/** A pure function of the private documents: whoever derives it gets the same. The last wrapping key is current. */
function publicDocument(
  wrapping: PrivateKeysDocument,
  signing: readonly SigningKeyDocument[],
): PublicKeysDocument {
  return {
    format: 'holdfast/public-keys',
    version: 1,
    recipients: wrapping.keys
      .map(({ id, privateKeyPem }, index) => ({
        id,
        publicKeyPem: publicPem(privateKeyPem),
        current: index === wrapping.keys.length - 1,
      }))
      .reverse(),
    signers: signing.map(({ key }) => ({
      id: key.id,
      role: key.role,
      publicKeyPem: publicPem(key.privateKeyPem),
    })),
  };
}

/** Everything that the public document promises can be done with what the private ones hold. */
async function checkRing(store: KeySecretStore, publicText: string): Promise<KeyRingState> {
  const ring = parseKeyDocument(publicKeysSchema, publicText, describe('public'));
  const current = ring.recipients.find((key) => key.current);
  const wrapping = parseKeyDocument(privateKeysSchema, await required(store, 'private'), describe('private'));
  if (current === undefined || !wrapping.keys.some(({ id }) => id === current.id)) {
    throw half(`the private key of ${current?.id ?? 'the current recipient'} is missing`);
  }
  for (const role of ['backup', 'verify'] as const) {
    const name = `signing-${role}` as const;
    const { key } = parseKeyDocument(signingKeySchema, await required(store, name), describe(name));
    if (key.role !== role || !ring.signers.some(({ id }) => id === key.id)) {
      throw half(`the signing key ${key.id} is not among the public ones of ${role}`);
    }
  }
  return { currentKeyId: current.id, created: false };
}

async function required(store: KeySecretStore, name: KeySecretName): Promise<string> {
  const text = await store.read(name);
  if (text === undefined) throw half(`${describe(name)} is empty, though the public one is not`);
  return text;
}

function half(why: string): HoldfastError {
  return new HoldfastError('KEY_INVALID', `the key ring is not whole and is left as it is: ${why}`, {
    next: 'Put the missing secret back from its export; new keys would not open what was sealed. docs/operations.md, Keys.',
  });
}

function describe(name: KeySecretName): string {
  return `the key secret "${name}"`;
}
