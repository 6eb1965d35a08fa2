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
  /** Called now and then: how much of that segment has been done so far. */
  readonly onProgress: (progress: { readonly segment: string; readonly plainBytes: number }) => void;
}

/** One thing that was compared, for the report. Lists are bounded; `compared` counts all. */
export interface Comparison {
  readonly compared: Readonly<Record<string, number>>;
  /** Empty when all is as the evidence says. At most 200, then a last line that counts the rest. */
  readonly differences: readonly string[];
  /** What could not be proven, and why. */
  readonly notProven: readonly { readonly what: string; readonly why: string }[];
  readonly facts: Readonly<Record<string, string | number>>;
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
