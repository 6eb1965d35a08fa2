/** The SHA-256 of a file as it lies there, read without following a link. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

export interface FileHash {
  readonly sha256: string;
  readonly bytes: number;
}

/** Undefined when it is no plain file. */
export async function hashOfFile(path: string, signal: AbortSignal): Promise<FileHash | undefined> {
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const file = await open(path, flags);
  try {
    return (await file.stat()).isFile() ? await hashOf(file, signal) : undefined;
  } finally {
    await file.close();
  }
}

export async function hashOf(file: FileHandle, signal: AbortSignal): Promise<FileHash> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(256 * 1024);
  for (let bytes = 0; ; ) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(buffer, 0, buffer.length, bytes);
    if (bytesRead === 0) return { sha256: hash.digest('hex'), bytes };
    hash.update(buffer.subarray(0, bytesRead));
    bytes += bytesRead;
  }
}
