/**
 * A vault in memory, with its keeping: for tests of everything above it. Keeps the same contracts as the vault in S3,
 * without faults; tests make faults by wrapping it. What S3 does on its own time (lifecycle, archive, replication),
 * a test does through the controls.
 */
import { createHash, hash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { HoldfastError } from '../../core/errors.ts';
import type { Keeping, ObjectVersion, UnfinishedUpload } from '../../core/ports/keeping.ts';
import type { ArchiveState, ObjectAttributes, ObjectState, Vault } from '../../core/ports/vault.ts';

export interface MemoryVaultOptions {
  /** As with a bucket: without it `lockUntil` is not applied. */
  readonly objectLock?: { readonly mode: 'GOVERNANCE' | 'COMPLIANCE' };
  /** For `lastModifiedAt`. Default: the time of day. */
  readonly now?: () => Date;
}

export interface MemoryVault extends Vault, Keeping {
  /** A delete marker over the current version, as lifecycle puts one over what is marked. Its version id. */
  hide(key: string): string;
  /** Every version that is not current goes, and a delete marker that is alone, as after the undelete window. */
  purge(key: string): void;
  /** The current version lies in an archive class; undefined: not any more. */
  setArchived(key: string, archive: ArchiveState | undefined): void;
  setReplication(key: string, replication: NonNullable<ObjectState['replication']>): void;
  /** An upload that nobody completes. */
  leaveUpload(key: string): UnfinishedUpload;
}

type Body = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

interface Data {
  readonly marker: false;
  readonly versionId: string;
  readonly bytes: Buffer;
  readonly sha256: string;
  state: ObjectState;
}

interface Marker {
  readonly marker: true;
  readonly versionId: string;
  readonly at: string;
}

export function memoryVault(options: MemoryVaultOptions = {}): MemoryVault {
  /** Of each key, newest first; never empty. */
  const stacks = new Map<string, (Data | Marker)[]>();
  const uploads = new Map<string, UnfinishedUpload>();
  const now = () => (options.now?.() ?? new Date()).toISOString();

  const find = (key: string, versionId?: string): Data | undefined => {
    const stack = stacks.get(key) ?? [];
    const found = versionId === undefined ? stack[0] : stack.find((entry) => entry.versionId === versionId);
    return found === undefined || found.marker ? undefined : found;
  };
  const currentOf = (key: string): Data => {
    const found = find(key);
    if (found === undefined) throw missing(key);
    return found;
  };
  const keysBelow = (prefix: string, after?: string): string[] =>
    [...stacks.keys()].filter((key) => key.startsWith(prefix) && (after === undefined || key > after)).sort();

  return {
    location: 'memory:',

    async write(key, body, attributes, { signal } = {}) {
      const bytes = await collect(body, signal);
      if (bytes.length === 0)
        throw new HoldfastError('DUMP_EMPTY', `${key}: nothing to write, the body was empty`);
      const sha256 = hash('sha256', bytes, 'hex');
      const found = find(key);
      if (found !== undefined && found.sha256 !== sha256) {
        throw new HoldfastError('OBJECT_EXISTS', `${key} exists already, with other content`);
      }
      const stack = stacks.get(key) ?? [];
      const versionId = found?.versionId ?? versionIdFor(key, sha256, stack.length);
      if (found === undefined) {
        const state = stateFor({ key, versionId, bytes, sha256 }, attributes, options, now());
        stacks.set(key, [{ marker: false, versionId, bytes, sha256, state }, ...stack]);
      }
      return { key, versionId, lengthBytes: bytes.length, sha256 };
    },

    async read(key, { versionId, signal } = {}) {
      signal?.throwIfAborted();
      const entry = find(key, versionId);
      if (entry === undefined) throw missing(key);
      const { archive } = entry.state;
      if (archive !== undefined && archive.state !== 'returned') {
        throw new HoldfastError('OBJECT_ARCHIVED', `${key} lies in an archive class`);
      }
      const stream = Readable.from(slices(entry.bytes), { objectMode: false });
      // An abort before anybody reads: whoever does then is told, and until then it must not end the process.
      stream.on('error', () => {});
      const onAbort = () => stream.destroy(signal?.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      stream.once('close', () => signal?.removeEventListener('abort', onAbort));
      return stream;
    },

    async head(key, { versionId } = {}) {
      return find(key, versionId)?.state;
    },

    async *list(prefix, { after } = {}) {
      for (const key of keysBelow(prefix, after)) {
        const entry = find(key);
        if (entry === undefined) continue;
        const { versionId, lengthBytes, lastModifiedAt } = entry.state;
        yield { key, ...(versionId === undefined ? {} : { versionId }), lengthBytes, lastModifiedAt };
      }
    },

    async *folders(prefix, { after } = {}) {
      const names = new Set<string>();
      for (const key of keysBelow(prefix)) {
        const [name, below] = key.slice(prefix.length).split('/', 2);
        if (name !== undefined && below !== undefined && find(key) !== undefined) names.add(name);
      }
      for (const name of [...names].sort()) if (after === undefined || name > after) yield name;
    },

    async extendLock(key, until) {
      const entry = currentOf(key);
      const { objectLock } = options;
      if (objectLock === undefined) return;
      const { lock } = entry.state;
      if (lock !== undefined && Date.parse(lock.until) >= Date.parse(until)) return;
      // As in S3: a lock that holds keeps its mode.
      const mode = lock !== undefined && lock.until > now() ? lock.mode : objectLock.mode;
      entry.state = { ...entry.state, lock: { mode, until: new Date(until).toISOString() } };
    },

    async requestReturn(key, { versionId }) {
      const entry = find(key, versionId);
      if (entry === undefined) throw missing(key);
      if (entry.state.archive?.state !== 'archived') return;
      entry.state = { ...entry.state, archive: { state: 'returning' } };
    },

    async mark(key) {
      const entry = find(key);
      if (entry === undefined) return 'absent';
      entry.state = { ...entry.state, tags: { ...entry.state.tags, expire: 'yes' } };
      return 'marked';
    },

    async unmark(key, versionId) {
      const entry = find(key, versionId);
      if (entry === undefined) return 'absent';
      const { expire: _, ...tags } = entry.state.tags;
      entry.state = { ...entry.state, tags };
      return 'unmarked';
    },

    async isMarked(key) {
      return find(key)?.state.tags.expire === 'yes';
    },

    async *versions(prefix) {
      for (const key of keysBelow(prefix)) {
        for (const [index, entry] of [...(stacks.get(key) ?? [])].entries()) {
          yield versionOf(key, entry, index === 0);
        }
      }
    },

    async removeDeleteMarker(key, versionId) {
      const stack = stacks.get(key) ?? [];
      const found = stack.find((entry) => entry.versionId === versionId);
      if (found === undefined) return;
      if (!found.marker) {
        const allowed = 'only delete markers are removed';
        throw new HoldfastError('INVALID_INPUT', `version ${versionId} of ${key} holds data: ${allowed}`);
      }
      put(
        key,
        stack.filter((entry) => entry !== found),
      );
    },

    async *unfinishedUploads(prefix) {
      const below = [...uploads.values()].filter(({ key }) => key.startsWith(prefix));
      yield* below.sort((one, other) => (one.key < other.key ? -1 : 1));
    },

    async abortUpload({ uploadId }) {
      uploads.delete(uploadId);
    },

    hide(key) {
      const versionId = `marker-${randomUUID()}`;
      put(key, [{ marker: true, versionId, at: now() }, ...(stacks.get(key) ?? [])]);
      return versionId;
    },

    purge(key) {
      const [current] = stacks.get(key) ?? [];
      put(key, current === undefined || current.marker ? [] : [current]);
    },

    setArchived(key, archive) {
      const entry = currentOf(key);
      const { archive: _, ...state } = entry.state;
      entry.state = archive === undefined ? state : { ...state, storageClass: 'DEEP_ARCHIVE', archive };
    },

    setReplication(key, replication) {
      const entry = currentOf(key);
      entry.state = { ...entry.state, replication };
    },

    leaveUpload(key) {
      const upload = { key, uploadId: randomUUID(), startedAt: now() };
      uploads.set(upload.uploadId, upload);
      return upload;
    },
  };

  function put(key: string, stack: (Data | Marker)[]): void {
    if (stack.length === 0) stacks.delete(key);
    else stacks.set(key, stack);
  }
}

function missing(key: string): HoldfastError {
  return new HoldfastError('OBJECT_MISSING', `${key} is not in the vault`);
}

function versionOf(key: string, entry: Data | Marker, current: boolean): ObjectVersion {
  const { versionId } = entry;
  return entry.marker
    ? { key, versionId, current, deleteMarker: true, lengthBytes: 0, lastModifiedAt: entry.at }
    : {
        key,
        versionId,
        current,
        deleteMarker: false,
        lengthBytes: entry.bytes.length,
        lastModifiedAt: entry.state.lastModifiedAt,
      };
}

/** The same in every run; another one when the key is written again over a delete marker. */
function versionIdFor(key: string, sha256: string, older: number): string {
  const id = createHash('sha256')
    .update(key)
    .update(sha256)
    .update(older === 0 ? '' : String(older));
  return id.digest('base64url').slice(0, 16);
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
  stored: {
    readonly key: string;
    readonly versionId: string;
    readonly bytes: Buffer;
    readonly sha256: string;
  },
  attributes: ObjectAttributes,
  options: MemoryVaultOptions,
  lastModifiedAt: string,
): ObjectState {
  const { role, tier, planId, storageClass, lockUntil } = attributes;
  return {
    key: stored.key,
    versionId: stored.versionId,
    lengthBytes: stored.bytes.length,
    storageClass,
    tags: { role, ...(tier !== undefined && { tier }), ...(planId !== undefined && { plan: planId }) },
    ...(options.objectLock === undefined || lockUntil === undefined
      ? {}
      : { lock: { mode: options.objectLock.mode, until: new Date(lockUntil).toISOString() } }),
    checksumSha256: Buffer.from(stored.sha256, 'hex').toString('base64'),
    lastModifiedAt,
  };
}

function* slices(bytes: Buffer): Generator<Buffer> {
  for (let offset = 0; offset < bytes.length; offset += 65_536) yield bytes.subarray(offset, offset + 65_536);
}
