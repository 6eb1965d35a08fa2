/** The commands that must work when the API, the catalog or the whole stack is gone: on files, or with AWS credentials. */
import { type Command, Option } from 'commander';
import { type Does, examples } from './frame.ts';

export function addRescueCommands(program: Command, does: Does): void {
  examples(
    program
      .command('mirror')
      .description('bring the sealed backups to a disk of your own, or back; only what is missing')
      .option(
        '--to <copy>',
        'a folder, s3://bucket/prefix, or vault:NAME with --plan: brings what is lacking there',
      )
      .option('--from <copy>', 'with --to-vault: the folder or bucket to bring back')
      .option(
        '--to-vault',
        "into the stack's own vault (needs the right to read the private key secret)",
        false,
      )
      .option('--plan <plan>', 'only this plan')
      .option('--check', 'read again what is there already, and compare it', false)
      .action(does(() => import('../commands/mirror.ts').then((on) => on.mirrorBackups))),
    'mirror --to ./my-disk',
    ['mirror --from ./my-disk --to-vault', 'and then: catalog rebuild'],
  );
  examples(
    program
      .command('decrypt')
      .description('open downloaded vault files with a key file, offline')
      .option('--key <file>', 'private keys: an export, the JSON of the secret, or a PEM')
      .option('--kms', 'open with the KMS key that it was sealed for', false)
      .option('--passphrase-file <file>', 'the passphrase is its first line (default: asked for)')
      .requiredOption('--in <path>', 'folder with the downloaded files, or one object')
      .requiredOption('--out <path>', 'folder that is empty or does not exist (a file for one object)')
      .option(
        '--signers <file>',
        'public signing keys, when the key file has none: JSON of the public secret',
      )
      .option('--backup <id>', 'which backup, when the folder holds several')
      .addOption(
        new Option('--allow-unsigned', 'open it although nobody vouches for who wrote it').default(false),
      )
      .action(does(() => import('../commands/decrypt.ts').then((on) => on.decrypt))),
    'decrypt --key holdfast-keys.pem --in ./sealed --out ./opened',
  );
  const catalog = program.command('catalog').description('the list of plans and backups');
  examples(
    catalog
      .command('rebuild')
      .description('make it again out of the vault alone; repeating it changes nothing')
      .option('--plan <plan>', 'only this plan')
      .option('--dry-run', 'read everything, change nothing', false)
      .option('--copy-from <copy>', 'copy backups into the vault first, from a folder or s3://bucket/prefix')
      .option('--create-table', 'create the table first, when it was deleted', false)
      .option('--yes', 'do not ask', false)
      .action(does(() => import('../commands/catalog.ts').then((on) => on.catalogRebuild))),
    'catalog rebuild --dry-run',
    'catalog rebuild --create-table',
  );
}
