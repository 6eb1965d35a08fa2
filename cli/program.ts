/** The commands, their arguments and options: what each does is in commands/, one file a command. */
import { Command, Help, type Option } from 'commander';
import type { Cli } from './context.ts';
import { addAuditCommands } from './program/audit.ts';
import { addBackupCommands } from './program/backups.ts';
import { addCompletionCommands } from './program/completion.ts';
import type { Does } from './program/frame.ts';
import { addHealthCommands } from './program/health.ts';
import { addKeepingCommands } from './program/keeping.ts';
import { addKeyCommands } from './program/keys.ts';
import { addPlanCommands } from './program/plans.ts';
import { addRescueCommands } from './program/rescue.ts';
import { addRestoreCommands } from './program/restores.ts';
import { addSignInCommands } from './program/sign-in.ts';

export interface GlobalOptions {
  readonly api?: string;
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
    .option(
      '--api <url>',
      'address of the API (default: $HOLDFAST_API, the last login, or what the stack says); none: AWS credentials instead',
    )
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

  addSignInCommands(program, does);
  addHealthCommands(program, does);
  addPlanCommands(program, does);
  addBackupCommands(program, does);
  addRestoreCommands(program, does);
  addKeepingCommands(program, does);
  addAuditCommands(program, does);
  addKeyCommands(program, does);
  addRescueCommands(program, does);
  addCompletionCommands(program, does);
  return program;
}

/** `(default: false)` and `(default: [])` tell a reader nothing. */
function withoutEmptyDefaults(option: Option): string {
  return new Help().optionDescription(option).replace(/ ?\(default: (?:false|\[\])\)/, '');
}

const helpAfter = `
Exit codes: 0 ok, 1 internal, 2 input, 3 missing, 4 conflict, 5 source, 6 vault, 7 integrity, 8 access,
9 status: not well, 130 interrupted (the work goes on). docs/cli.md has every command with an example.`;
