/** Signing keys that are known: which of the current ones no export has, and taking one away that leaked. */
import { HoldfastError } from '../errors.ts';
import type { SignerRole, SigningPublicKey } from '../ports/keys.ts';
import type { State } from '../state.ts';
import { changeDocument, readDocument } from './change.ts';
import type { KeySecretStore } from './store.ts';

const roles: readonly SignerRole[] = ['backup', 'verify', 'operator'];

/** The newest of each role: a rotation puts them first, an import last. */
export function currentSigners(signers: readonly SigningPublicKey[]): readonly string[] {
  return roles.flatMap((role) => signers.find((signer) => signer.role === role)?.id ?? []);
}

/** Current signing keys that no proven export knows: with nothing but such an export, new backups are refused. */
export function unprovenSigners(
  signers: readonly SigningPublicKey[],
  known: State<'keys'> | undefined,
): readonly string[] {
  return currentSigners(signers).filter((id) => known?.keys[id]?.provenAt === undefined);
}

/**
 * Nothing that it signed is believed any more, old or new: its signature cannot tell the two apart. KEY_MISSING when
 * it is not known, CONFLICT while it is the one that signs.
 */
export async function distrustSigner(store: KeySecretStore, id: string): Promise<void> {
  for (const role of roles) {
    const held = await readDocument(store, `signing-${role}`);
    if (held?.document.key.id !== id) continue;
    throw new HoldfastError('CONFLICT', `${id} is the key that signs now: everything new would be refused`, {
      next: 'Make new signing keys first: `holdfast keys rotate --signing`.',
    });
  }
  await changeDocument(store, 'public', (document) => {
    const signers = document.signers.filter((signer) => signer.id !== id);
    if (signers.length < document.signers.length) return { ...document, signers };
    throw new HoldfastError('KEY_MISSING', `${id} is not a signing key that this ring knows`, {
      next: 'See the ids with `holdfast keys list`.',
    });
  });
}
