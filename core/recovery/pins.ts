/**
 * Whether a backup is pinned, as the signed objects beside it say. A pin that cannot be proven keeps the backup too:
 * what somebody else put there costs a look and storage, what is dropped may cost a backup that had to stay.
 */
import { readPins } from '../pin.ts';
import type { Pin } from '../ports/catalog.ts';
import type { Clock } from '../ports/index.ts';
import type { KeyRing } from '../ports/keys.ts';
import type { Vault } from '../ports/vault.ts';
import { type Unreadable, unreadable } from './unreadable.ts';

/** The newest pin, undefined when there is none or it was taken away provably. What cannot be read goes to `note`. */
export async function pinOf(
  planId: string,
  backupId: string,
  { vault, keyRing, clock }: { readonly vault: Vault; readonly keyRing: KeyRing; readonly clock: Clock },
  note: (problem: Unreadable) => void,
): Promise<Pin | undefined> {
  const [privateKeys, { signers }] = await Promise.all([keyRing.privateKeys(), keyRing.publicKeys()]);
  const { newest, unproven, refused } = await readPins({ planId, backupId, vault, privateKeys, signers });
  for (const { key, error } of refused) note(unreadable(key, error));
  if (newest?.pinned) return { at: newest.at, by: newest.by, reason: newest.reason };
  if (!unproven) return undefined;
  const why = refused[0]?.error.code ?? 'too many';
  return {
    at: clock.now().toISOString(),
    by: 'unknown',
    reason: `unproven pin: there is one that could not be read (${why}); look, then \`holdfast unpin\` if it may go`,
  };
}
