/**
 * Restores files out of packs into a target. Promises: the target is not touched before the whole index was read and
 * every pattern found something; memory holds 200,000 entries or 64 MiB of their lines at most, whatever the backup
 * has (what is more is restored in passes over the index, docs/decisions/0107); each pack is read once a pass, only as
 * far as it is wanted, and packs of which nothing is wanted not at all; whatever is not placed has a reason.
 */

import { inParallel } from '../../core/at-a-time.ts';
import type { Component, Segment } from '../../core/manifest.ts';
import type { OpenSegment, RecoveryContext } from '../../core/ports/recovery.ts';
import type { FileEntry, FolderEntry, IndexEnd } from './index-format.ts';
import { type Listed, type ReadIndex, readIndex } from './restore-index.ts';
import type { LeftOutList } from './restore-left.ts';
import { restorePack } from './restore-pack.ts';
import { type Budget, type Pass, planPasses } from './restore-passes.ts';
import { WantedPaths } from './restore-paths.ts';
import { Pool } from './restore-pool.ts';
import type { RestoreTarget } from './restore-target.ts';

export interface FilesRestore {
  readonly component: Component;
  readonly open: OpenSegment;
  /** Exact paths and globs; none: everything. */
  readonly paths?: readonly string[] | undefined;
  readonly target: RestoreTarget;
  /** Files that are there already as they should be are left alone. */
  readonly onlyChanged: boolean;
  readonly leftOut: LeftOutList;
  readonly context: RecoveryContext;
  /** For tests. */
  readonly budget?: Budget;
}

export interface FilesRestored {
  readonly end: IndexEnd;
  /** What was selected, left out or not. */
  readonly wanted: {
    readonly files: number;
    readonly bytes: number;
    readonly folders: number;
    readonly links: number;
  };
  readonly placed: {
    readonly files: number;
    readonly bytes: number;
    readonly folders: number;
    readonly links: number;
  };
  readonly unchanged: number;
  /** Of them, those of which a bucket told no SHA-256. */
  readonly unchangedByEtag: number;
  /** Times that the index was read. */
  readonly passes: number;
}

const defaultBudget: Budget = { entries: 200_000, lineBytes: 64 * 1024 * 1024 };
/** Small files in memory at a time, and calls to the target. */
const poolLimits = { tasks: 32, bytes: 32 * 1024 * 1024 };
/** Names of one index are looked up this many at a time where files may be there already. */
const lookAtATime = 8;

export async function restoreFiles(job: FilesRestore): Promise<FilesRestored> {
  const run = new Run(job);
  return run.restore();
}

class Run {
  readonly #job: FilesRestore;
  readonly #budget: Budget;
  readonly #wanted = { files: 0, bytes: 0, folders: 0, links: 0 };
  readonly #placed = { files: 0, bytes: 0, folders: 0, links: 0 };
  readonly #pool = new Pool(poolLimits);
  /** Everything that is selected, while that is little enough to be remembered. */
  #kept: Listed[] | undefined = [];
  #keptBytes = 0;
  #unchanged = 0;
  #unchangedByEtag = 0;
  #indexReads = 0;
  readonly #reading = new Set<Promise<void>>();

  constructor(job: FilesRestore) {
    this.#job = job;
    this.#budget = job.budget ?? defaultBudget;
  }

