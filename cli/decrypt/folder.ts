/** A downloaded backup: a folder that has the files of the vault as they lay there, at whatever depth. */
import { createReadStream } from 'node:fs';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HoldfastError } from '../../core/errors.ts';
import { manifestContext } from '../../core/format/context.ts';
import { backupIdSchema, backupPrefix } from '../../core/format/layout.ts';
import { IN_MEMORY_LIMIT_BYTES } from '../../core/format/limits.ts';
import { headerBytes, type MessageHeader, readHeader } from './message-header.ts';

/** Folders below the one that was named. A vault's keys have six levels. */
const maxDepth = 12;
const maxEntries = 200_000;

export interface DownloadedBackup {
  readonly manifestPath: string;
  readonly header: MessageHeader;
}

/** Every manifest below the folder. INVALID_INPUT when it cannot be read or is too large to search. */
export async function findManifests(folder: string): Promise<readonly DownloadedBackup[]> {
  const found: DownloadedBackup[] = [];
  let entries = 0;
  const walk = async (path: string, depth: number): Promise<void> => {
    for (const entry of await readdir(path, { withFileTypes: true })) {
      entries += 1;
      if (entries > maxEntries)
        throw new HoldfastError('INVALID_INPUT', `${folder} holds more than ${maxEntries} files`);
      const inner = join(path, entry.name);
      if (entry.isDirectory() && depth < maxDepth) await walk(inner, depth + 1);
      // Anything may be called so: only what says that it is a manifest counts.
      if (entry.isFile() && entry.name === 'manifest')
        found.push({ manifestPath: inner, header: await headerOf(inner) });
    }
  };
  await walk(folder, 0);
  return found.filter(({ header }) => header.context.segment === 'manifest');
}

export async function headerOf(path: string): Promise<MessageHeader> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headerBytes), 0, headerBytes, 0);
    return readHeader(buffer.subarray(0, bytesRead), path);
  } finally {
    await file.close();
  }
}

/** The whole of a small object (a manifest). */
export async function readWhole(path: string): Promise<Buffer> {
  const { size } = await stat(path);
  if (size > IN_MEMORY_LIMIT_BYTES) {
    throw new HoldfastError(
      'INTEGRITY_LENGTH',
      `${path} is ${size} bytes long; at most ${IN_MEMORY_LIMIT_BYTES}`,
    );
  }
  return readFile(path);
}

/**
 * Streams the object that the manifest names by its key: of this backup, or of an earlier one of the plan that it
 * builds upon, whose folder lies beside. OBJECT_MISSING names the file that should be there.
 */
export async function readPart(backup: DownloadedBackup, key: string): Promise<AsyncIterable<Uint8Array>> {
  const { planId, backupId } = backup.header.context;
  const owner = ownerOf(key);
  const relative = key.slice(backupPrefix(planId, owner).length);
  if (
    !key.startsWith(backupPrefix(planId, owner)) ||
    owner > backupId ||
    relative.split('/').some((name) => name === '..' || name === '')
  ) {
    throw new HoldfastError(
      'INTEGRITY_SIGNATURE',
      `the manifest names ${key}, which is of no backup that it can need`,
    );
  }
  const folder = dirname(backup.manifestPath);
  const path = join(owner === backupId ? folder : join(dirname(folder), owner), relative);
  const there = await stat(path).catch(() => undefined);
  if (!there?.isFile()) {
    throw new HoldfastError('OBJECT_MISSING', `the file ${path} is not there`, {
      next: 'Download it from the vault to where it lay there, and run the command again: folders of earlier backups beside the folder of this one.',
    });
  }
  return createReadStream(path, { highWaterMark: 1024 * 1024 });
}

/** The id of the backup below which a key lies; empty when it is none. */
function ownerOf(key: string): string {
  return backupIdSchema.safeParse(key.split('/')[2]).data ?? '';
}

/** `contexts` that a manifest of this backup must have been sealed with. */
export function expectedManifestContext({ header }: DownloadedBackup) {
  return manifestContext(header.context.planId, header.context.backupId);
}
