/** A MongoDB source for tests: its driver, its context, and a whole dump kept in memory. */

import type { Resolver } from '../../adapters/mongodb/address.ts';
import { mongodbDriver } from '../../adapters/mongodb/driver.ts';
import { type MongodbSource, mongodbSourceSchema } from '../../adapters/mongodb/source.ts';
import { HoldfastError } from '../../core/errors.ts';
import type { Segment } from '../../core/manifest.ts';
import type { Confirmed, OpenContext, PlannedSegment, SourceSession } from '../../core/ports/source.ts';
import { collected } from './collected.ts';
import { mongo } from './mongo-server.ts';

const quiet = { info() {}, warn() {}, error() {}, with: () => quiet };

/** `secret` is what the secret holds. */
export function mongoContext(secret: string, signal = new AbortController().signal): OpenContext {
  return {
    secrets: { get: async () => secret },
    clock: { now: () => new Date(), sleep: async () => undefined },
    log: quiet,
    signal,
    ...{ defaultParallelism: 2, planId: 'plan', backupId: 'backup', attempt: 1 },
  };
}

export function mongoSource(fields: Partial<MongodbSource> = {}): MongodbSource {
  return mongodbSourceSchema.parse({
    ...{
      kind: 'mongodb',
      name: 'docs',
      secret: 'holdfast/sources/docs',
      serverSelectionSeconds: 3,
      ...fields,
    },
  });
}

export function mongoDriver(options: { readonly binDir?: string; readonly resolver?: Resolver } = {}) {
  const binDir = options.binDir ?? mongo?.binDir;
  return mongodbDriver({
    allowLoopback: true,
    ...(binDir === undefined ? {} : { tools: { binDir } }),
    ...(options.resolver === undefined ? {} : { resolver: options.resolver }),
  });
}

export interface DumpedSegment {
  readonly segment: Segment;
  readonly bytes: Buffer;
}

export interface DumpedComponent {
  readonly session: SourceSession;
  readonly segments: readonly DumpedSegment[];
  readonly evidence: Record<string, unknown>;
  readonly confirmed: Confirmed;
}

/** Dumps one planned segment. */
export async function dumpOne(session: SourceSession, planned: PlannedSegment): Promise<DumpedSegment> {
  const dump = session.dump(planned, new AbortController().signal);
  const bytes = await collected(dump.output);
  const { index, name, encoding, section, role } = planned;
  return {
    bytes,
    segment: {
      ...{ index, name, encoding, section, role, plainBytes: bytes.length },
      ...{ parts: [], contents: dump.contents() },
    },
  };
}

/** Every component of the source, whole. `between` runs after the dumps, before they are confirmed. */
export async function dumpMongo(
  secret: string,
  fields: Partial<MongodbSource> = {},
  options: { readonly between?: () => Promise<void>; readonly driver?: ReturnType<typeof mongoDriver> } = {},
): Promise<readonly DumpedComponent[]> {
  const driver = options.driver ?? mongoDriver();
  const context = mongoContext(secret);
  const source = mongoSource(fields);
  const components: DumpedComponent[] = [];
  for (const target of await driver.targets(source, context)) {
    const session = await driver.open(source, target, context);
    try {
      const segments: DumpedSegment[] = [];
      for await (const planned of session.segments) segments.push(await dumpOne(session, planned));
      const evidence = await session.evidence(context.signal);
      await options.between?.();
      const confirmed = await session.confirm(
        segments.map((one) => one.segment),
        evidence,
      );
      components.push({ session, segments, evidence, confirmed });
    } finally {
      await session.close();
    }
  }
  return components;
}

/** The error that it ends with, or one that says it did not fail. */
export async function failureOf(work: Promise<unknown>): Promise<HoldfastError> {
  try {
    await work;
  } catch (thrown) {
    if (thrown instanceof HoldfastError) return thrown;
    throw thrown;
  }
  throw new Error('it did not fail');
}
