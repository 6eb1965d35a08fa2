/** Runs a program to its end and returns what it wrote; a failure carries the tail of its output. */
import { spawn } from 'node:child_process';

/** Enough to see a cause, little enough to read. */
const TAIL_LINES = 15;

export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  readonly output: string;

  constructor(message: string, output: string) {
    super(message);
    this.output = output;
  }
}

/**
 * @returns standard output, as text
 * @throws CommandFailed when the program cannot be started, is killed or exits with anything but 0
 */
export function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; timeoutSeconds?: number } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: (options.timeoutSeconds ?? 600) * 1000,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let all = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      all += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      all += text;
    });
    child.on('error', (cause) =>
      reject(new CommandFailed(`Could not start ${command}: ${cause.message}`, all)),
    );
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(stdout);
      const tail = all.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
      reject(new CommandFailed(`${command} ended with ${signal ?? `exit code ${code}`}:\n${tail}`, all));
    });
  });
}

/** Whether a program can be started at all, by asking it for its version. */
export async function available(command: string, args: readonly string[] = ['--version']): Promise<boolean> {
  try {
    await run(command, args, { timeoutSeconds: 20 });
    return true;
  } catch {
    return false;
  }
}
