/**
 * One set of files being backed up: a listing read beside the earlier index, packs made as they are found, and the new
 * index streaming beside them as the first segment. Promises: the index is in order and names only packs that are
 * stored; nothing is skipped in silence; memory does not grow with the number of files.
 */
import { HoldfastError } from '../../core/errors.ts';
import type { Segment } from '../../core/manifest.ts';
import type {
  BaseIndex,
  ComponentTarget,
  OpenContext,
  PlannedSegment,
  SegmentDump,
  SourceSession,
} from '../../core/ports/source.ts';
import { nameOfPlace, type OpenedBase, openBase } from './base-open.ts';
import { zstdFrame } from './compress.ts';
import { StoredContents } from './contents.ts';
import { wantedBy } from './globs.ts';
import { decodeIndex, IndexDecoder } from './index-decode.ts';
import {
  INDEX_ENCODING,
  INDEX_NAME,
  INDEX_SECTION,
  INDEX_SEGMENT,
  IndexEncoder,
  type IndexEnd,
  type IndexEntry,
  PACKS_LIMIT,
} from './index-format.ts';
import { IndexQueue, type Slot } from './index-queue.ts';
import { type FilesEvidence, type FilesFacts, PACK_SECTION, packEncodings } from './model.ts';
import type { Origin } from './origin.ts';
import { dumpPack, WHOLE_BYTES } from './pack-dump.ts';
import { PACK_BYTES, type PlannedPack, planPacks } from './plan-packs.ts';
import { Skipped } from './skipped.ts';
import type { FilesSource } from './source.ts';
import { through } from './through.ts';
import { unlessAborted } from './waiting.ts';

export interface SessionOptions {
  readonly source: FilesSource;
  readonly target: ComponentTarget;
  readonly context: OpenContext;
  readonly origin: Origin;
  readonly place: FilesFacts['place'];
  readonly left: readonly string[];
  readonly root?: FilesFacts['root'];
  /** Bytes of a pack; the format's, unless a test wants many. */
  readonly packBytes?: number;
  /** Contents that are remembered, for tests. */
  readonly contentsLimit?: number;
}

/** Text of the index that is compressed at a time. */
const INDEX_CHUNK = 256 * 1024;

export async function openSession(options: SessionOptions): Promise<SourceSession> {
  const { context, target, origin } = options;
  const closing = new AbortController();
  const signal = AbortSignal.any([context.signal, closing.signal]);
  const place = nameOfPlace(options.place);
  const whose = { planId: context.planId, component: target.component, place };
  try {
    const opened = await openBase(context.base, whose, { log: context.log, signal });
    return sessionOn(options, place, opened, closing, signal);
  } catch (thrown) {
    await origin.close();
    throw thrown;
  }
}

