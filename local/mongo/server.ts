/**
 * MongoDB servers for tests and the local run: real ones where `mongod` is on PATH, else one in Java that keeps all in
 * memory. Promises: a server that is returned accepts connections; `stop` ends it for sure and removes its data; what
 * a test forgets goes when the test process ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMongod } from '../../adapters/mongodb/drill-server.ts';
import { makeCertificates } from '../self-signed.ts';
import { mongodProgram } from './mongod.ts';
import type { MongoOptions } from './tools.ts';

export interface MongoServerOptions extends MongoOptions {
  /** The program; default: what this machine has. */
  readonly mongod?: string;
  /** Serve TLS only. Default false. */
  readonly tls?: boolean;
}

export interface MongoServer {
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  /** False: the server in Java. */
  readonly real: boolean;
  /** With `tls`: the certificate that a client must trust. */
  readonly caFile: string | undefined;
  /** Without a user: none is asked for. */
  url(database?: string): string;
  log(): string;
  /** Ends it at once. Calling it again does nothing. */
  stop(): Promise<void>;
}

const host = '127.0.0.1';

/**
 * @returns undefined where this machine has no server and can get none; `onProgress` gets the reason
 * @throws Error with the end of the server's log when it does not start
 */
export async function startMongo(options: MongoServerOptions = {}): Promise<MongoServer | undefined> {
  const program =
    options.mongod === undefined
      ? await mongodProgram(options)
      : { path: options.mongod, real: !options.mongod.includes('mongo-stand-in') };
  if (program === undefined) return undefined;
  const base = await mkdtemp(join(tmpdir(), 'holdfast-mongo-'));
  try {
    const tls = options.tls ? await serverCertificate(join(base, 'tls')) : undefined;
    const server = await startMongod({ path: program.path, dataDir: base, args: tls?.args ?? [] });
    const guard = guardAgainstOrphan(server.pid, base);
    return {
      ...{ host, port: server.port, pid: server.pid, real: program.real, caFile: tls?.ca },
      url: (database = '') => `mongodb://${host}:${server.port}/${encodeURIComponent(database)}`,
      log: server.log,
      async stop() {
        guard.kill('SIGKILL');
        await server.stop();
        await rm(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
      },
    };
  } catch (error) {
    await rm(base, { recursive: true, force: true });
    throw error;
  }
}

async function serverCertificate(dir: string): Promise<{ readonly ca: string; readonly args: string[] }> {
  const { ca, cert, key } = await makeCertificates(dir);
  const both = join(dir, 'both.pem');
  await writeFile(both, `${await readFile(key, 'utf8')}\n${await readFile(cert, 'utf8')}`, { mode: 0o600 });
  return { ca, args: ['--tlsMode', 'requireTLS', '--tlsCertificateKeyFile', both] };
}

/**
 * Ends the server and removes its files when this process goes without having stopped it, however it goes: the
 * kernel then closes the pipe that the guard reads.
 */
function guardAgainstOrphan(pid: number, base: string): ChildProcess {
  const guard = spawn(
    '/bin/sh',
    ['-c', 'read -r _; kill -KILL -"$1" 2>/dev/null; sleep 1; rm -rf -- "$2"', 'sh', String(pid), base],
    { cwd: '/', stdio: ['pipe', 'ignore', 'ignore'], detached: true },
  );
  guard.unref();
  // A pipe keeps the event loop alive like a socket, which it is.
  (guard.stdin as unknown as Socket | null)?.unref();
  return guard;
}
