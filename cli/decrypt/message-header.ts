/**
 * The readable beginning of a sealed object: its encryption context and whom it was sealed for. Nothing here is
 * proven; it only says which keys and which context to try. Layout: AWS Encryption SDK message format, version 2,
 * https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html
 */
import { HoldfastError } from '../../core/errors.ts';
import { FORMAT_VERSION, type SealContext } from '../../core/format/context.ts';
import { HEADER_LIMIT_BYTES } from '../../core/format/limits.ts';
import { KEY_NAMESPACE } from '../../core/format/seal.ts';

export interface MessageHeader {
  readonly context: SealContext;
  /** Ids of the wrapping keys that can open it. */
  readonly keyIds: readonly string[];
  /** ARNs of the KMS keys that can open it. */
  readonly kmsKeyArns: readonly string[];
}

/** How much of the object readHeader needs, at most. */
export const headerBytes = HEADER_LIMIT_BYTES;

/** Reads the header from the first bytes of an object. INTEGRITY_SEAL when they are none, FORMAT_UNKNOWN. */
export function readHeader(bytes: Uint8Array, name: string): MessageHeader {
  try {
    const reader = cursor(bytes);
    // Version, algorithm suite, message id: the walker in core/format checks them while opening.
    reader.skip(1 + 2 + 32);
    const pairs = readContext(reader);
    return { context: toContext(pairs, name), ...readRecipients(reader) };
  } catch (thrown) {
    if (thrown instanceof HoldfastError) throw thrown;
    throw new HoldfastError('INTEGRITY_SEAL', `${name} does not begin like a sealed object`, {
      cause: thrown,
    });
  }
}

interface Cursor {
  skip(bytes: number): void;
  number(): number;
  text(): string;
}

/** Numbers are 16-bit big-endian; texts are UTF-8 with such a length before them. RangeError beyond the end. */
function cursor(bytes: Uint8Array): Cursor {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const number = () => {
    at += 2;
    return view.readUInt16BE(at - 2);
  };
  return {
    number,
    skip(count) {
      at += count;
    },
    text() {
      const length = number();
      if (at + length > view.length) throw new RangeError('beyond the end');
      at += length;
      return view.toString('utf8', at - length, at);
    },
  };
}

function readContext(reader: Cursor): Map<string, string> {
  const pairs = new Map<string, string>();
  // A context of no bytes has no count either.
  if (reader.number() === 0) return pairs;
  for (let left = reader.number(); left > 0; left -= 1) pairs.set(reader.text(), reader.text());
  return pairs;
}

function readRecipients(reader: Cursor): Pick<MessageHeader, 'keyIds' | 'kmsKeyArns'> {
  const keyIds: string[] = [];
  const kmsKeyArns: string[] = [];
  for (let left = reader.number(); left > 0; left -= 1) {
    const namespace = reader.text();
    const id = reader.text();
    reader.skip(reader.number());
    if (namespace === KEY_NAMESPACE) keyIds.push(id);
    if (namespace === 'aws-kms') kmsKeyArns.push(id);
  }
  return { keyIds, kmsKeyArns };
}

function toContext(pairs: ReadonlyMap<string, string>, name: string): SealContext {
  const format = pairs.get('format');
  if (format !== FORMAT_VERSION) {
    const found =
      format === undefined ? 'of no format of Holdfast' : `of format ${JSON.stringify(format.slice(0, 20))}`;
    throw new HoldfastError('FORMAT_UNKNOWN', `${name} is ${found}; this release knows ${FORMAT_VERSION}`);
  }
  return {
    planId: pairs.get('planId') ?? '',
    backupId: pairs.get('backupId') ?? '',
    attempt: Number(pairs.get('attempt')),
    component: pairs.get('component') ?? '',
    segment: pairs.get('segment') ?? '',
    part: Number(pairs.get('part')),
  };
}