function sessionOn(
  options: SessionOptions,
  place: string,
  opened: OpenedBase | undefined,
  closing: AbortController,
  signal: AbortSignal,
): SourceSession {
  const { source, target, context, origin } = options;
  const { base, cursor } = opened ?? {};
  const queue = new IndexQueue();
  const encoder = new IndexEncoder();
  const skipped = new Skipped(source.onChangedFile, origin.title);
  const run = {
    new: 0,
    changed: 0,
    unchanged: 0,
    gone: 0,
    deduplicated: 0,
    deduplicatedBytes: 0,
    readBytes: 0,
  };
  const packs = new Map<number, PlannedPack>();
  const stored = new Map<number, Segment>();
  const references = new Map<number, Segment>();
  const { promise: indexEnded, resolve: endIndex } = Promise.withResolvers<IndexEnd>();
  let loading: Promise<{ contents: StoredContents; decoder?: IndexDecoder }> | undefined;
  let loaded: IndexDecoder | undefined;
  /** Ids of this backup's packs follow those of the base. */
  const from = cursor?.decoder.head === undefined ? 0 : cursor.decoder.head.packsFrom + PACKS_LIMIT;

  const shared = (id: number): Segment | undefined => {
    const segment = cursor?.decoder.packs.get(id) ?? loaded?.packs.get(id);
    return segment?.role === 'pack' ? segment : undefined;
  };

  /** What is stored already: nothing at first, or what the earlier index names. Only read when a file has changed. */
  const contents = async (): Promise<StoredContents> => {
    loading ??= loadContents(options, base, signal);
    const known = await loading;
    loaded = known.decoder;
    return known.contents;
  };

  async function* segments(): AsyncGenerator<PlannedSegment> {
    yield {
      index: INDEX_SEGMENT,
      name: INDEX_NAME,
      encoding: INDEX_ENCODING,
      section: INDEX_SECTION,
      role: 'index',
      estimatedBytes: 0,
      wholeScope: false,
    };
    const planned = planPacks(
      origin.list(signal),
      cursor,
      queue,
      {
        wanted: wantedBy(source),
        packBytes: options.packBytes ?? PACK_BYTES,
        hash: source.hash,
        mayRefer: (entry) => entry.type !== 'file' || !entry.at || shared(entry.at[0]) !== undefined,
        onSkipped: (found) => skipped.note(found),
        count: (what) => {
          run[what] += 1;
        },
      },
      signal,
    );
    for await (const pack of planned) {
      packs.set(pack.index, pack);
      yield {
        index: pack.index,
        name: `pack-${pack.index}`,
        encoding: packEncodings[source.compression],
        section: PACK_SECTION,
        // What no later backup refers to may lie in the storage class of its tier.
        role: source.mode === 'full' ? 'segment' : 'pack',
        estimatedBytes: pack.estimatedBytes,
        wholeScope: false,
      };
    }
  }

  async function* indexText(stop: AbortSignal): AsyncGenerator<Buffer> {
    const { planId, backupId, attempt } = context;
    const { component } = target;
    let text = encoder.head({ planId, backupId, attempt, component, place, packsFrom: from });
    const packLine = (id: number): string => {
      if (encoder.hasPack(id)) return '';
      const own = stored.get(id - from);
      const earlier = id < from ? shared(id) : undefined;
      const segment = own ?? earlier;
      if (segment === undefined) throw new HoldfastError('INTERNAL', `index: pack ${id} is not stored`);
      if (earlier !== undefined) references.set(id, earlier);
      return encoder.pack(id, segment);
    };
    for await (const slot of queue.slots(stop)) {
      await waitForPacks(slot, stop);
      for (const { entry, line } of slot.pieces) {
        if (entry === undefined) throw new HoldfastError('INTERNAL', 'index: a file without its entry');
        if (entry.type === 'file' && entry.at !== undefined) text += packLine(entry.at[0]);
        text += encoder.entry(entry, line);
        if (text.length < INDEX_CHUNK) continue;
        yield Buffer.from(text);
        text = '';
      }
    }
    const { line, end } = encoder.end();
    yield Buffer.from(text + line);
    endIndex(end);
  }

  /** A content may be in a pack that is still being made: it was met there first. */
  const waitingFor = new Map<number, { readonly promise: Promise<void>; readonly resolve: () => void }>();
  async function waitForPacks(slot: Slot, stop: AbortSignal): Promise<void> {
    for (const { entry } of slot.pieces) {
      if (entry?.type !== 'file' || entry.at === undefined) continue;
      const own = entry.at[0] - from;
      if (own < 0 || stored.has(own)) continue;
      let waiting = waitingFor.get(own);
      if (waiting === undefined) {
        waiting = Promise.withResolvers<void>();
        waitingFor.set(own, waiting);
      }
      await unlessAborted(waiting.promise, stop);
    }
  }

  function dumpIndex(stop: AbortSignal): SegmentDump {
    let done = false;
    async function* output(): AsyncGenerator<Uint8Array> {
      yield* through(indexText(AbortSignal.any([stop, signal])), zstdFrame(3));
      done = true;
    }
    return {
      output: output(),
      contents() {
        if (!done) throw new HoldfastError('INTERNAL', 'the index has not ended');
        return { ...totals };
      },
    };
  }

  let totals: Omit<IndexEnd, 'end'> | undefined;
  indexEnded.then(({ end: _, ...rest }) => {
    totals = rest;
  });

  return {
    target,
    get sourceBytes() {
      return totals?.bytes ?? 0;
    },
    // The index has a worker of its own, that waits for the others most of the time.
    parallelism: (source.parallelism ?? context.defaultParallelism) + 1,
    segments: segments(),
    tools: { zstd: process.versions.zstd ?? 'none' },
    get warnings() {
      return [...skipped.warnings(), ...warnIfEmpty(totals, run.gone, origin.title)];
    },
    dump(segment, stop) {
      if (segment.index === INDEX_SEGMENT) return dumpIndex(stop);
      const pack = packs.get(segment.index);
      if (pack === undefined) throw new HoldfastError('INTERNAL', `pack ${segment.index} was not planned`);
      return dumpPack(pack, {
        origin,
        packId: from + pack.index,
        compression: source.compression,
        contents,
        signal: AbortSignal.any([stop, signal]),
        onSkipped: (entry) => skipped.note(entry),
        onRead: (bytes) => {
          run.readBytes += bytes;
        },
        onDeduplicated: (bytes) => {
          run.deduplicated += 1;
          run.deduplicatedBytes += bytes;
        },
      });
    },
    stored(segment) {
      const pack = packs.get(segment.index);
      if (pack === undefined) return;
      stored.set(segment.index, segment);
      packs.delete(segment.index);
      pack.done();
      waitingFor.get(segment.index)?.resolve();
    },
    async evidence(stop) {
      const { files, bytes, folders, links, skipped: not, digest } = await unlessAborted(indexEnded, stop);
      return { files, bytes, folders, links, skipped: not, indexDigest: digest } satisfies FilesEvidence;
    },
    async confirm(made, evidence) {
      if (totals === undefined || evidence.indexDigest !== totals.digest)
        throw new HoldfastError('INTERNAL', 'the index has not ended, or is another one');
      if (made.length !== stored.size + 1)
        throw new HoldfastError('INTERNAL', `${made.length} segments, ${stored.size} packs and an index`);
      run.gone = cursor?.gone ?? 0;
      skipped.requireMost(totals.files);
      if (source.path !== undefined && source.onChangedFile === 'fail')
        requireMounted(totals, run.gone, origin.title);
      const refersTo = [...references.values()];
      const { mode } = source;
      const facts: FilesFacts = {
        place: options.place,
        mode,
        ...(base && refersTo.length > 0
          ? { from: base.backupId, fullBackupId: base.fullBackupId }
          : { fullBackupId: context.backupId }),
        include: source.include,
        exclude: source.exclude,
        left: [...options.left],
        ...(options.root === undefined ? {} : { root: options.root }),
        onChangedFile: source.onChangedFile,
        skipped: skipped.named(),
        skippedTotal: skipped.total,
        run,
      };
      return {
        consistency: 'per-file',
        facts,
        ...(refersTo.length > 0 ? { references: refersTo } : {}),
        ...(mode === 'full' ? {} : { indexSegment: INDEX_SEGMENT }),
      };
    },
    async close() {
      closing.abort(new HoldfastError('CANCELLED', 'the session is closed'));
      await cursor?.close();
      await origin.close();
    },
  };
}

