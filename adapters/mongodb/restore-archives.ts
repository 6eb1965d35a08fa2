/** The archives of a component into a server, a few at a time; those without anything that is wanted are not read. */
import type { Component, Segment } from '../../core/manifest.ts';
import type { OpenSegment, RecoveryContext } from '../../core/ports/recovery.ts';
import { show, withoutBuckets } from './archive.ts';
import type { MongoConnection } from './connection.ts';
import { type MongodbFacts, mongoArchiveContentsSchema, oplogNamespace } from './model.ts';
import { inParallel } from './parallel.ts';
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
}

/** Each keeps up to 16 MiB of each collection that it restores in memory. */
const maxCollectionsAtATime = 4;

/** @returns documents that were written; @throws as restoreSegment; the first failure ends the others */
export async function restoreArchives(request: ArchivesRestore): Promise<number> {
  const segments = request.component.segments.filter((segment) => holdsWanted(segment, request.target));
  const atATime = Math.max(1, Math.min(request.context.parallelism, segments.length));
  const failure = new AbortController();
  const signal = AbortSignal.any([request.context.signal, failure.signal]);
  let first: { readonly thrown: unknown } | undefined;
  const args = restoreArguments({
    ...request,
    collectionsAtATime: atATime > 1 ? 1 : Math.min(request.context.parallelism, maxCollectionsAtATime),
  });
  const written = await inParallel(segments, atATime, async (segment) => {
    try {
      return await restoreSegment({ ...request, segment, args, context: { ...request.context, signal } });
    } catch (thrown) {
      // The others fail for it, too; only the first says why.
      first ??= { thrown };
      failure.abort(thrown);
      throw first.thrown;
    }
  });
  return written.reduce((sum, one) => sum + one, 0);
}

function holdsWanted(segment: Segment, target: RestoreTarget): boolean {
  if (target.only === undefined) return true;
  const contents = mongoArchiveContentsSchema.safeParse(segment.contents);
  return !contents.success || contents.data.announced.some((one) => isWanted(target, withoutBuckets(one)));
}

/** Operations in the oplog of the archives: what was written during the dump; undefined where there is none. */
export function oplogOperations(component: Component): number | undefined {
  for (const segment of component.segments) {
    const contents = mongoArchiveContentsSchema.safeParse(segment.contents);
    if (!contents.success) continue;
    const oplog = contents.data.namespaces.find((one) => show(one) === show(oplogNamespace));
    if (oplog !== undefined) return oplog.documents;
  }
  return undefined;
}
