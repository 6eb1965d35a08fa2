/**
 * Restores the segments of one component into an empty database, for drills and for real targets alike.
 *
 * The order is that of a plain pg_restore: schemas, the rest of the definitions, data (many streams at a time; who has
 * no stream left builds indexes of tables that are loaded, as pg_restore -j does), other indexes and constraints
 * (with -j), grants, then what must come after grants. Grants wait until the end because a
 * restoring role that is no superuser needs the privileges of owners that a grant may take away. Promises: memory
 * and disk do not depend on the size of the data; it returns only when every program went through to its end and
 * every segment was read to its end; statements that failed are in the result, never swallowed.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Component, Segment } from '../../core/manifest.ts';
import type { OpenSegment, RecoveryContext } from '../../core/ports/recovery.ts';
import { type ConnectionSettings, libpqEnvironment, withDatabase } from './connection.ts';
import { rejoinArchive, splitArchive } from './restore-archive.ts';
import { copyAfterTruncate } from './restore-copy.ts';
import { entryOf, isPreambleOfOlderServer, type StatementError, statementErrors } from './restore-errors.ts';
import { type DefinitionHeads, openWith } from './restore-heads.ts';
import { IndexQueue } from './restore-indexes.ts';
import { type ProgramRun, runProgram } from './restore-program.ts';
import {
  entriesOf,
  isIdle,
  isOfDatabase,
  type LeftOut,
  type Pass,
  passOf,
  select,
} from './restore-select.ts';
import { type ArchiveHead, decoded, type TocEntry, writeHead } from './restore-toc.ts';

export interface RestoreJob {
  readonly component: Component;
  readonly open: OpenSegment;
  /** Read to their end before. */
  readonly heads: DefinitionHeads;
  readonly binDir: string;
  /** For the small file that pg_restore -j needs; exists, and is the caller's to remove. */
  readonly workDir: string;
  readonly context: Pick<RecoveryContext, 'signal' | 'parallelism' | 'onProgress'>;
  /** The role that restores. */
  readonly settings: ConnectionSettings;
  readonly database: string;
  readonly serverVersionNum: number;
  /** Whether that role is a superuser. */
  readonly superuser: boolean;
  /** Arguments of each pg_restore: --no-owner and the like. */
  readonly args: readonly string[];
  /** Why an entry is left out, or undefined. */
  readonly reason: (entry: TocEntry) => string | undefined;
  /** Which tables get their data; default all. */
  readonly wantsData?: (entry: TocEntry) => boolean;
  /** Applied to every entry: owners renamed. Undefined leaves nothing of it. */
  readonly rewrite: (entry: TocEntry) => TocEntry | undefined;
  /** Called once the schemas are there: makes extensions, and returns why one could not be made. */
  readonly makeExtensions: (names: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** Gives owners what they need to be made owners, and takes it again before grants are restored. */
  readonly lender?: Lender;
}

export interface Lender {
  beforeSchemas(entries: readonly TocEntry[]): Promise<void>;
  afterSchemas(entries: readonly TocEntry[]): Promise<void>;
  takeBack(): Promise<void>;
}

export interface FailedStatement extends StatementError {
  readonly entry?: TocEntry;
  /** For people: `pre-data`, `data`… */
  readonly during: string;
}

export interface RestoreResult {
  readonly leftOut: readonly LeftOut[];
  readonly failed: readonly FailedStatement[];
}

/** transaction_timeout came with 17; pg_restore 18 sets it whatever the server. */
const firstWithTransactionTimeout = 170_000;

/**
 * @throws HoldfastError RESTORE_FAILED when a program was stopped half-way; INTEGRITY_* from the segments; the signal's reason
 */
