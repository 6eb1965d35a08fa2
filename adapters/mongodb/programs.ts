/**
 * MongoDB's tools: where they are, and running them. Promises: the URI, the password and the certificates reach a tool
 * through files without a name, never through arguments or environment (decision 0099); what is kept of stderr is
 * bounded; a tool is gone when its promise settles, even one that hangs and ignores SIGTERM, as 100.7 does.
 */
import { execFile, spawn } from 'node:child_process';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onceEach } from '../once-each.ts';
import { isExecutable, plainEnvironment, type RunningProcess, watchProcess } from '../process.ts';
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

/** `100.7.0`; asked once for each path. @throws HoldfastError TOOLS_MISSING */
export function toolVersion(name: ToolName, options: ToolsOptions = {}): Promise<string> {
  return versionAt(toolPath(name, options));
}

const versionAt = onceEach(async (path) => {
  let stdout: string;
  try {
    ({ stdout } = await promisify(execFile)(path, ['--version'], {
      env: { ...plainEnvironment, HOME: '/nonexistent' },
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
});

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

/** `stderr` is as it is: redact it. */
export type RunningTool = RunningProcess;

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
      env: { ...plainEnvironment, HOME: '/nonexistent' },
      stdio: [options.stdin ?? 'ignore', 'pipe', 'pipe', ...files.map((file) => file.fd)],
      // Its own group, so that whatever it starts can be ended with it.
      detached: true,
    });
    return watchProcess(child, {
      whyNotStarted: () => mongoError('TOOLS_MISSING', `${path} cannot be started`),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  } finally {
    // The tool has descriptors of its own. Not waited for: what a tool that ends meanwhile wrote, nobody would read.
    for (const file of files) file.close().catch(() => undefined);
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
