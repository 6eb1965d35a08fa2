/** What was done with keys, in the catalog: when each was last exported, and when an export was proven to open a backup. */
import { HoldfastError, hasCode } from '../errors.ts';
import type { Catalog } from '../ports/catalog.ts';
import { readState } from '../state.ts';

export interface KeyDeed {
  readonly exportedAt?: string;
  readonly provenAt?: string;
  readonly provenBackup?: string;
}

const maxAttempts = 5;

/** Notes it for each key; what was known otherwise stays. CONFLICT when others keep writing. */
export async function noteKeys(
  catalog: Pick<Catalog, 'getState' | 'putState'>,
  ids: readonly string[],
  deed: KeyDeed,
): Promise<void> {
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const { value, revision } = await readState(catalog, 'keys');
    const keys = { ...value?.keys };
    for (const id of ids) keys[id] = { ...keys[id], ...deed };
    try {
      await catalog.putState('keys', { keys }, revision);
      return;
    } catch (thrown) {
      if (!hasCode(thrown, 'CONFLICT')) throw thrown;
    }
  }
  throw new HoldfastError('CONFLICT', 'what is known of keys is being changed by somebody else');
}
