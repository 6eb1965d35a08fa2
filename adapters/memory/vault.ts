/**
 * A vault in memory: for tests of everything above it. Keeps the same contract as the S3 vault, without faults;
 * tests make faults by wrapping it.
 */
import { createHash, hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { HoldfastError } from '../../core/errors.ts';
import type { ObjectAttributes, ObjectState, Vault } from '../../core/ports/vault.ts';

export interface MemoryVaultOptions {
  /** As with a bucket: without it `lockUntil` is not applied. */
  readonly objectLock?: { readonly mode: 'GOVERNANCE' | 'COMPLIANCE' };
}

type Body = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

interface Entry {
  readonly bytes: Buffer;
  readonly sha256: string;
  readonly state: ObjectState;
}

export function memoryVault(options: MemoryVaultOptions = {}): Vault {
  const entries = new Map<string, Entry>();

  const find = (key: string, versionId?: string): Entry | undefined => {
    const entry = entries.get(key);
    return versionId === undefined || entry?.state.versionId === versionId ? entry : undefined;
  };

  return {
    location: 'memory:',

    async write(key, body, attributes, { signal } = {}) {
      const bytes = await collect(body, signal);
      if (bytes.length === 0)
        throw new HoldfastError('DUMP_EMPTY', `${key}: nothing to write, the body was empty`);
      const sha256 = hash('sha256', bytes, 'hex');
      const found = entries.get(key);
      if (found !== undefined && found.sha256 !== sha256) {
        throw new HoldfastError('OBJECT_EXISTS', `${key} exists already, with other content`);
      }
      if (found === undefined) {
        entries.set(key, { bytes, sha256, state: stateFor(key, bytes, sha256, attributes, options) });
      }
      const { versionId } = (found ?? (entries.get(key) as Entry)).state;
      return { key, ...(versionId === undefined ? {} : { versionId }), lengthBytes: bytes.length, sha256 };
    },

    async read(key, { versionId, signal } = {}) {
      signal?.throwIfAborted();
      const entry = find(key, versionId);
      if (entry === undefined) throw new HoldfastError('OBJECT_MISSING', `${key} is not in the vault`);
      const stream = Readable.from(slices(entry.bytes), { objectMode: false });
      const onAbort = () => stream.destroy(signal?.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      stream.once('close', () => signal?.removeEventListener('abort', onAbort));
      return stream;
    },

    async head(key, { versionId } = {}) {
      return find(key, versionId)?.state;
    },

    async *list(prefix) {
      for (const key of [...entries.keys()].filter((name) => name.startsWith(prefix)).sort()) {
        yield { key, lengthBytes: (entries.get(key) as Entry).bytes.length };
      }
    },
  };
}

/** Everything at once; ends with the signal even while the producer stalls, and tells the producer so. */
async function collect(body: Body, signal: AbortSignal | undefined): Promise<Buffer> {
  const iterator = Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : body[Symbol.iterator]();
  const chunks: Buffer[] = [];
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  stopped.catch(() => {});
  const onAbort = () => reject(signal?.reason);
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  let ended = false;
  try {
    for (;;) {
      const result = await Promise.race([stopped, iterator.next()]);
      ended = result.done === true;
      if (result.done) return Buffer.concat(chunks);
      chunks.push(Buffer.from(result.value));
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    if (!ended) {
      if ('destroy' in body && typeof body.destroy === 'function') body.destroy();
      // Not awaited: a producer that stalls answers only after it goes on.
      Promise.resolve(iterator.return?.()).catch(() => {});
    }
  }
}

function stateFor(
  key: string,
  bytes: Buffer,
  sha256: string,
  attributes: ObjectAttributes,
  options: MemoryVaultOptions,
): ObjectState {
  const { role, tier, planId, storageClass, lockUntil } = attributes;
  return {
    key,
    versionId: createHash('sha256').update(key).update(sha256).digest('base64url').slice(0, 16),
    lengthBytes: bytes.length,
    storageClass,
    tags: { role, tier, plan: planId },
    ...(options.objectLock === undefined || lockUntil === undefined
      ? {}
      : { lock: { mode: options.objectLock.mode, until: new Date(lockUntil).toISOString() } }),
    checksumSha256: Buffer.from(sha256, 'hex').toString('base64'),
    lastModifiedAt: new Date().toISOString(),
  };
}

function* slices(bytes: Buffer): Generator<Buffer> {
  for (let offset = 0; offset < bytes.length; offset += 65_536) yield bytes.subarray(offset, offset + 65_536);
}
