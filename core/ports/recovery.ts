/**
 * Reading a component back: parsed to its end (`readable`), restored into a scratch server (`restored`), or restored
 * into a target. Implemented by the same folder in adapters/ that dumps it.
 *
 * `OpenSegment` gives the unsealed bytes of a segment, or of a reference to one of an earlier backup; it throws at the end if length, hash or seal are not what the
 * manifest says, so a consumer must not commit what it has read before the stream ended.
 */
import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Component, Segment } from '../manifest.ts';
import type { Source } from '../plan.ts';
import type { Clock, Log, Secrets } from './index.ts';

export type OpenSegment = (segment: Segment) => Readable;

export interface RecoveryContext {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly parallelism: number;
  /** A step of the restore begins, and the one before it has ended: `create`, `load`, `compare` (core/step-words.ts). */
  readonly onStep?: (name: string) => void;
  /** Called now and then: how much of that segment has been done so far. */
  readonly onProgress: (progress: { readonly segment: string; readonly plainBytes: number }) => void;
}

/** One table, one collection, or the files of one place: what each side has, side by side. What is not known is absent. */
export interface ComparedItem {
  readonly name: string;
  /** In the kind's words: `table`, `collection`, `files` … */
  readonly type: string;
  /** What the evidence says that the source had. */
  readonly source?: { readonly rows?: number; readonly checksum?: string };
  /** What the bytes of the backup hold, where something counted them. */
  readonly backup?: { readonly rows?: number };
  /** What is there after it was restored; absent where it was only read. */
  readonly restored?: { readonly rows?: number; readonly checksum?: string };
  /** False when it is missing, or its number or content differs. */
  readonly same: boolean;
}

/** One thing that was compared, for the report. Lists are bounded; `compared` counts all. */
export interface Comparison {
  readonly compared: Readonly<Record<string, number>>;
  /** Empty when all is as the evidence says. At most 200, then a last line that counts the rest. */
  readonly differences: readonly string[];
  /** What could not be proven, and why. */
  readonly notProven: readonly { readonly what: string; readonly why: string }[];
  readonly facts: Readonly<Record<string, string | number>>;
  /** At most 500 and 80 KB, those that differ first; absent where there is nothing to show side by side. */
  readonly items?: readonly ComparedItem[];
  /** How many more there are; absent when there are none. */
  readonly itemsLeft?: number;
}

/** One thing that a backup holds. */
export interface HeldItem {
  /** As a restore of it alone is asked for by: `shop.orders`, a path. */
  readonly name: string;
  /** In the kind's words: `table`, `view`, `collection`, `file` … */
  readonly type: string;
  readonly rows?: number;
  readonly bytes?: number;
  /** Of its content, as the kind takes it. */
  readonly checksum?: string;
  /** ISO 8601 UTC. */
  readonly modifiedAt?: string;
}

/** Which of them are asked for: those whose name begins with `prefix` and comes behind `after`. */
export interface HeldQuestion {
  readonly prefix: string;
  readonly after: string | undefined;
  readonly limit: number;
}

export interface HeldPage {
  /** In the order of their names, which is the same for every page. */
  readonly items: readonly HeldItem[];
  /** There are more of them. */
  readonly more: boolean;
}

/** What a person asked for. `options` are the kind's own, parsed by its `restoreOptions`. */
export interface RestoreRequest<O = unknown> {
  readonly options: O;
  /** Take the place of what was backed up, as the kind does it safely; else a new target beside it. */
  readonly replace: boolean;
  /** Compare with the evidence afterwards. */
  readonly compare: boolean;
  /** ISO 8601 UTC; names of new targets carry it. */
  readonly requestedAt: string;
}

/** What the steps of a restore are told with. */
export interface StepWords {
  /** Where it goes, of describeTarget. */
  readonly target: string;
  /** What is restored: `everything in the backup`, `only table a.b`. */
  readonly what: string;
}

export interface RestoreSteps {
  readonly going: readonly string[];
  readonly ending: readonly string[];
}

export interface RestoreOutcome {
  /** What a person looks for now: the name of the database, `s3://bucket/prefix`, a folder. */
  readonly target: string;
  readonly comparison?: Comparison;
  /** What was left out and why; never silent. */
  readonly skipped: readonly string[];
  /** What a person does next: cut over, drop the old one. */
  readonly nextSteps: readonly string[];
}

/** One thing that was looked at before a restore. */
export interface PreflightCheck {
  /** The same for the same thing always: `reach`, `rights`, `space` … */
  readonly name: string;
  /**
   * - `failed`: the restore would be refused, or would fail.
   * - `warning`: it goes on, and a person should know this first.
   * - `unknown`: it cannot be told without writing, or by who looks; `detail` says why.
   */
  readonly state: 'ok' | 'warning' | 'failed' | 'unknown';
  /** For a person: what is looked at. */
  readonly title: string;
  readonly detail: string;
  /** How to mend it; absent only where it is ok. */
  readonly next?: string;
}

