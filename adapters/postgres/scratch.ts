/**
 * A PostgreSQL server for one drill: made empty, reached by a socket only, gone afterwards. Promises: it runs as an
 * unprivileged user and never listens on a port; every login needs a password that was made for this drill, so that
 * what a restored database runs cannot become the superuser; it is ended, and its directory removed, however the
 * drill ends. It is not durable: a drill's data is worth nothing once it is compared.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HoldfastError } from '../../core/errors.ts';
import { descendantsOf, kill, wipeScratch } from '../scratch/wipe.ts';
import type { ConnectionSettings } from './connection.ts';
import { programEnvironment } from './programs.ts';
import { runProgram } from './restore-program.ts';
import { type Identity, unprivilegedIdentity } from './run-as.ts';

export interface ScratchOptions {
  readonly binDir: string;
  /** Made if need be, wiped before and removed after. Nothing else may live there. */
  readonly workDir: string;
  readonly signal: AbortSignal;
  /** Settings over those of a drill. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly startTimeoutSeconds?: number;
}

export interface ScratchServer {
  /** As the superuser. Never use it in a database that holds restored objects. */
  readonly superuser: ConnectionSettings;
  /** Access for a role that was made with this password. */
  access(user: string, password: string): ConnectionSettings;
  /** Ends of the server's log, for errors. */
  log(): string;
}

const port = 5432;
/** sun_path holds 108 bytes, the last of them NUL. */
const maxSocketPathBytes = 107;
const keptLogBytes = 64 * 1024;

/** Measured: these halve both the time and the disk that a drill takes (docs/decisions/0032). */
const drillSettings: Readonly<Record<string, string>> = {
  listen_addresses: '',
  shared_memory_type: 'mmap',
  dynamic_shared_memory_type: 'mmap',
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  autovacuum: 'off',
  maintenance_work_mem: '512MB',
  max_wal_size: '4GB',
  checkpoint_timeout: '1h',
  max_locks_per_transaction: '1024',
  log_min_messages: 'warning',
  log_min_error_statement: 'panic',
  // The parser of error messages reads English.
  lc_messages: 'C',
};

/**
 * Runs `use` with a scratch server.
 * @throws HoldfastError SCRATCH_FAILED when it does not start; whatever `use` throws; the signal's reason
 */
