/**
 * Keys for the lists that a later incremental run builds upon. A run cannot open what it has sealed, but for these:
 * they are sealed for the recipients of every backup and for the newest index key as well. Where there is none, or
 * the role may not read it, nothing is lost but speed: the next run reads everything.
 */
import { createPublicKey } from 'node:crypto';
import { hasCode } from '../errors.ts';
import { RECIPIENTS_LIMIT } from '../format/limits.ts';
import type { Log } from '../ports/index.ts';
import type { KeyRing, SealingKey, WrappingPrivateKey } from '../ports/keys.ts';

export interface IndexKeys {
  /** Newest first; none: no base can be opened. */
  readonly opening: readonly WrappingPrivateKey[];
  /** What new indexes are sealed for. */
  readonly recipients: readonly SealingKey[];
  /** False: no later run can open them. */
  readonly reopen: boolean;
}

/** Fetched only when `wanted`, since most plans have no use for them. */
export async function indexKeysFor(
  recipients: readonly SealingKey[],
  wanted: boolean,
  keyRing: KeyRing,
  log: Log,
): Promise<IndexKeys> {
  const none = { opening: [], recipients, reopen: false };
  if (!wanted) return none;
  let opening: readonly WrappingPrivateKey[];
  try {
    opening = await keyRing.indexKeys();
  } catch (thrown) {
    if (!hasCode(thrown, 'ACCESS_DENIED', 'SECRET_NOT_FOUND', 'SECRET_INVALID', 'KEY_INVALID')) throw thrown;
    log.warn('no index key: everything is read each time', { code: thrown.code, message: thrown.message });
    return none;
  }
  const [newest] = opening;
  if (newest === undefined) return none;
  if (recipients.length >= RECIPIENTS_LIMIT) {
    log.warn('no room for the index key beside the recipients: everything is read each time', {
      recipients: recipients.length,
    });
    return { ...none, opening };
  }
  return { opening, recipients: [...recipients, publicHalf(newest)], reopen: true };
}

function publicHalf({ id, privateKeyPem }: WrappingPrivateKey): SealingKey {
  const publicKeyPem = createPublicKey(privateKeyPem).export({ type: 'spki', format: 'pem' });
  return { id, publicKeyPem: publicKeyPem.toString() };
}
