/**
 * Real PostgreSQL servers: throw-away ones for tests, and one with a home that outlives its starter for the sample.
 *
 * Promises: a server that is returned accepts connections; as root it runs as another user; `stop` ends it for
 * sure and removes its data (but a home is kept); what a test forgets goes when the test process ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../adapters/loopback.ts';
import { unprivilegedIdentity } from '../adapters/postgres/run-as.ts';
import { makeCertificates } from './self-signed.ts';
import { postgresBinDir } from './tools.ts';

export interface PostgresOptions {
  /** '18' is the bundled one; any other must be among {@link systemPostgresVersions}. Default '18'. */
  readonly version?: string;
  /** Server settings, over the ones that make tests fast. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** How clients prove who they are. Default 'scram'. */
  readonly auth?: 'scram' | 'trust';
  /** Serve TLS, and refuse TCP connections without it. Default false. */
  readonly tls?: boolean;
  /** Keep the data here instead of a fresh directory that is removed; an initialised one is started as it is. */
  readonly dataDir?: string;
  /** Everything is kept here, and the server goes on when its starter ends; see {@link stopPostgresAt}. */
  readonly home?: string;
  /** The superuser's password; random by default. Needed for a `dataDir` that is initialised already. */
  readonly password?: string;
}

export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  readonly socketDir: string;
  readonly superuser: string;
  readonly password: string;
  readonly dataDir: string;
  readonly pid: number;
  /** As it says itself, such as '18.6'. */
  readonly version: string;
  /** Where its programs are. */
  readonly binDir: string;
  readonly logFile: string;
  /** With `tls`: the certificate that a client must trust. */
  readonly caFile: string | undefined;
  /** A URL for the superuser over TCP. */
  url(database?: string): string;
  /** Ends it at once. Calling it again does nothing. */
  stop(): Promise<void>;
}

const SUPERUSER = 'postgres';
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 5_000;
const PORT_ATTEMPTS = 5;
const SYSTEM_DIR = '/usr/lib/postgresql';

/** Nothing here survives a crash of the machine, which no test needs. */
const FAST_SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_wal_size: '1GB',
  listen_addresses: '127.0.0.1',
  timezone: 'UTC',
  log_timezone: 'UTC',
  max_connections: 60,
};

/** Major versions of PostgreSQL servers that this machine's own packages provide, such as ['15']. */
export function systemPostgresVersions(): string[] {
  if (!existsSync(SYSTEM_DIR)) return [];
  return readdirSync(SYSTEM_DIR)
    .filter((version) => existsSync(join(SYSTEM_DIR, version, 'bin', 'initdb')))
    .sort((a, b) => Number(a) - Number(b));
}

/**
 * @throws Error with the end of the server's log when it does not start
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const binDir = await programs(options.version ?? '18');
  const base = options.home ?? (await mkdtemp(join(tmpdir(), 'holdfast-pg-')));
  await mkdir(base, { recursive: true });
  const dataDir = options.dataDir ?? join(base, 'data');
  const logFile = join(base, 'server.log');
  const password = options.password ?? randomBytes(12).toString('hex');
  try {
    await ownedDirectory(base);
    await mkdir(dataDir, { recursive: true });
    await ownedDirectory(dataDir);
    if (!existsSync(join(dataDir, 'PG_VERSION'))) {
      await initialise({ binDir, base, dataDir, password, auth: options.auth ?? 'scram' });
    }
    const tls = options.tls ? await serverCertificates(join(base, 'tls')) : undefined;
    await configure(dataDir, base, options, tls);
    const { child, port } = await startOnFreePort(binDir, dataDir, logFile);
    return server({ child, port, base, dataDir, binDir, logFile, password, caFile: tls?.ca, options });
  } catch (error) {
    if (!options.home) await rm(base, { recursive: true, force: true });
    throw error;
  }
}

/** Stops the server that was started with this `home`, from whichever process; returns whether there was one. */
export async function stopPostgresAt(home: string): Promise<boolean> {
  const pid = Number(
    (await readFile(join(home, 'data', 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0],
  );
  if (!pid || !isPostgres(pid)) return false;
  process.kill(pid, 'SIGINT');
  for (const deadline = Date.now() + STOP_TIMEOUT_MS; isPostgres(pid) && Date.now() < deadline; )
    await sleep(50);
  if (isPostgres(pid)) process.kill(pid, 'SIGKILL');
  return true;
}

/** A file may name a process that has gone, and whose number another one got since. */
function isPostgres(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres');
  } catch {
    return false;
  }
}

async function programs(version: string): Promise<string> {
  if (version === '18') return postgresBinDir();
  if (systemPostgresVersions().includes(version)) return join(SYSTEM_DIR, version, 'bin');
  throw new Error(
    `No PostgreSQL ${version} on this machine; there are 18 (bundled) and ${systemPostgresVersions().join(', ') || 'no others'}`,
  );
}

async function initialise(request: {
  binDir: string;
  base: string;
  dataDir: string;
  password: string;
  auth: 'scram' | 'trust';
}): Promise<void> {
  const passwordFile = join(request.base, 'password');
  await writeFile(passwordFile, `${request.password}\n`, { mode: 0o600 });
  await owned(passwordFile);
  const method = request.auth === 'scram' ? 'scram-sha-256' : 'trust';
  await runAsOwner(
    join(request.binDir, 'initdb'),
    [
      ...['-D', request.dataDir, '-U', SUPERUSER, '-A', method, '--pwfile', passwordFile],
      ...['-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions'],
    ],
    request.base,
  );
  await rm(passwordFile);
}

async function configure(
  dataDir: string,
  base: string,
  options: PostgresOptions,
  tls: { cert: string; key: string } | undefined,
): Promise<void> {
  const settings: Record<string, string | number> = {
    ...FAST_SETTINGS,
    unix_socket_directories: base,
    ...(tls ? { ssl: 'on', ssl_cert_file: tls.cert, ssl_key_file: tls.key } : {}),
    ...options.settings,
  };
  const lines = Object.entries(settings).map(([k, v]) => `${k} = '${String(v).replaceAll("'", "''")}'`);
  // Not into postgresql.conf, which would grow with each start of a server that has a home.
  await writeFile(join(dataDir, 'postgresql.auto.conf'), `${lines.join('\n')}\n`);
  const method = (options.auth ?? 'scram') === 'scram' ? 'scram-sha-256' : 'trust';
  const tcp = tls ? 'hostssl' : 'host';
  const rules = ['all', 'replication'].flatMap((db) => [
    `local ${db} all ${method}`,
    `${tcp} ${db} all 127.0.0.1/32 ${method}`,
  ]);
  await writeFile(join(dataDir, 'pg_hba.conf'), `${rules.join('\n')}\n`);
}

async function serverCertificates(dir: string) {
  const certificates = await makeCertificates(dir);
  await chmod(dir, 0o755);
  for (const path of [dir, certificates.cert, certificates.key]) await owned(path);
  await chmod(certificates.key, 0o600);
  await chmod(certificates.ca, 0o644);
  return certificates;
}

async function startOnFreePort(
  binDir: string,
  dataDir: string,
  logFile: string,
): Promise<{ child: ChildProcess; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const log = openSync(logFile, 'w', 0o644);
    const child = spawn(join(binDir, 'postgres'), ['-D', dataDir, '-p', String(port)], {
      ...unprivilegedIdentity(),
      cwd: dataDir,
      stdio: ['ignore', log, log],
      // Out of the terminal's process group: Ctrl-C must reach the test first, which then stops it in order.
      detached: true,
      env: serverEnv(),
    });
    closeSync(log);
    if (await isReady(child, dataDir)) return { child, port };
    await end(child);
    const text = readFileSync(logFile, 'utf8');
    if (attempt < PORT_ATTEMPTS && /Address already in use/.test(text)) continue;
    throw new Error(
      `PostgreSQL did not start in ${dataDir}:\n${text.trimEnd().split('\n').slice(-15).join('\n')}`,
    );
  }
}