export async function runRestore(job: RestoreJob): Promise<RestoreResult> {
  const preData = definitionsOf(job.heads.preData);
  const postData = definitionsOf(job.heads.postData);
  const first = select(preData.entries, job.reason);
  const failed: FailedStatement[] = [];
  const pass = (head: ArchiveHead, entries: readonly TocEntry[], name: Pass, during: string) =>
    runPass(job, head, entriesOf(entries, name), during, failed);

  const owned = rewritten(job, [...first.kept, ...postData.entries]);
  await job.lender?.beforeSchemas(owned);
  await pass(preData, first.kept, 'schemas', 'pre-data');
  await job.lender?.afterSchemas(owned);
  const missing = await job.makeExtensions(extensionsIn(first.kept));
  const second = select(first.kept, (entry) => extensionReason(entry, missing));
  const kept = job.superuser ? second.kept : second.kept.filter((entry) => entry.desc !== 'EXTENSION');
  await pass(preData, kept, 'main', 'pre-data');

  const leftOut = [...first.leftOut, ...second.leftOut];
  const out = new Map(leftOut.map((left) => [left.dumpId, left.what]));
  const post = select(postData.entries, job.reason, out);
  const indexes = new IndexQueue(post.kept);
  const settings = post.kept.filter((entry) => passOf(entry) === 'every');
  const dataLeftOut = await restoreData(job, preData, second.kept, failed, indexes, (entries) =>
    pass(postData, [...settings, ...entries], 'main', 'indexes'),
  );
  const others = post.kept.filter((entry) => !indexes.had(entry));
  await pass(postData, others, 'main', 'post-data');
  await job.lender?.takeBack();
  await pass(preData, second.kept, 'acl', 'grants');
  await pass(postData, post.kept, 'acl', 'grants');
  await pass(postData, post.kept, 'after-acl', 'materialised views');
  return { leftOut: [...leftOut, ...dataLeftOut, ...post.leftOut], failed };
}

/** What is of the database itself is in every table of contents; it is restored from the facts. */
function definitionsOf(head: ArchiveHead): ArchiveHead {
  return { ...head, entries: head.entries.filter((entry) => !isOfDatabase(entry)) };
}

function extensionsIn(entries: readonly TocEntry[]): readonly string[] {
  return entries.filter((entry) => entry.desc === 'EXTENSION').map((entry) => decoded(entry.tag));
}

function extensionReason(entry: TocEntry, missing: ReadonlyMap<string, string>): string | undefined {
  return entry.desc === 'EXTENSION' ? missing.get(decoded(entry.tag)) : undefined;
}

function rewritten(job: RestoreJob, entries: readonly TocEntry[]): readonly TocEntry[] {
  return entries.map(job.rewrite).filter((entry) => entry !== undefined);
}

