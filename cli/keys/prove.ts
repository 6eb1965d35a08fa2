/** `holdfast keys prove`: shows that a key file (or the KMS key) alone opens a real backup, and writes that down. */
import { HoldfastError } from '../../core/errors.ts';
import { requireDocument } from '../../core/keys/change.ts';
import { newestBackup, proveKeys } from '../../core/keys/prove.ts';
import { noteKeys } from '../../core/keys/record.ts';
import type { OpeningKey, SigningPublicKey } from '../../core/ports/keys.ts';
import { audited } from '../audited.ts';
import type { Cli, CliContext } from '../context.ts';
import { readKeyFile } from '../key-file.ts';
import { findBackup, requireCompleted } from '../lookup.ts';
import type { PassphraseOptions } from '../passphrase.ts';
import { formatBytes } from '../units.ts';
import { kmsKeysOf } from './kms.ts';

export interface ProveOptions extends PassphraseOptions {
  readonly key?: string;
  readonly kms: boolean;
  readonly backup?: string;
}

export async function keysProve(cli: Cli, options: ProveOptions): Promise<void> {
  const { key, kms } = options;
  if ((key === undefined) === !kms) {
    throw new HoldfastError('INVALID_INPUT', 'give one of --key FILE and --kms');
  }
  const file = key === undefined ? undefined : await readKeyFile(cli, key, options);
  const context = await cli.connect();
  const row =
    options.backup === undefined
      ? await newestBackup(context.catalog)
      : requireCompleted(await findBackup(context.catalog, options.backup));
  const { keys, signers } = file ? ofFile(file, key ?? '') : await ofKms(context);
  const { planId, backupId } = row;
  const provenAt = cli.clock.now().toISOString();
  const entry = {
    action: 'keys.prove',
    target: `backup/${backupId}`,
    detail: key === undefined ? 'by KMS' : 'by a file',
  };
  const proof = await audited(cli, context, entry, async () => {
    const result = await proveKeys({ planId, backupId, keys, signers, row, vault: context.vault }).catch(
      (thrown: unknown) => {
        throw tooYoung(thrown, backupId);
      },
    );
    // Who has this file alone believes these signers, and no others.
    const known = file ? signers.map(({ id }) => id) : [];
    await noteKeys(context.catalog, [...result.proven, ...known], { provenAt, provenBackup: backupId });
    return { result, detail: `${result.proven.join(', ')} opened it` };
  });
  cli.out.result({ ...proof, provenAt }, () =>
    [
      `Proven: ${proof.proven.join(', ')} alone opens backup ${backupId} of plan ${planId}: its manifest, signature checked, and ${formatBytes(proof.plainBytes)} of ${proof.part}.`,
      ...(proof.notAsked.length > 0
        ? [
            `Not sealed for, so not proven: ${proof.notAsked.join(', ')}. Name an older backup with --backup to prove them.`,
          ]
        : []),
    ].join('\n'),
  );
}

function ofFile(
  file: Awaited<ReturnType<typeof readKeyFile>>,
  path: string,
): { keys: readonly OpeningKey[]; signers: readonly SigningPublicKey[] } {
  if (file.kind === 'export' && file.signers) return { keys: file.privateKeys, signers: file.signers };
  throw new HoldfastError(
    'INVALID_INPUT',
    `${path} is not an export: it could not check who wrote a backup`,
    {
      next: 'Make one with `holdfast keys export --out FILE`.',
    },
  );
}

async function ofKms(
  context: CliContext,
): Promise<{ keys: readonly OpeningKey[]; signers: readonly SigningPublicKey[] }> {
  const { document } = await requireDocument(context.keyStore, 'public');
  return { keys: kmsKeysOf(document), signers: document.signers };
}

/** A key that was just added or made current is in no backup yet. */
function tooYoung(thrown: unknown, backupId: string): unknown {
  if (!(thrown instanceof HoldfastError) || thrown.code !== 'KEY_MISSING') return thrown;
  return new HoldfastError(
    'KEY_UNPROVEN',
    `backup ${backupId} is not sealed for any key of this file: ${thrown.message}`,
    {
      cause: thrown,
      next: 'When the key is new, make a backup and repeat; otherwise name a backup of its time with --backup.',
    },
  );
}
