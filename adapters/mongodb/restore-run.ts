/**
 * One archive into a server by mongorestore. Promises: it counts as restored only when the archive was whole and its
 * bytes proven, mongorestore ended with success, and it says that no document failed (its exit code does not tell);
 * the tool is gone when this settles, also when the signal aborts, or the server goes away and the tool waits for it.
 */
import type { Writable } from 'node:stream';
import { HoldfastError } from '../../core/errors.ts';
import type { Segment } from '../../core/manifest.ts';
import type { OpenSegment, RecoveryContext } from '../../core/ports/recovery.ts';
import { drained } from '../process.ts';
import { ArchiveWalker } from './archive.ts';
import { archiveFailure, compressionOf, decompressed } from './archive-stream.ts';
import { type MongoConnection, orAborted } from './connection.ts';
import { fromTool, mongoError } from './errors.ts';
import { type RunningTool, spawnTool, type ToolsOptions } from './programs.ts';
import { type SilenceWatch, watchSilence } from './silence.ts';

export interface SegmentRestore {
  readonly connection: MongoConnection;
  readonly tools: ToolsOptions;
  readonly segment: Segment;
  readonly open: OpenSegment;
  readonly args: readonly string[];
  readonly context: Pick<RecoveryContext, 'signal' | 'onProgress'>;
  /** Throws when the server does not answer, within a bound of its own. Asked while mongorestore takes nothing. */
  readonly requireServer?: () => Promise<unknown>;
}

/** @returns documents that mongorestore wrote; @throws HoldfastError RESTORE_FAILED, INTEGRITY_*, SOURCE_*; the signal's reason */
export async function restoreSegment(run: SegmentRestore): Promise<number> {
  const { segment, context } = run;
  const doing = `restoring ${segment.name}`;
  const running = await spawnTool('mongorestore', run.args, {
    ...{ ...run.tools, connection: run.connection, stdin: 'pipe', signal: context.signal },
  });
  running.stdout.resume();
  const watch = watchSilence(running, {
    ...{ doing, program: 'mongorestore', secrets: run.connection.secrets },
    askAfterSeconds: run.connection.serverSelectionSeconds,
    ...(run.requireServer === undefined ? {} : { requireServer: run.requireServer }),
  });
  const stored = run.open(segment);
  let broken: { readonly thrown: unknown } | undefined;
  const fed = feed(run, stored, running, watch).catch(async (thrown: unknown) => {
    broken = { thrown: archiveFailure(thrown) };
    await running.kill();
  });
  try {
    const end = await running.finished;
    if (watch.reason !== undefined) throw watch.reason;
    if (end.exitCode !== 0 && broken === undefined) {
      // It ended before its input did; nobody needs the rest.
      throw fromTool({ program: 'mongorestore', ...end }, doing, run.connection.secrets, 'RESTORE_FAILED');
    }
    await orAborted(fed, context.signal);
    if (broken !== undefined) throw broken.thrown;
    return documentsOf(end.stderr, doing);
  } finally {
    watch.end();
    // Not waited for: where the input stalls, it would never end.
    stored.destroy();
    await running.kill();
  }
}

/** Walks along: a cut archive is noticed here, where mongorestore may take it for a whole one. */
async function feed(
  { segment, context }: SegmentRestore,
  stored: AsyncIterable<Uint8Array>,
  running: RunningTool,
  watch: SilenceWatch,
): Promise<void> {
  const stdin = running.stdin as Writable;
  const compression = compressionOf(segment.encoding);
  const walker = new ArchiveWalker({ purpose: 'read', documents: 'lengths', compression });
  for await (const chunk of decompressed(counted(stored, segment.name, context), compression)) {
    context.signal.throwIfAborted();
    walker.push(chunk);
    if (stdin.destroyed) return;
    if (!stdin.write(chunk)) await drained(stdin);
    watch.progress();
  }
  walker.end();
  stdin.end();
}

async function* counted(
  stored: AsyncIterable<Uint8Array>,
  segment: string,
  context: SegmentRestore['context'],
): AsyncGenerator<Uint8Array> {
  let plainBytes = 0;
  for await (const chunk of stored) {
    plainBytes += chunk.length;
    context.onProgress({ segment, plainBytes });
    yield chunk;
  }
}

/** The last thing that every version since 100.0 says. @throws HoldfastError RESTORE_FAILED */
function documentsOf(stderr: string, doing: string): number {
  const found = [
    ...stderr.matchAll(/(\d+) document\(s\) restored successfully\. (\d+) document\(s\) failed/g),
  ].at(-1);
  if (found === undefined)
    throw mongoError(
      'RESTORE_FAILED',
      `${doing}: mongorestore ended without saying how many documents it restored`,
    );
  const [restored, failed] = [Number(found[1]), Number(found[2])];
  if (failed > 0) {
    throw new HoldfastError('RESTORE_FAILED', `${doing}: ${failed} documents were refused by the server`, {
      details: { restored, failed },
    });
  }
  return restored;
}
