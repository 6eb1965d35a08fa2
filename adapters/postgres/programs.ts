/**
 * PostgreSQL's programs: where they are, and running them. Promises: arguments hold nothing secret (credentials
 * travel in `env`); what is kept of stderr is bounded; a program is gone, with everything that it started, when its
 * promise settles, also when it was stopped (SIGSTOP) or does not listen to SIGTERM.
 */
import { execFile, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { HoldfastError } from '../../core/errors.ts';
import { onceEach } from '../once-each.ts';
import { isExecutable, plainEnvironment, type RunningProcess, watchProcess } from '../process.ts';
import { fromProgram } from './errors.ts';
import type { Identity } from './run-as.ts';

export type ProgramName =
  | 'pg_dump'
  | 'pg_dumpall'
  | 'pg_restore'
  | 'psql'
  | 'vacuumdb'
  | 'initdb'
  | 'postgres'
  | 'pg_ctl'
  | 'createdb';

export interface ProgramsOptions {
  /** A root like that of the layer: programs are in `<root>/lib/postgresql/18/bin`. Default: the environment. */
  readonly toolsRoot?: string;
  /** The directory of the programs itself; wins over `toolsRoot`. */
  readonly binDir?: string;
}

/** For a person's own machine. */
export const ownPrograms =
  "Install PostgreSQL's client programs, version 17 or later and not older than the backup's, and put their folder into PG_BIN: export PG_BIN=/usr/lib/postgresql/18/bin";

const binBelowRoot = 'lib/postgresql/18/bin';

/**
 * The directory of the programs: as given, else HOLDFAST_TOOLS_ROOT, else the Lambda layer (/opt), else PG_BIN.
 * @throws HoldfastError TOOLS_MISSING, listing where it looked
 */
export function programDir(options: ProgramsOptions = {}): string {
  const { HOLDFAST_TOOLS_ROOT: root, PG_BIN: own } = process.env;
  const candidates = [
    ...(options.binDir ? [options.binDir] : []),
    ...(options.toolsRoot ? [join(options.toolsRoot, binBelowRoot)] : []),
    ...(root ? [join(root, binBelowRoot)] : []),
    join('/opt', binBelowRoot),
    ...(own ? [own] : []),
  ];
  // What was asked for by name is used, or it is an error: never something else in its place.
  const considered = options.binDir || options.toolsRoot ? candidates.slice(0, 1) : candidates;
  const found = considered.find((dir) => isExecutable(join(dir, 'pg_dump')));
  if (found === undefined) {
    throw new HoldfastError('TOOLS_MISSING', `pg_dump is in none of ${considered.join(', ')}`, {
      details: { considered },
      // In the account the layer is missing, which the code's own next step says.
      ...(process.env.AWS_LAMBDA_FUNCTION_NAME === undefined && { next: ownPrograms }),
    });
  }
  return found;
}

/** The path of a program. @throws HoldfastError TOOLS_MISSING */
export function program(name: ProgramName, options: ProgramsOptions = {}): string {
  const path = join(programDir(options), name);
  if (!isExecutable(path)) throw new HoldfastError('TOOLS_MISSING', `${path} is missing or not executable`);
  return path;
}

/** `--filter` of pg_dump, which lifts every limit on the number of tables, came with 17. */
const oldestMajor = 17;

/**
 * The version of pg_dump, `18.6`; asked once for each path.
 * @throws HoldfastError TOOLS_MISSING when it does not run or is older than 17
 */
export function dumpVersion(options: ProgramsOptions = {}): Promise<string> {
  return versionAt(program('pg_dump', options));
}

const versionAt = onceEach(async (path) => {
  let text: string;
  try {
    text = (
      await promisify(execFile)(path, ['--version'], { env: programEnvironment(path), timeout: 20_000 })
    ).stdout;
  } catch (cause) {
    throw new HoldfastError('TOOLS_MISSING', `${path} does not run on this machine`, { cause });
  }
  const version = /\(PostgreSQL\) (\d+(?:\.\d+)?)/.exec(text)?.[1];
  if (version === undefined || Number.parseInt(version, 10) < oldestMajor) {
    throw new HoldfastError(
      'TOOLS_MISSING',
      `${path} is version ${version ?? 'unknown'}; ${oldestMajor} or later is needed`,
    );
  }
  return version;
});

export interface SpawnOptions extends ProgramsOptions {
  /** Added to a minimal environment; holds the credentials (libpqEnvironment). */
  readonly env?: Readonly<Record<string, string>>;
  /** Text for stdin; without it stdin is empty. `pipe` gives the stream to the caller. */
  readonly stdin?: string | Buffer | 'pipe';
  /** Aborting ends the program; `finished` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Whom to run as. */
  readonly identity?: Identity;
}

export interface RunningProgram extends RunningProcess {
  readonly stdin: Writable;
}

/** Starts a program in a process group of its own. */
export function spawnProgram(
  name: ProgramName,
  args: readonly string[],
  options: SpawnOptions = {},
): RunningProgram {
  options.signal?.throwIfAborted();
  const path = program(name, options);
  const child = spawn(path, args, {
    ...options.identity,
    env: { ...programEnvironment(path), ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    // Its own group, so that the wrapper, the program and its children can be ended together.
    detached: true,
  });
  if (options.stdin !== 'pipe') child.stdin.end(options.stdin ?? '');
  const running = watchProcess(child, {
    whyNotStarted: (cause) => new HoldfastError('TOOLS_MISSING', `${path} cannot be started`, { cause }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  return { ...running, stdin: child.stdin };
}

/**
 * Runs a program to its end and returns its output, at most `maxOutputBytes` (default 16 MiB).
 * @throws HoldfastError by what it says when it ends without success (errors.ts)
 */
export async function runProgram(
  name: ProgramName,
  args: readonly string[],
  options: SpawnOptions & { readonly maxOutputBytes?: number } = {},
): Promise<{ readonly stdout: Buffer; readonly stderr: string }> {
  const running = spawnProgram(name, args, options);
  const limit = options.maxOutputBytes ?? 16 * 1024 * 1024;
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of running.stdout as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > limit) throw new HoldfastError('DUMP_FAILED', `${name} wrote more than ${limit} bytes`);
      chunks.push(chunk);
    }
  } catch (thrown) {
    await running.kill();
    options.signal?.throwIfAborted();
    throw thrown;
  }
  const end = await running.finished;
  if (end.exitCode !== 0) throw fromProgram({ program: name, ...end }, `running ${name}`);
  return { stdout: Buffer.concat(chunks), stderr: end.stderr };
}

/** What a program needs to run, and nothing of what this process knows. Locales are bundled beside the programs. */
export function programEnvironment(programPath: string): Record<string, string> {
  const root = dirname(dirname(dirname(dirname(dirname(programPath)))));
  return { ...plainEnvironment, LOCPATH: join(root, 'share/locale') };
}
