/**
 * Runs a program that takes --port, --dbpath and --bind_ip as mongod does. Promises: a server that is returned accepts
 * connections, on the loopback address only; `stop` ends it and whatever it started for sure; nothing of this
 * process's environment but PATH and the like reaches it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { accepts, freePort } from '../loopback.ts';
import { killGroup } from '../process.ts';

export interface MongodOptions {
  readonly path: string;
  /** An empty directory for its data. */
  readonly dataDir: string;
  /** Further arguments. */
  readonly args?: readonly string[];
  readonly startTimeoutSeconds?: number;
  readonly signal?: AbortSignal;
}

export interface RunningMongod {
  readonly port: number;
  readonly pid: number;
  /** Ends of what it wrote. */
  log(): string;
  ended(): boolean;
  /** Ends it at once: its data is worth nothing. Calling it again does nothing. */
  stop(): Promise<void>;
}

const host = '127.0.0.1';
const portAttempts = 5;
const keptLogCharacters = 32 * 1024;
/** A real one takes 1 to 3 s; the first start in a cold function with little CPU took 12. */
const defaultStartSeconds = 60;

/** @throws Error with the end of its log when it does not start; the signal's reason */
export async function startMongod(options: MongodOptions): Promise<RunningMongod> {
  for (let attempt = 1; ; attempt++) {
    options.signal?.throwIfAborted();
    const server = launch(options, await freePort());
    const deadline = Date.now() + (options.startTimeoutSeconds ?? defaultStartSeconds) * 1000;
    while (!server.ended() && !options.signal?.aborted && Date.now() < deadline) {
      // Another process may have taken the port in between: then ours ends, which is seen before it is returned.
      if ((await accepts(server.port)) && !server.ended()) return server;
      await sleep(20);
    }
    await server.stop();
    options.signal?.throwIfAborted();
    const taken = /address already in use|SocketException|BindException/i.test(server.log());
    if (!taken || attempt === portAttempts) {
      const why = Date.now() >= deadline ? 'was not ready in time' : 'ended';
      throw new Error(`${options.path} ${why}: ${server.log().trim().slice(-1000)}`);
    }
  }
}

function launch(options: MongodOptions, port: number): RunningMongod {
  const child = spawn(
    options.path,
    ['--port', String(port), '--dbpath', options.dataDir, '--bind_ip', host, ...(options.args ?? [])],
    {
      cwd: options.dataDir,
      env: {
        PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
        LC_ALL: 'C',
        TZ: 'UTC',
        HOME: options.dataDir,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    },
  );
  let log = '';
  let failed = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-keptLogCharacters);
    });
  }
  // A server that is forgotten must not keep this process from ending.
  child.unref();
  for (const stream of [child.stdout, child.stderr]) (stream as unknown as Socket).unref();
  child.once('error', (error) => {
    failed = true;
    log += error.message;
  });
  const ended = () => failed || child.exitCode !== null || child.signalCode !== null;
  return { port, pid: child.pid ?? 0, log: () => log, ended, stop: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const isGone = child.exitCode !== null || child.signalCode !== null;
  const gone = isGone ? undefined : new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.ref();
  // Once it is gone its number may be another process's.
  if (!isGone) killGroup(child.pid);
  await gone;
  child.stdout?.destroy();
  child.stderr?.destroy();
}
