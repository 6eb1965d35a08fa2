/**
 * Reading a component back: parsed to its end (`readable`), restored into a scratch server (`restored`), or restored
 * into a target. Implemented by the same folder in adapters/ that dumps it.
 *
 * `OpenSegment` gives the unsealed bytes of a segment; it throws at the end if length, hash or seal are not what the
 * manifest says, so a consumer must not commit what it has read before the stream ended.
 */
import type { Readable } from 'node:stream';
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

export interface RestoreRequest {
  /** Secret of the server to restore into; default: the secret of the source. */
  readonly secret?: string;
  /** Name of the new database; default `<title>_restored_<yyyymmddhhmmss>`. */
  readonly database?: string;
  /** Take the place of the database of the same name, kept beside as `<name>_before_<…>`. */
  readonly replace: boolean;
  readonly only?: {
    readonly schemas: readonly string[];
    readonly tables: readonly { schema: string; table: string }[];
  };
  readonly roleMap: Readonly<Record<string, string>>;
  readonly createRoles: boolean;
  readonly noOwner: boolean;
  /** Compare with the evidence afterwards. */
  readonly compare: boolean;
}

export interface RestoreOutcome {
  readonly database: string;
  readonly comparison?: Comparison;
  /** What was left out and why; never silent. */
  readonly skipped: readonly string[];
  /** What a person does next: cut over, drop the old one. */
  readonly nextSteps: readonly string[];
}

export interface RecoveryDriver<S extends Source = Source> {
  readonly kind: S['kind'];
  /** Parses a whole segment, returns what it holds (rows per table…). Throws INTEGRITY_ARCHIVE, or the signal's reason. */
  read(
    segment: Segment,
    plain: AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<Record<string, unknown>>;
  /** Compares what `read` returned for each segment (by index) with facts and evidence. Pure. */
  compareReading(component: Component, readings: ReadonlyMap<number, Record<string, unknown>>): Comparison;
  /** Bytes of scratch space that a drill of this component needs, estimated high. */
  drillBytes(component: Component): number;
  /** Restores into a scratch server below `workDir` (wiped before and after) and compares with the evidence. */
  drill(
    component: Component,
    open: OpenSegment,
    workDir: string,
    context: RecoveryContext,
  ): Promise<Comparison>;
  /** Restores into the target. On failure the target is as it was, or the error says exactly what is left. */
  restore(
    component: Component,
    source: S,
    open: OpenSegment,
    request: RestoreRequest,
    secrets: Secrets,
    context: RecoveryContext,
  ): Promise<RestoreOutcome>;
}
