/** Writes what was opened. A file bears its name only once every byte of it is proven; before, it ends in `.partial`. */
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { HoldfastError } from '../../core/errors.ts';
import { contextOfKey } from '../../core/format/context.ts';
import { safeName } from '../../core/format/layout.ts';
import { open } from '../../core/format/open.ts';
import type { Component, Segment } from '../../core/manifest.ts';
import type { OpeningKey } from '../../core/ports/keys.ts';
import { type DownloadedBackup, readPart } from './folder.ts';

/** Plaintext of a database is nobody else's business. */
const fileMode = 0o600;
const folderMode = 0o700;

/** Makes the folder. INVALID_INPUT when there is something in it: nothing is ever overwritten. */
export async function emptyFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: folderMode });
  const [first] = await readdir(path);
  if (first !== undefined) {
    throw new HoldfastError('INVALID_INPUT', `--out ${path} is not empty (${first} is there)`, {
      next: 'Name a folder that is empty or does not exist.',
    });
  }
}

/** Writes through `<path>.partial`; on a failure nothing stays. */
export async function writeProven(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: folderMode });
  const partial = `${path}.partial`;
  try {
    await pipeline(bytes, createWriteStream(partial, { mode: fileMode, flags: 'wx' }));
    await rename(partial, path);
  } catch (thrown) {
    await rm(partial, { force: true });
    throw thrown;
  }
}

export async function writeText(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: folderMode });
  await writeFile(path, text, { mode: fileMode, flag: 'wx' });
}

/** Opens a segment, part after part, each against length, SHA-256 and context; writes it below `folder`. */
export async function writeSegment(
  backup: DownloadedBackup,
  { segment, fileName }: NamedSegment,
  privateKeys: readonly OpeningKey[],
  folder: string,
  onBytes: (bytes: number) => void,
): Promise<void> {
  async function* plain(): AsyncGenerator<Uint8Array> {
    let plainBytes = 0;
    for (const part of segment.parts) {
      const sealed = await readPart(backup, part.key);
      for await (const chunk of open(sealed, privateKeys, contextOfKey(part.key), part)) {
        plainBytes += chunk.length;
        onBytes(chunk.length);
        yield chunk;
      }
    }
    if (plainBytes !== segment.plainBytes) {
      throw new HoldfastError(
        'INTEGRITY_LENGTH',
        `segment ${segment.name} opened to ${plainBytes} bytes, the manifest says ${segment.plainBytes}`,
      );
    }
  }
  await writeProven(join(folder, fileName), plain());
}

export interface NamedSegment {
  readonly segment: Segment;
  readonly fileName: string;
}

/** By encoding: what a tool expects a file of it to be called. */
const endings: Readonly<Record<string, string>> = {
  'pg-custom': 'dump',
  'pg-globals-sql': 'sql',
  'mongo-archive': 'archive',
  'mongo-archive-zstd': 'archive.zst',
  'mongo-archive-gzip': 'archive.gz',
  tar: 'tar',
  'tar-zstd': 'tar.zst',
  'tar-gzip': 'tar.gz',
  'tar-bzip2': 'tar.bz2',
  'files-index-zstd': 'jsonl.zst',
};

/** Where the order counts in a restore; other sections follow as they come. */
const sectionsInOrder = ['globals', 'pre-data', 'data', 'post-data'];

/**
 * Names in the order of restoring: globals.sql, pre-data.dump, data-0001-orders.dump, …, post-data.dump. Packs, which
 * may be of earlier backups, by the backup that wrote them: 20261121T020000Z-6fb80b81-0001-pack.tar.zst.
 */
export function nameSegments({ segments, references = [] }: Component): readonly NamedSegment[] {
  const packs = [...references, ...segments.filter(isPack)];
  const others = segments.filter((segment) => !isPack(segment));
  const sections = new Set([...sectionsInOrder, ...others.map(({ section }) => section)]);
  return [
    ...[...sections].flatMap((section) => {
      const ofSection = others.filter((segment) => segment.section === section);
      return ofSection.map((segment) => {
        const numbered = section === 'data' || ofSection.length > 1;
        const suffix = numbered ? `-${String(segment.index).padStart(4, '0')}-${safeName(segment.name)}` : '';
        return { segment, fileName: `${section}${suffix}.${endingOf(segment)}` };
      });
    }),
    ...packs
      .map((segment) => ({ segment, fileName: `${packName(segment)}.${endingOf(segment)}` }))
      .sort((one, other) => (one.fileName < other.fileName ? -1 : 1)),
  ];
}

/** With `mode: full` a pack is shared with no later backup, and its role is that of any segment. */
function isPack({ role, encoding }: Segment): boolean {
  return role === 'pack' || encoding === 'tar' || encoding.startsWith('tar-');
}

function endingOf({ encoding }: Segment): string {
  return endings[encoding] ?? 'bin';
}

/** From `plans/P/BACKUP/a01/C/0001-pack.0001`: `BACKUP-0001-pack`, which `restore-files.py` makes of it as well. */
function packName({ parts }: Segment): string {
  const { backupId, segment } = contextOfKey(parts[0]?.key ?? '');
  return `${backupId}-${segment}`;
}
