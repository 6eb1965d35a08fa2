/**
 * S3 as far as retention goes: versions, delete markers, tags, Object Lock, unfinished uploads, and a lifecycle with
 * the rules that infra/constructs/lifecycle.ts makes (a test compares them). What it promises is what Amazon documents:
 *
 * - An age in days is rounded up: it is reached at the first midnight UTC after that many days.
 * - Expiry of a current version puts a delete marker; the version below becomes noncurrent then.
 * - The noncurrent rule looks at the tags of the noncurrent version itself, and counts from when it became noncurrent.
 * - A lock keeps a version from being removed, by anyone; it keeps nobody from putting a delete marker.
 * - A delete marker with nothing below it is swept; an upload that nobody completed is aborted.
 *
 * Lifecycle acts when `midnight` is called, and late when it was not called for some days, as S3 may.
 */
import { Readable } from 'node:stream';
import { HoldfastError } from '../../core/errors.ts';
import type { Keeping, ObjectVersion, UnfinishedUpload } from '../../core/ports/keeping.ts';
import type { ListedObject, ObjectState, StorageClass, Vault } from '../../core/ports/vault.ts';
import { dayMs, iso, type WorldTime } from './clock.ts';

/** The rules, in days. */
export interface LifecycleDays {
  readonly expireMarked: number;
  readonly removeNoncurrent: number;
  readonly abortUploads: number;
}

export interface Version {
  readonly key: string;
  readonly versionId: string;
  readonly createdMs: number;
  /** The same, ISO 8601 UTC. */
  readonly createdAt: string;
  readonly lengthBytes: number;
  readonly deleteMarker: boolean;
  lockUntilMs: number;
  readonly storageClass: StorageClass;
  readonly tags: Record<string, string>;
  /** Since when another one lies above it. */
  noncurrentMs?: number;
  /** Since when it carries the mark. */
  markedMs?: number;
}

export interface PutOptions {
  readonly lengthBytes?: number;
  readonly lockUntilMs?: number;
  readonly storageClass?: StorageClass;
  readonly tags?: Readonly<Record<string, string>>;
}

/** What S3 did by itself, or somebody through it; the invariants listen. */
export interface BucketEvents {
  marked(version: Version): void;
  /** A delete marker by lifecycle: `version` is hidden now. */
  expired(version: Version): void;
  /** By lifecycle, for good. */
  removed(version: Version): void;
}

export interface Bucket {
  readonly vault: Vault;
  readonly keeping: Keeping;
  put(key: string, options?: PutOptions): Version;
  startUpload(key: string): void;
  /** As an operator does without a version id: a delete marker. False when there is nothing. */
  hide(key: string): boolean;
  /** As an operator does with a version id. Refused (false) while the version is locked. */
  destroy(key: string): boolean;
  /** The current version, no delete marker. */
  current(key: string): Version | undefined;
  /** Newest first, delete markers too. */
  versionsOf(key: string): readonly Version[];
  /** Keys with any version or delete marker below a prefix. */
  keys(prefix: string): readonly string[];
  uploads(): readonly UnfinishedUpload[];
  /** Grows with every change of an object: while it stays the same, so does everything above. */
  readonly changes: number;
  /** The lifecycle's round at this time, which should be a midnight UTC. */
  midnight(): void;
}

/** The first midnight UTC at which an age of `days` has been reached. */
export function dueMs(sinceMs: number, days: number): number {
  return Math.ceil((sinceMs + days * dayMs) / dayMs) * dayMs;
}

const isMarked = ({ tags }: Version) => tags.expire === 'yes';

