/**
 * `holdfast decrypt`: opens downloaded files with a key file, on any machine, without AWS and without a stack; or with
 * the KMS key that they were sealed for, which needs nothing of AWS but that.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldfastError } from '../../core/errors.ts';
import { backupIdSchema } from '../../core/format/layout.ts';
import { open } from '../../core/format/open.ts';
import type { Component, Manifest } from '../../core/manifest.ts';
import type { OpeningKey, SigningPublicKey } from '../../core/ports/keys.ts';
import type { Cli } from '../context.ts';
import { type DownloadedBackup, findManifests, headerOf } from '../decrypt/folder.ts';
import { openManifest } from '../decrypt/manifest.ts';
import { type OpeningKeys, openingKeys } from '../decrypt/opening-keys.ts';
import { restoreRecipe, type WrittenRecipe } from '../decrypt/recipe.ts';
import { emptyFolder, nameSegments, writeProven, writeSegment, writeText } from '../decrypt/write-files.ts';
import { readSignersFile } from '../key-file.ts';
import { argument } from '../lookup.ts';
import { ProgressLine } from '../progress.ts';
import { formatBytes } from '../units.ts';

export interface DecryptOptions {
  readonly key?: string;
  readonly kms: boolean;
  readonly passphraseFile?: string;
  readonly signers?: string;
  readonly in: string;
  readonly out: string;
  readonly backup?: string;
  readonly allowUnsigned: boolean;
}

export async function decrypt(cli: Cli, options: DecryptOptions): Promise<void> {
  const keys = await openingKeys(cli, options);
  const signers =
    options.signers === undefined ? keys.signers : await readSignersFile(cli, options.signers, options);
  const kind = await stat(options.in).catch((cause: unknown) => {
    throw new HoldfastError('INVALID_INPUT', `--in ${options.in} cannot be read`, { cause });
  });
  if (kind.isFile()) return decryptFile(cli, options, keys);

  requireSigners(options, signers);
  if (!signers) warnUnsigned(cli);
  const backup = chooseBackup(await findManifests(options.in), options);
  const { planId, backupId } = backup.header.context;
  const privateKeys = keys.keysFor(backup.header, `the manifest of ${backupId}`);
  const manifest = await openManifest(backup, privateKeys, signers);
  await emptyFolder(options.out);
  const files = await writeBackup(cli, { backup, manifest, privateKeys, signers, out: options.out });
  await writeText(join(options.out, 'manifest.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  cli.out.result({ planId, backupId, out: options.out, signatureChecked: signers !== undefined, files }, () =>
    [
      `Opened backup ${backupId} of plan ${planId} into ${options.out}: ${files.length} files, ${formatBytes(files.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0))}.`,
      ...manifest.components.map(
        (component) =>
          `Restore ${component.title} as ${join(options.out, component.name, 'RESTORE.txt')} says.`,
      ),
    ].join('\n'),
  );
}

interface WrittenFile {
  readonly path: string;
  readonly lengthBytes: number;
}

interface Opened {
  readonly backup: DownloadedBackup;
  readonly manifest: Manifest;
  readonly privateKeys: readonly OpeningKey[];
  readonly signers: readonly SigningPublicKey[] | undefined;
  readonly out: string;
}

async function writeBackup(cli: Cli, opened: Opened): Promise<readonly WrittenFile[]> {
  const line = new ProgressLine(cli.out, cli.clock);
  const totalBytes = opened.manifest.components
    .flatMap(nameSegments)
    .reduce((sum, { segment }) => sum + segment.plainBytes, 0);
  let doneBytes = 0;
  const written: WrittenFile[] = [];
  try {
    for (const component of opened.manifest.components) {
      const folder = join(opened.out, component.name);
      for (const named of nameSegments(component)) {
        await writeSegment(opened.backup, named, opened.privateKeys, folder, (bytes) => {
          doneBytes += bytes;
          line.show({ step: `opening ${component.title}`, doneBytes, totalBytes });
        });
        written.push({ path: join(component.name, named.fileName), lengthBytes: named.segment.plainBytes });
      }
      const { text, program } = recipeOf(opened, component);
      await writeText(join(folder, 'RESTORE.txt'), text);
      if (program) await writeText(join(folder, program.fileName), program.text);
    }
  } finally {
    line.clear();
  }
  return written;
}

function recipeOf({ manifest, signers }: Opened, component: Component): WrittenRecipe {
  const origin = signers
    ? 'the signature of the manifest holds, it was written by the backup function.'
    : 'NOT CHECKED (--allow-unsigned). Anyone with the public keys can have written it.';
  return restoreRecipe({ manifest, component, files: nameSegments(component), origin });
}

/** One object alone: opened in its place, but no manifest says that it belongs there. */
async function decryptFile(cli: Cli, options: DecryptOptions, keys: OpeningKeys): Promise<void> {
  if (!options.allowUnsigned) {
    throw new HoldfastError(
      'INTEGRITY_SIGNATURE',
      'a single object has no signature that says who wrote it',
      {
        next: 'Give --in the folder with the manifest, or accept this object as it is with --allow-unsigned.',
      },
    );
  }
  warnUnsigned(cli);
  const header = await headerOf(options.in);
  const { context } = header;
  const sealed = createReadStream(options.in, { highWaterMark: 1024 * 1024 });
  if (
    await stat(options.out).then(
      () => true,
      () => false,
    )
  ) {
    throw new HoldfastError('INVALID_INPUT', `--out ${options.out} exists already`, {
      next: 'Name a file that does not exist.',
    });
  }
  await writeProven(options.out, open(sealed, keys.keysFor(header, options.in), context));
  const { size: lengthBytes } = await stat(options.out);
  cli.out.result(
    { out: options.out, lengthBytes, context, signatureChecked: false },
    () =>
      `Opened ${context.segment}, part ${context.part}, of backup ${context.backupId} (plan ${context.planId}, ${context.component}) into ${options.out}: ${formatBytes(lengthBytes)}.`,
  );
}

function requireSigners(options: DecryptOptions, signers: readonly SigningPublicKey[] | undefined): void {
  if (signers || options.allowUnsigned) return;
  throw new HoldfastError(
    'INTEGRITY_SIGNATURE',
    'nothing at hand says who wrote this backup: no public signing keys were given',
    {
      next: 'Use an export of `holdfast keys export`, give the public key secret with --signers FILE, or accept an unknown origin with --allow-unsigned.',
    },
  );
}

function warnUnsigned(cli: Cli): void {
  cli.out.warn('the signature is NOT CHECKED: anyone who had the public keys can have written this.');
}

function chooseBackup(found: readonly DownloadedBackup[], options: DecryptOptions): DownloadedBackup {
  const wanted =
    options.backup === undefined ? undefined : argument(backupIdSchema, options.backup, '--backup');
  const fitting = found.filter(({ header }) => wanted === undefined || header.context.backupId === wanted);
  const [only, another] = fitting;
  if (only && !another) return only;
  const ids = found
    .map(({ header }) => header.context.backupId)
    .slice(0, 20)
    .join(', ');
  throw new HoldfastError(
    only ? 'INVALID_INPUT' : 'OBJECT_MISSING',
    only
      ? `--in holds several backups: ${ids}`
      : `no manifest${wanted ? ` of backup ${wanted}` : ''} is below ${options.in}${ids ? `; found: ${ids}` : ''}`,
    {
      next: only
        ? 'Choose one with --backup ID.'
        : 'Download plans/PLAN/BACKUP/ from the vault, the file `manifest` included.',
    },
  );
}
