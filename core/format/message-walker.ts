/**
 * The structure of a sealed message: an AWS Encryption SDK message of version 2 in suite 0x0478, framed. Reads its
 * header and cuts what follows into frames, whatever the borders of the chunks are; never looks at the content.
 *
 * Promises: whatever is not exactly such a message, within the limits of limits.ts, is refused with a plain reason:
 * other suites, frames out of order or longer than announced, bytes after the end. Authenticity is open.ts's business.
 */
import { HoldfastError } from '../errors.ts';
import {
  FINAL_FRAME_HEADER_BYTES,
  FRAME_BYTES,
  FRAME_HEADER_BYTES,
  HEADER_LIMIT_BYTES,
  IV_BYTES,
  RECIPIENTS_LIMIT,
  TAG_BYTES,
} from './limits.ts';

const MESSAGE_VERSION = 2;
/** AES-256-GCM, HKDF-SHA-512, key commitment, no signature. */
export const SUITE_ID = 0x0478;
const CONTENT_TYPE_FRAMED = 2;
const MESSAGE_ID_BYTES = 32;
const COMMITMENT_BYTES = 32;
const END_MARKER = 0xffff_ffff;

/** One encrypted data key: for whom, and the key as wrapped for them. */
export interface WrappedDataKey {
  readonly namespace: Buffer;
  readonly keyId: Buffer;
  readonly wrapped: Buffer;
}

export interface MessageHeader {
  /** With the tag at its end. */
  readonly lengthBytes: number;
  /** What the tag is about: all of the header but the tag. */
  readonly authenticated: Buffer;
  readonly tag: Buffer;
  readonly messageId: Buffer;
  readonly commitment: Buffer;
  readonly context: Readonly<Record<string, string>>;
  readonly dataKeys: readonly WrappedDataKey[];
  readonly frameBytes: number;
}

/** Bytes are valid during the call only, but for `content`, which is a view of the chunk. */
export interface FrameSink {
  begin(frame: {
    readonly sequence: number;
    readonly final: boolean;
    readonly contentBytes: number;
    readonly iv: Buffer;
  }): void;
  content(bytes: Buffer): void;
  /** The frame is complete. */
  end(tag: Buffer): void;
}

export interface FrameWalker {
  /** Takes the next bytes; throws INTEGRITY_SEAL when they cannot be part of a whole message. */
  push(chunk: Uint8Array): void;
  /** Throws INTEGRITY_SEAL unless the final frame has been seen to its last byte. */
  end(): void;
}

type State = 'frame' | 'content' | 'tag' | 'done';

/** Walks what follows the header. */
export function walkFrames(frameBytes: number, sink: FrameSink): FrameWalker {
  let state: State = 'frame';
  let held: Buffer = Buffer.alloc(0);
  let sequence = 0;
  let final = false;
  let leftBytes = 0;

  /** The next `needBytes`, of which some may be held from the chunk before; undefined while some are missing. */
  const gather = (chunk: Buffer, needBytes: number): Buffer | undefined => {
    const joined =
      held.length === 0 ? chunk : Buffer.concat([held, chunk.subarray(0, needBytes - held.length)]);
    if (joined.length >= needBytes) return joined.subarray(0, needBytes);
    held = Buffer.from(joined);
    return undefined;
  };

  const takeFrameHeader = (chunk: Buffer): number => {
    const before = held.length;
    const marker = gather(chunk, 4);
    if (marker === undefined) return chunk.length;
    final = marker.readUInt32BE(0) === END_MARKER;
    const head = gather(chunk, final ? FINAL_FRAME_HEADER_BYTES : FRAME_HEADER_BYTES);
    if (head === undefined) return chunk.length;
    held = Buffer.alloc(0);
    sequence += 1;
    const at = final ? 4 : 0;
    const ivEnd = at + FRAME_HEADER_BYTES;
    // The IV of a frame is its number, left-padded with zeros.
    if (head.readUInt32BE(at) !== sequence || head.readUInt32BE(ivEnd - 4) !== sequence) {
      throw damaged(`frame ${sequence} is not where it belongs`);
    }
    const contentBytes = final ? head.readUInt32BE(ivEnd) : frameBytes;
    if (contentBytes > frameBytes) throw damaged(`frame ${sequence} is longer than its header allows`);
    sink.begin({ sequence, final, contentBytes, iv: head.subarray(ivEnd - IV_BYTES, ivEnd) });
    leftBytes = contentBytes;
    state = contentBytes === 0 ? 'tag' : 'content';
    return head.length - before;
  };

  const takeContent = (chunk: Buffer): number => {
    const content = chunk.subarray(0, leftBytes);
    sink.content(content);
    leftBytes -= content.length;
    if (leftBytes === 0) state = 'tag';
    return content.length;
  };

  const takeTag = (chunk: Buffer): number => {
    const before = held.length;
    const tag = gather(chunk, TAG_BYTES);
    if (tag === undefined) return chunk.length;
    held = Buffer.alloc(0);
    sink.end(tag);
    state = final ? 'done' : 'frame';
    return TAG_BYTES - before;
  };

  const takers = { frame: takeFrameHeader, content: takeContent, tag: takeTag };
  return {
    push(bytes) {
      let rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      while (rest.length > 0) {
        if (state === 'done') throw damaged('bytes follow after its final frame');
        rest = rest.subarray(takers[state](rest));
      }
    },
    end() {
      if (state !== 'done')
        throw endsEarly(sequence === 0 ? 'after its header' : `in or after frame ${sequence}`);
    },
  };
}

