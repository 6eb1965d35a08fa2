/**
 * A files backup in memory, made by the parts that make real ones (TarWriter, IndexEncoder) out of a list of what the
 * source had: for tests of reading and restoring. Tests may change what is stored, and see what was opened.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { compareBytes } from '../../adapters/files/byte-order.ts';
import { copied } from '../../adapters/files/compress.ts';
import {
  EMPTY_SHA256,
  type FileEntry,
  IndexEncoder,
  type IndexEntry,
  type ObjectFacts,
  type SkipCode,
} from '../../adapters/files/index-format.ts';
import { packEncodings } from '../../adapters/files/model.ts';
import { TarWriter } from '../../adapters/files/tar-writer.ts';
import type { Component, Segment } from '../../core/manifest.ts';
import type { OpenSegment } from '../../core/ports/recovery.ts';

export interface SourceThing extends ObjectFacts {
  readonly path: string;
  /** Default file. */
  readonly type?: 'file' | 'dir' | 'symlink' | 'skipped';
  readonly content?: string | Buffer;
  readonly target?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: string;
  readonly why?: string;
  readonly code?: SkipCode;
}

export interface FilesBackupOptions {
  readonly things: readonly SourceThing[];
  readonly compression?: keyof typeof packEncodings;
  /** A new pack begins when one has so many files. Default 1,000. */
  readonly filesPerPack?: number;
  readonly place?: { readonly bucket: string; readonly prefix: string } | { readonly path: string };
  /** The last word on each entry, for indexes that no source would have made. */
  readonly edit?: (entry: IndexEntry) => IndexEntry;
  /** How many of the packs (the first ones) belong to an earlier backup. */
  readonly referenced?: number;
}

export interface FilesBackup {
  readonly component: Component;
  readonly open: OpenSegment;
  /** By the key of a segment's part; what a test puts there is what is read. */
  readonly stored: Map<string, Buffer>;
  readonly opened: string[];
  /** Bytes handed out, by key. */
  readonly readBytes: Map<string, number>;
}

export const sha256Of = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');

