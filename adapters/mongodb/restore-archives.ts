/** The archives of a component into a server, a few at a time; those without anything that is wanted are not read. */

import { eachAtATime } from '../../core/at-a-time.ts';
import type { Component, Segment } from '../../core/manifest.ts';
import type { OpenSegment, RecoveryContext } from '../../core/ports/recovery.ts';
import type { MongoConnection } from './connection.ts';
import { writtenTo } from './counts.ts';
import { mongoError } from './errors.ts';
import { type MongodbFacts, mongoArchiveContentsSchema, oplogNamespace, type Written } from './model.ts';
import { show, withoutBuckets } from './names.ts';
import type { ToolsOptions } from './programs.ts';
import { restoreArguments } from './restore-arguments.ts';
import { isWanted, type RestoreTarget } from './restore-options.ts';
import { restoreSegment } from './restore-run.ts';

export interface ArchivesRestore {
  readonly component: Component;
  readonly open: OpenSegment;
  readonly facts: MongodbFacts;
  readonly target: RestoreTarget;
  readonly replayOplog: boolean;
  readonly connection: MongoConnection;
  readonly tools: ToolsOptions;
  readonly context: RecoveryContext;
  /** Throws when the server does not answer. */
  readonly requireServer: () => Promise<unknown>;
}

/** Each keeps up to 16 MiB of each collection that it restores in memory. */
const maxCollectionsAtATime = 4;

/** @throws as restoreSegment, RESTORE_FAILED when documents of an archive were not written; the first ends the others */
export async function restoreArchives(request: ArchivesRestore): Promise<void> {
  const segments = request.component.segments.filter((segment) => holdsWanted(segment, request.target));
  const atATime = Math.max(1, Math.min(request.context.parallelism, segments.length));
  const failure = new AbortController();
  const signal = AbortSignal.any([request.context.signal, failure.signal]);
  let first: { readonly thrown: unknown } | undefined;
  const args = restoreArguments({
    ...request,
    collectionsAtATime: atATime > 1 ? 1 : Math.min(request.context.parallelism, maxCollectionsAtATime),
  });
  await eachAtATime(segments, atATime, async (segment) => {
    try {
      const context = { ...request.context, signal };
      requireAll(request, segment, await restoreSegment({ ...request, segment, args, context }));
    } catch (thrown) {
      // The others fail for it, too; only the first says why.
      first ??= { thrown };
      failure.abort(thrown);
      throw first.thrown;
    }
  });
}

/**
 * mongorestore that was told a name which fits nothing restores nothing, and says that nothing failed. With a replay
 * it takes along what is not asked for, such as collections in admin.
 */
function requireAll(request: ArchivesRestore, segment: Segment, written: number): void {
  const contents = mongoArchiveContentsSchema.safeParse(segment.contents);
  if (!contents.success) return;
  const { target, replayOplog } = request;
  const held = contents.data.namespaces.filter((one) => one.database !== oplogNamespace.database);
  const least = documentsOf(held.filter((one) => isWanted(target, withoutBuckets(one))));
  const most = replayOplog ? documentsOf(held) : least;
  if (written >= least && written <= most) return;
  throw mongoError(
    'RESTORE_FAILED',
    `restoring ${segment.name}: mongorestore wrote ${written} documents, the archive holds ${least} that were asked for`,
    { details: { written, expected: least } },
  );
}

function documentsOf(namespaces: readonly { readonly documents: number }[]): number {
  return namespaces.reduce((sum, one) => sum + one.documents, 0);
}

function holdsWanted(segment: Segment, target: RestoreTarget): boolean {
  if (target.only === undefined) return true;
  const contents = mongoArchiveContentsSchema.safeParse(segment.contents);
  return !contents.success || contents.data.announced.some((one) => isWanted(target, withoutBuckets(one)));
}

/** What the oplog of the archives holds. */
export interface ArchivedOplog {
  /** By `show` of the collection; one that is not in it was not written to. */
  readonly written: ReadonlyMap<string, Written>;
}

/** Undefined where the backup has none. */
export function oplogOf(component: Component): ArchivedOplog | undefined {
  const contents = component.segments.flatMap((segment) => {
    const parsed = mongoArchiveContentsSchema.safeParse(segment.contents);
    return parsed.success ? [parsed.data] : [];
  });
  const hasOplog = contents.some((one) => one.namespaces.some((name) => show(name) === show(oplogNamespace)));
  return hasOplog ? { written: writtenTo(contents) } : undefined;
}

/** How many writes a replay makes in what is wanted; 0 where nobody wrote during the dump. */
export function operationsFor(oplog: ArchivedOplog, target: RestoreTarget): number {
  return [...oplog.written.values()]
    .filter((one) => isWanted(target, one))
    .reduce((sum, one) => sum + one.inserted + one.deleted + one.updated, 0);
}
