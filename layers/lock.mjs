/**
 * A lock between processes on one machine, kept as a small file that names its holder.
 *
 * Promises: the file appears with its content (it is linked into place), a holder that died is noticed
 * by process id *and* start time (ids are reused), and only one waiter clears it away. Plain JavaScript,
 * since the bootstrap needs it before anything is installed.
 */
import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 150;
/** Clearing a dead holder's file takes microseconds; a guard older than this was left by a crash. */
const GUARD_STALE_MS = 10_000;

/**
 * Runs `work` while holding the lock at `path`, and releases it afterwards, come what may.
 *
 * @template T
 * @param {string} path of the lock file; its directory is made if need be
 * @param {() => Promise<T> | T} work
 * @param {{timeoutSeconds?: number, onWait?: (pid: number) => void}} [options] how long to wait for another
 *   holder (default 900 s), and what to do, once, when there is one
 * @returns {Promise<T>}
 */
export async function withLock(path, work, options = {}) {
  const release = await acquire(path, options);
  try {
    return await work();
  } finally {
    release();
  }
}

async function acquire(path, { timeoutSeconds = 900, onWait } = {}) {
  mkdirSync(dirname(path), { recursive: true });
  const own = { pid: process.pid, startedAt: processStart(process.pid), token: randomUUID() };
  const draft = `${path}.${own.token}`;
  const deadline = Date.now() + timeoutSeconds * 1000;
  let announced = false;
  writeFileSync(draft, JSON.stringify(own));
  try {
    for (;;) {
      try {
        linkSync(draft, path);
        return () => {
          if (holder(path)?.token === own.token) rmSync(path, { force: true });
        };
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      const other = holder(path);
      if (other && !isAlive(other)) {
        clearStale(path, other);
        continue;
      }
      if (other && !announced) {
        announced = true;
        onWait?.(other.pid);
      }
      if (Date.now() > deadline) {
        throw new Error(
          `Waited ${timeoutSeconds} s for process ${other?.pid ?? 'unknown'}, which holds ${path}. ` +
            'End that process, or delete the file if it is not one of ours.',
        );
      }
      await sleep(POLL_MS);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

function holder(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    // Not ours to understand: treated as a dead holder, since we always link complete files.
    return { pid: 0, startedAt: '', token: '' };
  }
}

function isAlive({ pid, startedAt }) {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code === 'ESRCH') return false;
  }
  // '' on both sides is a system without /proc, where the id alone has to do.
  return processStart(pid) === startedAt;
}

/** Removes the file of a dead holder, unless another waiter has already replaced it. */
function clearStale(path, seen) {
  const guard = `${path}.clearing`;
  try {
    mkdirSync(guard);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const age = statSync(guard, { throwIfNoEntry: false });
    if (age && Date.now() - age.mtimeMs > GUARD_STALE_MS) rmSync(guard, { recursive: true, force: true });
    return;
  }
  try {
    if (holder(path)?.token === seen.token) rmSync(path, { force: true });
  } finally {
    rmdirSync(guard);
  }
}

/**
 * When a process began, in clock ticks since boot; '' when it is dead or the system does not tell.
 * Two processes with one id never share it.
 *
 * @param {number} pid
 * @returns {string}
 */
export function processStart(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name may hold spaces and brackets; the fields are counted after its closing bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie is dead; only its parent has not looked yet (in a container, perhaps never).
    return fields[0] === 'Z' || fields[0] === 'X' ? '' : (fields[19] ?? '');
  } catch {
    return '';
  }
}
