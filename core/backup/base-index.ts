/**
 * The index of an earlier backup, unsealed with the index keys. It is trusted through the catalog's row, which has the
 * length and SHA-256 of each of its parts: the manifest, which says the same under a signature, cannot be opened by
 * who makes backups.
 */
import { HoldfastError } from '../errors.ts';
import { segmentContext } from '../format/context.ts';
import { open } from '../format/open.ts';
import type { WrappingPrivateKey } from '../ports/keys.ts';
import type { BaseIndex } from '../ports/source.ts';
import type { Vault } from '../ports/vault.ts';
import type { ChosenBase } from './base-choice.ts';

export interface IndexAddress {
  readonly planId: string;
  readonly component: string;
  readonly base: ChosenBase;
}

export function baseIndex(
  { planId, component, base }: IndexAddress,
  keys: readonly WrappingPrivateKey[],
  vault: Vault,
): BaseIndex {
  const { backupId } = base.row;
  const { attempt, segment, parts, plainBytes, fullBackupId } = base.index;
  const address = { planId, backupId, attempt, component, ...segment };
  return {
    backupId,
    fullBackupId,
    async *open(signal) {
      let openedBytes = 0;
      for (const [index, part] of parts.entries()) {
        signal.throwIfAborted();
        const context = segmentContext(address, index + 1);
        for await (const chunk of open(await vault.read(part.key, { signal }), keys, context, part)) {
          openedBytes += chunk.length;
          yield chunk;
        }
      }
      if (openedBytes !== plainBytes) {
        throw new HoldfastError(
          'INTEGRITY_LENGTH',
          `The index of ${component} in ${backupId} unsealed to ${openedBytes} bytes, the catalog says ${plainBytes}`,
        );
      }
    },
  };
}

/** Reads it to its end; throws what is wrong with it. */
export async function proveIndex(index: BaseIndex, signal: AbortSignal): Promise<void> {
  for await (const _ of index.open(signal)) signal.throwIfAborted();
}