  async restore(): Promise<FilesRestored> {
    const { index, passes } = await this.#survey();
    await this.#job.target.expect(this.#wanted.bytes);
    try {
      await this.#foldersAndEmptyFiles();
      for (const pass of passes) await this.#pass(pass, index);
      await this.#linksAndTimes();
    } catch (thrown) {
      // What still runs must not write into what is taken back.
      await Promise.allSettled(this.#reading);
      await this.#pool.settled();
      throw thrown;
    }
    return {
      end: index.end,
      wanted: this.#wanted,
      placed: this.#placed,
      unchanged: this.#unchanged,
      unchangedByEtag: this.#unchangedByEtag,
      passes: this.#indexReads,
    };
  }

  /** Reads the index to its end: counts, and what is left out for its name. */
  async #survey(): Promise<{ readonly index: ReadIndex; readonly passes: readonly Pass[] }> {
    const paths = new WantedPaths(this.#job.paths);
    const counts = new Map<number, { entries: number; lineBytes: number }>();
    const index = await this.#read(paths, ({ entry, why, lineBytes }) => {
      if (why !== undefined) {
        this.#job.leftOut.add(`${entry.path}: ${why}`);
        return;
      }
      this.#keep({ entry, lineBytes });
      if (entry.type === 'dir') this.#wanted.folders++;
      else if (entry.type === 'symlink') this.#wanted.links++;
      else if (entry.type === 'file') {
        this.#wanted.files++;
        this.#wanted.bytes += entry.size;
        const [pack] = entry.at ?? [];
        if (pack === undefined) return;
        const count = counts.get(pack) ?? { entries: 0, lineBytes: 0 };
        counts.set(pack, { entries: count.entries + 1, lineBytes: count.lineBytes + lineBytes });
      }
    });
    paths.requireAllFound();
    return { index, passes: planPasses(counts, this.#kept ? unbounded : this.#budget) };
  }

  #keep(listed: Listed): void {
    if (this.#kept === undefined) return;
    this.#keptBytes += listed.lineBytes;
    this.#kept.push(listed);
    if (this.#kept.length > this.#budget.entries || this.#keptBytes > this.#budget.lineBytes)
      this.#kept = undefined;
  }

  async #read(paths: WantedPaths, take: (listed: Listed) => void | Promise<void>): Promise<ReadIndex> {
    const { component, open, target, context } = this.#job;
    const { ground, prefixBytes, foldsCase } = target;
    this.#indexReads++;
    return readIndex(component, open, { paths, ground, prefixBytes, foldsCase }, context.signal, take);
  }

  /** What is placed, in order, from memory or from the index. */
  async #each(take: (listed: Listed) => void | Promise<void>): Promise<void> {
    const { signal } = this.#job.context;
    if (this.#kept === undefined) {
      await this.#read(new WantedPaths(this.#job.paths), (listed) =>
        listed.why === undefined ? take(listed) : undefined,
      );
      return;
    }
    for (const listed of this.#kept) {
      signal.throwIfAborted();
      const taken = take(listed);
      if (taken !== undefined) await taken;
    }
  }

  async #foldersAndEmptyFiles(): Promise<void> {
    const { target, context } = this.#job;
    await this.#each(({ entry }) => {
      if (entry.type === 'dir') {
        return this.#pool.run(0, async () =>
          this.#note(entry.path, 'folders', 0, await target.folder(entry, context.signal)),
        );
      }
      if (entry.type !== 'file' || entry.size > 0) return undefined;
      return this.#pool.run(0, async () => {
        if (await this.#isThere(entry)) return;
        this.#note(entry.path, 'files', 0, await target.small(entry, Buffer.alloc(0), context.signal));
      });
    });
    await this.#pool.drained();
    await target.rest?.();
  }

  async #pass(pass: Pass, { packs }: ReadIndex): Promise<void> {
    const { target, context } = this.#job;
    const wanted = new Map<number, FileEntry[]>();
    const seen = new Map<number, number>();
    await this.#each(({ entry }) => {
      if (entry.type !== 'file' || entry.at === undefined) return;
      const [pack] = entry.at;
      const range = pass.get(pack);
      if (range === undefined) return;
      const number = seen.get(pack) ?? 0;
      seen.set(pack, number + 1);
      if (number < range.from || number >= range.to) return;
      const list = wanted.get(pack);
      if (list) list.push(entry);
      else wanted.set(pack, [entry]);
    });
    const atATime = Math.max(1, Math.min(context.parallelism, target.largeAtATime));
    const copiesAtATime = Math.max(1, Math.floor(target.largeAtATime / atATime));
    const stop = new AbortController();
    const signal = AbortSignal.any([context.signal, stop.signal]);
    const onePack = async ({ segment, entries }: WantedPack) => {
      const missing = await this.#missing(entries);
      await restorePack({
        ...{
          segment,
          open: this.#job.open,
          wanted: missing,
          target,
          copiesAtATime,
          pool: this.#pool,
          signal,
        },
        cancelled: context.signal,
        onRead: (plainBytes) =>
          context.onProgress({ segment: shownName(segment, this.#job.component), plainBytes }),
        onPlaced: (entry, leftOut) => this.#note(entry.path, 'files', entry.size, leftOut),
      });
    };
    await inParallel(inOrder(wanted, packs), atATime, async (pack) => {
      // The others end at once, and say what ended this one.
      const reading = onePack(pack).catch((thrown: unknown) => {
        stop.abort(thrown);
        throw thrown;
      });
      this.#reading.add(reading);
      await reading;
      this.#reading.delete(reading);
    });
    await this.#pool.drained();
    await target.rest?.();
  }

  /** Without those that are there as they should be. */
  async #missing(entries: readonly FileEntry[]): Promise<readonly FileEntry[]> {
    if (!this.#job.onlyChanged) return entries;
    const missing: FileEntry[] = [];
    await inParallel(entries, lookAtATime, async (entry) => {
      if (!(await this.#isThere(entry))) missing.push(entry);
    });
    return missing;
  }

  async #isThere(entry: FileEntry): Promise<boolean> {
    if (!this.#job.onlyChanged) return false;
    const { signal } = this.#job.context;
    signal.throwIfAborted();
    const holds = await this.#job.target.holds(entry, signal);
    if (holds === false) return false;
    this.#unchanged++;
    if (holds === 'by-etag') this.#unchangedByEtag++;
    return true;
  }

  /** Links last, so that nothing was written through one; a folder's own times and modes after all that is in it. */
  async #linksAndTimes(): Promise<void> {
    const { target } = this.#job;
    const open: FolderEntry[] = [];
    await this.#each(async ({ entry }) => {
      for (let inner = open.at(-1); inner && !entry.path.startsWith(inner.path); inner = open.at(-1)) {
        open.pop();
        await target.finishFolder(inner);
      }
      if (entry.type === 'dir') open.push(entry);
      if (entry.type === 'symlink') this.#note(entry.path, 'links', 0, await target.link(entry));
    });
    for (const folder of open.reverse()) await target.finishFolder(folder);
  }

  #note(path: string, kind: 'files' | 'folders' | 'links', bytes: number, leftOut: string | undefined): void {
    if (leftOut !== undefined) {
      this.#job.leftOut.add(`${path}: ${leftOut}`);
      return;
    }
    this.#placed[kind]++;
    this.#placed.bytes += bytes;
  }
}

const unbounded: Budget = { entries: Number.POSITIVE_INFINITY, lineBytes: Number.POSITIVE_INFINITY };

interface WantedPack {
  readonly segment: Segment;
  readonly entries: readonly FileEntry[];
}

function* inOrder(
  wanted: ReadonlyMap<number, FileEntry[]>,
  packs: ReadonlyMap<number, Segment>,
): Generator<WantedPack> {
  for (const [pack, entries] of wanted) {
    const segment = packs.get(pack);
    if (segment !== undefined) yield { segment, entries };
  }
}

/** Packs of earlier backups have the same names. */
function shownName(segment: Segment, component: Component): string {
  return component.segments.includes(segment) ? segment.name : (segment.parts[0]?.key ?? segment.name);
}