/** The server itself writes its state into the last line of this file. */
async function isReady(child: ChildProcess, dataDir: string): Promise<boolean> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  let failed = false;
  child.once('error', () => {
    failed = true;
  });
  while (Date.now() < deadline && !failed && child.exitCode === null && child.signalCode === null) {
    const lines = (await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
    if (Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready') return true;
    await sleep(20);
  }
  return false;
}

async function server(parts: {
  child: ChildProcess;
  port: number;
  base: string;
  dataDir: string;
  binDir: string;
  logFile: string;
  password: string;
  caFile: string | undefined;
  options: PostgresOptions;
}): Promise<PostgresServer> {
  const { child, port, base, dataDir, binDir, logFile, password, caFile } = parts;
  const guard = parts.options.home ? undefined : guardAgainstOrphan(child.pid ?? 0, base);
  child.unref();
  const version = (await readFile(logFile, 'utf8')).match(/starting PostgreSQL (\d+\.\d+)/)?.[1];
  return {
    host: '127.0.0.1',
    port,
    socketDir: base,
    superuser: SUPERUSER,
    password,
    dataDir,
    pid: child.pid ?? 0,
    version: version ?? parts.options.version ?? '18',
    binDir,
    logFile,
    caFile,
    url: (database = 'postgres') =>
      `postgresql://${SUPERUSER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
    async stop() {
      guard?.kill('SIGKILL');
      await end(child);
      if (!parts.options.home)
        await rm(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}

/**
 * Ends the server and removes its files when this process goes without having stopped it, however it goes: the
 * kernel then closes the pipe that the guard reads.
 */
function guardAgainstOrphan(pid: number, base: string): ChildProcess {
  const guard = spawn(
    '/bin/sh',
    ['-c', 'read -r _; kill -KILL "$1" 2>/dev/null; sleep 1; rm -rf -- "$2"', 'sh', String(pid), base],
    { cwd: '/', stdio: ['pipe', 'ignore', 'ignore'], detached: true },
  );
  guard.unref();
  // A pipe keeps the event loop alive like a socket, which it is.
  (guard.stdin as unknown as Socket | null)?.unref();
  return guard;
}

/** SIGQUIT is the server's immediate stop; a server that is stopped itself (SIGSTOP) only hears SIGKILL. */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.ref();
  child.kill('SIGQUIT');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await gone;
  clearTimeout(timer);
}

/** Runs a program as the user who owns the data. */
function runAsOwner(command: string, args: string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...unprivilegedIdentity(),
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: serverEnv(),
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ended with exit code ${code}:\n${output.trimEnd()}`));
    });
  });
}

/** Without the PG… variables of whoever runs the tests, which would change what the programs do. */
function serverEnv(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}

async function ownedDirectory(path: string): Promise<void> {
  await owned(path);
  await chmod(path, 0o700);
}

async function owned(path: string): Promise<void> {
  const identity = unprivilegedIdentity();
  if (identity) await chown(path, identity.uid, identity.gid);
}
