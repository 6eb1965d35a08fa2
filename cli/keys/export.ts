/** `holdfast keys export`: every key of the ring in one file under a passphrase, to be kept outside the account. */
import { writeBundle } from '../../core/keys/bundle.ts';
import { exportable } from '../../core/keys/export.ts';
import { noteKeys } from '../../core/keys/record.ts';
import type { Cli } from '../context.ts';
import { newPassphrase, type PassphraseOptions } from '../passphrase.ts';
import { auditKeys } from './audit.ts';
import { requireNew, writeOnce } from './write-once.ts';

export interface ExportOptions extends PassphraseOptions {
  readonly out: string;
}

export async function keysExport(cli: Cli, options: ExportOptions): Promise<void> {
  await requireNew(options.out);
  const passphrase = await newPassphrase(cli, options, 'the export');
  const context = await cli.connect();
  const { keys, signers, currentKeyId } = await exportable(context.keyStore);
  const now = cli.clock.now();
  const purpose = `all keys of the stack ${context.stackName}`;
  const text = await writeBundle({ keys, signers }, passphrase, { now, purpose });
  const ids = keys.map(({ id }) => id);
  // Before the file: keys must not leave without a trace.
  await auditKeys(cli, context, {
    action: 'keys.export',
    target: currentKeyId,
    detail: `${ids.length} keys`,
  });
  await writeOnce(options.out, text);
  await noteKeys(context.catalog, ids, { exportedAt: now.toISOString() });
  cli.out.result({ out: options.out, keys: ids, currentKeyId, signers: signers.map(({ id }) => id) }, () =>
    [
      `Exported ${ids.length === 1 ? 'one key' : `${ids.length} keys`} and ${signers.length} public signing keys into ${options.out}.`,
      'Keep it outside the account, apart from its passphrase: both together open every backup.',
      `Now prove it: holdfast keys prove --key ${options.out}`,
    ].join('\n'),
  );
}
