/** The key ring read once: a rebuild opens thousands of manifests, and each would ask for the secrets again. */
import type { KeyRing } from '../ports/keys.ts';

/** For the length of one piece of work: a key that is added meanwhile is not seen. */
export function rememberedKeys(ring: KeyRing): KeyRing {
  let publicKeys: ReturnType<KeyRing['publicKeys']> | undefined;
  let privateKeys: ReturnType<KeyRing['privateKeys']> | undefined;
  return {
    publicKeys() {
      publicKeys ??= ring.publicKeys();
      return publicKeys;
    },
    privateKeys() {
      privateKeys ??= ring.privateKeys();
      return privateKeys;
    },
    indexKeys: () => ring.indexKeys(),
    signingKey: (role) => ring.signingKey(role),
  };
}
