/**
 * Puts keys back from an export: private halves that the ring lacks, and the public keys that go with them. What the
 * ring has stays; its current key stays current. So a lost secret is filled, and a new ring learns to open old backups.
 */
import { HoldfastError } from '../errors.ts';
import type { SigningPublicKey, WrappingPrivateKey } from '../ports/keys.ts';
import { changeDocument, createDocument, readDocument } from './change.ts';
import type { PublicKeysDocument } from './documents.ts';
import { publicPem } from './generate.ts';
import { documentText, type KeySecretStore } from './store.ts';

export interface KeysToImport {
  readonly keys: readonly WrappingPrivateKey[];
  readonly signers: readonly SigningPublicKey[];
}

/** What an import would change: for whoever is to agree to it. */
export interface ImportPreview {
  /** Whoever has their private halves is believed from then on. */
  readonly signers: readonly SigningPublicKey[];
  /** Recovery keys, whose private halves were never in the account. */
  readonly recovery: readonly string[];
}

/** KEY_INVALID when a document is damaged. */
export async function previewImport(
  store: KeySecretStore,
  { keys, signers }: KeysToImport,
): Promise<ImportPreview> {
  const ring = await readDocument(store, 'public');
  if (!ring) return { signers: [], recovery: [] };
  const held = (await readDocument(store, 'private'))?.document.keys ?? [];
  const lacking = keys.filter(({ id }) => !held.some((key) => key.id === id));
  const { recipients } = ring.document;
  return {
    signers: unknownSigners(ring.document, signers),
    recovery: lacking.flatMap(({ id }) =>
      recipients.some((key) => key.id === id && key.recovery !== undefined) ? [id] : [],
    ),
  };
}

function unknownSigners(
  document: PublicKeysDocument,
  signers: readonly SigningPublicKey[],
): readonly SigningPublicKey[] {
  return signers.filter(({ id }) => !document.signers.some((signer) => signer.id === id));
}

export interface Imported {
  /** Private halves that were missing and are there now. */
  readonly added: readonly string[];
  /** Those that were there already. */
  readonly known: readonly string[];
  /** Signing keys that the ring did not know. */
  readonly addedSigners: readonly string[];
  /** Its private half is still missing: what is sealed for it alone cannot be opened by the stack. */
  readonly stillMissing?: string;
}

/** KEY_INVALID when the private secret holds something that is no key document, or has no room; nothing is changed then. */
export async function importKeys(store: KeySecretStore, { keys, signers }: KeysToImport): Promise<Imported> {
  await requireRoom(store, keys);
  // Public halves first: a private one that the public document does not know would look like a rotation to finish.
  const ring = await readDocument(store, 'public');
  const addedSigners = ring ? await importPublic(store, keys, signers) : [];
  const added = await importPrivate(store, keys);
  const after = await readDocument(store, 'private');
  const current = ring?.document.recipients.find((key) => key.current);
  const missing = current && !after?.document.keys.some(({ id }) => id === current.id);
  return {
    added,
    known: keys.map(({ id }) => id).filter((id) => !added.includes(id)),
    addedSigners,
    ...(missing ? { stillMissing: current.id } : {}),
  };
}

/** Before anything is written. */
async function requireRoom(store: KeySecretStore, keys: readonly WrappingPrivateKey[]): Promise<void> {
  const held = (await readDocument(store, 'private'))?.document.keys ?? [];
  const lacking = keys.filter(({ id }) => !held.some((key) => key.id === id));
  const document = { format: 'holdfast/private-keys', version: 1, keys: [...lacking, ...held] };
  try {
    documentText(document, 'private');
  } catch (thrown) {
    throw new HoldfastError('KEY_INVALID', `nothing was imported: ${(thrown as Error).message}`, {
      cause: thrown,
      next: 'Import only the keys that the backups need which you want back: `holdfast keys import --only KEY`; a refused restore names the key. The others stay in the export, which `restore --from` and `decrypt` read.',
    });
  }
}

async function importPrivate(store: KeySecretStore, keys: readonly WrappingPrivateKey[]): Promise<string[]> {
  const ids = keys.map(({ id }) => id);
  if (!(await readDocument(store, 'private'))) {
    // The last one is the newest: an export begins with it.
    const oldestFirst = [...keys].reverse();
    if (
      await createDocument(store, 'private', {
        format: 'holdfast/private-keys',
        version: 1,
        keys: oldestFirst,
      })
    ) {
      return ids;
    }
    if (!(await readDocument(store, 'private'))) {
      throw new HoldfastError('CONFLICT', 'the private key secret is empty but had a first value before', {
        next: 'Bring its last version back: docs/operations.md, Keys, a secret was lost.',
      });
    }
  }
  let added: string[] = [];
  await changeDocument(store, 'private', (document) => {
    const lacking = keys.filter(({ id }) => !document.keys.some((key) => key.id === id));
    added = lacking.map(({ id }) => id);
    if (lacking.length === 0) return undefined;
    // Before what is there: the last one is the newest.
    return { ...document, keys: [...lacking].reverse().concat(document.keys) };
  });
  return added;
}

async function importPublic(
  store: KeySecretStore,
  keys: readonly WrappingPrivateKey[],
  signers: readonly SigningPublicKey[],
): Promise<readonly string[]> {
  let added: readonly SigningPublicKey[] = [];
  await changeDocument(store, 'public', (document) => {
    const recipients = keys.filter(({ id }) => !document.recipients.some((key) => key.id === id));
    added = unknownSigners(document, signers);
    if (recipients.length === 0 && added.length === 0) return undefined;
    return {
      ...document,
      recipients: [
        ...document.recipients,
        ...recipients.map(({ id, privateKeyPem }) => ({
          id,
          publicKeyPem: publicPem(privateKeyPem),
          current: false,
        })),
      ],
      signers: [...document.signers, ...added],
    };
  });
  return added.map(({ id }) => id);
}
