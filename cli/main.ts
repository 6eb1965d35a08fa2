/** `holdfast`: reads the command line of this process, runs one command and sets the exit code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { systemClock } from '../adapters/clock.ts';
import { asHoldfastError } from '../core/errors.ts';
import { type Cli, newCorrelationId } from './context.ts';
import { exitCodeOf, exitCodes, interruptedExitCode, printFailure } from './failure.ts';
import { Output, terminalOf } from './output.ts';
import { buildProgram, type GlobalOptions } from './program.ts';
import { Interrupted } from './progress.ts';

const root = join(import.meta.dirname, '..');

function open(options: GlobalOptions): Cli {
  let context: ReturnType<Cli['connect']> | undefined;
  let api: ReturnType<Cli['api']> | undefined;
  const cli: Cli = {
    out: new Output(terminalOf(process, process.env), options),
    clock: systemClock,
    questions: lazyQuestions,
    correlationId: newCorrelationId(),
    region: options.region,
    api: () => {
      api ??= import('./api/open.ts').then(({ openApi }) => openApi({ options, root, cli }));
      return api;
    },
    signingIn: () => import('./api/open.ts').then(({ signingInTo }) => signingInTo({ options, root, cli })),
    connect: () => {
      context ??= import('./connect.ts').then(({ connect }) => connect(options, root));
      return context;
    },
    onInterrupt,
  };
  return cli;
}

/** The prompts are loaded when somebody is asked something. */
const lazyQuestions: Cli['questions'] = {
  confirm: async (message) => (await questions()).confirm(message),
  text: async (message) => (await questions()).text(message),
  secret: async (message) => (await questions()).secret(message),
  choose: async (message, choices) => (await questions()).choose(message, choices),
};

async function questions() {
  return (await import('./questions.ts')).terminalQuestions();
}

const interruptHandlers: (() => void)[] = [];

function onInterrupt(handler: () => void): () => void {
  interruptHandlers.push(handler);
  return () => {
    const at = interruptHandlers.indexOf(handler);
    if (at >= 0) interruptHandlers.splice(at, 1);
  };
}

process.on('SIGINT', () => {
  const handler = interruptHandlers.at(-1);
  if (handler) handler();
  else process.exit(interruptedExitCode);
});
// `holdfast list | head`: the reader has what it wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

async function run(cli: Cli, command: () => Promise<unknown>): Promise<void> {
  try {
    const code = await command();
    process.exitCode = typeof code === 'number' ? code : 0;
  } catch (thrown) {
    if (thrown instanceof Interrupted) {
      cli.out.note('Stopped watching; the work itself goes on.');
      process.exitCode = interruptedExitCode;
      return;
    }
    const error = asHoldfastError(thrown);
    printFailure(cli.out, error, cli.correlationId);
    process.exitCode = exitCodeOf(error);
  }
}

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

const program = buildProgram({ version, open, run });
for (const command of [program, ...program.commands, ...program.commands.flatMap((one) => one.commands)]) {
  // So that a wrong option ends with the exit code of bad input, not with commander's own.
  command.exitOverride();
}

try {
  await program.parseAsync();
} catch (thrown) {
  if (!(thrown instanceof CommanderError)) throw thrown;
  process.exitCode = thrown.exitCode === 0 ? 0 : exitCodes.input;
}
