/**
 * Puts keys back from an export: private halves that the ring lacks, and the public keys that go with them. What the
 * ring has stays; its current key stays current. So a lost secret is filled, and a new ring learns to open old backups.
 */
import { HoldfastError } from '../errors.ts';
import type { SigningPublicKey, WrappingPrivateKey } from '../ports/keys.ts';
import { changeDocument, createDocument, readDocument } from './change.ts';
import { publicPem } from './generate.ts';
import type { KeySecretStore } from './store.ts';

export interface Imported {
  /** Private halves that were missing and are there now. */
  readonly added: readonly string[];
  /** Those that were there already. */
  readonly known: readonly string[];
  /** Its private half is still missing: what is sealed for it alone cannot be opened by the stack. */
  readonly stillMissing?: string;
}

/** KEY_INVALID when the private secret holds something that is no key document; nothing is changed then. */
export async function importKeys(
  store: KeySecretStore,
  {
    keys,
    signers,
  }: { readonly keys: readonly WrappingPrivateKey[]; readonly signers: readonly SigningPublicKey[] },
): Promise<Imported> {
  // Public halves first: a private one that the public document does not know would look like a rotation to finish.
  const ring = await readDocument(store, 'public');
  if (ring) await importPublic(store, keys, signers);
  const added = await importPrivate(store, keys);
  const after = await readDocument(store, 'private');
  const current = ring?.document.recipients.find((key) => key.current);
  const missing = current && !after?.document.keys.some(({ id }) => id === current.id);
  return {
    added,
    known: keys.map(({ id }) => id).filter((id) => !added.includes(id)),
    ...(missing ? { stillMissing: current.id } : {}),
  };
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
): Promise<void> {
  await changeDocument(store, 'public', (document) => {
    const recipients = keys.filter(({ id }) => !document.recipients.some((key) => key.id === id));
    const unknown = signers.filter(({ id }) => !document.signers.some((signer) => signer.id === id));
    if (recipients.length === 0 && unknown.length === 0) return undefined;
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
      signers: [...document.signers, ...unknown],
    };
  });
}
