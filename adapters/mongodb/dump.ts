/**
 * One segment, dumped: mongodump's archive as it comes, with a walker reading along, compressed. Promises: `output`
 * ends normally only when mongodump ended with success, its archive is whole, and every collection that was asked for
 * is in it; aborting ends the tool, even one that hangs; one that writes nothing for long is ended too.
 *
 * Why so much distrust: mongodump ends with 0 for a database or collection that does not exist, and one that is told
 * to stop closes every collection with a checksum that is right.
 */
import { HoldfastError } from '../../core/errors.ts';
import type { SegmentDump } from '../../core/ports/source.ts';
import { ArchiveWalker } from './archive.ts';
import { compressed } from './archive-stream.ts';
import type { MongoConnection } from './connection.ts';
import { fromTool, mongoError } from './errors.ts';
import {
  type ArchiveCompression,
  type MongoArchiveContents,
  type NamespaceName,
  oplogNamespace,
} from './model.ts';
import { show, withoutBuckets } from './names.ts';
import { type RunningTool, spawnTool, type ToolsOptions } from './programs.ts';
import { dumpArguments, type MongoSegment } from './segments.ts';
import { watchSilence } from './silence.ts';

export interface DumpRequest {
  readonly connection: MongoConnection;
  readonly segment: MongoSegment;
  readonly compression: ArchiveCompression;
  readonly tools: ToolsOptions;
  readonly signal: AbortSignal;
  /** How long it may write nothing while somebody reads; default 600. */
  readonly silenceSeconds?: number;
  /** Throws when the server does not answer, within a bound of its own. Asked while mongodump is silent. */
  readonly requireServer?: () => Promise<unknown>;
}

/**
 * Before its first byte it logs in and asks for every collection's count and indexes; afterwards it writes when it
 * has 16 MiB of a collection, or all of it.
 */
const defaultSilenceSeconds = 600;
/** From closing its output to ending. */
const endSeconds = 30;

/** Starts nothing until `output` is read. */
export function dumpSegment(request: DumpRequest): SegmentDump {
  const { segment, compression } = request;
  let contents: MongoArchiveContents | undefined;
  async function* archive(): AsyncGenerator<Uint8Array> {
    const walker = new ArchiveWalker({ purpose: 'dump', documents: 'lengths', compression });
    const running = await spawnTool('mongodump', dumpArguments(segment), {
      ...request.tools,
      connection: request.connection,
      signal: request.signal,
    });
    try {
      for await (const chunk of withoutLongSilence(running, request)) {
        walker.push(chunk);
        yield chunk;
      }
      await succeeded(request, running);
      contents = wholeContents(walker, segment);
    } catch (thrown) {
      throw await firstReason(request, running, thrown);
    } finally {
      await running.kill();
    }
  }
  return {
    output: compressed(archive(), compression),
    contents() {
      if (contents === undefined)
        throw new HoldfastError('INTERNAL', `segment ${segment.name} has not ended`);
      return contents;
    },
  };
}

/** Ends the tool when it writes nothing although it is being read: time in which nobody reads does not count. */
async function* withoutLongSilence(running: RunningTool, request: DumpRequest): AsyncGenerator<Uint8Array> {
  const chunks = (running.stdout as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  for (;;) {
    const watch = watchSilence(running, {
      ...{ doing: `dumping ${request.segment.name}`, program: 'mongodump' },
      ...{
        secrets: request.connection.secrets,
        limitSeconds: request.silenceSeconds ?? defaultSilenceSeconds,
      },
      askAfterSeconds: request.connection.serverSelectionSeconds,
      ...(request.requireServer === undefined ? {} : { requireServer: request.requireServer }),
    });
    try {
      const { value, done } = await chunks.next();
      if (watch.reason !== undefined) throw watch.reason;
      if (done) break;
      yield value;
    } catch (thrown) {
      throw watch.reason ?? thrown;
    } finally {
      watch.end();
    }
  }
  // It has closed its output: all that is left to do is to end.
  const timer = setTimeout(() => void running.kill(), endSeconds * 1000);
  await running.finished.catch(() => undefined);
  clearTimeout(timer);
}

async function succeeded(request: DumpRequest, running: RunningTool): Promise<void> {
  const end = await running.finished;
  if (end.exitCode === 0) return;
  throw fromTool(
    { program: 'mongodump', ...end },
    `dumping ${request.segment.name}`,
    request.connection.secrets,
  );
}

/** A deadline comes first; then what the tool says, since a walker only sees what follows from it. */
async function firstReason(request: DumpRequest, running: RunningTool, thrown: unknown): Promise<unknown> {
  await running.kill();
  if (request.signal.aborted) return request.signal.reason;
  return thrown;
}

/** @throws HoldfastError DUMP_EMPTY, DUMP_TRUNCATED, SOURCE_CHANGED naming the collections, DUMP_FAILED */
function wholeContents(walker: ArchiveWalker, segment: MongoSegment): MongoArchiveContents {
  const contents = endOf(walker, segment);
  const found = new Set(contents.announced.map(show));
  const missing = segment.expected.filter((name) => !found.has(show(name)) && !mayBeMissing(name));
  if (missing.length > 0) throw gone(missing);
  if (segment.scope.kind === 'deployment') {
    const oplog = contents.namespaces.find((one) => show(one) === show(oplogNamespace));
    if (oplog === undefined) throw mongoError('DUMP_FAILED', 'mongodump left out the oplog');
    return contents;
  }
  const { scope } = segment;
  const strange = contents.namespaces
    .map(withoutBuckets)
    .filter((name) =>
      scope.kind === 'collection'
        ? show(name) !== show(scope.name)
        : name.database !== scope.database || scope.except.includes(name.collection),
    );
  if (strange.length > 0) {
    throw mongoError(
      'DUMP_FAILED',
      `${segment.name} holds other collections than were asked for: ${listNames(strange)}`,
    );
  }
  return contents;
}

function endOf(walker: ArchiveWalker, segment: MongoSegment): MongoArchiveContents {
  try {
    return walker.end();
  } catch (thrown) {
    // Exit code 0 and not one byte: what it says of a collection that does not exist.
    if (
      segment.scope.kind === 'collection' &&
      thrown instanceof HoldfastError &&
      thrown.code === 'DUMP_EMPTY'
    )
      throw gone(segment.expected);
    throw thrown;
  }
}

/** Users and roles are in every whole dump that has some; which else of admin's own, differs by the tool's version. */
function mayBeMissing({ database, collection }: NamespaceName): boolean {
  return database === 'admin' && collection.startsWith('system.');
}

function gone(names: readonly NamespaceName[]): HoldfastError {
  return mongoError('SOURCE_CHANGED', `gone before mongodump came to them: ${listNames(names)}`, {
    details: { missing: names.slice(0, 100).map(show) },
  });
}

/** For people; at most 20 of a list, then how many more. */
export function listNames(names: readonly NamespaceName[]): string {
  const shown = names.slice(0, 20).map(show);
  return names.length > 20 ? `${shown.join(', ')} and ${names.length - 20} more` : shown.join(', ');
}
