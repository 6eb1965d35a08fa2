/**
 * Keys from a file, whatever kind it is: an export (`holdfast keys export`), the JSON of the private key secret, or a
 * PEM. Under a passphrase it is asked for.
 */
import { readFile, stat } from 'node:fs/promises';
import { HoldfastError } from '../core/errors.ts';
import { isBundle, readBundle } from '../core/keys/bundle.ts';
import type { SigningPublicKey, WrappingPrivateKey } from '../core/ports/keys.ts';
import type { Cli } from './context.ts';
import { parsePrivateKeyFile, parseSignersFile } from './decrypt/key-files.ts';
import { knownPassphrase, type PassphraseOptions } from './passphrase.ts';

/** An export with a hundred keys has about half of it. */
const maxKeyFileBytes = 1024 * 1024;

export type KeyFileKind = 'export' | 'secret' | 'pem';

export interface KeyFile {
  readonly kind: KeyFileKind;
  /** The keys with their ids; none of a bare PEM, which has no id. */
  readonly privateKeys: readonly WrappingPrivateKey[];
  /** The keys as they are named in an object that was sealed for `wantedIds`; for a PEM, the one that it fits. */
  keysFor(wantedIds: readonly string[]): readonly WrappingPrivateKey[];
  /** The public signing keys that an export carries. */
  readonly signers: readonly SigningPublicKey[] | undefined;
}

/** INVALID_INPUT when there is no such file, PASSPHRASE_WRONG, KEY_INVALID when it is damaged or no key file. */
export async function readKeyFile(
  cli: Pick<Cli, 'out' | 'questions'>,
  path: string,
  options: PassphraseOptions = {},
): Promise<KeyFile> {
  const text = await readText(path);
  const passphrase = () => knownPassphrase(cli, options, path);
  if (!isBundle(text)) return { ...(await parsePrivateKeyFile(text, passphrase)), signers: undefined };
  const { keys, signers } = await readBundle(text, await passphrase());
  return { kind: 'export', privateKeys: keys, keysFor: () => keys, signers };
}

/**
 * Public signing keys from a file that somebody vouches for: the JSON of the public secret (`keys export --signers-only`),
 * or an export, which is opened with its passphrase, since only that proves that nobody slipped one in.
 */
export async function readSignersFile(
  cli: Pick<Cli, 'out' | 'questions'>,
  path: string,
  options: PassphraseOptions = {},
): Promise<readonly SigningPublicKey[]> {
  const text = await readText(path);
  if (!isBundle(text)) return parseSignersFile(text);
  return (await readBundle(text, await knownPassphrase(cli, options, path))).signers;
}

async function readText(path: string): Promise<string> {
  const kind = await stat(path).catch((cause: unknown) => {
    throw new HoldfastError('INVALID_INPUT', `the key file ${path} cannot be read`, { cause });
  });
  if (!kind.isFile() || kind.size > maxKeyFileBytes)
    throw new HoldfastError('INVALID_INPUT', `${path} is not a key file`);
  return readFile(path, 'utf8');
}
