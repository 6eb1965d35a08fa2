/** Taking away what a drill leaves: its directory, and a server that may still run in it. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Removes what an earlier drill left, and ends a server that still runs in it. */
export async function wipeScratch(workDir: string): Promise<void> {
  const dataDir = join(workDir, 'data');
  for (const pid of processesIn(dataDir)) kill(pid, 'SIGKILL');
  await rm(workDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** Does not throw where there is no such process. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone, which is what was wanted.
  }
}

function processesIn(directory: string): number[] {
  return processIds().filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === directory;
    } catch {
      return false;
    }
  });
}

/** Children of a process. */
export function descendantsOf(parent: number): number[] {
  return processIds().filter((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent;
    } catch {
      return false;
    }
  });
}

function processIds(): number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 1);
  } catch {
    return [];
  }
}
