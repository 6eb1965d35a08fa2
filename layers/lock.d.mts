export interface LockOptions {
  /** How long to wait for another holder. Default 900. */
  timeoutSeconds?: number;
  /** Called once, with the holder's process id, when the lock is taken. */
  onWait?: (pid: number) => void;
}

/** Runs `work` while holding the lock at `path`, and releases it afterwards, come what may. */
export function withLock<T>(path: string, work: () => Promise<T> | T, options?: LockOptions): Promise<T>;

/** When a process began, in clock ticks since boot; '' when it is dead or the system does not tell. */
export function processStart(pid: number): string;
