/**
 * MongoDB's tools: where they are, and running them. Promises: the URI, the password and the certificates reach a tool
 * through files without a name, never through arguments or environment (decision 0099); what is kept of stderr is
 * bounded; a tool is gone when its promise settles, even one that hangs and ignores SIGTERM, as 100.7 does.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import type { MongoConnection } from './connection.ts';
import { mongoError } from './errors.ts';

export type ToolName = 'mongodump' | 'mongorestore';

export interface ToolsOptions {
  /** The directory of the programs; wins over everything. */
  readonly binDir?: string;
}

/** Where the Lambda layer has them. */
const layerBin = '/opt/mongo/bin';

/**
 * The path of a tool: as given, else MONGO_TOOLS_BIN, else the layer's, else on PATH.
 * @throws HoldfastError TOOLS_MISSING, listing where it looked
 */
export function toolPath(name: ToolName, options: ToolsOptions = {}): string {
  const named = options.binDir ?? process.env.MONGO_TOOLS_BIN;
  // What was asked for by name is used, or it is an error: never something else in its place.
  const dirs = named ? [named] : [layerBin, ...(process.env.PATH ?? '').split(':').filter(Boolean)];
  const found = dirs.map((dir) => join(dir, name)).find(isExecutable);
  if (found !== undefined) return found;
  throw mongoError('TOOLS_MISSING', `${name} is in none of ${dirs.slice(0, 20).join(', ')}`, {
    details: { considered: dirs.slice(0, 20) },
    next: 'Attach the mongo layer, install MongoDB Database Tools, or set MONGO_TOOLS_BIN to their directory.',
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const versions = new Map<string, Promise<string>>();

/** `100.7.0`; asked once for each path. @throws HoldfastError TOOLS_MISSING */
export function toolVersion(name: ToolName, options: ToolsOptions = {}): Promise<string> {
  const path = toolPath(name, options);
  let version = versions.get(path);
  if (version === undefined) {
    version = readVersion(path);
    versions.set(path, version);
    version.catch(() => versions.delete(path));
  }
  return version;
}

async function readVersion(path: string): Promise<string> {
  let stdout: string;
  try {
    ({ stdout } = await promisify(execFile)(path, ['--version'], {
      env: toolEnvironment(),
      timeout: 20_000,
      killSignal: 'SIGKILL',
    }));
  } catch {
    throw mongoError('TOOLS_MISSING', `${path} does not run on this machine`);
  }
  const version = /version: r?(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  if (version === undefined) throw mongoError('TOOLS_MISSING', `${path} does not tell its version`);
  // Before 100 the tools had the server's version, and wrote time series as nothing.
  if (Number.parseInt(version, 10) < 100)
    throw mongoError('TOOLS_MISSING', `${path} is ${version}; 100 or later is needed`);
  return version;
}

/** What a tool needs to run, and nothing of what this process knows. */
function toolEnvironment(): Record<string, string> {
  return { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C', LC_ALL: 'C', TZ: 'UTC', HOME: '/nonexistent' };
}

export interface SpawnOptions extends ToolsOptions {
  readonly connection: Pick<
    MongoConnection,
    'uri' | 'tls' | 'trusted' | 'clientCertificate' | 'clientKeyPassword'
  >;
  /** `pipe` gives the stream to the caller; default: empty. */
  readonly stdin?: 'pipe';
  /** Aborting ends the program; `finished` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface ToolEnd {
  readonly exitCode: number | undefined;
  readonly killedBy?: NodeJS.Signals;
  /** The last 64 KiB, as it is: redact it. */
  readonly stderr: string;
}

export interface RunningTool {
  readonly pid: number;
  readonly stdout: Readable;
  readonly stdin: Writable | undefined;
  /** Settles when the tool is gone; rejects with the signal's reason, or TOOLS_MISSING when it did not start. */
  readonly finished: Promise<ToolEnd>;
  /** Ends it and all that it started; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Starts a tool in a process group of its own. `args` hold nothing of the connection. */
export async function spawnTool(
  name: ToolName,
  args: readonly string[],
  options: SpawnOptions,
): Promise<RunningTool> {
  options.signal?.throwIfAborted();
  const path = toolPath(name, options);
  const files = await namelessFiles(options.connection);
  try {
    const child = spawn(path, [`--config=${fileOf(files.length - 1)}`, ...args], {
      env: toolEnvironment(),
      stdio: [options.stdin ?? 'ignore', 'pipe', 'pipe', ...files.map((file) => file.fd)],
      // Its own group, so that whatever it starts can be ended with it.
      detached: true,
    });
    return watch(child, path, options.signal);
  } finally {
    // The tool has descriptors of its own.
    await Promise.all(files.map((file) => file.close()));
  }
}

/** Descriptors 0 to 2 are the usual ones. */
function fileOf(position: number): string {
  return `/dev/fd/${position + 3}`;
}

/** The certificates, and last the configuration that names them. */
async function namelessFiles(connection: SpawnOptions['connection']): Promise<readonly FileHandle[]> {
  const { trusted, clientCertificate, clientKeyPassword } = connection;
  const contents: string[] = [];
  let uri = connection.uri;
  const add = (option: string, content: string) => {
    uri += `&${option}=${encodeURIComponent(fileOf(contents.length))}`;
    contents.push(content);
  };
  if (connection.tls && trusted !== undefined) add('tlsCAFile', trusted);
  if (connection.tls && clientCertificate !== undefined) add('tlsCertificateKeyFile', clientCertificate);
  // JSON's quotes are YAML's.
  const lines = [`uri: ${JSON.stringify(uri)}`];
  if (clientKeyPassword !== undefined) lines.push(`sslPEMKeyPassword: ${JSON.stringify(clientKeyPassword)}`);
  contents.push(`${lines.join('\n')}\n`);
  const files: FileHandle[] = [];
  try {
    for (const content of contents) files.push(await namelessFile(content));
    return files;
  } catch (thrown) {
    await Promise.all(files.map((file) => file.close()));
    throw thrown;
  }
}

/** An open file that no directory names any more: it is gone with the last process that holds it, killed or not. */
async function namelessFile(content: string): Promise<FileHandle> {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-'));
  const path = join(dir, 'x');
  try {
    const file = await open(path, 'wx+', 0o600);
    await file.write(content);
    return file;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function watch(child: ChildProcess, path: string, signal: AbortSignal | undefined): RunningTool {
  const stderr = new Tail(child.stderr as Readable);
  // The tool may end before it has read everything: its exit code tells why.
  child.stdin?.on('error', () => undefined);
  const gone = new Promise<ToolEnd>((resolve, reject) => {
    child.once('error', () => reject(mongoError('TOOLS_MISSING', `${path} cannot be started`)));
    child.once('close', (code, killedBy) =>
      resolve({ exitCode: code ?? undefined, ...(killedBy ? { killedBy } : {}), stderr: stderr.text() }),
    );
  });
  let isGone = false;
  const noteGone = () => {
    isGone = true;
  };
  gone.then(noteGone, noteGone);
  // Once it is gone its number may be another process's.
  const kill = async () => (isGone ? undefined : endGroup(child, gone));
  const onAbort = () => void kill();
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  const finished = gone
    .then((end) => {
      signal?.throwIfAborted();
      return end;
    })
    .finally(() => signal?.removeEventListener('abort', onAbort));
  // Whoever reads stdout may throw first; that must not be an unhandled rejection.
  finished.catch(() => undefined);
  return {
    ...{ pid: child.pid ?? 0, stdout: child.stdout as Readable, finished, kill },
    stdin: child.stdin ?? undefined,
  };
}

const graceMilliseconds = 1500;

async function endGroup(child: ChildProcess, gone: Promise<unknown>): Promise<void> {
  const settled = gone.then(
    () => undefined,
    () => undefined,
  );
  signalGroup(child, 'SIGTERM');
  // A stopped process hears SIGTERM only when it goes on.
  signalGroup(child, 'SIGCONT');
  const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMilliseconds);
  child.stdout?.destroy();
  await settled;
  clearTimeout(timer);
  // What the program started may outlive it.
  signalGroup(child, 'SIGKILL');
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // ESRCH: it is gone already.
  }
}

/** Keeps the end of a stream. */
class Tail {
  static readonly #maxBytes = 64 * 1024;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(stream: Readable) {
    stream.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
      if (this.#bytes > 2 * Tail.#maxBytes) this.#cut();
    });
    stream.on('error', () => undefined);
  }

  #cut(): void {
    const kept = Buffer.concat(this.#chunks).subarray(-Tail.#maxBytes);
    this.#chunks = [Buffer.from(kept)];
    this.#bytes = kept.length;
  }

  text(): string {
    this.#cut();
    return (this.#chunks[0] ?? Buffer.alloc(0)).toString('utf8');
  }
}
