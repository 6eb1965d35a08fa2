/**
 * The floor under every read of a backup: the signed manifest, and for each object it names that what is stored is
 * what was written. Restore and drill start only after `hashEverything`, and read the very versions that it hashed,
 * so that no tool is ever fed bytes that nobody vouches for.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { inParallel } from '../at-a-time.ts';
import { HoldfastError, hasCode } from '../errors.ts';
import { contextOfKey, type SealContext } from '../format/context.ts';
import { attemptName, backupPrefix, manifestKey, partKey } from '../format/layout.ts';
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

export interface ListedPart {
  readonly component: Component;
  readonly segment: Segment;
  readonly part: Part;
  readonly number: number;
  /** It belongs to an earlier backup: the tier and the version of this one's row say nothing about it. */
  readonly isReference: boolean;
}

/** Every object without which the backup cannot be restored, but the manifest; own ones first in each component. */
export function partsOf(manifest: Manifest): ListedPart[] {
  return manifest.components.flatMap((component) =>
    [
      ...component.segments.map((segment) => ({ segment, isReference: false })),
      ...(component.references ?? []).map((segment) => ({ segment, isReference: true })),
    ].flatMap(({ segment, isReference }) =>
      segment.parts.map((part, index) => ({ component, segment, part, number: index + 1, isReference })),
    ),
  );
}

export interface StoredExpectation {
  /** Version ids as written, from the catalog; absent after a rebuild. */
  readonly versions?: Readonly<Record<string, string>>;
  /** It is a copy on something that keeps no tags: a disk. */
  readonly untagged?: boolean | undefined;
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
  await inParallel(parts, 8, async (listed) => {
    signal.throwIfAborted();
    const { part, isReference } = listed;
    const versionId = isReference ? undefined : expectation.versions?.[part.key];
    const state = await vault.head(part.key, { versionId, signal });
    if (!state) {
      differences.push(`${part.key}: missing`);
      return;
    }
    pinned.set(part.key, state.versionId);
    bytes += state.lengthBytes;
    if (state.archive) (state.archive.state === 'returned' ? returned : archived).push(state);
    differences.push(
      ...differencesOf(listed, state, manifest, expectation).map((text) => `${part.key}: ${text}`),
    );
  });
  return { objects: parts.length, bytes, differences: differences.sort(), pinned, archived, returned };
}

function differencesOf(
  { part, segment, isReference }: ListedPart,
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
  if (!expectation.untagged && state.tags.role !== segment.role)
    found.push(`tag role is ${state.tags.role ?? 'missing'}, not ${segment.role}`);
  if (!expectation.untagged && !isReference && state.tags.tier !== manifest.tier)
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

/**
 * The unsealed bytes of a segment or a reference, part after part; fails at the end when anything is not as the
 * manifest says. INTEGRITY_SEAL for one that the manifest does not name.
 */
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
    const named = namedSegment(component, segment);
    for (const [index, part] of named.parts.entries()) {
      const context = contextOfPart(manifest, component, named, part, index + 1);
      const sealed = await vault.read(part.key, { versionId: pinned.get(part.key), signal });
      for await (const chunk of open(sealed, privateKeys, context, part)) {
        plainBytes += chunk.length;
        yield chunk;
      }
    }
    if (plainBytes !== named.plainBytes) {
      throw new HoldfastError(
        'INTEGRITY_LENGTH',
        `Segment ${named.name} unsealed to ${plainBytes} bytes, the manifest says ${named.plainBytes}`,
      );
    }
  }
  // Chunk by chunk: a stream of bytes would join those that wait, which is a copy of everything.
  const plain = Readable.from(read(), { objectMode: true, highWaterMark: 16, signal });
  // An abort before anybody reads: whoever does then is told, and until then it must not end the process.
  plain.on('error', () => {});
  return plain;
}

const namedByKey = new WeakMap<Component, ReadonlyMap<string | undefined, Segment>>();

/** As the signed manifest has it, whoever named it: an index names packs too, and is not what vouches for them. */
function namedSegment(component: Component, segment: Segment): Segment {
  const key = segment.parts[0]?.key;
  let byKey = namedByKey.get(component);
  if (!byKey) {
    const all = [...component.segments, ...(component.references ?? [])];
    byKey = new Map(all.map((each) => [each.parts[0]?.key, each]));
    namedByKey.set(component, byKey);
  }
  const named = byKey.get(key);
  if (named) return named;
  throw new HoldfastError(
    'INTEGRITY_SEAL',
    `The manifest names no segment under ${key} in ${component.name}`,
  );
}

/**
 * What the object was sealed as, by its own key: of this backup where it is an own segment; of an earlier backup of
 * the same plan where it is a reference. An object of another plan, or of a later backup, is never one of them.
 */
function contextOfPart(
  { planId, backupId, attempt }: Manifest,
  component: Component,
  segment: Segment,
  { key }: Part,
  number: number,
): SealContext {
  const context = contextOfKey(key);
  const isReference = component.references?.includes(segment) ?? false;
  const { index, name } = segment;
  const owner = isReference
    ? { backupId: context.backupId, attempt: context.attempt, component: context.component }
    : { backupId, attempt, component: component.name };
  const isEarlier = !isReference || context.backupId < backupId;
  if (isEarlier && key === partKey({ planId, ...owner, index, name }, number)) return context;
  const whose = isReference
    ? `of an earlier backup of ${planId}`
    : `below ${backupPrefix(planId, backupId)}${attemptName(attempt)}/${component.name}/`;
  throw new HoldfastError('INTEGRITY_SEAL', `${key} is not the key of part ${number} of a segment ${whose}`);
}
