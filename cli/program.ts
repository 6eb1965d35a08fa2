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

type Values = Record<string, unknown>;

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

  /** Wraps a command: its last parameter is commander's own, the ones before are arguments and options. */
  const does =
    (run: (cli: Cli, ...values: never[]) => Promise<unknown>) =>
    async (...values: unknown[]): Promise<void> => {
      const command = values.pop() as Command;
      const cli = host.open(command.optsWithGlobals<GlobalOptions>());
      await host.run(cli, () => run(cli, ...(values as never[])));
    };

  addPlanCommands(program, does);
  addBackupCommands(program, does);
  addRestoreCommands(program, does);
  addOtherCommands(program, does);
  return program;
}

/** `(default: false)` and `(default: [])` tell a reader nothing. */
function withoutEmptyDefaults(option: Option): string {
  return new Help().optionDescription(option).replace(/ ?\(default: (?:false|\[\])\)/, '');
}

type Does = (
  run: (cli: Cli, ...values: never[]) => Promise<unknown>,
) => (...values: unknown[]) => Promise<void>;

function addPlanCommands(program: Command, does: Does): void {
  const plan = program.command('plan').description('what is backed up, and when');
  plan
    .command('apply')
    .description('make the plans what the files say; repeating it changes nothing')
    .requiredOption('-f, --file <path>', 'YAML or JSON file, or a folder of them')
    .option('--dry-run', 'show what would change, change nothing', false)
    .action(
      does(async (cli, options: Values) =>
        (await import('./commands/plan-apply.ts')).planApply(cli, options as never),
      ),
    );
  plan
    .command('list')
    .description('all plans and their next runs')
    .action(does(async (cli) => (await import('./commands/plan-list.ts')).planList(cli)));
  plan
    .command('show <plan>')
    .description('one plan, as YAML that can be applied again')
    .action(does(async (cli, id: string) => (await import('./commands/plan-show.ts')).planShow(cli, id)));
  plan
    .command('test [plan]')
    .description('try every source from where backups run; nothing is changed')
    .option('-f, --file <path>', 'test the plans in this file instead of an applied one')
    .action(
      does(async (cli, id: string | undefined, options: Values) =>
        (await import('./commands/plan-test.ts')).planTest(cli, id, options as never),
      ),
    );
}

function addBackupCommands(program: Command, does: Does): void {
  program
    .command('backup <plan>')
    .description('make a backup now')
    .option('--no-wait', 'return once it is asked for')
    .action(
      does(async (cli, id: string, options: Values) =>
        (await import('./commands/backup.ts')).backup(cli, id, options as never),
      ),
    );
  program
    .command('list [plan]')
    .description('backups, newest first')
    .option('--limit <n>', 'at most so many, 1 to 1000', '20')
    .action(
      does(async (cli, id: string | undefined, options: Values) =>
        (await import('./commands/list.ts')).list(cli, id, options as never),
      ),
    );
  program
    .command('show <backup>')
    .description('everything known about a backup')
    .action(does(async (cli, id: string) => (await import('./commands/show.ts')).show(cli, id)));
  program
    .command('verify [backup]')
    .description('prove a backup now')
    .option('--latest <plan>', 'the newest completed backup of this plan')
    .option('--level <level>', 'stored, readable or restored', 'restored')
    .option('--report', 'print the whole report (needs the right to read the private key secret)', false)
    .option('--no-wait', 'return once it is asked for')
    .action(
      does(async (cli, id: string | undefined, options: Values) =>
        (await import('./commands/verify.ts')).verify(cli, id, options as never),
      ),
    );
}

const collect = (value: string, before: readonly string[]) => [...before, value];

function addRestoreCommands(program: Command, does: Does): void {
  const restore = program
    .command('restore')
    .description('bring a backup back, by default as a new database beside the old one')
    .argument('<backup>')
    .option('--component <name>', 'which component, when the backup has several')
    .option('--database <name>', 'name of the new database (default: <database>_restored_<time>)')
    .option('--secret <id>', 'secret of another server to restore onto')
    .option('--schema <name>', 'only this schema; may be repeated', collect, [])
    .option('--table <schema.table>', 'only this table; may be repeated', collect, [])
    .option('--replace', 'take the place of --database, which is kept under another name', false)
    .option('--role-map <old=new>', 'give what belonged to OLD to NEW; may be repeated', collect, [])
    .option('--create-roles', 'create roles that are missing, without login', false)
    .option('--no-owner', 'leave owners and privileges out')
    .option('--no-compare', 'do not compare with the evidence afterwards')
    .option('--yes', 'do not ask', false)
    .option('--no-wait', 'return once it is asked for')
    .action(
      does(async (cli, id: string, options: Values) =>
        (await import('./commands/restore.ts')).restore(cli, id, options as never),
      ),
    );
  restore
    .command('show <restore>')
    .description('how a restore goes or went')
    .action(does(async (cli, id: string) => (await import('./commands/restore.ts')).restoreShow(cli, id)));
  restore
    .command('cancel <restore>')
    .description('stop a restore; the target stays as it was')
    .action(does(async (cli, id: string) => (await import('./commands/restore.ts')).restoreCancel(cli, id)));
}

function addOtherCommands(program: Command, does: Does): void {
  program
    .command('decrypt')
    .description('open downloaded vault files with a key file, offline')
    .requiredOption('--key <file>', 'private keys: JSON of the secret, or a PEM')
    .requiredOption('--in <path>', 'folder with the downloaded files, or one object')
    .requiredOption('--out <path>', 'folder that is empty or does not exist (a file for one object)')
    .option('--signers <file>', 'public keys: JSON of the secret, to check who wrote the backup')
    .option('--backup <id>', 'which backup, when the folder holds several')
    .addOption(
      new Option('--allow-unsigned', 'open it although nobody vouches for who wrote it').default(false),
    )
    .action(
      does(async (cli, options: Values) =>
        (await import('./commands/decrypt.ts')).decrypt(cli, options as never),
      ),
    );
  program
    .command('doctor')
    .description('look at every part of the stack and say what is wrong')
    .action(does(async (cli) => (await import('./commands/doctor.ts')).doctor(cli)));
}

const helpAfter = `
Exit codes: 0 ok, 1 internal, 2 input, 3 missing, 4 conflict, 5 source, 6 vault, 7 integrity, 8 access,
130 interrupted (the work goes on). docs/cli.md has every command with an example.`;