export async function withScratchServer<T>(
  options: ScratchOptions,
  use: (server: ScratchServer) => Promise<T>,
): Promise<T> {
  options.signal.throwIfAborted();
  const identity = identityOrFail();
  await wipeScratch(options.workDir);
  let socketDir: string | undefined;
  let postmaster: ChildProcess | undefined;
  try {
    await mkdir(options.workDir, { recursive: true, mode: 0o700 });
    await owned(options.workDir, identity);
    socketDir = await socketDirectory(options.workDir, identity);
    const password = randomBytes(24).toString('base64url');
    // Its name must not be one that a backup has a role of.
    const superuser = `holdfast_scratch_${randomBytes(6).toString('hex')}`;
    const dataDir = join(options.workDir, 'data');
    await initialise(options, dataDir, { superuser, password }, identity);
    const started = await start(options, dataDir, socketDir, identity);
    postmaster = started.child;
    const host = socketDir;
    const access = (user: string, secret: string) => socketSettings(host, user, secret);
    return await use({ superuser: access(superuser, password), access, log: started.log });
  } finally {
    if (postmaster) await end(postmaster);
    if (socketDir) await rm(socketDir, { recursive: true, force: true });
    await rm(options.workDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

function socketSettings(host: string, user: string, password: string): ConnectionSettings {
  return {
    ...{ host, port, user, database: 'postgres', tls: 'disable', auth: 'scram', local: true },
    password: async () => password,
  };
}

function identityOrFail(): Identity | undefined {
  try {
    return unprivilegedIdentity();
  } catch (cause) {
    throw new HoldfastError('SCRATCH_FAILED', (cause as Error).message, { cause });
  }
}

async function owned(path: string, identity: Identity | undefined): Promise<void> {
  if (identity) await chown(path, identity.uid, identity.gid);
}

/** Below the work directory, or a short one in the system's own where that path is too long for a socket. */
async function socketDirectory(workDir: string, identity: Identity | undefined): Promise<string> {
  const near = join(workDir, 's');
  const fits = Buffer.byteLength(join(near, `.s.PGSQL.${port}.lock`)) <= maxSocketPathBytes;
  const directory = fits ? near : await mkdtemp(join(tmpdir(), 'hf-'));
  if (fits) await mkdir(near, { mode: 0o700 });
  await chmod(directory, 0o700);
  await owned(directory, identity);
  return directory;
}

async function initialise(
  options: ScratchOptions,
  dataDir: string,
  login: { readonly superuser: string; readonly password: string },
  identity: Identity | undefined,
): Promise<void> {
  const passwordFile = join(options.workDir, 'password');
  await writeFile(passwordFile, `${login.password}\n`, { mode: 0o600 });
  await owned(passwordFile, identity);
  const result = await runProgram({
    binDir: options.binDir,
    program: 'initdb',
    args: [
      ...[
        '-D',
        dataDir,
        '-U',
        login.superuser,
        '-A',
        'scram-sha-256',
        '--pwfile',
        passwordFile,
        '-E',
        'UTF8',
      ],
      ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
      ...['--no-sync', '--no-instructions', '--no-data-checksums'],
    ],
    env: {},
    signal: options.signal,
    ...(identity ? { identity } : {}),
  });
  await rm(passwordFile);
  if (result.exitCode !== 0) throw initFailed(result.stderr);
}

function initFailed(stderr: string): HoldfastError {
  const message = `initdb did not make the scratch server's data: ${stderr.trim().slice(-1000)}`;
  if (/could not look up effective user ID/.test(stderr)) {
    return new HoldfastError('SCRATCH_FAILED', message, {
      next: 'The user that this runs as needs an entry in /etc/passwd; initdb refuses a user without a name.',
    });
  }
  if (/No space left on device/.test(stderr)) return new HoldfastError('SCRATCH_TOO_SMALL', message);
  return new HoldfastError('SCRATCH_FAILED', message);
}

async function start(
  options: ScratchOptions,
  dataDir: string,
  socketDir: string,
  identity: Identity | undefined,
): Promise<{ readonly child: ChildProcess; readonly log: () => string }> {
  const settings = { ...drillSettings, unix_socket_directories: socketDir, ...options.settings };
  const child = spawn(
    join(options.binDir, 'postgres'),
    [
      '-D',
      dataDir,
      '-p',
      String(port),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    {
      ...identity,
      cwd: dataDir,
      env: programEnvironment(join(options.binDir, 'postgres')),
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    },
  );
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-keptLogBytes);
  });
  let failed: Error | undefined;
  child.once('error', (error) => {
    failed = error;
  });
  const deadline = Date.now() + (options.startTimeoutSeconds ?? 60) * 1000;
  while (!isReady(dataDir, child.pid)) {
    const ended = failed !== undefined || child.exitCode !== null || child.signalCode !== null;
    if (ended || options.signal.aborted || Date.now() > deadline) {
      await end(child);
      options.signal.throwIfAborted();
      const why = ended ? 'ended' : 'was not ready in time';
      throw new HoldfastError(
        'SCRATCH_FAILED',
        `the scratch server ${why}: ${failed?.message ?? log.slice(-1000)}`,
      );
    }
    await sleep(20);
  }
  return { child, log: () => log };
}

/** The server writes its state into the eighth line of this file. */
function isReady(dataDir: string, pid: number | undefined): boolean {
  try {
    const lines = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
    return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}

const quitSeconds = 5;

/**
 * SIGQUIT first: the server then frees the System V segment that it always has, which SIGKILL would leave behind in
 * a runtime that is used again. Each of its processes leads a group of its own, so what is left is found by its directory.
 */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const descendants = descendantsOf(child.pid);
  const gone = new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });
  kill(child.pid, 'SIGQUIT');
  const timer = setTimeout(() => child.kill('SIGKILL'), quitSeconds * 1000);
  await gone;
  clearTimeout(timer);
  for (const pid of descendants) kill(pid, 'SIGKILL');
}