export function bucketModel(time: WorldTime, rules: LifecycleDays, events: BucketEvents): Bucket {
  /** Newest first; a key without versions is not there. */
  const stacks = new Map<string, Version[]>();
  /** In key order. */
  const keys: string[] = [];
  let uploads: UnfinishedUpload[] = [];
  let serial = 0;
  let changes = 0;
  const nextSerial = () => {
    serial += 1;
    return serial;
  };

  /** Index of the first key that is not before `key`. */
  const position = (key: string): number => {
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((keys[middle] as string) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const push = (version: Version): Version => {
    changes += 1;
    const stack = stacks.get(version.key);
    if (!stack) {
      stacks.set(version.key, [version]);
      keys.splice(position(version.key), 0, version.key);
      return version;
    }
    const [above] = stack;
    if (above) above.noncurrentMs = time.nowMs;
    stack.unshift(version);
    return version;
  };
  const remove = (version: Version) => {
    const stack = stacks.get(version.key) ?? [];
    const at = stack.indexOf(version);
    if (at < 0) return;
    changes += 1;
    stack.splice(at, 1);
    // What lies uncovered now is current again.
    if (at === 0 && stack[0]) stack[0].noncurrentMs = undefined;
    if (stack.length > 0) return;
    stacks.delete(version.key);
    keys.splice(position(version.key), 1);
  };
  const current = (key: string) => {
    const top = stacks.get(key)?.[0];
    return top?.deleteMarker ? undefined : top;
  };
  const find = (key: string, versionId?: string) =>
    versionId === undefined
      ? current(key)
      : stacks.get(key)?.find((each) => each.versionId === versionId && !each.deleteMarker);
  const newVersion = (key: string, deleteMarker: boolean, options: PutOptions = {}): Version => ({
    key,
    versionId: `v${nextSerial()}`,
    createdMs: time.nowMs,
    createdAt: iso(time.nowMs),
    lengthBytes: deleteMarker ? 0 : (options.lengthBytes ?? 1),
    deleteMarker,
    lockUntilMs: options.lockUntilMs ?? 0,
    storageClass: options.storageClass ?? 'STANDARD',
    tags: { ...options.tags },
  });
  /** Every key below the prefix as it is when asked for the next one, since others write meanwhile. */
  function* below(prefix: string, after = ''): Generator<string> {
    let last = after;
    let at = -1;
    for (;;) {
      // Where it was before, unless keys came or went meanwhile.
      if (at < 0 || keys[at] !== last) at = position(last > prefix ? last : prefix);
      if (keys[at] === last) at += 1;
      const key = keys[at];
      if (key === undefined || !key.startsWith(prefix)) return;
      yield key;
      last = key;
    }
  }

  const vault: Vault = {
    location: 'model:',
    async write(key, body, attributes) {
      let lengthBytes = 0;
      for await (const chunk of body) lengthBytes += chunk.byteLength;
      if (current(key)) throw new HoldfastError('OBJECT_EXISTS', `${key} exists already`);
      const { role, tier = '', planId: plan = '', storageClass, lockUntil } = attributes;
      const lockUntilMs = lockUntil === undefined ? 0 : Date.parse(lockUntil);
      const { versionId } = push(
        newVersion(key, false, { lengthBytes, storageClass, lockUntilMs, tags: { role, tier, plan } }),
      );
      return { key, versionId, lengthBytes, sha256: '' };
    },
    async read(key, { versionId } = {}) {
      const found = find(key, versionId);
      if (!found) throw new HoldfastError('OBJECT_MISSING', `${key} is not in the vault`);
      return Readable.from([Buffer.alloc(found.lengthBytes)]);
    },
    async head(key, { versionId } = {}) {
      const found = find(key, versionId);
      return found && stateOf(found);
    },
    async *list(prefix, { after } = {}): AsyncGenerator<ListedObject> {
      for (const key of below(prefix, after)) {
        const found = current(key);
        if (!found) continue;
        const { versionId, lengthBytes, createdAt } = found;
        yield { key, versionId, lengthBytes, lastModifiedAt: createdAt };
      }
    },
    async *folders(prefix, { after } = {}) {
      // `/` sorts before `0`: nothing of the folder `after` comes behind it.
      let from = after === undefined ? prefix : `${prefix}${after}0`;
      for (;;) {
        let name: string | undefined;
        for (let at = position(from); at < keys.length; at += 1) {
          const key = keys[at] as string;
          if (!key.startsWith(prefix)) return;
          const end = key.indexOf('/', prefix.length);
          if (end < 0 || !current(key)) continue;
          name = key.slice(prefix.length, end);
          break;
        }
        if (name === undefined) return;
        yield name;
        from = `${prefix}${name}0`;
      }
    },
    async extendLock(key, until) {
      const found = current(key);
      if (!found) throw new HoldfastError('OBJECT_MISSING', `${key} is not in the vault`);
      changes += 1;
      found.lockUntilMs = Math.max(found.lockUntilMs, Date.parse(until));
    },
    async requestReturn() {},
  };

  const keeping: Keeping = {
    async mark(key) {
      const found = current(key);
      if (!found) return 'absent';
      if (isMarked(found)) return 'marked';
      changes += 1;
      found.tags.expire = 'yes';
      found.markedMs = time.nowMs;
      events.marked(found);
      return 'marked';
    },
    async unmark(key, versionId) {
      const found = find(key, versionId);
      if (!found) return 'absent';
      changes += 1;
      delete found.tags.expire;
      found.markedMs = undefined;
      return 'unmarked';
    },
    async isMarked(key) {
      const found = current(key);
      return found !== undefined && isMarked(found);
    },
    async *versions(prefix): AsyncGenerator<ObjectVersion> {
      for (const key of below(prefix)) {
        for (const [at, version] of [...(stacks.get(key) ?? [])].entries()) {
          const { versionId, deleteMarker, lengthBytes, createdAt } = version;
          yield {
            key,
            versionId,
            current: at === 0,
            deleteMarker,
            lengthBytes,
            lastModifiedAt: createdAt,
          };
        }
      }
    },
    async removeDeleteMarker(key, versionId) {
      const marker = stacks.get(key)?.find((each) => each.versionId === versionId && each.deleteMarker);
      if (marker) remove(marker);
    },
    async *unfinishedUploads(prefix) {
      for (const upload of [...uploads]) if (upload.key.startsWith(prefix)) yield upload;
    },
    async abortUpload({ uploadId }) {
      uploads = uploads.filter((each) => each.uploadId !== uploadId);
    },
  };

  return {
    vault,
    keeping,
    current,
    put: (key, options) => push(newVersion(key, false, options)),
    startUpload(key) {
      uploads.push({ key, uploadId: `u${nextSerial()}`, startedAt: iso(time.nowMs) });
      uploads.sort((one, other) => (one.key < other.key ? -1 : 1));
    },
    hide(key) {
      if (!current(key)) return false;
      push(newVersion(key, true));
      return true;
    },
    destroy(key) {
      const found = current(key);
      if (!found || found.lockUntilMs > time.nowMs) return false;
      remove(found);
      return true;
    },
    versionsOf: (key) => stacks.get(key) ?? [],
    keys: (prefix) => [...below(prefix)],
    uploads: () => uploads,
    get changes() {
      return changes;
    },
    midnight() {
      for (const key of [...keys]) {
        const top = current(key);
        if (top && isMarked(top) && dueMs(top.createdMs, rules.expireMarked) <= time.nowMs) {
          push(newVersion(key, true));
          events.expired(top);
        }
        for (const version of stacks.get(key)?.slice() ?? []) {
          const { noncurrentMs, lockUntilMs } = version;
          if (noncurrentMs === undefined || !isMarked(version) || lockUntilMs > time.nowMs) continue;
          if (dueMs(noncurrentMs, rules.removeNoncurrent) > time.nowMs) continue;
          remove(version);
          events.removed(version);
        }
        const left = stacks.get(key) ?? [];
        if (left.length === 1 && left[0]?.deleteMarker) remove(left[0]);
      }
      uploads = uploads.filter(
        ({ startedAt }) => dueMs(Date.parse(startedAt), rules.abortUploads) > time.nowMs,
      );
    },
  };
}

function stateOf(version: Version): ObjectState {
  const { key, versionId, lengthBytes, storageClass, tags, lockUntilMs, createdAt } = version;
  return {
    key,
    versionId,
    lengthBytes,
    storageClass,
    tags: { ...tags },
    ...(lockUntilMs > 0 && { lock: { mode: 'COMPLIANCE' as const, until: iso(lockUntilMs) } }),
    lastModifiedAt: createdAt,
  };
}
