/**
 * Running another program. Promises: what is kept of its stderr is bounded; it is gone, with everything that it
 * started, when its promise settles, also when it was stopped (SIGSTOP) or does not listen to SIGTERM.
 */
import type { ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import type { Readable, Writable } from 'node:stream';

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What a program needs to run, and nothing of what this process knows. */
export const plainEnvironment: Readonly<Record<string, string>> = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  LANG: 'C',
  LC_ALL: 'C',
  TZ: 'UTC',
};

export interface ProcessEnd {
  readonly exitCode: number | undefined;
  readonly killedBy?: NodeJS.Signals;
  /** The last 64 KiB. */
  readonly stderr: string;
}

export interface RunningProcess {
  readonly pid: number;
  readonly stdout: Readable;
  /** Undefined where the program was started without. */
  readonly stdin: Writable | undefined;
  /** Settles when it is gone; rejects with the signal's reason, or when it did not start. */
  readonly finished: Promise<ProcessEnd>;
  /** Ends it and all that it started; resolves when it is gone. */
  kill(): Promise<void>;
}

export interface WatchOptions {
  /** The error when it cannot be started. */
  readonly whyNotStarted: (cause: Error) => Error;
  /** Aborting ends the program; `finished` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** @param child in a process group of its own (`detached`), with pipes for stdout and stderr */
export function watchProcess(child: ChildProcess, { whyNotStarted, signal }: WatchOptions): RunningProcess {
  const stderr = new Tail(child.stderr as Readable);
  // The program may end before it has read everything: its exit code tells why.
  child.stdin?.on('error', () => undefined);
  const gone = new Promise<ProcessEnd>((resolve, reject) => {
    child.once('error', (cause) => reject(whyNotStarted(cause)));
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

/** Until a program takes more, or will never again: then its stdin is closed. */
export function drained(stdin: Writable): Promise<void> {
  if (stdin.destroyed) return Promise.resolve();
  // A race with one promise for all chunks would remember each of them.
  return new Promise((resolve) => {
    const go = () => {
      stdin.off('drain', go);
      stdin.off('close', go);
      resolve();
    };
    stdin.on('drain', go);
    stdin.on('close', go);
  });
}

/** @param pid of a process in a group of its own, with everything that it started */
export function killGroup(pid: number | undefined, signal: NodeJS.Signals = 'SIGKILL'): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: it is gone, which is what was wanted.
  }
}

const graceMilliseconds = 1500;

async function endGroup(child: ChildProcess, gone: Promise<unknown>): Promise<void> {
  const settled = gone.then(
    () => undefined,
    () => undefined,
  );
  killGroup(child.pid, 'SIGTERM');
  // A stopped process hears SIGTERM only when it goes on.
  killGroup(child.pid, 'SIGCONT');
  const timer = setTimeout(() => killGroup(child.pid), graceMilliseconds);
  child.stdout?.destroy();
  await settled;
  clearTimeout(timer);
  // What the program started may outlive it.
  killGroup(child.pid);
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
