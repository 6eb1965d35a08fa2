/**
 * What a kind of source can do. One folder in adapters/ implements these, one entry in functions' registry names it.
 *
 * Contract of a dump: `output` ends normally only when every byte that the tool wrote was yielded, the tool ended
 * with success, and the walker that read along found the content whole. In every other case it throws, so that
 * whatever consumes it never mistakes half a dump for one.
 */
import type { Component, Segment } from '../manifest.ts';
import type { Source } from '../plan.ts';
import type { Clock, Log, Secrets } from './index.ts';

/** The sealed list that an earlier backup left, for a run that reads only what has changed since. */
export interface BaseIndex {
  readonly backupId: string;
  /** The run that last read everything, of which this chain comes. */
  readonly fullBackupId: string;
  /** The unsealed bytes, as often as asked for; ends with an error when they are not those that were written. */
  open(signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** How a source may be backed up by reading less than everything. */
export interface Basis {
  /** `incremental`: since the newest good backup; `differential`: since the newest good one that read everything. */
  readonly mode: 'incremental' | 'differential';
  /** Everything is read again when the last time was so long ago. */
  readonly fullEveryDays: number;
}

export interface SourceContext {
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted on cancel and when the deadline comes; the reason is the HoldfastError to report. */
  readonly signal: AbortSignal;
  /** How many dump tools may run at a time where the plan says nothing: one a core, at most 8. */
  readonly defaultParallelism: number;
}

/** Which attempt is being made, and what it may build upon. */
export interface OpenContext extends SourceContext {
  readonly planId: string;
  readonly backupId: string;
  readonly attempt: number;
  /** Only for kinds with a `basis`; absent: everything is to be read. */
  readonly base?: BaseIndex;
}

/** One database (or set of files) of a source; becomes a component of the backup. */
export interface ComponentTarget {
  /** Safe in keys, unique in the backup: `<source>` or `<source>-02`. */
  readonly component: string;
  /** For people: the database's real name. */
  readonly title: string;
}

export interface PlannedSegment extends Pick<Segment, 'index' | 'name' | 'encoding' | 'section' | 'role'> {
  /** On disk at the source; only for balancing and progress. */
  readonly estimatedBytes: number;
  /** Scopes that lock everything again: at most one of these at a time, others may run beside it. */
  readonly wholeScope: boolean;
}

export interface SegmentDump {
  readonly output: AsyncIterable<Uint8Array>;
  /** What the walker saw; only after `output` has ended. */
  contents(): Record<string, unknown>;
}

export interface SourceSession {
  readonly target: ComponentTarget;
  /** Size of the source as it says itself; read after `confirm`. */
  readonly sourceBytes: number;
  readonly parallelism: number;
  /** Known beforehand (the largest is then dumped first), or found on the way: then in that order, as workers come free. */
  readonly segments: readonly PlannedSegment[] | AsyncIterable<PlannedSegment>;
  /** Versions of the tools and the server, for manifest and catalog: `{ pg_dump: '18.6', server: '17.2' }`. */
  readonly tools: Readonly<Record<string, string>>;
  /** What the plan tolerates but a person should know; read after `confirm`. */
  readonly warnings: readonly string[];
  dump(segment: PlannedSegment, signal: AbortSignal): SegmentDump;
  /** Called when all parts of a segment are confirmed in the vault: what the manifest will say of it. */
  stored?(segment: Segment): void;
  /** Taken beside the dump, where there is a snapshot under it. Schema is the kind's own. */
  evidence(signal: AbortSignal): Promise<Record<string, unknown>>;
  /** Called after everything is dumped: the snapshot was held to the end and dumps and evidence agree, or it throws. */
  confirm(segments: readonly Segment[], evidence: Record<string, unknown>): Promise<Confirmed>;
  /** Never throws; frees snapshot, locks and connections. */
  close(): Promise<void>;
}

export interface Confirmed extends Pick<Component, 'consistency' | 'facts' | 'references'> {
  /** By `index`: the segment that a later run of an incremental plan builds upon. Only for kinds with a `basis`. */
  readonly indexSegment?: number;
}

export interface SourceCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  /** How to mend it, when not ok. */
  readonly next?: string;
}

export interface SourceDriver<S extends Source = Source> {
  /** Names of what one run at a time may read: `source:<secret>`. Empty: any number of runs may. */
  leases(source: S): readonly string[];
  /** Undefined: each backup of this source reads everything. */
  basis?(source: S): Basis | undefined;
  /** The components that a run will have. Reaches the source. */
  targets(source: S, context: SourceContext): Promise<readonly ComponentTarget[]>;
  /** Checks everything that can be checked before bytes flow, takes the snapshot and plans the segments. */
  open(source: S, target: ComponentTarget, context: OpenContext): Promise<SourceSession>;
  /** `plan test`: each check with its result; throws only for defects. */
  test(source: S, context: SourceContext): Promise<readonly SourceCheck[]>;
}
