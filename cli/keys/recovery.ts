/**
 * `holdfast keys add-recovery`: one more key that every new backup is sealed for. A pair made here has its private half
 * in the file alone; the account gets the public half.
 */
import { readFile } from 'node:fs/promises';
import { HoldfastError } from '../../core/errors.ts';
import { writeBundle } from '../../core/keys/bundle.ts';
import { requireDocument } from '../../core/keys/change.ts';
import { generateWrappingKey, publicPem } from '../../core/keys/generate.ts';
import { addKmsKey, addRecoveryKey, removeRecipient, requireRoom } from '../../core/keys/recipients.ts';
import { noteKeys } from '../../core/keys/record.ts';
import { sealingCheck } from '../../core/self-test.ts';
import { audited } from '../audited.ts';
import { selfTest } from '../commands/doctor.ts';
import type { Cli, CliContext, Finding } from '../context.ts';
import { newPassphrase, type PassphraseOptions } from '../passphrase.ts';
import { tryKmsKey } from './kms.ts';
import { requireNew, writeOnce } from './write-once.ts';

export interface RecoveryOptions extends PassphraseOptions {
  readonly out?: string;
  readonly publicKey?: string;
  readonly kms?: string;
}

export async function keysAddRecovery(cli: Cli, options: RecoveryOptions): Promise<void> {
  const { out, publicKey, kms } = options;
  if ([out, publicKey, kms].filter((value) => value !== undefined).length !== 1) {
    throw new HoldfastError(
      'INVALID_INPUT',
      'give exactly one of --out FILE, --public-key FILE and --kms ARN',
    );
  }
  if (out !== undefined) return addNewPair(cli, out, options);
  if (publicKey !== undefined) return addPublicKey(cli, publicKey);
  return addKms(cli, kms ?? '');
}

async function addNewPair(cli: Cli, out: string, options: RecoveryOptions): Promise<void> {
  await requireNew(out);
  const passphrase = await newPassphrase(cli, options, 'the recovery key');
  const context = await cli.connect();
  await requireRoom(context.keyStore);
  const { document } = await requireDocument(context.keyStore, 'public');
  const now = cli.clock.now();
  const key = await generateWrappingKey(now);
  const purpose = `a recovery key of the stack ${context.stackName}: its private half is in this file alone`;
  const bundle = { keys: [key], signers: document.signers };
  // The file first: a public half without its private one would look like a recovery key and be none.
  await writeOnce(out, await writeBundle(bundle, passphrase, { now, purpose }));
  const { id } = await added(cli, context, async () => {
    const result = await addRecoveryKey(context.keyStore, publicPem(key.privateKeyPem), now);
    await noteKeys(context.catalog, [result.id], { exportedAt: now.toISOString() });
    return result;
  });
  tell(cli, { id, added: true, out });
}

async function addPublicKey(cli: Cli, path: string): Promise<void> {
  const pem = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new HoldfastError('INVALID_INPUT', `--public-key ${path} cannot be read`, { cause });
  });
  const context = await cli.connect();
  tell(cli, await added(cli, context, () => addRecoveryKey(context.keyStore, pem, cli.clock.now())));
}

async function addKms(cli: Cli, kmsKeyArn: string): Promise<void> {
  const context = await cli.connect();
  await tryKmsKey(kmsKeyArn, cli.clock.now());
  const result = await added(cli, context, async () => {
    const made = await addKmsKey(context.keyStore, kmsKeyArn);
    if (made.added) await requireSealing(cli, context, made.id);
    return made;
  });
  tell(cli, result);
}

/**
 * The caller's rights are not the functions': while backup cannot use the key, every backup would fail. So it tries,
 * and the key is taken away again when it cannot. KEY_INVALID.
 */
export async function requireSealing(
  cli: Cli,
  { functions, stack, keyStore }: CliContext,
  id: string,
): Promise<void> {
  let check: Finding | undefined;
  try {
    const checks = await selfTest({ functions }, stack.BackupFunction);
    check = checks.find(({ name }) => name === sealingCheck);
    if (!check) throw new HoldfastError('INTERNAL', 'it is of a release that does not try it');
  } catch (thrown) {
    cli.out.warn(
      `the backup function could not be asked whether it can seal for ${id}: ${(thrown as Error).message}. Make a backup now; when it fails, \`holdfast keys remove-recovery ${id}\`.`,
    );
    return;
  }
  if (check.ok) return;
  await removeRecipient(keyStore, id);
  throw new HoldfastError('KEY_INVALID', `the backup function cannot seal for ${id}: ${check.detail}`, {
    next: "It was taken away again. Let the function use the key (the stack's option for KMS keys, and the key's own policy), then repeat the command.",
  });
}

interface Added {
  readonly id: string;
  readonly added: boolean;
}

function added(cli: Cli, context: CliContext, work: () => Promise<Added>): Promise<Added> {
  return audited(cli, context, { action: 'keys.add-recovery', target: 'key ring' }, async () => {
    const result = await work();
    const { id, added: isNew } = result;
    return { result, detail: isNew ? `${id}: sealed for from now on` : `${id} is a recipient already` };
  });
}

function tell(cli: Cli, result: Added & { readonly out?: string }): void {
  const { id, added: isNew, out } = result;
  cli.out.result(result, () =>
    isNew
      ? [
          `Every backup from now on is sealed for ${id} as well; earlier ones are not.`,
          ...(out
            ? [`Its private half is in ${out} and nowhere else: keep it off line, apart from its passphrase.`]
            : []),
          `After the next backup, prove it: holdfast keys prove ${out ? `--key ${out}` : id.startsWith('kms-') ? '--kms' : '--key FILE'}`,
        ].join('\n')
      : `${id} is a recipient already. Nothing was changed.`,
  );
}
