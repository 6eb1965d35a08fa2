/** The commands, their arguments and options. What each does is in commands/, one file a command. */
import { Command, Help, Option } from 'commander';
import type { Cli } from './context.ts';

export interface GlobalOptions {
  readonly stack?: string;
  readonly region?: string;
  readonly local: boolean;
  readonly json: boolean;
  readonly verbose: boolean;
}

export interface ProgramHost {
  readonly version: string;
  /** Makes the Cli once the global options are known. */
  open(options: GlobalOptions): Cli;
  /** Runs a command to its end; takes the exit code that it returns, prints what it throws. */
  run(cli: Cli, command: () => Promise<unknown>): Promise<void>;
}

/** The program. Each command's module is loaded when it is called, so that `--help` does not load the AWS SDK. */
export function buildProgram(host: ProgramHost): Command {
  const program = new Command('holdfast')
    .description('Backups that are proven by being restored.')
    .version(host.version)
    .option('--stack <name>', 'CloudFormation stack (default: $HOLDFAST_STACK, else Holdfast)')
    .option('--region <region>', 'AWS region (default: $AWS_REGION or the profile)')
    .option('--local', 'the local AWS that `npm start` runs', false)
    .option('--json', 'one JSON value on stdout; progress stays on stderr', false)
    .option('--verbose', 'say more on stderr', false)
    .configureHelp({ optionDescription: withoutEmptyDefaults })
    .showHelpAfterError('(add --help for what is allowed)')
    .addHelpText('after', helpAfter);

  const does: Does =
    (load) =>
    async (...values) => {
      const command = values.pop() as Command;
      const cli = host.open(command.optsWithGlobals<GlobalOptions>());
      await host.run(cli, async () => (await load())(cli, ...(values as never[])));
    };

  addPlanCommands(program, does);
  addBackupCommands(program, does);
  addRestoreCommands(program, does);
  addRetentionCommands(program, does);
  addCatalogCommands(program, does);
  addHealthCommands(program, does);
  addKeyCommands(program, does);
  addPinCommands(program, does);
  addCleanupCommands(program, does);
  addMirrorCommands(program, does);
  addOtherCommands(program, does);
  return program;
}

/** `(default: false)` and `(default: [])` tell a reader nothing. */
function withoutEmptyDefaults(option: Option): string {
  return new Help().optionDescription(option).replace(/ ?\(default: (?:false|\[\])\)/, '');
}

/**
 * A command as commander calls it: loaded then, and given the arguments, then the options. Commander's own last
 * parameter, the command, is taken off.
 */
type Does = (
  load: () => Promise<(cli: Cli, ...values: never[]) => Promise<unknown>>,
) => (...values: unknown[]) => Promise<void>;

function addPlanCommands(program: Command, does: Does): void {
  const plan = program.command('plan').description('what is backed up, and when');
  plan
    .command('apply')
    .description('make the plans what the files say; repeating it changes nothing')
    .requiredOption('-f, --file <path>', 'YAML or JSON file, or a folder of them')
    .option('--dry-run', 'show what would change, change nothing', false)
    .action(does(() => import('./commands/plan-apply.ts').then((on) => on.planApply)));
  plan
    .command('list')
    .description('all plans and their next runs')
    .action(does(() => import('./commands/plan-list.ts').then((on) => on.planList)));
  plan
    .command('show <plan>')
    .description('one plan, as YAML that can be applied again')
    .action(does(() => import('./commands/plan-show.ts').then((on) => on.planShow)));
  plan
    .command('test [plan]')
    .description('try every source from where backups run; nothing is changed')
    .option('-f, --file <path>', 'test the plans in this file instead of an applied one')
    .action(does(() => import('./commands/plan-test.ts').then((on) => on.planTest)));
}

const collect = (value: string, before: readonly string[]) => [...before, value];

