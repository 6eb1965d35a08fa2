/** One backup of a copy, opened with a key file alone: what is restored from it, or verified, without a stack. */
import { HoldfastError } from '../../core/errors.ts';
import type { Plan } from '../../core/plan.ts';
import type { BackupRow } from '../../core/ports/catalog.ts';
import type { KeyRing } from '../../core/ports/keys.ts';
import type { Vault } from '../../core/ports/vault.ts';
import { findBackup } from '../../core/recovery/find.ts';
import type { Unreadable } from '../../core/recovery/unreadable.ts';
import type { Cli } from '../context.ts';
import { knownCode } from '../failure.ts';
import { readKeyFile, readSignersFile } from '../key-file.ts';
import type { PassphraseOptions } from '../passphrase.ts';
import { type ChosenBackup, chooseBackup, keysOf, openCopy } from './copy.ts';

export interface CopyOptions extends PassphraseOptions {
  readonly from: string;
  readonly backup: string | undefined;
  readonly latest?: string;
  readonly key?: string;
  readonly signers?: string;
}

export interface OpenedBackup {
  readonly vault: Vault;
  readonly keyRing: KeyRing;
  readonly row: BackupRow;
  /** Undefined when this release does not understand it. */
  readonly plan: Plan | undefined;
}

/** Throws what is wrong with the copy, the keys, or the choice. */
export async function openBackup(cli: Cli, options: CopyOptions): Promise<OpenedBackup> {
  const vault = openCopy(options.from, cli.region);
  const chosen = await chooseBackup(vault, options);
  const keyRing = await ringFor(cli, vault, chosen, options);
  return { vault, keyRing, ...(await findOne(cli, chosen, vault, keyRing)) };
}

/** The keys in the file, for what the manifest was sealed with; and who may have signed it. */
async function ringFor(cli: Cli, vault: Vault, chosen: ChosenBackup, options: CopyOptions): Promise<KeyRing> {
  if (options.key === undefined) {
    throw new HoldfastError(
      'INVALID_INPUT',
      '--from a folder or bucket needs --key FILE, since no stack is asked',
      {
        next: 'Give the export of the keys, or the JSON of the private key secret.',
      },
    );
  }
  const file = await readKeyFile(cli, options.key, options);
  const signers =
    options.signers === undefined ? file.signers : await readSignersFile(cli, options.signers, options);
  if (!signers) {
    throw new HoldfastError(
      'INTEGRITY_SIGNATURE',
      'nothing at hand says who wrote this backup: the key file has no public signing keys',
      {
        next: 'Use an export of the keys, which has them, or give the public key secret with --signers FILE.',
      },
    );
  }
  const wanted = await keysOf(vault, chosen);
  const privateKeys = file.keysFor(wanted);
  if (!privateKeys.some(({ id }) => wanted.includes(id))) {
    throw new HoldfastError(
      'KEY_MISSING',
      `${chosen.backupId} is sealed for ${wanted.join(', ') || 'other kinds of keys'}, which the key file does not hold`,
      {
        details: { needed: wanted },
        next: 'Use the key file that has one of these keys.',
      },
    );
  }
  return {
    publicKeys: async () => ({ recipients: [], signers }),
    privateKeys: async () => privateKeys,
    signingKey: async () => {
      throw new HoldfastError('ACCESS_DENIED', 'nothing is signed without a stack');
    },
    indexKeys: async () => {
      throw new HoldfastError('ACCESS_DENIED', 'index keys are for making backups');
    },
  };
}

/** As a rebuild of the catalog would find it. */
async function findOne(
  cli: Cli,
  { planId, backupId }: ChosenBackup,
  vault: Vault,
  keyRing: KeyRing,
): Promise<{ readonly row: BackupRow; readonly plan: Plan | undefined }> {
  const problems: Unreadable[] = [];
  const note = (problem: Unreadable) => problems.push(problem);
  const found = await findBackup(planId, backupId, { vault, keyRing, clock: cli.clock }, note);
  if (found.outcome === 'found') {
    const { row } = found;
    for (const { key, why } of problems) cli.out.detail(`${key}: ${why}`);
    if (found.marked) {
      cli.out.warn(
        'this backup is marked for expiry: its objects may go any day. Copy them first if it takes long.',
      );
    }
    if (row.verification?.status === 'failed')
      cli.out.warn(`this backup FAILED its last verification: ${row.verification.detail}`);
    return { row, plan: found.plan };
  }
  const [problem] = problems;
  throw new HoldfastError(
    problem ? knownCode(problem.code) : 'OBJECT_MISSING',
    problem ? `${problem.key}: ${problem.why}` : `backup ${backupId} has no manifest`,
  );
}