async function runPass(
  job: RestoreJob,
  head: ArchiveHead,
  entries: readonly TocEntry[],
  during: string,
  failed: FailedStatement[],
): Promise<void> {
  if (isIdle(entries)) return;
  const archive = writeHead(head, rewritten(job, entries));
  // Only indexes and constraints are worth several connections, and only a file can be read by several.
  const parallel = during === 'post-data' && job.context.parallelism > 1;
  const file = join(job.workDir, `${during}.dump`);
  if (parallel) await writeFile(file, archive, { mode: 0o600 });
  const errors = await restoreArchive(job, during, {
    args: parallel ? [`--jobs=${job.context.parallelism}`, file] : [],
    jobs: parallel ? job.context.parallelism : 1,
    ...(parallel ? {} : { input: once(archive) }),
  });
  for (const error of errors) {
    const entry = entryOf(error, entries);
    failed.push({ ...error, during, ...(entry ? { entry } : {}) });
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Data segments, largest first, as many at a time as the context says; indexes of loaded tables in between. */
async function restoreData(
  job: RestoreJob,
  preData: ArchiveHead,
  kept: readonly TocEntry[],
  failed: FailedStatement[],
  indexes: IndexQueue,
  build: (entries: readonly TocEntry[]) => Promise<void>,
): Promise<readonly LeftOut[]> {
  const made = new Set(kept.filter((entry) => entry.desc !== 'TABLE DATA').map(tableKey));
  const known = new Set(preData.entries.map(tableKey));
  const queue = job.component.segments
    .filter((segment) => segment.section === 'data')
    .toSorted((a, b) => b.plainBytes - a.plainBytes);
  const leftOut: LeftOut[] = [];
  const controller = new AbortController();
  const signal = AbortSignal.any([job.context.signal, controller.signal]);
  const change = new Change();
  let loading = 0;
  const load = async (segment: Segment) => {
    loading++;
    const result = await restoreSegment({ ...job, context: { ...job.context, signal } }, segment, {
      made,
      known,
    });
    loading--;
    leftOut.push(...result.leftOut);
    failed.push(...result.failed);
    indexes.loaded(result.loaded, segment.plainBytes);
  };
  const worker = async () => {
    for (;;) {
      signal.throwIfAborted();
      const segment = queue.shift();
      const index = segment === undefined ? indexes.take() : undefined;
      if (segment !== undefined) await load(segment);
      else if (index !== undefined) {
        await build(index.entries);
        indexes.done(index);
      } else if (loading === 0 && !indexes.waiting) return;
      else {
        await change.next();
        continue;
      }
      change.happened();
    }
  };
  const workers = Array.from({ length: Math.max(1, job.context.parallelism) }, () =>
    // The others stop as soon as one fails; its error is the one to report.
    worker().catch((thrown: unknown) => {
      controller.abort(thrown);
      change.happened();
      throw thrown;
    }),
  );
  const results = await Promise.allSettled(workers);
  controller.signal.throwIfAborted();
  job.context.signal.throwIfAborted();
  const rejected = results.find((result) => result.status === 'rejected');
  if (rejected) throw rejected.reason;
  return leftOut;
}

/** Lets those who found nothing to do wait until somebody has finished something. */
class Change {
  #waiting: (() => void)[] = [];

  next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  happened(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

interface KnownTables {
  /** Restored by the definitions. */
  readonly made: ReadonlySet<string>;
  /** In the table of contents of the definitions at all; others are extensions' own. */
  readonly known: ReadonlySet<string>;
}

async function restoreSegment(job: RestoreJob, segment: Segment, tables: KnownTables) {
  const archive = await splitArchive(progressing(job, segment));
  const leftOut: LeftOut[] = [];
  const entries: TocEntry[] = [];
  for (const entry of archive.head.entries) {
    const reason = dataReason(job, segment, entry, tables);
    if (reason === undefined) entries.push(...rewritten(job, [copyAfterTruncate(entry, tables.made)]));
    else if (reason !== '')
      leftOut.push({ dumpId: entry.dumpId, what: `data of ${tableKey(entry)}`, why: reason });
  }
  const errors = await restoreArchive(job, `data ${segment.name}`, {
    ...{ args: [], jobs: 1, input: rejoinArchive(archive, entries) },
  });
  const failed = errors.map((error): FailedStatement => {
    const entry = entryOf(error, entries);
    return { ...error, during: `data ${segment.name}`, ...(entry ? { entry } : {}) };
  });
  // Rows that go through a root may belong to any of its partitions.
  const loaded = entries.filter(
    (entry) => entry.desc === 'TABLE DATA' && !(entry.defn ?? '').includes('load via partition root'),
  );
  return { leftOut, failed, loaded: loaded.map(tableKey) };
}

/** Why the data of an entry is not loaded: a text to report, '' when there is nothing to report, undefined to load it. */
function dataReason(
  job: RestoreJob,
  segment: Segment,
  entry: TocEntry,
  tables: KnownTables,
): string | undefined {
  if (isOfDatabase(entry)) return '';
  // Segments of single tables bring the sequences that these own; the segment `rest` has them all.
  if (entry.desc === 'SEQUENCE SET' && segment.name !== 'rest') return '';
  if (entry.desc === 'TABLE DATA' || entry.desc === 'SEQUENCE SET') {
    const key = tableKey(entry);
    if (tables.known.has(key) && !tables.made.has(key)) return 'its definition was left out';
  }
  if (job.wantsData && !job.wantsData(entry)) return '';
  return job.reason(entry);
}

function tableKey(entry: TocEntry): string {
  return `${decoded(entry.namespace)}.${decoded(entry.tag)}`;
}

/** Runs pg_restore; what it could not execute, without the one statement that older servers do not know. */
async function restoreArchive(
  job: RestoreJob,
  what: string,
  run: Pick<ProgramRun, 'args' | 'input'> & { readonly jobs: number },
): Promise<readonly StatementError[]> {
  const settings = withDatabase(job.settings, job.database);
  const result = await runProgram({
    binDir: job.binDir,
    program: 'pg_restore',
    args: [
      `--dbname=${connectionText(job.database)}`,
      '--no-tablespaces',
      '--no-password',
      ...job.args,
      ...run.args,
    ],
    env: await libpqEnvironment(settings),
    ...(run.input ? { input: run.input } : {}),
    signal: job.context.signal,
  });
  const errors = statementErrors(result, what, run.jobs);
  if (job.serverVersionNum >= firstWithTransactionTimeout) return errors;
  return errors.filter((error) => !isPreambleOfOlderServer(error));
}

/** A name with = or :// in it would be taken for more than a name. */
function connectionText(database: string): string {
  return `dbname='${database.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

const reportEveryBytes = 8 * 1024 * 1024;

/** The segment's bytes, with progress on the way. */
async function* progressing(job: RestoreJob, segment: Segment): AsyncGenerator<Uint8Array> {
  let plainBytes = 0;
  let reported = 0;
  for await (const chunk of openWith(job.open, segment, job.context.signal)) {
    plainBytes += chunk.length;
    if (plainBytes - reported >= reportEveryBytes) {
      reported = plainBytes;
      job.context.onProgress({ segment: segment.name, plainBytes });
    }
    yield chunk;
  }
  job.context.onProgress({ segment: segment.name, plainBytes });
}
