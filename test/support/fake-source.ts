/**
 * A source that obeys the contract of core/ports/source.ts without a database, for testing what the core does with
 * it: a few segments of known bytes, with faults by name.
 */

import { parsePlan } from '../../adapters/kinds.ts';
import { HoldfastError } from '../../core/errors.ts';
import type { Segment } from '../../core/manifest.ts';
import type { Plan, Source } from '../../core/plan.ts';
import type { PlannedSegment, SourceDriver, SourceSession } from '../../core/ports/source.ts';

export interface FakeFaults {
  readonly failOpen?: () => Error | undefined;
  /** Called for each chunk; what it throws is how the dump dies. */
  readonly onChunk?: (segment: string, index: number, signal: AbortSignal) => void | Promise<void>;
  readonly failEvidence?: () => Error | undefined;
  readonly failConfirm?: () => Error | undefined;
}

const sections = ['pre-data', 'data', 'data', 'post-data'] as const;

/** Bytes of every segment: the same each time, so that two runs can be compared. */
export function fakeBytes(segment: number, chunks = 4): Buffer[] {
  return Array.from({ length: chunks }, (_, chunk) =>
    Buffer.alloc(20_000 + segment * 1000 + chunk, 65 + segment),
  );
}

export function fakeDriver(
  faults: FakeFaults = {},
): SourceDriver & { readonly opened: () => number; readonly closed: () => number } {
  let opened = 0;
  let closed = 0;
  return {
    leases: ({ secret }) => [`source:${String(secret)}`],
    opened: () => opened,
    closed: () => closed,
    async targets(source: Source) {
      return [{ component: source.name, title: 'fake' }];
    },
    async open(_source, target, { signal }): Promise<SourceSession> {
      const error = faults.failOpen?.();
      if (error) throw error;
      opened += 1;
      const segments: PlannedSegment[] = sections.map((section, index) => ({
        index,
        name: `${section}-${index}`,
        encoding: 'pg-custom',
        section,
        role: 'segment',
        estimatedBytes: 1000 * index,
        wholeScope: section !== 'data',
      }));
      return {
        target,
        sourceBytes: 1_000_000,
        parallelism: 2,
        segments,
        tools: { pg_dump: '18.6', server: '18.6' },
        warnings: [],
        dump: (segment) => ({
          output: (async function* () {
            for (const [index, chunk] of fakeBytes(segment.index).entries()) {
              await faults.onChunk?.(segment.name, index, signal);
              signal.throwIfAborted();
              yield chunk;
            }
          })(),
          contents: () => ({ tables: [] }),
        }),
        async evidence() {
          const failure = faults.failEvidence?.();
          if (failure) throw failure;
          return { level: 'none' };
        },
        async confirm(stored: readonly Segment[]) {
          const failure = faults.failConfirm?.();
          if (failure) throw failure;
          if (stored.length !== segments.length) throw new HoldfastError('INTERNAL', 'segments are missing');
          return { consistency: 'snapshot', facts: { database: 'fake' } };
        },
        async close() {
          closed += 1;
        },
      };
    },
    async test() {
      return [];
    },
  };
}

export function fakePlan(id = 'fake', more: Record<string, unknown> = {}): Plan {
  return parsePlan({
    id,
    sources: [{ kind: 'postgres', name: 'main', secret: 'holdfast/sources/fake' }],
    schedule: { cron: '0 2 * * *' },
    ...more,
  });
}
