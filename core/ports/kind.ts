/**
 * A kind of source, as core and the command line know it: one folder in adapters/ exports its facts for adapters/kinds.ts and
 * itself for adapters/registry.ts, which says what else a new one needs.
 */
import type { z } from 'zod';
import type { Source } from '../plan.ts';
import type { RecoveryDriver, RestoreFacts } from './recovery.ts';
import type { SourceDriver } from './source.ts';

export interface KindOptions {
  /** Sources on loopback: for the local AWS and a person's own machine only. */
  readonly allowLoopback: boolean;
  /** Where backups are written, where that is a bucket: never a source, or each backup would hold all before it. */
  readonly vaultBucket?: string | undefined;
}

/** What a backup of the plan is called: `full` when it has both. */
export type SourceCategory = 'database' | 'files';

/** What a kind is, without what it does: for who takes plans and orders and never reaches a source. */
export interface KindFacts<S extends Source = Source, O = unknown> {
  readonly kind: string;
  readonly category: SourceCategory;
  /** Strict; `kind` is a literal of it. Its messages say what is allowed, and why something is not. */
  readonly schema: z.ZodType<S>;
  readonly restore: RestoreFacts<S, O>;
}

export interface SourceKind<S extends Source = Source, O = unknown> extends KindFacts<S, O> {
  driver(options: KindOptions): SourceDriver<S>;
  recovery(options: KindOptions): RecoveryDriver<S, O>;
}