function addBackupCommands(program: Command, does: Does): void {
  program
    .command('backup <plan>')
    .description('make a backup now')
    .option('--only <source>', 'only this source of the plan; may be repeated', collect, [])
    .option('--label <text>', 'a name to find it by')
    .option('--keep-days <n>', 'days that it is kept, instead of what the plan says')
    .option('--here', 'make it in this process, for what no function reaches', false)
    .option('--no-wait', 'return once it is asked for')
    .action(does(() => import('./commands/backup.ts').then((on) => on.backup)));
  program
    .command('restore-point')
    .usage('[options] [PLAN] LABEL')
    .description('make a labelled backup before something is changed, and wait for its end')
    .argument('<plan-or-label>', 'the plan, when there are several; else the label')
    .argument('[label]', 'a name to go back to it by')
    .option('--only <source>', 'only this source of the plan; may be repeated', collect, [])
    .option('--keep-days <n>', 'days that it is kept, instead of what the plan says')
    .action(does(() => import('./commands/backup.ts').then((on) => on.restorePoint)));
  program
    .command('list [plan]')
    .description('backups, newest first')
    .option('--limit <n>', 'at most so many, 1 to 1000', '20')
    .action(does(() => import('./commands/list.ts').then((on) => on.list)));
  program
    .command('show <backup>')
    .description('everything known about a backup')
    .action(does(() => import('./commands/show.ts').then((on) => on.show)));
  program
    .command('verify [backup]')
    .description('prove a backup now')
    .option('--latest <plan>', 'the newest completed backup of this plan')
    .option('--level <level>', 'stored, readable or restored', 'restored')
    .option('--from <copy>', 'without a stack: a folder, or s3://bucket/prefix (with --key)')
    .option('--key <file>', 'with --from: private keys, an export or the JSON of the secret')
    .option('--passphrase-file <file>', 'with --key: the passphrase of an export')
    .option('--signers <file>', 'with --key: public signing keys, when the key file has none')
    .option('--report', 'print the whole report (needs the right to read the private key secret)', false)
    .option('--no-wait', 'return once it is asked for')
    .action(does(() => import('./commands/verify.ts').then((on) => on.verify)));
}

function addRestoreCommands(program: Command, does: Does): void {
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
    .option('--yes', 'do not ask', false)
    .option('--no-wait', 'return once it is asked for')
    .action(does(() => import('./commands/restore.ts').then((on) => on.restore)));
  restore
    .command('show <restore>')
    .description('how a restore goes or went')
    .action(does(() => import('./commands/restore.ts').then((on) => on.restoreShow)));
  restore
    .command('cancel <restore>')
    .description('stop a restore; it says what is left at the target')
    .action(does(() => import('./commands/restore.ts').then((on) => on.restoreCancel)));
}

function addRetentionCommands(program: Command, does: Does): void {
  const retention = program.command('retention').description('how long backups are kept');
  retention
    .command('preview <plan>')
    .description('what a policy would keep of the real history; changes nothing')
    .option('-f, --file <path>', "the policy of this plan in a file (default: the plan's own)")
    .option('--hourly <n>', 'hours that hourly backups are kept')
    .option('--daily <n>', 'days that daily backups are kept')
    .option('--weekly <n>', 'weeks that weekly backups are kept')
    .option('--monthly <n>', 'months that monthly backups are kept')
    .option('--yearly <n>', 'years that yearly backups are kept')
    .option('--days <n>', 'days that every scheduled backup is kept at least')
    .option('--manual-days <n>', 'days that manual backups are kept')
    .action(does(() => import('./commands/retention-preview.ts').then((on) => on.previewOfRetention)));
}

function addCatalogCommands(program: Command, does: Does): void {
  program
    .command('catalog')
    .description('the list of plans and backups')
    .command('rebuild')
    .description('make it again out of the vault alone; repeating it changes nothing')
    .option('--plan <plan>', 'only this plan')
    .option('--dry-run', 'read everything, change nothing', false)
    .option('--copy-from <copy>', 'copy backups into the vault first, from a folder or s3://bucket/prefix')
    .option('--create-table', 'create the table first, when it was deleted', false)
    .option('--yes', 'do not ask', false)
    .action(does(() => import('./commands/catalog.ts').then((on) => on.catalogRebuild)));
}

function addMirrorCommands(program: Command, does: Does): void {
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
    .action(does(() => import('./commands/mirror.ts').then((on) => on.mirrorBackups)));
}

function addHealthCommands(program: Command, does: Does): void {
  program
    .command('status')
    .description('is everything well, in one screen; exit code 9 when it is not')
    .option('--plan <plan>', 'only this plan, and the stack')
    .action(does(() => import('./commands/status.ts').then((on) => on.status)));
  program
    .command('watch')
    .description('do the hourly round of watch now: tell what broke, lasts or is well again')
    .action(does(() => import('./commands/watch.ts').then((on) => on.watchNow)));
  program
    .command('pause [plan]')
    .description('no scheduled backups and no expiry, of one plan or of everything')
    .requiredOption('--reason <text>', 'why, for the audit and the daily reminder')
    .action(does(() => import('./commands/pause.ts').then((on) => on.pausePlan)));
  program
    .command('resume [plan]')
    .description('end a pause')
    .action(does(() => import('./commands/pause.ts').then((on) => on.resumePlan)));
}

