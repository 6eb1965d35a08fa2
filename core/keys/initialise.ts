/**
 * Makes the first keys of a deployment, create-only: what is there is never changed, whatever state it is in.
 * Two things are added to a ring that is whole but of an earlier release. The operator's signing key, its private half
 * create-only, its public half by compare-and-set; and the index key, create-only: nobody but its own secret names it,
 * so one that was lost is made anew (the next incremental run then reads everything).
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
  type IndexKeysDocument,
  indexKeysSchema,
  type PrivateKeysDocument,
  type PublicKeysDocument,
  parseKeyDocument,
  privateKeysSchema,
  publicKeysSchema,
  type SigningKeyDocument,
  signingKeySchema,
} from './documents.ts';
import { generateIndexKey, generateSigningKey, generateWrappingKey, publicPem } from './generate.ts';
import {
  describeSecret,
  documentText,
  type KeySecret,
  type KeySecretName,
  type KeySecretStore,
} from './store.ts';

export interface KeyRingState {
  readonly currentKeyId: string;
  /** True when this call made the public document. */
  readonly created: boolean;
}

const roles = ['backup', 'verify', 'operator'] as const satisfies readonly SignerRole[];

/** A lost race for the public document is tried again at most so often. */
const maxAttempts = 5;

/** KEY_INVALID when the ring is half there or damaged; nothing was changed then. */
export async function initialiseKeyRing(store: KeySecretStore, now: Date): Promise<KeyRingState> {
  const existing = await store.read('public');
  if (existing !== undefined) return checkRing(store, existing, now);

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
  const signing: SigningKeyDocument[] = [];
  for (const role of roles) signing.push(await signingKey(store, role, now));
  await indexKeys(store, now);

  const ring = publicDocument(wrapping, signing);
  const created = await store.create('public', documentText(ring, 'public'));
  if (!created) return checkRing(store, await readBack(store, 'public'), now);
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

function indexKeys(store: KeySecretStore, now: Date): Promise<IndexKeysDocument> {
  return readOrCreate(
    store,
    'index',
    indexKeysSchema,
    async (): Promise<IndexKeysDocument> => ({
      format: 'holdfast/index-keys',
      version: 1,
      keys: [await generateIndexKey(now)],
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
  if (found !== undefined) return parseKeyDocument(schema, found.value, describeSecret(name));
  const made = documentText(await make(), name);
  const stored = (await store.create(name, made)) ? made : (await readBack(store, name)).value;
  return parseKeyDocument(schema, stored, describeSecret(name));
}

/** Someone else's value won: it must be there. */
async function readBack(store: KeySecretStore, name: KeySecretName): Promise<KeySecret> {
  const found = await store.read(name);
  if (found !== undefined) return found;
  throw new HoldfastError(
    'CONFLICT',
    `${describeSecret(name)} is being made by another run that is not done`,
  );
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
    signers: signing.map(publicSigner),
  };
}

function publicSigner({ key }: SigningKeyDocument): PublicKeysDocument['signers'][number] {
  return { id: key.id, role: key.role, publicKeyPem: publicPem(key.privateKeyPem) };
}

/** Everything that the public document promises can be done with what the private ones hold. */
async function checkRing(store: KeySecretStore, stored: KeySecret, now: Date): Promise<KeyRingState> {
  const ring = parsePublic(stored);
  const current = ring.recipients.find((key) => key.current);
  const wrapping = await required(store, 'private', privateKeysSchema);
  if (current === undefined || !wrapping.keys.some(({ id }) => id === current.id)) {
    throw half(`the private key of ${current?.id ?? 'the current recipient'} is missing`);
  }
  // A release before pins had no operator's key: neither half of one is anywhere, or a crash left the private one.
  const beforePins = !ring.signers.some(({ role }) => role === 'operator');
  for (const role of roles) {
    if (role === 'operator' && beforePins) continue;
    const { key } = await required(store, `signing-${role}`, signingKeySchema);
    if (key.role !== role || !ring.signers.some(({ id }) => id === key.id)) {
      throw half(`the signing key ${key.id} is not among the public ones of ${role}`);
    }
  }
  if (beforePins) await addOperator(store, stored, now);
  await indexKeys(store, now);
  return { currentKeyId: current.id, created: false };
}

/** Private half first: what it signs is known to nobody until its public half is there. */
async function addOperator(store: KeySecretStore, stored: KeySecret, now: Date): Promise<void> {
  const operator = await signingKey(store, 'operator', now);
  if (operator.key.role !== 'operator') throw half(`${operator.key.id} is in the secret of the operator`);
  let seen = stored;
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const ring = parsePublic(seen);
    if (ring.signers.some(({ id }) => id === operator.key.id)) return;
    const grown = { ...ring, signers: [...ring.signers, publicSigner(operator)] };
    if (await store.replace('public', seen, documentText(grown, 'public'))) return;
    seen = await readBack(store, 'public');
  }
  throw new HoldfastError('CONFLICT', `${describeSecret('public')} is being changed by somebody else`);
}

function parsePublic({ value }: KeySecret): PublicKeysDocument {
  return parseKeyDocument(publicKeysSchema, value, describeSecret('public'));
}

async function required<T extends z.ZodType>(
  store: KeySecretStore,
  name: KeySecretName,
  schema: T,
): Promise<z.output<T>> {
  const found = await store.read(name);
  if (found === undefined) throw half(`${describeSecret(name)} is empty, though the public one is not`);
  return parseKeyDocument(schema, found.value, describeSecret(name));
}

function half(why: string): HoldfastError {
  return new HoldfastError('KEY_INVALID', `the key ring is not whole and is left as it is: ${why}`, {
    next: 'Put the missing secret back from its export; new keys would not open what was sealed. docs/operations.md, Keys.',
  });
}
