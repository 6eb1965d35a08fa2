/** A kind of source, whole: adding one is one folder in adapters/ that exports one of these, and one entry in adapters/registry.ts. */
import type { z } from 'zod';
import type { Source } from '../plan.ts';
import type { RecoveryDriver } from './recovery.ts';
import type { SourceDriver } from './source.ts';

export interface KindOptions {
  /** Sources on loopback: for the local AWS and a person's own machine only. */
  readonly allowLoopback: boolean;
}

/** What a backup of the plan is called: `full` when it has both. */
export type SourceCategory = 'database' | 'files';

export interface SourceKind<S extends Source = Source, O = unknown> {
  readonly kind: string;
  readonly category: SourceCategory;
  /** Strict; `kind` is a literal of it. Its messages say what is allowed, and why something is not. */
  readonly schema: z.ZodType<S>;
  driver(options: KindOptions): SourceDriver<S>;
  recovery(options: KindOptions): RecoveryDriver<S, O>;
}
