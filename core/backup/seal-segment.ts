/**
 * One segment on its way out: dump → seal → vault, part by part, nothing on disk and nothing held but the buffers
 * of the vault's writer. Returns only when every part is stored as it was sent; throws when the dump did not end well.
 */
import { segmentContext } from '../format/context.ts';
import { partKey, type SegmentAddress } from '../format/layout.ts';
import { splitParts } from '../format/parts.ts';
import { seal } from '../format/seal.ts';
import type { Part, Segment } from '../manifest.ts';
import type { SealingKey } from '../ports/keys.ts';
import type { PlannedSegment, SegmentDump } from '../ports/source.ts';
import type { ObjectAttributes, Vault } from '../ports/vault.ts';

export interface SegmentSink {
  readonly vault: Vault;
  readonly recipients: readonly SealingKey[];
  readonly attributes: ObjectAttributes;
  readonly signal: AbortSignal;
  readonly onBytes: (plainBytes: number) => void;
  /** Plain bytes of one part; the format's maximum unless a test wants many parts. */
  readonly partPlainBytes?: number;
}

export interface StoredSegment {
  readonly segment: Segment;
  readonly versions: Readonly<Record<string, string>>;
}

export async function sealSegment(
  planned: PlannedSegment,
  dump: SegmentDump,
  address: SegmentAddress,
  sink: SegmentSink,
): Promise<StoredSegment> {
  const parts: Part[] = [];
  const versions: Record<string, string> = {};
  let plainBytes = 0;
  const counted = tap(dump.output, (bytes) => {
    plainBytes += bytes;
    sink.onBytes(bytes);
  });
  for await (const plain of splitParts(counted, sink.partPlainBytes)) {
    const part = parts.length + 1;
    const key = partKey(address, part);
    const sealed = seal(plain, sink.recipients, segmentContext(address, part));
    const stored = await sink.vault.write(key, sealed, sink.attributes, { signal: sink.signal });
    parts.push({ key, lengthBytes: stored.lengthBytes, sha256: stored.sha256 });
    if (stored.versionId) versions[key] = stored.versionId;
  }
  const { index, name, encoding, section, role } = planned;
  return {
    segment: { index, name, encoding, section, role, plainBytes, parts, contents: dump.contents() },
    versions,
  };
}

async function* tap(
  body: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    onBytes(chunk.length);
    yield chunk;
  }
}
