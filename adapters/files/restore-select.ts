/**
 * What of an index goes to a target, entry by entry in the index's order (byte order of the paths). Promises: an entry
 * is placed or has a reason, the same each time the index is read; nothing is placed below a file or a link of the
 * same backup; folders that lead to a wanted file come before it.
 */
import { createHash } from 'node:crypto';
import type { FolderEntry, IndexEntry, SkippedEntry } from './index-format.ts';
import { foldedName, type Ground, linkRefusal, placeRefusal } from './place.ts';
import type { WantedPaths } from './restore-paths.ts';

export interface SelectRules {
  readonly paths: WantedPaths;
  readonly ground: Ground;
  readonly prefixBytes: number;
  /** The target takes `A` and `a` for one name. */
  readonly foldsCase: boolean;
}

export interface Selected {
  readonly entry: IndexEntry;
  /** Why it is not restored. */
  readonly why?: string;
}

type Placed = Exclude<IndexEntry, SkippedEntry>;

export class Selection {
  readonly #rules: SelectRules;
  readonly #folded: FoldedNames | undefined;
  /** Files and links that were placed, and of whose path the present one is a continuation. */
  #solid: Placed[] = [];
  /** Folders on the way here that nobody asked for by themselves. */
  #waiting: FolderEntry[] = [];

  constructor(rules: SelectRules) {
    this.#rules = rules;
    this.#folded = rules.foldsCase ? new FoldedNames() : undefined;
  }

  take(entry: IndexEntry): readonly Selected[] {
    const { path } = entry;
    this.#solid = this.#solid.filter((solid) => path.startsWith(solid.path));
    this.#waiting = this.#waiting.filter((folder) => path.startsWith(folder.path));
    if (entry.type === 'skipped') {
      return this.#rules.paths.wantsSkipped(path, entry.why)
        ? [{ entry, why: `it is not in the backup: ${entry.why}` }]
        : [];
    }
    if (!this.#rules.paths.wants(path)) {
      if (entry.type === 'dir') this.#waiting.push(entry);
      return [];
    }
    const why = this.#refusal(entry);
    if (why !== undefined) return [{ entry, why }];
    const leading = this.#waiting;
    this.#waiting = [];
    if (entry.type !== 'dir') this.#solid.push(entry);
    return [...leading, entry].map((one) => ({ entry: one }));
  }

  #refusal(entry: Placed): string | undefined {
    const { path } = entry;
    const { ground, prefixBytes } = this.#rules;
    // The source's own folder becomes the target itself.
    if (path === '' && entry.type === 'dir') return undefined;
    const why = placeRefusal(path, ground, prefixBytes);
    if (why !== undefined) return why;
    if (ground === 'bucket') return onBucket(entry);
    if (entry.type !== 'dir' && path.endsWith('/'))
      return 'its name ends with a slash as that of a folder, and it is none';
    const solid = this.#solid.find((one) => path.startsWith(`${one.path}/`));
    if (solid !== undefined) {
      const what = solid.type === 'symlink' ? 'link' : 'file';
      return `${JSON.stringify(solid.path)} is a ${what} here, and cannot be a folder as well`;
    }
    if (entry.type === 'symlink') {
      const reason = linkRefusal(path, entry.target, ground);
      if (reason !== undefined) return reason;
    }
    if (this.#folded?.collides(path))
      return 'its name differs from another one only in case or in how accents are written, and the target does not tell them apart';
    return undefined;
  }
}

function onBucket(entry: Placed): string | undefined {
  if (entry.type === 'symlink')
    return `it is a link to ${JSON.stringify(entry.target.slice(0, 200))}, and a bucket has no links`;
  return undefined;
}

/** Names that were placed, as hashes: 64 bits of two numbers each, so that a million cost some tens of megabytes. */
class FoldedNames {
  readonly #seen = new Map<number, number>();

  /** Notes the path and every folder on its way; true when one of them is taken under another spelling. */
  collides(path: string): boolean {
    const plain = path.endsWith('/') ? path.slice(0, -1) : path;
    const ways = [...plain.matchAll(/\/|$/g)].map((slash) => plain.slice(0, slash.index));
    const hashes = ways.map((way) => [hash53(foldedName(way)), hash53(way)] as const);
    if (hashes.some(([folded, exact]) => (this.#seen.get(folded) ?? exact) !== exact)) return true;
    for (const [folded, exact] of hashes) this.#seen.set(folded, exact);
    return false;
  }
}

/** A false alarm among a million names: 1 in 18,000; such a name is reported as left out, never lost silently. */
function hash53(text: string): number {
  const digest = createHash('sha256').update(text).digest();
  return digest.readUIntBE(0, 6) * 32 + ((digest[6] ?? 0) & 31);
}