/** The header, or undefined while bytes of it are missing. Throws INTEGRITY_SEAL when there can be none. */
export function readHeader(bytes: Buffer): MessageHeader | undefined {
  const header = readWithin(bytes.subarray(0, HEADER_LIMIT_BYTES));
  if (header === undefined && bytes.length >= HEADER_LIMIT_BYTES) {
    throw damaged('its header is longer than the format allows');
  }
  return header;
}

function readWithin(bytes: Buffer): MessageHeader | undefined {
  if (bytes.length < 3) return undefined;
  if (bytes[0] !== MESSAGE_VERSION) throw damaged('it does not begin as a sealed message does');
  if (bytes.readUInt16BE(1) !== SUITE_ID) throw damaged('its algorithm suite is not 0x0478');
  const fields = new Fields(bytes, 3);
  const messageId = fields.take(MESSAGE_ID_BYTES);
  const context = fields.sized();
  const count = fields.uint16();
  if (count !== undefined && (count < 1 || count > RECIPIENTS_LIMIT)) {
    throw damaged(`it has ${count} encrypted data keys; 1 to ${RECIPIENTS_LIMIT} are allowed`);
  }
  const dataKeys: WrappedDataKey[] = [];
  for (let index = 0; index < (count ?? 0); index += 1) {
    const [namespace, keyId, wrapped] = [fields.sized(), fields.sized(), fields.sized()];
    if (namespace && keyId && wrapped) dataKeys.push({ namespace, keyId, wrapped });
  }
  const contentType = fields.take(1);
  const frameLength = fields.take(4);
  const commitment = fields.take(COMMITMENT_BYTES);
  const authenticated = bytes.subarray(0, fields.at);
  const tag = fields.take(TAG_BYTES);
  if (!messageId || !context || !contentType || !frameLength || !commitment || !tag) return undefined;
  if (contentType[0] !== CONTENT_TYPE_FRAMED) throw damaged('its content is not framed');
  const frameBytes = frameLength.readUInt32BE(0);
  if (frameBytes < 1 || frameBytes > FRAME_BYTES) {
    throw damaged(`its frames of ${frameBytes} bytes are outside 1 to ${FRAME_BYTES}`);
  }
  return {
    lengthBytes: fields.at,
    authenticated,
    tag,
    messageId,
    commitment,
    context: readContext(context),
    dataKeys,
    frameBytes,
  };
}

/** Pairs of texts, each name once; nothing at all is the empty context. */
function readContext(bytes: Buffer): Readonly<Record<string, string>> {
  const context: Record<string, string> = Object.create(null);
  if (bytes.length === 0) return context;
  const fields = new Fields(bytes, 0);
  const count = fields.uint16() ?? 0;
  for (let index = 0; index < count; index += 1) {
    const name = fields.sized()?.toString('utf8');
    const value = fields.sized()?.toString('utf8');
    if (name === undefined || value === undefined || context[name] !== undefined) {
      throw damaged('its context cannot be read');
    }
    context[name] = value;
  }
  if (fields.at !== bytes.length) throw damaged('its context cannot be read');
  return context;
}

/** Reads field after field; once bytes are missing, every further field is undefined. */
class Fields {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  take(lengthBytes: number): Buffer | undefined {
    const end = this.at + lengthBytes;
    if (end > this.#bytes.length) {
      this.at = this.#bytes.length + 1;
      return undefined;
    }
    const field = this.#bytes.subarray(this.at, end);
    this.at = end;
    return field;
  }

  uint16(): number | undefined {
    return this.take(2)?.readUInt16BE(0);
  }

  /** A field with its length before it. */
  sized(): Buffer | undefined {
    const lengthBytes = this.uint16();
    return lengthBytes === undefined ? undefined : this.take(lengthBytes);
  }
}

export function damaged(why: string, cause?: unknown): HoldfastError {
  return new HoldfastError('INTEGRITY_SEAL', `the sealed object is damaged: ${why}`, { cause });
}

export function endsEarly(where: string): HoldfastError {
  return damaged(`it ends early, ${where}`);
}
