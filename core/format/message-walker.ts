/**
 * Walks the structure of a sealed message beside its decryption: lengths, counts, frame numbers; never the content.
 *
 * It exists because the SDK's decrypt stream accepts bytes after an unsigned message, buffers whatever frame length
 * the header claims, and cannot say afterwards how much plaintext there should have been. It gives those answers and
 * a plain reason; authenticity is the SDK's business alone.
 */
import { HoldfastError } from '../errors.ts';
import {
  FINAL_FRAME_HEADER_BYTES,
  FRAME_BYTES,
  FRAME_HEADER_BYTES,
  HEADER_LIMIT_BYTES,
  RECIPIENTS_LIMIT,
  TAG_BYTES,
} from './limits.ts';

const MESSAGE_VERSION = 2;
/** AES-256-GCM, HKDF-SHA-512, key commitment, no signature. */
const SUITE_ID = 0x0478;
const CONTENT_TYPE_FRAMED = 2;
const MESSAGE_ID_BYTES = 32;
const COMMITMENT_BYTES = 32;
const END_MARKER = 0xffff_ffff;

export interface MessageWalker {
  /** Plaintext bytes that the frames seen so far announce. */
  readonly plainBytes: number;
  /** Takes the next bytes; throws INTEGRITY_SEAL when they cannot be part of a whole message. */
  push(chunk: Uint8Array): void;
  /** Throws INTEGRITY_SEAL unless the final frame has been seen to its last byte. */
  end(): void;
}

interface Header {
  readonly lengthBytes: number;
  readonly frameBytes: number;
}

type State = 'header' | 'frame' | 'content' | 'done';

export function walkMessage(): MessageWalker {
  let state: State = 'header';
  let held: Buffer = Buffer.alloc(0);
  let frameBytes = 0;
  let frame = 0;
  let final = false;
  let skipBytes = 0;
  let plainBytes = 0;

  /** Takes what the header needs from the chunk; returns how many bytes of the chunk it used. */
  const takeHeader = (chunk: Buffer): number => {
    const before = held.length;
    const joined = before === 0 ? chunk : Buffer.concat([held, chunk]);
    const header = readHeader(joined.subarray(0, HEADER_LIMIT_BYTES));
    if (header === undefined) {
      if (joined.length >= HEADER_LIMIT_BYTES) throw damaged('its header is longer than the format allows');
      held = Buffer.from(joined);
      return chunk.length;
    }
    held = Buffer.alloc(0);
    frameBytes = header.frameBytes;
    state = 'frame';
    return header.lengthBytes - before;
  };

  const takeFrameHeader = (chunk: Buffer): number => {
    const before = held.length;
    const joined = before === 0 ? chunk : Buffer.concat([held, chunk.subarray(0, FINAL_FRAME_HEADER_BYTES)]);
    final = joined.length >= 4 && joined.readUInt32BE(0) === END_MARKER;
    const needBytes = final ? FINAL_FRAME_HEADER_BYTES : FRAME_HEADER_BYTES;
    if (joined.length < needBytes) {
      held = Buffer.from(joined);
      return chunk.length;
    }
    held = Buffer.alloc(0);
    frame += 1;
    const at = final ? 4 : 0;
    const ivEnd = at + FRAME_HEADER_BYTES;
    // The IV of a frame is its number, left-padded with zeros.
    if (joined.readUInt32BE(at) !== frame || joined.readUInt32BE(ivEnd - 4) !== frame) {
      throw damaged(`frame ${frame} is not where it belongs`);
    }
    const contentBytes = final ? joined.readUInt32BE(ivEnd) : frameBytes;
    if (contentBytes > frameBytes) throw damaged(`frame ${frame} is longer than its header allows`);
    plainBytes += contentBytes;
    skipBytes = contentBytes + TAG_BYTES;
    state = 'content';
    return needBytes - before;
  };

  const takeContent = (chunk: Buffer): number => {
    const taken = Math.min(skipBytes, chunk.length);
    skipBytes -= taken;
    if (skipBytes === 0) state = final ? 'done' : 'frame';
    return taken;
  };

  return {
    get plainBytes() {
      return plainBytes;
    },
    push(bytes) {
      let rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      while (rest.length > 0) {
        if (state === 'done') throw damaged('bytes follow after its final frame');
        const take = state === 'header' ? takeHeader : state === 'frame' ? takeFrameHeader : takeContent;
        rest = rest.subarray(take(rest));
      }
    },
    end() {
      if (state !== 'done')
        throw damaged(`it ends early, in ${frame === 0 ? 'its header' : `or after frame ${frame}`}`);
    },
  };
}

/** Length and frame size, or undefined while bytes are missing. */
function readHeader(bytes: Buffer): Header | undefined {
  if (bytes.length < 3) return undefined;
  if (bytes[0] !== MESSAGE_VERSION) throw damaged('it does not begin as a sealed message does');
  if (bytes.readUInt16BE(1) !== SUITE_ID) throw damaged('its algorithm suite is not 0x0478');
  let at = 3 + MESSAGE_ID_BYTES;
  if (bytes.length < at + 2) return undefined;
  at += 2 + bytes.readUInt16BE(at);
  if (bytes.length < at + 2) return undefined;
  const dataKeys = bytes.readUInt16BE(at);
  at += 2;
  if (dataKeys < 1 || dataKeys > RECIPIENTS_LIMIT) {
    throw damaged(`it has ${dataKeys} encrypted data keys; 1 to ${RECIPIENTS_LIMIT} are allowed`);
  }
  // Each data key is three fields with a length before it: namespace, key id, ciphertext.
  for (let field = 0; field < dataKeys * 3; field += 1) {
    if (bytes.length < at + 2) return undefined;
    at += 2 + bytes.readUInt16BE(at);
  }
  const lengthBytes = at + 1 + 4 + COMMITMENT_BYTES + TAG_BYTES;
  if (bytes.length < lengthBytes) return undefined;
  if (bytes[at] !== CONTENT_TYPE_FRAMED) throw damaged('its content is not framed');
  const frameBytes = bytes.readUInt32BE(at + 1);
  if (frameBytes < 1 || frameBytes > FRAME_BYTES) {
    throw damaged(`its frames of ${frameBytes} bytes are outside 1 to ${FRAME_BYTES}`);
  }
  return { lengthBytes, frameBytes };
}

function damaged(why: string): HoldfastError {
  return new HoldfastError('INTEGRITY_SEAL', `the sealed object is damaged: ${why}`);
}
