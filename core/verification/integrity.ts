/**
 * The floor under every read of a backup: the signed manifest, and for each object it names that what is stored is
 * what was written. Restore and drill start only after `hashEverything`, and read the very versions that it hashed,
 * so that no tool is ever fed bytes that nobody vouches for.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { HoldfastError, hasCode } from '../errors.ts';
import { segmentContext } from '../format/context.ts';
import { manifestKey } from '../format/layout.ts';
import { open } from '../format/open.ts';
import { readManifest } from '../format/sealed-document.ts';
import type { Component, Manifest, Part, Segment } from '../manifest.ts';
import type { KeyRing, WrappingPrivateKey } from '../ports/keys.ts';
import type { ObjectState, Vault } from '../ports/vault.ts';

/** Manifests and reports beyond this are refused (256 MiB; 5,000 tables make about 2 MiB). */
const maxDocumentBytes = 256 * 1024 ** 2;

export interface OpenedManifest {
  readonly manifest: Manifest;
  readonly sha256: string;
  readonly lengthBytes: number;
}

/** Fetches, opens and checks the manifest. Throws OBJECT_MISSING, INTEGRITY_*, KEY_MISSING, FORMAT_UNKNOWN. */
export async function fetchManifest(
  planId: string,
  backupId: string,
  vault: Vault,
  keyRing: KeyRing,
  signal?: AbortSignal,
): Promise<OpenedManifest> {
  const bytes = await readDocument(manifestKey(planId, backupId), vault, signal);
  const [privateKeys, { signers }] = await Promise.all([keyRing.privateKeys(), keyRing.publicKeys()]);
  const manifest = await readManifest({ bytes, planId, backupId, privateKeys, signers });
  return { manifest, lengthBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** The stored bytes of a manifest or a report, sealed as they are. OBJECT_MISSING; INTEGRITY_LENGTH when too long. */
export async function readDocument(key: string, vault: Vault, signal?: AbortSignal): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let lengthBytes = 0;
  for await (const chunk of await vault.read(key, { signal })) {
    chunks.push(chunk);
    lengthBytes += chunk.length;
    if (lengthBytes > maxDocumentBytes) {
      throw new HoldfastError('INTEGRITY_LENGTH', `${key} is longer than ${maxDocumentBytes} bytes`);
    }
  }
  return Buffer.concat(chunks);
}

export function partsOf(
  manifest: Manifest,
): { component: Component; segment: Segment; part: Part; number: number }[] {
  return manifest.components.flatMap((component) =>
    component.segments.flatMap((segment) =>
      segment.parts.map((part, index) => ({ component, segment, part, number: index + 1 })),
    ),
  );
}

export interface StoredExpectation {
  /** Version ids as written, from the catalog; absent after a rebuild. */
  readonly versions?: Readonly<Record<string, string>>;
  /** Object Lock is expected to hold at least until then. */
  readonly lockUntil?: string;
}

export interface StoredCheck {
  readonly objects: number;
  readonly bytes: number;
  readonly differences: readonly string[];
  /** The version of each key that was looked at. */
  readonly pinned: ReadonlyMap<string, string | undefined>;
  /** What cannot be read at once, since it lies in an archive class and is not back. */
  readonly archived: readonly ObjectState[];
  /** Those that came back from one, for a time. */
  readonly returned: readonly ObjectState[];
}

/** Level `stored`: every object present, its version, length, checksum, tags, storage class and lock. */
export async function checkStored(
  manifest: Manifest,
  vault: Vault,
  expectation: StoredExpectation,
  signal: AbortSignal,
): Promise<StoredCheck> {
  const parts = partsOf(manifest);
  const differences: string[] = [];
  const pinned = new Map<string, string | undefined>();
  const archived: ObjectState[] = [];
  const returned: ObjectState[] = [];
  let bytes = 0;
  await inParallel(parts, 8, async ({ part }) => {
    signal.throwIfAborted();
    const versionId = expectation.versions?.[part.key];
    const state = await vault.head(part.key, { versionId, signal });
    if (!state) {
      differences.push(`${part.key}: missing`);
      return;
    }
    pinned.set(part.key, state.versionId);
    bytes += state.lengthBytes;
    if (state.archive) (state.archive.state === 'returned' ? returned : archived).push(state);
    differences.push(
      ...differencesOf(part, state, manifest, expectation).map((text) => `${part.key}: ${text}`),
    );
  });
  return { objects: parts.length, bytes, differences: differences.sort(), pinned, archived, returned };
}

function differencesOf(
  part: Part,
  state: ObjectState,
  manifest: Manifest,
  expectation: StoredExpectation,
): string[] {
  const found: string[] = [];
  if (state.lengthBytes !== part.lengthBytes)
    found.push(`${state.lengthBytes} bytes, not ${part.lengthBytes}`);
  // A checksum of one upload is that of the object; a composite one (`-N`) is covered by hashing the bytes.
  const whole =
    state.checksumSha256 && !state.checksumSha256.includes('-') ? state.checksumSha256 : undefined;
  if (whole && Buffer.from(whole, 'base64').toString('hex') !== part.sha256)
    found.push('its checksum differs');
  if (state.tags.role !== 'segment') found.push(`tag role is ${state.tags.role ?? 'missing'}, not segment`);
  if (state.tags.tier !== manifest.tier)
    found.push(`tag tier is ${state.tags.tier ?? 'missing'}, not ${manifest.tier}`);
  if (state.tags.expire === 'yes') found.push('is marked for expiry');
  // S3 keeps whole seconds.
  const wholeSeconds = (time: string) => Math.floor(Date.parse(time) / 1000);
  if (
    expectation.lockUntil &&
    (!state.lock || wholeSeconds(state.lock.until) < wholeSeconds(expectation.lockUntil))
  ) {
    found.push(`lock ends ${state.lock?.until ?? 'never began'}, expected ${expectation.lockUntil}`);
  }
  return found;
}

/** Fetches every byte of every object (the pinned versions) and compares length and SHA-256. */
export async function hashEverything(
  manifest: Manifest,
  vault: Vault,
  pinned: ReadonlyMap<string, string | undefined>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const differences: string[] = [];
  await inParallel(partsOf(manifest), 4, async ({ part }) => {
    try {
      const hash = createHash('sha256');
      let lengthBytes = 0;
      for await (const chunk of await vault.read(part.key, { versionId: pinned.get(part.key), signal })) {
        hash.update(chunk);
        lengthBytes += chunk.length;
      }
      if (lengthBytes !== part.lengthBytes)
        differences.push(`${part.key}: ${lengthBytes} bytes, not ${part.lengthBytes}`);
      else if (hash.digest('hex') !== part.sha256) differences.push(`${part.key}: SHA-256 differs`);
    } catch (error) {
      if (!hasCode(error, 'OBJECT_MISSING', 'INTEGRITY_LENGTH')) throw error;
      differences.push(`${part.key}: ${error.message}`);
    }
  });
  return differences.sort();
}

/** The unsealed bytes of a segment, part after part; fails at the end when anything is not as the manifest says. */
export function openSegment(
  manifest: Manifest,
  component: Component,
  segment: Segment,
  vault: Vault,
  privateKeys: readonly WrappingPrivateKey[],
  pinned: ReadonlyMap<string, string | undefined>,
  signal: AbortSignal,
): Readable {
  async function* read(): AsyncGenerator<Uint8Array> {
    let plainBytes = 0;
    for (const [index, part] of segment.parts.entries()) {
      const { planId, backupId, attempt } = manifest;
      const { index: at, name } = segment;
      const context = segmentContext(
        { planId, backupId, attempt, component: component.name, index: at, name },
        index + 1,
      );
      const sealed = await vault.read(part.key, { versionId: pinned.get(part.key), signal });
      for await (const chunk of open(sealed, privateKeys, context, part)) {
        plainBytes += chunk.length;
        yield chunk;
      }
    }
    if (plainBytes !== segment.plainBytes) {
      throw new HoldfastError(
        'INTEGRITY_LENGTH',
        `Segment ${segment.name} unsealed to ${plainBytes} bytes, the manifest says ${segment.plainBytes}`,
      );
    }
  }
  // Chunk by chunk: a stream of bytes would join those that wait, which is a copy of everything.
  return Readable.from(read(), { objectMode: true, highWaterMark: 16, signal });
}

/**
 * Runs over items with a bound on how many at a time; the first error ends it. Takes them as they come, so that the
 * number of items does not count: an asynchronous source must allow several `next` at a time, as generators do.
 */
export async function inParallel<T>(
  items: Iterable<T> | AsyncIterable<T>,
  atATime: number,
  run: (item: T) => Promise<void>,
): Promise<void> {
  const queue = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let failed = false;
  const worker = async () => {
    try {
      for (;;) {
        if (failed) return;
        const next = await queue.next();
        if (next.done) return;
        await run(next.value);
      }
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  await Promise.all(Array.from({ length: atATime }, worker));
}
