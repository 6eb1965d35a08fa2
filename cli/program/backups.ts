/** The commands about backups. */
import type { Command } from 'commander';
import { collect, type Does, examples } from './frame.ts';

export function addBackupCommands(program: Command, does: Does): void {
  examples(
    program
      .command('backup <plan>')
      .description('make a backup now')
      .option('--only <source>', 'only this source of the plan; may be repeated', collect, [])
      .option('--label <text>', 'a name to find it by')
      .option('--keep-days <n>', 'days that it is kept, instead of what the plan says')
      .option('--here', 'make it in this process, for what no function reaches (with AWS credentials)', false)
      .option('--no-wait', 'return once it is asked for')
      .action(does(() => import('../commands/backup.ts').then((on) => on.backup))),
    'backup shop',
    'backup shop --label "before the audit" --keep-days 400',
  );
  examples(
    program
      .command('restore-point')
      .usage('[options] [PLAN] LABEL')
      .description('make a labelled backup before something is changed, and wait for its end')
      .argument('<plan-or-label>', 'the plan, when there are several; else the label')
      .argument('[label]', 'a name to go back to it by')
      .option('--only <source>', 'only this source of the plan; may be repeated', collect, [])
      .option('--keep-days <n>', 'days that it is kept, instead of what the plan says')
      .action(does(() => import('../commands/backup.ts').then((on) => on.restorePoint))),
    ['restore-point shop "before 4.2" && ./migrate', 'the script stops when there is none'],
  );
  examples(
    program
      .command('list [plan]')
      .description('backups, newest first')
      .option('--limit <n>', 'at most so many, 1 to 1000', '20')
      .option('--status <status>', 'pending, running, completed, failed or expired')
      .option('--kind <kind>', 'database, files or full')
      .option('--tier <tier>', 'hourly, daily, weekly, monthly, yearly or manual')
      .option('--verified <how>', 'passed, failed, none; or at least stored, readable or restored')
      .option('--label <text>', 'with a plan: exactly this label')
      .option('--from <time>', 'from this day, instant or age: 2026-11-21, 2026-11-21T02:00:00Z, 7d')
      .option('--to <time>', 'before it')
      .option('--sort <by>', 'time, size or duration (the latter with a plan, or at most 31 days)')
      .option('--order <order>', 'desc or asc')
      .action(does(() => import('../commands/list.ts').then((on) => on.list))),
    'list shop',
    ['list --status failed --from 7d', 'of all plans'],
    'list shop --sort size --limit 5',
  );
  examples(
    program
      .command('show <backup>')
      .description('everything known about a backup')
      .action(does(() => import('../commands/show.ts').then((on) => on.show))),
    'show 20261121T020000Z-6fb80b81',
    'show shop@"before 4.2"',
  );
  examples(
    program
      .command('contents <backup>')
      .description('the tables, collections and files that a backup holds')
      .option('--component <name>', 'only this one of its components')
      .option('--prefix <text>', 'only what has a name that begins so')
      .option('--limit <n>', 'at most so many, 1 to 10000', '200')
      .action(does(() => import('../commands/contents.ts').then((on) => on.contents))),
    'contents shop@"before 4.2"',
    ['contents 20261121T020000Z-6fb80b81 --prefix uploads/2026/', 'of files below a folder'],
  );
  examples(
    program
      .command('log <backup-restore-or-task>')
      .description('what the functions of the stack logged of it')
      .option('--level <level>', 'debug, info, warn or error: as serious at least', 'debug')
      .option('--limit <n>', 'at most so many lines, 1 to 10000', '1000')
      .action(does(() => import('../commands/log.ts').then((on) => on.log))),
    'log 20261121T020000Z-6fb80b81',
    ['log r-20261121t091203z-3f9a1c22 --level warn', 'of a restore'],
  );
  examples(
    program
      .command('verify [backup]')
      .description('prove a backup now')
      .option('--latest <plan>', 'the newest completed backup of this plan')
      .option('--level <level>', 'stored, readable or restored', 'restored')
      .option('--from <copy>', 'without a stack: a folder, or s3://bucket/prefix (with --key)')
      .option('--key <file>', 'with --from: private keys, an export or the JSON of the secret')
      .option('--passphrase-file <file>', 'with --key: the passphrase of an export')
      .option('--signers <file>', 'with --key: public signing keys, when the key file has none')
      .option(
        '--report',
        'print the whole report (with AWS credentials that may read the private key secret)',
        false,
      )
      .option('--no-wait', 'return once it is asked for')
      .action(does(() => import('../commands/verify.ts').then((on) => on.verify))),
    'verify --latest shop',
    ['verify --from ./my-disk --key holdfast-keys.pem', 'without a stack'],
  );
  examples(
    program
      .command('download <backup>')
      .description('bring the sealed files of a backup here, as they are; repeating it goes on')
      .requiredOption('--to <folder>', 'folder, laid out as the vault')
      .action(does(() => import('../commands/download.ts').then((on) => on.download))),
    'download 20261121T020000Z-6fb80b81 --to ./sealed',
  );
}
