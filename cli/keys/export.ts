/** `holdfast keys export`: every key of the ring in one file under a passphrase, to be kept outside the account. */
import { hasCode } from '../../core/errors.ts';
import { writeBundle } from '../../core/keys/bundle.ts';
import { requireDocument } from '../../core/keys/change.ts';
import { exportable } from '../../core/keys/export.ts';
import { noteKeys } from '../../core/keys/record.ts';
import { auditedIfPossible } from '../audited.ts';
import type { Cli } from '../context.ts';
import { newPassphrase, type PassphraseOptions } from '../passphrase.ts';
import { requireNew, writeOnce } from './write-once.ts';

export interface ExportOptions extends PassphraseOptions {
  readonly out: string;
  readonly signersOnly: boolean;
}

export async function keysExport(cli: Cli, options: ExportOptions): Promise<void> {
  await requireNew(options.out);
  if (options.signersOnly) return exportSigners(cli, options.out);
  const passphrase = await newPassphrase(cli, options, 'the export');
  const context = await cli.connect();
  const { keys, signers, currentKeyId } = await exportable(context.keyStore);
  const now = cli.clock.now();
  const purpose = `all keys of the stack ${context.stackName}`;
  const text = await writeBundle({ keys, signers }, passphrase, { now, purpose });
  const ids = keys.map(({ id }) => id);
  // Keys must not leave without a trace, unless there is nowhere to leave one.
  const entry = { action: 'keys.export', target: `key/${currentKeyId}`, detail: `${ids.length} keys` };
  await auditedIfPossible(cli, context, entry, async () => ({ result: await writeOnce(options.out, text) }));
  const exported = [...ids, ...signers.map(({ id }) => id)];
  await unlessAway(cli, 'what is known of keys', () =>
    noteKeys(context.catalog, exported, { exportedAt: now.toISOString() }),
  );
  cli.out.result({ out: options.out, keys: ids, currentKeyId, signers: signers.map(({ id }) => id) }, () =>
    [
      `Exported ${ids.length === 1 ? 'one key' : `${ids.length} keys`} and ${signers.length} public signing keys into ${options.out}.`,
      'Keep it outside the account, apart from its passphrase: both together open every backup.',
      `Now prove it: holdfast keys prove --key ${options.out}`,
    ].join('\n'),
  );
}

/** The public document as it is: nothing in it opens or signs anything, so it needs no passphrase and leaves no trace. */
async function exportSigners(cli: Cli, out: string): Promise<void> {
  const { keyStore } = await cli.connect();
  const { document } = await requireDocument(keyStore, 'public');
  await writeOnce(out, `${JSON.stringify(document, undefined, 2)}\n`);
  const signers = document.signers.map(({ id }) => id);
  cli.out.result({ out, signers }, () =>
    [
      `Wrote ${signers.length} public signing keys into ${out}: for \`--signers\`, beside an export or a recovery file that does not know them.`,
      'It is no secret, but whoever can change it chooses whom you believe: keep it where you keep the export.',
    ].join('\n'),
  );
}

/** When the catalog is gone, an export is needed most: it goes on, and says what it could not write. */
async function unlessAway(cli: Cli, what: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (thrown) {
    if (!hasCode(thrown, 'CATALOG_UNAVAILABLE')) throw thrown;
    cli.out.warn(`the catalog does not answer, so this export is not in ${what}: ${thrown.message}`);
  }
}
