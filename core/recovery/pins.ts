/** Whether a backup is pinned, as the signed objects beside it say. */
import { readPins } from '../pin.ts';
import type { Pin } from '../ports/catalog.ts';
import type { KeyRing } from '../ports/keys.ts';
import type { Vault } from '../ports/vault.ts';
import { type Unreadable, unreadable } from './unreadable.ts';

/** The newest pin, undefined when there is none or it was taken away. What cannot be read goes to `note`. */
export async function pinOf(
  planId: string,
  backupId: string,
  { vault, keyRing }: { readonly vault: Vault; readonly keyRing: KeyRing },
  note: (problem: Unreadable) => void,
): Promise<Pin | undefined> {
  const [privateKeys, { signers }] = await Promise.all([keyRing.privateKeys(), keyRing.publicKeys()]);
  const { newest, refused } = await readPins({ planId, backupId, vault, privateKeys, signers });
  for (const { key, error } of refused) note(unreadable(key, error));
  return newest?.pinned ? { at: newest.at, by: newest.by, reason: newest.reason } : undefined;
}
