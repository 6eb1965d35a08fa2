/** The commands about restores. */
import type { Command } from 'commander';
import { collect, type Does, examples } from './frame.ts';

export function addRestoreCommands(program: Command, does: Does): void {
  const restore = program
    .command('restore')
    .description('bring a backup back, by default beside what it was made of')
    .argument(
      '[backup]',
      'backup id or PLAN@LABEL, unless --latest names a plan; with --from FOLDER the only one there',
    )
    .option(
      '--from <copy>',
      'replica, vault:NAME, or without a stack: a folder, or s3://bucket/prefix (with --key)',
    )
    .option('--component <name>', 'which component, when the backup has several')
    .option('--database <name>', 'name of the new database (default: <database>_restored_<time>)')
    .option('--secret <id>', 'secret of another server to restore onto')
    .option('--schema <name>', 'only this schema; may be repeated', collect, [])
    .option('--table <schema.table>', 'only this table; may be repeated', collect, [])
    .option(
      '--replace',
      'take the place of what was backed up (of --database, which is kept under another name)',
      false,
    )
    .option('--role-map <old=new>', 'give what belonged to OLD to NEW; may be repeated', collect, [])
    .option('--create-roles', 'create roles that are missing, without login', false)
    .option('--no-owner', 'leave owners and privileges out')
    .option('--collection <name>', 'MongoDB: only this collection; may be repeated', collect, [])
    .option('--drop', 'MongoDB: drop collections of the same names that are there', false)
    .option('--users-and-roles', 'MongoDB: users and roles of the server too', false)
    .option('--to <place>', 'files: s3://bucket/prefix or /folder (default: a new place beside the old one)')
    .option('--path <glob>', 'files: only these paths; may be repeated', collect, [])
    .option('--overwrite', 'files: write over what is there', false)
    .option('--no-compare', 'do not compare with the evidence afterwards')
    .option('--return-speed <speed>', 'of objects in an archive class: standard or bulk', 'standard')
    .option('--key <file>', 'with --from: private keys, an export or the JSON of the secret')
    .option('--passphrase-file <file>', 'with --key: the passphrase of an export')
    .option('--signers <file>', 'with --key: public signing keys, when the key file has none')
    .option('--latest <plan>', 'instead of BACKUP: the newest one of this plan')
    .option('--target-env <variable>', 'with --from: variable with the URL of the server to restore onto')
    .option('--target-file <file>', 'with --from: file with that URL')
    .option('--point <label>', 'instead of BACKUP: the one with this label')
    .option(
      '--without-restore-point',
      'with --replace, --drop or --overwrite: do not back up what is there first',
      false,
    )
    .option('--preflight', 'only look whether it could be done; nothing is written', false)
    .option('--yes', 'do not ask', false)
    .option('--no-wait', 'return once it is asked for')
    .action(does(() => import('../commands/restore.ts').then((on) => on.restore)));
  examples(
    restore,
    ['restore 20261121T020000Z-6fb80b81', 'beside what is there'],
    'restore --latest shop --secret holdfast/sources/shop-restore',
    ['restore --latest shop --database shop_copy --preflight', 'would it work?'],
    ['restore shop@"before 4.2" --database shop --replace', 'asks, and backs up what is there first'],
    ['restore --from ./my-disk --key holdfast-keys.pem --target-env TARGET_URL', 'without a stack'],
  );
  examples(
    restore
      .command('list [plan]')
      .description('restores, newest first')
      .option('--limit <n>', 'at most so many, 1 to 1000', '20')
      .option('--status <status>', 'pending, waiting, running, completed, failed or cancelled')
      .action(does(() => import('../commands/restore-list.ts').then((on) => on.restoreList))),
    'restore list --status running',
  );
  examples(
    restore
      .command('show <restore>')
      .description('how a restore goes or went')
      .action(does(() => import('../commands/restore-list.ts').then((on) => on.restoreShow))),
    'restore show r-20261121t091203z-3f9a1c22',
  );
  examples(
    restore
      .command('cancel <restore>')
      .description('stop a restore; it says what is left at the target')
      .action(does(() => import('../commands/restore-list.ts').then((on) => on.restoreCancel))),
    'restore cancel r-20261121t091203z-3f9a1c22',
  );
}