async function loadContents(
  { context, target, contentsLimit }: SessionOptions,
  base: BaseIndex | undefined,
  signal: AbortSignal,
): Promise<{ contents: StoredContents; decoder?: IndexDecoder }> {
  const contents = new StoredContents(contentsLimit);
  const { planId } = context;
  if (base === undefined) return { contents };
  const decoder = new IndexDecoder({ planId, component: target.component, backupId: base.backupId });
  for await (const { entries } of decodeIndex(base.open(signal), decoder)) {
    for (const entry of entries) addContent(contents, entry, decoder);
  }
  return { contents, decoder };
}

function addContent(contents: StoredContents, entry: IndexEntry, { packs }: IndexDecoder): void {
  if (entry.type !== 'file' || entry.at === undefined) return;
  const [pack, offset] = entry.at;
  if (packs.get(pack)?.role !== 'pack') return;
  const longSize = entry.size > WHOLE_BYTES ? entry.size : undefined;
  contents.add(Buffer.from(entry.sha256, 'hex'), { pack, offset }, longSize);
}

/** An empty folder where files were is most often a file system that is not mounted. */
function requireMounted({ files }: Omit<IndexEnd, 'end'>, gone: number, title: string): void {
  if (files > 0 || gone === 0) return;
  throw new HoldfastError(
    'SOURCE_MISSING_OBJECT',
    `${title} has no file, where the last backup had ${gone}: is it mounted?`,
    { next: 'Mount it. A folder that is meant to be empty at times needs onChangedFile: warn.' },
  );
}

function warnIfEmpty(totals: Omit<IndexEnd, 'end'> | undefined, gone: number, title: string): string[] {
  if (totals === undefined || totals.files > 0) return [];
  const before = gone > 0 ? `, where the last backup had ${gone}` : '';
  return [`${title} has no file${before}: is it the right place, and is it mounted?`];
}