export async function filesBackup(options: FilesBackupOptions): Promise<FilesBackup> {
  const stored = new Map<string, Buffer>();
  const things = [...options.things].sort((one, other) => compareBytes(one.path, other.path));
  const packs: Segment[] = [];
  const entries: IndexEntry[] = [];
  const places = new Map<string, readonly [number, number]>();
  let tar: TarWriter | undefined;
  let output: Promise<Buffer> = Promise.resolve(Buffer.alloc(0));
  let inTar = 0;
  const finish = async () => {
    if (tar === undefined) return;
    await tar.finish();
    const bytes = await output;
    const encoding = packEncodings[options.compression ?? 'none'];
    const number = packs.length + 1;
    const own = number > (options.referenced ?? 0);
    const contents = { ...tar.contents() };
    packs.push(
      segmentOf(stored, `${own ? 'b2' : 'b1'}/pack-${number}`, compressed(bytes, encoding), {
        ...{ index: number, name: `pack-${number}`, encoding, section: 'data', role: 'pack', contents },
      }),
    );
    tar = undefined;
    inTar = 0;
  };
  for (const { content = '', code = 'unreadable', why = 'EACCES', target = '', ...thing } of things) {
    const { path, type = 'file', mtime = '1700000000.123456789', ...facts } = thing;
    if (type === 'skipped') {
      entries.push({ path, type, code, why });
      continue;
    }
    if (type !== 'file') {
      entries.push(
        type === 'dir' ? { path, type, mtime, ...facts } : { path, type, mtime, target, ...facts },
      );
      continue;
    }
    const bytes = Buffer.from(content);
    const sha256 = bytes.length === 0 ? EMPTY_SHA256 : sha256Of(bytes);
    let at = places.get(sha256);
    if (bytes.length > 0 && at === undefined) {
      if (tar === undefined) {
        tar = new TarWriter();
        output = buffer(copied(tar.output()));
      }
      const offset = await tar.whole({ path, type, mtime, ...ownedOf(thing) }, bytes, sha256);
      at = [packs.length + 1, offset];
      places.set(sha256, at);
      inTar++;
      if (inTar >= (options.filesPerPack ?? 1000)) await finish();
    }
    entries.push({
      path,
      type,
      mtime,
      ...facts,
      size: bytes.length,
      sha256,
      ...(at && bytes.length > 0 ? { at } : {}),
    });
  }
  await finish();
  const encoder = new IndexEncoder();
  const head = { planId: 'plan', backupId: 'b2', attempt: 1, component: 'files', packsFrom: 0 };
  const lines = [encoder.head(head)];
  for (const original of entries) {
    const entry = options.edit?.(original) ?? original;
    const pack = entry.type === 'file' ? entry.at?.[0] : undefined;
    const segment = pack === undefined ? undefined : packs[pack - 1];
    if (pack !== undefined && segment !== undefined && !encoder.hasPack(pack))
      lines.push(encoder.pack(pack, segment));
    lines.push(encoder.entry(entry));
  }
  const { line, end } = encoder.end();
  lines.push(line);
  const { end: _, ...contents } = end;
  const index = segmentOf(stored, 'b2/index', compressed(Buffer.from(lines.join('')), 'tar-zstd'), {
    ...{ index: 0, name: 'index', encoding: 'files-index-zstd', section: 'index', role: 'index', contents },
  });
  const { digest: indexDigest, packs: _packs, ...totals } = contents;
  const skipped = entries.flatMap((entry) =>
    entry.type === 'skipped' ? [{ path: entry.path, code: entry.code, why: entry.why }] : [],
  );
  const references = packs.slice(0, options.referenced ?? 0);
  const component: Component = {
    ...{ name: 'files', source: 'files', kind: 'files', consistency: 'per-file', title: 'files' },
    segments: [index, ...packs.slice(references.length)],
    ...(references.length > 0 ? { references } : {}),
    facts: {
      place: options.place ?? { path: '/srv/files' },
      ...{ mode: 'full', fullBackupId: '20261121T020000Z-0123abcd', include: [], exclude: [], left: [] },
      ...{ onChangedFile: 'warn', skipped: skipped.slice(0, 200), skippedTotal: skipped.length },
      run: { new: 0, changed: 0, unchanged: 0, gone: 0, deduplicated: 0, deduplicatedBytes: 0, readBytes: 0 },
    },
    evidence: { ...totals, indexDigest },
  };
  const opened: string[] = [];
  const readBytes = new Map<string, number>();
  return {
    component,
    stored,
    opened,
    readBytes,
    open: (segment) => {
      const key = segment.parts[0]?.key ?? '';
      opened.push(key);
      const bytes = stored.get(key) ?? Buffer.alloc(0);
      async function* chunks() {
        for (let at = 0; at < bytes.length; at += 16_384) {
          const chunk = bytes.subarray(at, at + 16_384);
          readBytes.set(key, (readBytes.get(key) ?? 0) + chunk.length);
          yield chunk;
        }
      }
      return Readable.from(chunks(), { objectMode: true, highWaterMark: 1 });
    },
  };
}

function ownedOf({ mode, uid, gid }: Pick<SourceThing, 'mode' | 'uid' | 'gid'>) {
  return {
    ...(mode === undefined ? {} : { mode }),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  };
}

function segmentOf(
  stored: Map<string, Buffer>,
  key: string,
  bytes: Buffer,
  segment: Omit<Segment, 'plainBytes' | 'parts'>,
): Segment {
  stored.set(key, bytes);
  return {
    ...segment,
    plainBytes: bytes.length,
    parts: [{ key, lengthBytes: bytes.length, sha256: sha256Of(bytes) }],
  };
}

export function compressed(plain: Buffer, encoding: string): Buffer {
  if (encoding === 'tar') return plain;
  if (encoding === 'tar-gzip') return gzipSync(plain);
  if (encoding === 'tar-bzip2') return execFileSync('bzip2', ['-c'], { input: plain, maxBuffer: 2 ** 30 });
  return zstdCompressSync(plain, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
}

export type { FileEntry };