function addKeyCommands(program: Command, does: Does): void {
  const keys = program.command('keys').description('the keys that seal, open and sign');
  const passphrase = [
    '--passphrase-file <file>',
    'the passphrase is its first line (default: asked for)',
  ] as const;
  keys
    .command('init')
    .description('make the first keys where there are none; repeating it changes nothing')
    .action(does(() => import('./commands/keys.ts').then((on) => on.keysInit)));
  keys
    .command('rotate')
    .description('seal new backups for a new key; the old one stays and opens the old backups')
    .option('--signing', 'new signing keys instead', false)
    .action(does(() => import('./commands/keys.ts').then((on) => on.keysRotate)));
  keys
    .command('list')
    .description('every key: its use, age, and whether an export was proven')
    .action(does(() => import('./commands/keys.ts').then((on) => on.keysList)));
  keys
    .command('export')
    .description('all keys into one file under a passphrase, to be kept outside the account')
    .requiredOption('--out <file>', 'file that does not exist')
    .option('--signers-only', 'only public keys, in the clear: for --signers', false)
    .option(...passphrase)
    .action(does(() => import('./keys/export.ts').then((on) => on.keysExport)));
  keys
    .command('prove')
    .description('show that a key file alone opens a real backup')
    .option('--key <file>', 'an export, or the file of a recovery key')
    .option('--kms', "the ring's KMS keys instead of a file", false)
    .option('--backup <id>', 'which backup (default: the newest completed one)')
    .option(...passphrase)
    .action(does(() => import('./keys/prove.ts').then((on) => on.keysProve)));
  keys
    .command('add-recovery')
    .description('seal new backups for one more key, whose private half is not in the account')
    .option('--out <file>', 'make a pair; its private half goes into this file alone')
    .option('--public-key <file>', 'public half of a pair that you made: RSA-4096, PEM')
    .option('--kms <arn>', 'a key in AWS KMS')
    .option(...passphrase)
    .action(does(() => import('./keys/recovery.ts').then((on) => on.keysAddRecovery)));
  keys
    .command('remove-recovery <key>')
    .description('seal new backups for this recovery or KMS key no more')
    .action(does(() => import('./commands/keys.ts').then((on) => on.keysRemove)));
  keys
    .command('distrust <key>')
    .description('believe nothing any more that this old signing key signed')
    .option('--yes', 'do not ask', false)
    .action(does(() => import('./commands/keys.ts').then((on) => on.keysDistrust)));
  keys
    .command('import')
    .description('put the keys of an export back into a ring that lacks them')
    .requiredOption('--key <file>', 'an export, or the JSON of the private key secret')
    .option('--signers <file>', 'further public signing keys: JSON of the public secret, or an export')
    .option('--only <key>', 'only this private key; may be repeated', collect, [])
    .option('--yes', 'do not ask before a signing key is trusted or a recovery key put in', false)
    .option(...passphrase)
    .action(does(() => import('./keys/import.ts').then((on) => on.keysImport)));
}

function addPinCommands(program: Command, does: Does): void {
  program
    .command('pin <backup>')
    .description('keep a backup for as long as it is pinned')
    .requiredOption('--reason <text>', 'why, for whoever asks later')
    .action(does(() => import('./commands/pin.ts').then((on) => on.pin)));
  program
    .command('unpin <backup>')
    .description("let the plan's retention decide again")
    .requiredOption('--reason <text>', 'why, for whoever asks later')
    .action(does(() => import('./commands/pin.ts').then((on) => on.unpin)));
}

function addCleanupCommands(program: Command, does: Does): void {
  program
    .command('cleanup [plan]')
    .description('mark what has expired now, of one plan or of all')
    .option('--dry-run', 'show what would be marked, change nothing', false)
    .action(does(() => import('./commands/cleanup.ts').then((on) => on.cleanup)));
  program
    .command('undelete <backup>')
    .description('bring an expired backup back, while its versions exist; it is pinned then')
    .action(does(() => import('./commands/undelete.ts').then((on) => on.undeleteBackup)));
}

function addOtherCommands(program: Command, does: Does): void {
  program
    .command('decrypt')
    .description('open downloaded vault files with a key file, offline')
    .option('--key <file>', 'private keys: an export, the JSON of the secret, or a PEM')
    .option('--kms', 'open with the KMS key that it was sealed for', false)
    .option('--passphrase-file <file>', 'the passphrase is its first line (default: asked for)')
    .requiredOption('--in <path>', 'folder with the downloaded files, or one object')
    .requiredOption('--out <path>', 'folder that is empty or does not exist (a file for one object)')
    .option('--signers <file>', 'public signing keys, when the key file has none: JSON of the public secret')
    .option('--backup <id>', 'which backup, when the folder holds several')
    .addOption(
      new Option('--allow-unsigned', 'open it although nobody vouches for who wrote it').default(false),
    )
    .action(does(() => import('./commands/decrypt.ts').then((on) => on.decrypt)));
  program
    .command('doctor')
    .description('look at every part of the stack and say what is wrong')
    .action(does(() => import('./commands/doctor.ts').then((on) => on.doctor)));
}

const helpAfter = `
Exit codes: 0 ok, 1 internal, 2 input, 3 missing, 4 conflict, 5 source, 6 vault, 7 integrity, 8 access,
130 interrupted (the work goes on). docs/cli.md has every command with an example.`;
