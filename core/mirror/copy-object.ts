/**
 * One sealed object from a vault into another, byte for byte as it is. No key is needed: what S3 says of its checksum
 * is compared with the bytes as they pass, so that an object which was damaged on the way is never made.
 */
import { createHash, type Hash } from 'node:crypto';
import { HoldfastError } from '../errors.ts';
import { UPLOAD_PART_BYTES } from '../format/limits.ts';
import type { ObjectAttributes, ObjectState, Vault } from '../ports/vault.ts';

export interface CopyJob {
  readonly key: string;
  readonly from: Vault;
  readonly to: Vault;
  /** As it is to be kept there, by what it is kept as here. */
  readonly attributes: (state: ObjectState) => ObjectAttributes;
  readonly signal: AbortSignal;
}

export interface CopiedObject {
  readonly bytes: number;
  /** It was there already, with that length (and checksum, where both stores tell one). */
  readonly present: boolean;
}

/** OBJECT_MISSING when it is not there any more; OBJECT_EXISTS when something else is at its place; INTEGRITY_HASH. */
export async function copyObject({ key, from, to, attributes, signal }: CopyJob): Promise<CopiedObject> {
  const [source, there] = await Promise.all([from.head(key, { signal }), to.head(key, { signal })]);
  if (!source) throw new HoldfastError('OBJECT_MISSING', `${key} is not in ${from.location}`);
  if (there) {
    requireSame(source, there, to);
    return { bytes: there.lengthBytes, present: true };
  }
  const body = checked(source, from, signal);
  const { lengthBytes } = await to.write(key, body, attributes(source), { signal });
  return { bytes: lengthBytes, present: false };
}

function requireSame(source: ObjectState, there: ObjectState, to: Vault): void {
  const checksums = [source.checksumSha256, there.checksumSha256];
  const differs =
    there.lengthBytes !== source.lengthBytes ||
    (checksums.every((one) => one !== undefined) && checksums[0] !== checksums[1]);
  if (!differs) return;
  throw new HoldfastError(
    'OBJECT_EXISTS',
    `${source.key} is in ${to.location} with other content (${there.lengthBytes} bytes, not ${source.lengthBytes})`,
    { next: 'Look who wrote it; move it away, and the next copying brings the right one.' },
  );
}

async function* checked(source: ObjectState, from: Vault, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const { key, versionId, checksumSha256: expected } = source;
  const sum = expected === undefined ? undefined : checksumLike(expected);
  let lengthBytes = 0;
  for await (const chunk of (await from.read(key, { versionId, signal })) as AsyncIterable<Uint8Array>) {
    lengthBytes += chunk.length;
    sum?.update(chunk);
    yield chunk;
  }
  if (lengthBytes !== source.lengthBytes) {
    throw new HoldfastError(
      'INTEGRITY_LENGTH',
      `${key} in ${from.location} gave ${lengthBytes} bytes, not ${source.lengthBytes}`,
    );
  }
  if (sum && sum.digest() !== expected) {
    throw new HoldfastError('INTEGRITY_HASH', `${key} came from ${from.location} with another checksum`);
  }
}

/**
 * Whether what was copied before is still what the vault has; for those who distrust their disk. VAULT_UNSUITABLE when
 * the vault tells no checksum to compare with.
 */
export async function isIntact(
  key: string,
  source: ObjectState,
  to: Vault,
  signal: AbortSignal,
): Promise<boolean> {
  const { checksumSha256: expected } = source;
  if (expected === undefined) {
    throw new HoldfastError(
      'VAULT_UNSUITABLE',
      `the vault tells no SHA-256 of ${key}: nothing to compare with`,
      {
        next: 'Use `holdfast verify --from` with a key file: it goes by the signed manifest.',
      },
    );
  }
  const sum = checksumLike(expected);
  let lengthBytes = 0;
  for await (const chunk of (await to.read(key, { signal })) as AsyncIterable<Uint8Array>) {
    lengthBytes += chunk.length;
    sum.update(chunk);
  }
  return lengthBytes === source.lengthBytes && sum.digest() === expected;
}

interface Checksum {
  update(chunk: Uint8Array): void;
  /** As HeadObject tells it. */
  digest(): string;
}

/** SHA-256 in the form of that one: of the whole, or of the sums of its upload parts (`…-N`). */
function checksumLike(expected: string): Checksum {
  return /-\d+$/.test(expected) ? compositeChecksum() : wholeChecksum();
}

function wholeChecksum(): Checksum {
  const hash = createHash('sha256');
  return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest('base64') };
}

/** Every upload of Holdfast's has parts of the same size, the last one excepted. */
function compositeChecksum(): Checksum {
  const sums = createHash('sha256');
  let parts = 0;
  let part: Hash | undefined;
  let leftBytes = UPLOAD_PART_BYTES;
  const close = () => {
    if (part === undefined) return;
    sums.update(part.digest());
    parts += 1;
    part = undefined;
    leftBytes = UPLOAD_PART_BYTES;
  };
  return {
    update(chunk) {
      for (let rest = chunk; rest.length > 0; ) {
        part ??= createHash('sha256');
        const piece = rest.subarray(0, leftBytes);
        part.update(piece);
        leftBytes -= piece.length;
        rest = rest.subarray(piece.length);
        if (leftBytes === 0) close();
      }
    },
    digest() {
      close();
      return `${sums.digest('base64')}-${parts}`;
    },
  };
}
