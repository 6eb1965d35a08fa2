/**
 * What a backup of files holds, as its index says. Promises: the index is read to its end and proven before anything of
 * it is told, whatever is asked for; memory holds one page.
 */
import type { Component } from '../../core/manifest.ts';
import type { HeldItem, HeldPage, HeldQuestion, OpenSegment } from '../../core/ports/recovery.ts';
import { compareBytes } from './byte-order.ts';
import { decodeIndex, IndexDecoder } from './index-decode.ts';
import type { IndexEntry } from './index-format.ts';
import { filesEvidenceSchema } from './model.ts';
import { endWith } from './read-unpack.ts';
import { indexSegmentOf } from './restore-index.ts';

const types = { file: 'file', dir: 'folder', symlink: 'link', skipped: 'skipped' } as const;

export function measure(component: Component): { readonly sourceBytes: number; readonly items: number } {
  const { files, bytes, folders, links, skipped } = filesEvidenceSchema.parse(component.evidence);
  return { sourceBytes: bytes, items: files + folders + links + skipped };
}

/** @throws HoldfastError INTEGRITY_*; the signal's reason */
export async function listHeld(
  component: Component,
  { prefix, after, limit }: HeldQuestion,
  open: OpenSegment,
  signal: AbortSignal,
): Promise<HeldPage> {
  const plain = open(indexSegmentOf(component));
  const release = endWith(plain, signal);
  const items: HeldItem[] = [];
  let more = false;
  try {
    for await (const { entries } of decodeIndex(plain, new IndexDecoder({ component: component.name }))) {
      signal.throwIfAborted();
      if (more) continue;
      for (const entry of entries) {
        const { path } = entry;
        if (!path.startsWith(prefix) || (after !== undefined && compareBytes(path, after) <= 0)) continue;
        more = items.length === limit;
        if (more) break;
        items.push(itemOf(entry));
      }
    }
    return { items, more };
  } catch (thrown) {
    signal.throwIfAborted();
    throw thrown;
  } finally {
    release();
    plain.destroy();
  }
}

function itemOf(entry: IndexEntry): HeldItem {
  const { path: name } = entry;
  const type = types[entry.type];
  if (entry.type === 'skipped') return { name, type };
  const modifiedAt = instantOf(entry.mtime);
  return {
    ...{ name, type },
    ...(entry.type === 'file' && { bytes: entry.size, checksum: entry.sha256 }),
    ...(modifiedAt !== undefined && { modifiedAt }),
  };
}

/** Seconds since 1970 with a fraction, to the millisecond; undefined for what no calendar has. */
function instantOf(mtime: string): string | undefined {
  const date = new Date(Math.floor(Number(mtime) * 1000));
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
