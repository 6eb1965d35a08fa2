/** `holdfast keys import`: puts the keys of an export back into the ring that lost them, or into a new one. */
import { HoldfastError, InvalidInput } from '../../core/errors.ts';
import { type Imported, importKeys, type KeysToImport, previewImport } from '../../core/keys/import.ts';
import { auditedIfPossible } from '../audited.ts';
import type { Cli, CliContext } from '../context.ts';
import { readKeyFile, readSignersFile } from '../key-file.ts';
import type { PassphraseOptions } from '../passphrase.ts';

export interface ImportOptions extends PassphraseOptions {
  readonly key: string;
  /** Further public signing keys, newer than the export. */
  readonly signers?: string;
  /** Only these private keys; default: all. */
  readonly only: readonly string[];
  readonly yes: boolean;
}

export async function keysImport(cli: Cli, options: ImportOptions): Promise<void> {
  const wanted = await readKeys(cli, options);
  const context = await cli.connect();
  await agree(cli, context, wanted, options.yes);
  const entry = {
    action: 'keys.import',
    target: 'key ring',
    detail: `${wanted.keys.length} private keys given`,
  };
  const imported = await auditedIfPossible(cli, context, entry, async () => {
    const result = await importKeys(context.keyStore, wanted);
    return { result, detail: importedDetail(result) };
  });
  const { added, known, addedSigners, stillMissing } = imported;
  if (stillMissing) {
    cli.out.warn(
      `the private half of the current key ${stillMissing} is not among them: verify and restore cannot open what is sealed for it. If it is lost for good, \`holdfast keys rotate\` makes another current.`,
    );
  }
  cli.out.result(imported, () =>
    [
      added.length > 0
        ? `Put back: ${added.join(', ')}.${known.length > 0 ? ` There already: ${known.join(', ')}.` : ''} \`holdfast verify\` shows that they open backups.`
        : 'The ring has all of these private keys already.',
      addedSigners.length > 0
        ? `Signing keys that are trusted from now on: ${addedSigners.join(', ')}.`
        : added.length > 0
          ? 'It knows all of the signing keys.'
          : 'Nothing was changed.',
    ].join('\n'),
  );
}

function importedDetail({ added, addedSigners }: Imported): string {
  const trusted = addedSigners.length > 0 ? `; trusted from now on: ${addedSigners.join(', ')}` : '';
  return `${added.length} private keys put back${added.length > 0 ? `: ${added.join(', ')}` : ''}${trusted}`;
}

async function readKeys(cli: Cli, options: ImportOptions): Promise<KeysToImport> {
  const { privateKeys, signers = [], kind } = await readKeyFile(cli, options.key, options);
  if (kind === 'pem') {
    throw new HoldfastError('INVALID_INPUT', `${options.key} is a bare PEM, which has no key id`, {
      next: 'Use an export, or the JSON of the private key secret.',
    });
  }
  const more = options.signers === undefined ? [] : await readSignersFile(cli, options.signers, options);
  const known = new Set(signers.map(({ id }) => id));
  const { only } = options;
  const keys = only.length === 0 ? privateKeys : privateKeys.filter(({ id }) => only.includes(id));
  const lacking = only.find((id) => !privateKeys.some((key) => key.id === id));
  if (lacking !== undefined) {
    const allowed = `one of ${privateKeys.map(({ id }) => id).join(', ')}`;
    throw new InvalidInput('command line', [
      { field: '--only', value: JSON.stringify(lacking).slice(0, 100), allowed },
    ]);
  }
  return { keys, signers: [...signers, ...more.filter(({ id }) => !known.has(id))] };
}

/** Whom to believe, and what comes into the account for good, is for a person to say. */
async function agree(cli: Cli, { keyStore }: CliContext, wanted: KeysToImport, yes: boolean): Promise<void> {
  const { signers, recovery } = await previewImport(keyStore, wanted);
  const lines = [
    ...(recovery.length > 0
      ? [
          `THE PRIVATE HALF OF A RECOVERY KEY GOES INTO THE ACCOUNT: ${recovery.join(', ')}. Whoever empties the account then has it too; \`restore --from\` and \`decrypt\` use it without that.`,
        ]
      : []),
    ...(signers.length > 0
      ? [
          `Whatever these sign is believed from then on; this ring does not know them: ${signers.map(({ id }) => id).join(', ')}.`,
        ]
      : []),
  ];
  for (const line of lines) cli.out.note(line);
  if (lines.length === 0 || yes) return;
  if (cli.out.terminal.interactive && (await cli.questions.confirm('Go on?'))) return;
  throw new HoldfastError('CANCELLED', 'nothing was imported', {
    next: 'Compare the ids with what you know of the old ring; then confirm it, or add --yes.',
  });
}
