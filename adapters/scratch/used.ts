/** What an invocation took of its sandbox. */
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';

/** The most memory that this process has had so far, and what is in use below /tmp now, bytes. */
export async function sandboxUse(): Promise<{
  readonly PeakMemoryBytes: number;
  readonly ScratchBytes: number;
}> {
  const { blocks, bfree, bsize } = await statfs(tmpdir());
  // KiB on Linux (getrusage(2)).
  return { PeakMemoryBytes: process.resourceUsage().maxRSS * 1024, ScratchBytes: (blocks - bfree) * bsize };
}
