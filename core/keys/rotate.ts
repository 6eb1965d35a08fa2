/**
 * New keys beside the old ones. Nothing that was sealed or signed before becomes unreadable: old private halves and
 * old public signing keys stay.
 *
 * Wrapping keys: the private document first, then the public one, which makes the new key current. A crash between
 * leaves a private half for which nothing is sealed yet; the next rotation makes that one current instead of another.
 * Signing keys: the public half first, then the secret: nothing is ever signed by a key that nobody knows.
 */
import { HoldfastError } from '../errors.ts';
import type { SignerRole } from '../ports/keys.ts';
import { changeDocument, requireDocument } from './change.ts';
import type { PrivateKeysDocument, PublicKeysDocument } from './documents.ts';
import { generateSigningKey, generateWrappingKey, publicPem } from './generate.ts';
import type { KeySecretStore } from './store.ts';

export interface Rotation {
  readonly currentKeyId: string;
  readonly previousKeyId: string;
  /** True when an earlier rotation had made the key and did not get to use it. */
  readonly finished: boolean;
  /** True when the ring lacks the private half of the previous key: what is sealed for it needs an export. */
  readonly previousIsLost: boolean;
}

/** Makes a new wrapping key the current one. KEY_INVALID when a document is empty or damaged; CONFLICT. */
export async function rotateWrappingKey(store: KeySecretStore, now: Date): Promise<Rotation> {
  const { document: before } = await requireDocument(store, 'public');
  const previousKeyId = currentOf(before).id;
  const { document: wrapping } = await requireDocument(store, 'private');
  const unused = unusedKey(wrapping, before);
  const made = unused ?? (await generateWrappingKey(now));
  if (!unused) {
    await changeDocument(store, 'private', (document) => {
      const other = unusedKey(document, before);
      if (other) {
        throw new HoldfastError('CONFLICT', `another rotation has just made ${other.id}`, {
          next: 'Wait until it has ended. If it was interrupted, repeat the command: it goes on with that key.',
        });
      }
      return { ...document, keys: [...document.keys, made] };
    });
  }
  await changeDocument(store, 'public', (document) => {
    const known = document.recipients.find(({ id }) => id === made.id);
    if (known) return undefined;
    return {
      ...document,
      recipients: [
        { id: made.id, publicKeyPem: publicPem(made.privateKeyPem), current: true },
        ...document.recipients.map((key) => ({ ...key, current: false })),
      ],
    };
  });
  return {
    currentKeyId: made.id,
    previousKeyId,
    finished: unused !== undefined,
    previousIsLost: !wrapping.keys.some(({ id }) => id === previousKeyId),
  };
}

/** The newest private half, when the public document does not know it. */
function unusedKey({ keys }: PrivateKeysDocument, { recipients }: PublicKeysDocument) {
  const newest = keys.at(-1);
  return newest && !recipients.some(({ id }) => id === newest.id) ? newest : undefined;
}

export function currentOf({ recipients }: PublicKeysDocument): PublicKeysDocument['recipients'][number] {
  const current = recipients.find((key) => key.current);
  if (current) return current;
  throw new HoldfastError('KEY_INVALID', 'the public document has no current key');
}

/** New signing keys for every role; returns their ids. What the old ones signed stays proven. */
export async function rotateSigningKeys(
  store: KeySecretStore,
  now: Date,
): Promise<readonly { readonly role: SignerRole; readonly id: string }[]> {
  const made = await Promise.all(
    (['backup', 'verify', 'operator'] as const).map((role) => generateSigningKey(role, now)),
  );
  await changeDocument(store, 'public', (document) => ({
    ...document,
    signers: [
      ...made.map(({ id, role, privateKeyPem }) => ({ id, role, publicKeyPem: publicPem(privateKeyPem) })),
      ...document.signers,
    ],
  }));
  for (const key of made) {
    await changeDocument(store, `signing-${key.role}`, (document) => ({ ...document, key }));
  }
  return made.map(({ role, id }) => ({ role, id }));
}
