/** `holdfast keys import`: puts the keys of an export back into the ring that lost them, or into a new one. */
import { HoldfastError } from '../../core/errors.ts';
import { importKeys } from '../../core/keys/import.ts';
import type { Cli } from '../context.ts';
import { readKeyFile } from '../key-file.ts';
import type { PassphraseOptions } from '../passphrase.ts';
import { auditKeys } from './audit.ts';

export interface ImportOptions extends PassphraseOptions {
  readonly key: string;
}

export async function keysImport(cli: Cli, options: ImportOptions): Promise<void> {
  const { privateKeys: keys, signers = [], kind } = await readKeyFile(cli, options.key, options);
  if (kind === 'pem') {
    throw new HoldfastError('INVALID_INPUT', `${options.key} is a bare PEM, which has no key id`, {
      next: 'Use an export, or the JSON of the private key secret.',
    });
  }
  const context = await cli.connect();
  const imported = await importKeys(context.keyStore, { keys, signers });
  const { added, known, stillMissing } = imported;
  if (added.length > 0) {
    await auditKeys(cli, context, {
      action: 'keys.import',
      target: added.join(', ').slice(0, 1000),
      detail: `${added.length} private keys put back`,
    });
  }
  if (stillMissing) {
    cli.out.warn(
      `the private half of the current key ${stillMissing} is not among them: verify and restore cannot open what is sealed for it. If it is lost for good, \`holdfast keys rotate\` makes another current.`,
    );
  }
  cli.out.result(imported, () =>
    added.length > 0
      ? `Put back: ${added.join(', ')}.${known.length > 0 ? ` There already: ${known.join(', ')}.` : ''} \`holdfast verify\` shows that they open backups.`
      : 'The ring has all of these keys already. Nothing was changed.',
  );
}
