/** Reads back what fake-source.ts dumps, obeying the contract of core/ports/recovery.ts without a database. */
import { z } from 'zod';
import { heldPage } from '../../adapters/held-page.ts';
import { HoldfastError } from '../../core/errors.ts';
import type { Segment } from '../../core/manifest.ts';
import type { Source } from '../../core/plan.ts';
import type {
  Comparison,
  PreflightCheck,
  RecoveryDriver,
  RestoreRequest,
} from '../../core/ports/recovery.ts';
import { fakeBytes } from './fake-source.ts';

export interface FakeRecoveryOptions {
  readonly differences?: readonly string[];
  readonly failRestore?: () => Error | undefined;
  readonly drillBytes?: number;
  /** What it finds before a restore. */
  readonly preflight?: readonly PreflightCheck[];
  /** Called when a restore has begun to write; waits until it returns. */
  readonly whileRestoring?: (signal: AbortSignal) => Promise<void>;
}

const fakeOptions = z.strictObject({ database: z.string().optional(), noOwner: z.boolean().default(false) });
type FakeOptions = z.infer<typeof fakeOptions>;

export function fakeRecovery(options: FakeRecoveryOptions = {}): RecoveryDriver<Source, FakeOptions> & {
  readonly touched: () => readonly RestoreRequest<FakeOptions>[];
  readonly drills: () => number;
} {
  const touched: RestoreRequest<FakeOptions>[] = [];
  let drills = 0;
  const comparison = (): Comparison => ({
    compared: { tables: 1, rows: 42 },
    differences: options.differences ?? [],
    notProven: [{ what: 'event trigger x', why: 'needs a superuser' }],
    facts: { scratchServer: '18.6' },
  });
  return {
    restoreOptions: fakeOptions,
    describeTarget: (_component, _source, { options: { database } }) => `database ${database ?? 'fake'}`,
    destroys: (source, { replace, options: { database = 'fake' } }) =>
      replace
        ? { words: [`${database} is replaced`], places: [`${source.name}, ${database}`], kept: false }
        : undefined,
    protects: (_source, { options: { database } }) =>
      database === undefined || database === 'fake' ? 'all' : 'none',
    touched: () => touched,
    drills: () => drills,
    read: async (segment, plain) => ({ bytes: (await collect(segment, plain)).length }),
    compareReading: comparison,
    measure: ({ segments }) => ({ sourceBytes: 1000, items: segments.length }),
    listHeld: async ({ segments }, question) =>
      heldPage(
        segments.map(({ name, plainBytes }) => ({ name, type: 'table', bytes: plainBytes })),
        question,
      ),
    drillBytes: () => options.drillBytes ?? 1000,
    async drill(component, open) {
      drills += 1;
      for (const segment of component.segments) await collect(segment, open(segment));
      return comparison();
    },
    async preflight(_component, _source, open) {
      const detail = open ? 'the definitions can be read' : 'the definitions cannot be read';
      const reach = { name: 'reach', state: 'ok', title: 'The fake answers', detail } as const;
      return { checks: options.preflight ?? [reach], needsBytes: 1000 };
    },
    async restore(component, _source, open, request, _secrets, context) {
      touched.push(request);
      for (const segment of component.segments) {
        await collect(segment, open(segment));
        // Twice, as a driver does that reports now and then: what is done so far, not what is new.
        context.onProgress({ segment: segment.name, plainBytes: segment.plainBytes - 1 });
        context.onProgress({ segment: segment.name, plainBytes: segment.plainBytes });
      }
      await options.whileRestoring?.(context.signal);
      const error = options.failRestore?.();
      if (error) throw error;
      return {
        target: request.options.database ?? `fake restored at ${request.requestedAt}`,
        comparison: comparison(),
        skipped: [],
        nextSteps: ['look at it'],
      };
    },
  };
}

async function collect(segment: Segment, plain: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of plain) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  if (!bytes.equals(Buffer.concat(fakeBytes(segment.index)))) {
    throw new HoldfastError('INTEGRITY_ARCHIVE', `segment ${segment.name} is not what was dumped`);
  }
  return bytes;
}
