/** What `decrypt` opens with: a key file, or the KMS key that an object names itself. */
import { HoldfastError } from '../../core/errors.ts';
import type { OpeningKey, SigningPublicKey } from '../../core/ports/keys.ts';
import type { Cli } from '../context.ts';
import { readKeyFile } from '../key-file.ts';
import { kmsKeyOf } from '../keys/kms.ts';
import type { PassphraseOptions } from '../passphrase.ts';
import type { MessageHeader } from './message-header.ts';

export interface OpeningKeys {
  /** The keys for an object with this header; KEY_MISSING when none of them can open it. */
  keysFor(header: MessageHeader, name: string): readonly OpeningKey[];
  readonly signers: readonly SigningPublicKey[] | undefined;
}

export async function openingKeys(
  cli: Cli,
  options: PassphraseOptions & { readonly key?: string; readonly kms: boolean },
): Promise<OpeningKeys> {
  const { key, kms } = options;
  if ((key === undefined) === !kms) {
    throw new HoldfastError('INVALID_INPUT', 'give one of --key FILE and --kms');
  }
  if (key === undefined) return { keysFor: kmsKeysFor, signers: undefined };
  const file = await readKeyFile(cli, key, options);
  return {
    signers: file.signers,
    keysFor({ keyIds }, name) {
      const usable = file.keysFor(keyIds);
      if (usable.some(({ id }) => keyIds.includes(id))) return usable;
      throw missing(
        name,
        keyIds,
        'which the key file does not hold',
        'Use the key file that has one of these keys.',
      );
    },
  };
}

function kmsKeysFor({ kmsKeyArns, keyIds }: MessageHeader, name: string): readonly OpeningKey[] {
  if (kmsKeyArns.length > 0) return kmsKeyArns.map(kmsKeyOf);
  throw missing(name, keyIds, 'and for no KMS key', 'Use a key file with --key FILE.');
}

function missing(name: string, keyIds: readonly string[], but: string, next: string): HoldfastError {
  const wanted = keyIds.join(', ') || 'other kinds of keys';
  return new HoldfastError('KEY_MISSING', `${name} is sealed for ${wanted}, ${but}`, {
    details: { needed: keyIds },
    next,
  });
}