export interface Preflight {
  readonly checks: readonly PreflightCheck[];
  /** Room that the restore takes at the target, estimated high; absent where nothing tells it. */
  readonly needsBytes?: number;
}

/** What a restore takes away of what is there today: for the words before it, and so that it is backed up first. */
export interface Destruction {
  /** For a person, a sentence each. */
  readonly words: readonly string[];
  /**
   * Where it is, each by all that tells it from another (server and database, bucket and prefix): the same place has
   * always the same words. `confirmed` of an order holds those that were shown.
   */
  readonly places: readonly string[];
  /** It stays there under another name, so that nothing is lost. */
  readonly kept: boolean;
}

/** Whether a backup of a source holds all that a restore destroys; `unknown` where only the server could tell. */
export type Protection = 'all' | 'none' | 'unknown';

/** What can be told of a restore of a kind without a driver: all of it pure, and light enough for who only takes orders. */
export interface RestoreFacts<S extends Source = Source, O = unknown> {
  /** What a restore of this kind can be asked for beyond RestoreRequest: strict, with every default. */
  readonly restoreOptions: z.ZodType<O>;
  /**
   * Where a restore would go, in a person's words and before anything starts: `database shop_restored_…`. Pure. Called
   * by who cannot open the manifest as well: the title is then a placeholder, and nothing else is known of the component.
   */
  describeTarget(
    component: Pick<Component, 'name' | 'source' | 'title'>,
    source: S,
    request: RestoreRequest<O>,
  ): string;
  /**
   * Undefined when a restore onto this source makes something new only. Pure, and without the component, like
   * describeTarget; throws InvalidInput for what must be named before anything is replaced.
   */
  destroys(source: S, request: RestoreRequest<O>): Destruction | undefined;
  /** Whether a backup of this source, taken now, would hold what the request destroys. Pure. */
  protects(source: S, request: RestoreRequest<O>): Protection;
  /** The steps between the checks and the comparison in words, and those after it; without it they are general. Pure. */
  describeSteps?(request: RestoreRequest<O>, words: StepWords): RestoreSteps;
}

export interface RecoveryDriver<S extends Source = Source, O = unknown> extends RestoreFacts<S, O> {
  /** Throws TOOLS_MISSING where the programs that a restore runs are not on this machine; absent where it runs none. */
  requireTools?(): void;
  /** Parses a whole segment, returns what it holds (rows per table…). Throws INTEGRITY_ARCHIVE, or the signal's reason. */
  read(
    segment: Segment,
    plain: AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<Record<string, unknown>>;
  /** Compares what `read` returned for each segment and reference with facts and evidence. Pure. */
  compareReading(component: Component, readings: ReadonlyMap<Segment, Record<string, unknown>>): Comparison;
  /** How much a component holds, as its manifest says: bytes at the source, and how many things `listHeld` names. Pure. */
  measure(component: Component): { readonly sourceBytes?: number; readonly items?: number };
  /**
   * What a component holds, by name. Reads the manifest and an index at most, never data; memory holds one page and not
   * the index. Throws INTEGRITY_* for an index that is not as the manifest says, or the signal's reason.
   */
  listHeld(
    component: Component,
    question: HeldQuestion,
    open: OpenSegment,
    signal: AbortSignal,
  ): Promise<HeldPage>;
  /** Bytes of scratch space that a drill of this component needs, estimated high. */
  drillBytes(component: Component): number;
  /** Restores into a scratch server below `workDir` (wiped before and after) and compares with the evidence. */
  drill(
    component: Component,
    open: OpenSegment,
    workDir: string,
    context: RecoveryContext,
  ): Promise<Comparison>;
  /**
   * The segments and references that this request reads, index included, where that may be less than all of them. Only
   * the index was checked by then, and only that may be opened; the restore checks what comes back, and that is all that
   * it may open. A kind that has this proves each thing that it writes by what the index says of it, before the thing
   * has its name: where nothing is written over, what is read is hashed only as it comes. Throws for a request that
   * selects nothing.
   */
  needed?(
    component: Component,
    open: OpenSegment,
    request: RestoreRequest<O>,
    signal: AbortSignal,
  ): Promise<readonly Segment[]>;
  /**
   * Looks at the target as `restore` does before it touches it, by the same code, and changes nothing there. What is
   * wrong is a check that failed; thrown is the signal's reason, and what nobody foresaw. `open` is absent where what it
   * would read lies in an archive class: what only the backup's own bytes tell is `unknown` then. No data is read.
   */
  preflight(
    component: Component,
    source: S,
    open: OpenSegment | undefined,
    request: RestoreRequest<O>,
    secrets: Secrets,
    context: RecoveryContext,
  ): Promise<Preflight>;
  /** Restores into the target. On failure the target is as it was, or the error says exactly what is left. */
  restore(
    component: Component,
    source: S,
    open: OpenSegment,
    request: RestoreRequest<O>,
    secrets: Secrets,
    context: RecoveryContext,
  ): Promise<RestoreOutcome>;
}
