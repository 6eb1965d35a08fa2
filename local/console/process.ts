/**
 * The local console as a process of its own, so that it lives as long as the local AWS and not as long as the start that
 * began it.
 *
 *     node local/console/process.ts SETTINGS      (JSON; prints its address as soon as it listens)
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../../adapters/loopback.ts';
import { processStart } from '../../layers/lock.mjs';
import { runDir } from '../run-dir.ts';
import { type ConsoleSettings, startConsole } from './server.ts';

const processFile = join(runDir, 'console.json');
const logFile = join(runDir, 'console.log');
const startsWithinMs = 20_000;

interface ProcessFile {
  readonly pid: number;
  /** Tells it from another process that got the same id later. */
  readonly startedAt: string;
}

/** The same from start to start, where nobody else has it: bookmarks and open pages stay right. */
const usualPort = 8780;

/** Where the console will be: the stack must know before it is there. */
export async function consolePort(): Promise<number> {
  const isFree = await new Promise<boolean>((done) => {
    const probe = createServer();
    probe.once('error', () => done(false));
    probe.listen(usualPort, '127.0.0.1', () => probe.close(() => done(true)));
  });
  return isFree ? usualPort : freePort();
}

/** Starts it anew and returns its address. */
export async function startConsoleProcess(settings: ConsoleSettings): Promise<string> {
  await stopConsoleProcess();
  await mkdir(runDir, { recursive: true });
  const log = openSync(logFile, 'w', 0o600);
  const child = spawn(process.execPath, [import.meta.filename, JSON.stringify(settings)], {
    detached: true,
    stdio: ['ignore', 'pipe', log],
  });
  closeSync(log);
  const url = await new Promise<string>((done, refuse) => {
    const why = (what: string) => new Error(`the local console ${what}: see ${logFile}`);
    const timer = setTimeout(() => refuse(why(`did not start within ${startsWithinMs} ms`)), startsWithinMs);
    child.once('error', refuse);
    child.once('exit', (code) => refuse(why(`ended with ${code}`)));
    child.stdout?.once('data', (line: Buffer) => {
      clearTimeout(timer);
      done(line.toString().trim());
    });
  });
  const { pid = 0 } = child;
  const file: ProcessFile = { pid, startedAt: processStart(pid) };
  await writeFile(processFile, JSON.stringify(file), { mode: 0o600 });
  child.stdout?.destroy();
  child.unref();
  return url;
}

/** @returns whether there was one */
export async function stopConsoleProcess(): Promise<boolean> {
  const file = await readFile(processFile, 'utf8').then(
    (text) => JSON.parse(text) as ProcessFile,
    () => undefined,
  );
  await rm(processFile, { force: true });
  if (file === undefined || file.startedAt === '' || processStart(file.pid) !== file.startedAt) return false;
  process.kill(file.pid, 'SIGTERM');
  return true;
}

if (import.meta.main) {
  const { url } = await startConsole(JSON.parse(process.argv[2] ?? '{}') as ConsoleSettings);
  console.log(url);
}
