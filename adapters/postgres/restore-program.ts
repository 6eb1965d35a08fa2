/**
 * Runs one of PostgreSQL's programs that consumes a stream. Promises: it returns only when the program is gone; the
 * program is killed when the input fails or the signal aborts; what the input threw is thrown, not the broken pipe
 * that follows from it; nothing secret is in the arguments (credentials travel in `env`).
 */
import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { HoldfastError } from '../../core/errors.ts';
import { drained, killGroup } from '../process.ts';
import { type ProgramName, program, programEnvironment } from './programs.ts';
import type { Identity } from './run-as.ts';

export interface ProgramRun {
  readonly binDir: string;
  readonly program: ProgramName;
  readonly args: readonly string[];
  /** Added to a minimal environment; holds the credentials. */
  readonly env: Readonly<Record<string, string>>;
  readonly input?: AsyncIterable<Uint8Array>;
  readonly onOutput?: (bytes: Uint8Array) => void;
  readonly signal?: AbortSignal;
  readonly identity?: Identity;
}

export interface ProgramResult {
  /** Undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly killedBy?: NodeJS.Signals;
  /** At most `maxErrorBytes`. */
  readonly stderr: string;
  /** True when there was more on stderr than is kept: then its absence of errors proves nothing. */
  readonly stderrCut: boolean;
}

const maxErrorBytes = 8 * 1024 * 1024;

/**
 * @throws whatever the input throws; the signal's reason; HoldfastError TOOLS_MISSING when it cannot be started
 */
export async function runProgram(run: ProgramRun): Promise<ProgramResult> {
  run.signal?.throwIfAborted();
  const path = program(run.program, { binDir: run.binDir });
  const child = spawn(path, [...run.args], {
    ...run.identity,
    env: { ...programEnvironment(path), ...run.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    // Its own group: pg_restore -j has children, and they must go with it.
    detached: true,
  });
  const errors: Buffer[] = [];
  let errorBytes = 0;
  child.stderr.on('data', (bytes: Buffer) => {
    if (errorBytes < maxErrorBytes) errors.push(bytes);
    errorBytes += bytes.length;
  });
  if (run.onOutput) child.stdout.on('data', run.onOutput);
  else child.stdout.resume();
  let inputFailure: { readonly thrown: unknown } | undefined;
  const kill = () => killGroup(child.pid);
  run.signal?.addEventListener('abort', kill, { once: true });
  const closed = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', (cause) => reject(notStarted(run, cause)));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  try {
    // The program may end before its input does; only the input's own failure matters then.
    const fed = feed(child.stdin, run.input, closed).catch((thrown: unknown) => {
      inputFailure = { thrown };
      kill();
    });
    const { code, signal } = await closed;
    // A program that succeeded may have stopped reading before the end: the rest still has to prove itself. After a
    // failure the input may never go on, and nobody needs it.
    if (code === 0) await fed;
    run.signal?.throwIfAborted();
    if (inputFailure) throw inputFailure.thrown;
    return {
      exitCode: code ?? undefined,
      ...(signal ? { killedBy: signal } : {}),
      stderr: Buffer.concat(errors).toString('utf8'),
      stderrCut: errorBytes > maxErrorBytes,
    };
  } finally {
    run.signal?.removeEventListener('abort', kill);
  }
}

/** Reads the input to its end, also when the program wants no more of it, unless the program has failed. */
async function feed(
  stdin: Writable,
  input: AsyncIterable<Uint8Array> | undefined,
  closed: Promise<{ readonly code: number | null }>,
): Promise<void> {
  // EPIPE when the program ends early: its exit code tells why.
  stdin.on('error', () => undefined);
  const ended = closed.then(
    ({ code }) => code === 0,
    () => false,
  );
  let wanted = true;
  for await (const chunk of input ?? []) {
    if (wanted && (stdin.destroyed || stdin.writableEnded)) wanted = false;
    if (!wanted) {
      if (!(await ended)) return;
      continue;
    }
    if (!stdin.write(chunk)) await drained(stdin);
  }
  stdin.end();
}

function notStarted(run: ProgramRun, cause: Error): HoldfastError {
  return new HoldfastError('TOOLS_MISSING', `${run.program} cannot be started from ${run.binDir}`, { cause });
}
