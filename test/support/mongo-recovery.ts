/** A dumped MongoDB component, and what its recovery needs, for tests. */
import { Readable } from 'node:stream';
import { mongodbRecovery } from '../../adapters/mongodb/recovery.ts';
import {
  type MongodbRestoreOptions,
  type MongodbRestoreRequest,
  mongodbRestoreOptions,
} from '../../adapters/mongodb/restore-options.ts';
import type { Component } from '../../core/manifest.ts';
import type { OpenSegment, RecoveryContext } from '../../core/ports/recovery.ts';
import { mongo } from './mongo-server.ts';
import type { DumpedComponent } from './mongo-source.ts';

export interface Recoverable {
  readonly component: Component;
  readonly open: OpenSegment;
}

/** As the manifest has it, with a way to read it in chunks of odd sizes. */
export function recoverable(
  { session, segments, evidence, confirmed }: DumpedComponent,
  tamper: (bytes: Buffer) => Buffer = (bytes) => bytes,
): Recoverable {
  const { component: name, title } = session.target;
  const component = {
    ...{ name, source: 'docs', kind: 'mongodb', title, consistency: confirmed.consistency },
    ...{ segments: segments.map((one) => one.segment), facts: confirmed.facts, evidence },
  };
  const open: OpenSegment = (wanted) => {
    const found = segments.find((one) => one.segment.index === wanted.index);
    return Readable.from(pieces(tamper(found?.bytes ?? Buffer.alloc(0))));
  };
  return { component, open };
}

function* pieces(bytes: Buffer, size = 7001): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export function recovery(options: { readonly mongod?: string } = {}) {
  const mongod = options.mongod ?? mongo?.mongod.path;
  return mongodbRecovery({
    allowLoopback: true,
    ...(mongo ? { tools: { binDir: mongo.binDir } } : {}),
    ...(mongod === undefined ? {} : { mongod }),
  });
}

export function recoveryContext(fields: Partial<RecoveryContext> = {}): RecoveryContext {
  const quiet = { info() {}, warn() {}, error() {}, with: () => quiet };
  return {
    clock: { now: () => new Date(), sleep: async () => undefined },
    ...{ log: quiet, signal: new AbortController().signal, parallelism: 2, onProgress() {}, ...fields },
  };
}

export function restoreRequest(
  options: Partial<MongodbRestoreOptions> = {},
  fields: Partial<Omit<MongodbRestoreRequest, 'options'>> = {},
): MongodbRestoreRequest {
  return {
    ...{ replace: false, compare: true, requestedAt: '2026-11-21T02:00:00.000Z', ...fields },
    options: mongodbRestoreOptions.parse(options),
  };
}
