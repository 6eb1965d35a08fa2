/**
 * The sizes that the format fixes, and how long a sealed object becomes. Sources: the AWS Encryption SDK message
 * format, version 2 (header, frames), and the vault's uploads (at most 9,000 parts of 8 MiB, below S3's 10,000).
 */

/** Frames that are written. Readers take 1 byte to this much, so that an attacker cannot make them buffer more. */
export const FRAME_BYTES = 1024 * 1024;

/** Encrypted data keys in one message, at most: bounds the private-key operations that opening costs. */
export const RECIPIENTS_LIMIT = 8;

/** What a header is allowed to be; eight RSA-4096 recipients and the longest context need about 5 KiB. */
export const HEADER_LIMIT_BYTES = 16 * 1024;

/** Of an upload to S3, all but the last one: the store's composite checksums are over these. */
export const UPLOAD_PART_BYTES = 8 * 1024 * 1024;

/** A sealed object, at most: 9,000 upload parts (about 70 GiB). */
export const SEALED_OBJECT_LIMIT_BYTES = 9_000 * UPLOAD_PART_BYTES;

/** What is sealed or opened in memory (manifests, reports), at most, on either side. */
export const IN_MEMORY_LIMIT_BYTES = 256 * 1024 * 1024;

export const TAG_BYTES = 16;
export const IV_BYTES = 12;
/** Sequence number, IV. */
export const FRAME_HEADER_BYTES = 4 + IV_BYTES;
/** End marker, sequence number, IV, length of the content. */
export const FINAL_FRAME_HEADER_BYTES = 4 + 4 + IV_BYTES + 4;

/**
 * Length of the sealed object for that much plaintext under a header of that length (with its tag). Full frames
 * first, then always a final frame with what remains, which may be nothing.
 */
export function sealedBytes(plainBytes: number, headerBytes: number): number {
  const fullFrames = Math.floor(plainBytes / FRAME_BYTES);
  return (
    headerBytes +
    fullFrames * (FRAME_HEADER_BYTES + FRAME_BYTES + TAG_BYTES) +
    (FINAL_FRAME_HEADER_BYTES + (plainBytes % FRAME_BYTES) + TAG_BYTES)
  );
}

/**
 * Plaintext of one part, at most: the largest whole number of frames whose sealed object stays within
 * SEALED_OBJECT_LIMIT_BYTES under the longest header.
 */
export const PART_PLAIN_LIMIT_BYTES =
  Math.floor(
    (SEALED_OBJECT_LIMIT_BYTES - HEADER_LIMIT_BYTES - FINAL_FRAME_HEADER_BYTES - TAG_BYTES) /
      (FRAME_HEADER_BYTES + FRAME_BYTES + TAG_BYTES),
  ) * FRAME_BYTES;
