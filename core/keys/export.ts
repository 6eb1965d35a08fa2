/** What goes into an export: everything that the ring can open and check with, and nothing that could sign. */
import { HoldfastError } from '../errors.ts';
import type { SigningPublicKey, WrappingPrivateKey } from '../ports/keys.ts';
import { requireDocument } from './change.ts';
import { currentOf } from './rotate.ts';
import type { KeySecretStore } from './store.ts';

export interface Exportable {
  /** The current one first, then from the newest. */
  readonly keys: readonly WrappingPrivateKey[];
  readonly signers: readonly SigningPublicKey[];
  readonly currentKeyId: string;
}

/** KEY_INVALID when the private half of the current key is not there: such an export would not open new backups. */
export async function exportable(store: KeySecretStore): Promise<Exportable> {
  const { document } = await requireDocument(store, 'public');
  const { document: wrapping } = await requireDocument(store, 'private');
  const { id: currentKeyId } = currentOf(document);
  const current = wrapping.keys.find(({ id }) => id === currentKeyId);
  if (!current) {
    throw new HoldfastError('KEY_INVALID', `the private half of the current key ${currentKeyId} is missing`, {
      next: 'Put it back first with `holdfast keys import --key FILE`.',
    });
  }
  const others = wrapping.keys.filter((key) => key !== current).reverse();
  return { keys: [current, ...others], signers: document.signers, currentKeyId };
}
