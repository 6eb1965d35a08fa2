/** How long a restore still reads, when that can be said: at the rate of the last half minute, and only while that is fresh. */
import type { RestoreProgress } from '../ports/catalog.ts';

/** Progress is noted every two seconds; what is older says nothing of now. */
const freshMs = 30_000;

/** Whole seconds. Undefined before it reads, after all is read (then indexes are made), and while it stands still. */
export function secondsLeft(progress: RestoreProgress | undefined, now: Date): number | undefined {
  if (progress?.updatedAt === undefined || !progress.bytesPerSecond) return undefined;
  const { plainBytes, totalBytes, bytesPerSecond, updatedAt } = progress;
  if (plainBytes >= totalBytes || now.getTime() - Date.parse(updatedAt) > freshMs) return undefined;
  return Math.ceil((totalBytes - plainBytes) / bytesPerSecond);
}
