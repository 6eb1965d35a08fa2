/**
 * Watches the free space of the scratch directory during a drill, and stops the drill while there is still enough
 * left for everything else that lives on that disk.
 */
import { statfs } from 'node:fs/promises';
import { HoldfastError } from '../../core/errors.ts';

/** Enough for the server's own temporary files between two looks. */
export const reservedBytes = 64 * 1024 * 1024;
const lookEveryMilliseconds = 250;

export interface SpaceGuard {
  /** Aborts with SCRATCH_TOO_SMALL, or when `parent` does. */
  readonly signal: AbortSignal;
  stop(): void;
}

/** Bytes that an ordinary user may still write below `directory`. */
export async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

/** @throws HoldfastError SCRATCH_TOO_SMALL when less than `neededBytes` are free now */
export async function requireSpace(directory: string, neededBytes: number): Promise<void> {
  const free = await freeBytes(directory);
  if (free < neededBytes) {
    throw new HoldfastError(
      'SCRATCH_TOO_SMALL',
      `a drill of this database needs about ${neededBytes} bytes in ${directory}, where ${free} are free`,
      { details: { neededBytes, freeBytes: free } },
    );
  }
}

export function guardSpace(directory: string, parent: AbortSignal, keepBytes = reservedBytes): SpaceGuard {
  const controller = new AbortController();
  const timer = setInterval(async () => {
    const free = await freeBytes(directory).catch(() => undefined);
    if (free === undefined || free >= keepBytes) return;
    controller.abort(
      new HoldfastError(
        'SCRATCH_TOO_SMALL',
        `the drill was stopped with ${free} bytes left in ${directory}`,
        {
          details: { freeBytes: free },
        },
      ),
    );
  }, lookEveryMilliseconds);
  return {
    signal: AbortSignal.any([parent, controller.signal]),
    stop: () => clearInterval(timer),
  };
}
