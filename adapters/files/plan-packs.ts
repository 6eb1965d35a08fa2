/**
 * Which files go into which pack, found while the listing goes on: a pack ends at its bytes, its members, or when too
 * much lies between them, since all of that waits for it. A file that is too long for a pack with others is one by
 * itself. What did not change is no member: its entry goes on as it is.
 */
import { HoldfastError } from '../../core/errors.ts';
import type { BaseCursor, BaseEntry } from './base-cursor.ts';
import type { Wanted } from './globs.ts';
import { EMPTY_SHA256, type IndexEntry, PACKS_LIMIT } from './index-format.ts';
import type { IndexQueue, Piece } from './index-queue.ts';
import type { Found, FoundFile, FoundNot } from './origin.ts';
import { isSameThing, isUnchanged } from './unchanged.ts';

/** Restoring one file fetches a pack: 128 MiB are a second or two. */
export const PACK_BYTES = 128 * 1024 * 1024;
export const PACK_MEMBERS = 10_000;
/** Members and what lies between them. */
const PACK_SPAN = 20_000;
/** Known entries that go on together. */
const SLOT_PIECES = 2_000;

/** A file, folder or link of a pack; its entry is made when it is packed. */
export interface Member extends Piece {
  readonly found: Exclude<Found, FoundNot>;
  /** Of the earlier index, where there is one. */
  readonly earlier?: IndexEntry;
}

export interface PlannedPack {
  /** Of the segment, from 1. */
  readonly index: number;
  readonly members: readonly Member[];
  readonly estimatedBytes: number;
  /** To be called when its segment is stored. */
  readonly done: () => void;
}

export interface PlanRules {
  readonly wanted: Wanted;
  readonly packBytes: number;
  /** Read again what looks unchanged. */
  readonly hash: boolean;
  /** Whether what the earlier index says of a file may be used: its pack is shared. */
  readonly mayRefer: (entry: IndexEntry) => boolean;
  /** Throws where the plan does not tolerate it. */
  readonly onSkipped: (found: FoundNot) => void;
  readonly count: (what: 'new' | 'changed' | 'unchanged') => void;
}

/** @param queue gets every entry, in order; closed at the end */
export async function* planPacks(
  listing: AsyncIterable<readonly Found[]>,
  base: BaseCursor | undefined,
  queue: IndexQueue,
  rules: PlanRules,
  signal: AbortSignal,
): AsyncGenerator<PlannedPack> {
  let packs = 0;
  let open = new OpenPack();

  const close = (): PlannedPack | undefined => {
    const { pieces, members, contents, bytes } = open;
    open = new OpenPack();
    if (contents === 0) {
      for (const member of members) member.entry = member.found as IndexEntry;
      queue.push({ pieces });
      return undefined;
    }
    packs += 1;
    if (packs >= PACKS_LIMIT) throw new HoldfastError('INTERNAL', `more than ${PACKS_LIMIT} packs`);
    const { promise, resolve } = Promise.withResolvers<void>();
    queue.push({ pieces, ready: promise });
    return { index: packs, members, estimatedBytes: bytes, done: resolve };
  };

  for await (const batch of listing) {
    for (const found of batch) {
      signal.throwIfAborted();
      const { path } = found;
      let earlier: BaseEntry | undefined;
      if (base !== undefined) {
        let answer = base.at(path);
        while (answer === true) {
          await base.more();
          answer = base.at(path);
        }
        earlier = answer;
      }
      if (!isWanted(found, rules.wanted)) continue;
      if (found.type === 'file' && open.contents > 0 && open.bytes + found.size > rules.packBytes) {
        const pack = close();
        if (pack !== undefined) yield pack;
        await queue.room(signal);
      }
      open.add(found, earlier, rules);
      if (open.isFull(rules.packBytes)) {
        const pack = close();
        if (pack !== undefined) yield pack;
        await queue.room(signal);
      }
    }
  }
  await base?.finish();
  const last = close();
  if (last !== undefined) yield last;
  queue.close();
}

/**
 * Folders of a file system are kept for their modes and times, whatever is included; and of one that cannot be listed
 * nobody knows what is in it.
 */
function isWanted(found: Found, wanted: Wanted): boolean {
  if (found.type === 'dir') return true;
  if (found.type === 'skipped' && found.path.endsWith('/')) return wanted.mayEnter(found.path);
  return wanted.wants(found.path);
}

class OpenPack {
  readonly pieces: Piece[] = [];
  readonly members: Member[] = [];
  /** Members that must be read. */
  contents = 0;
  bytes = 0;

  isFull(packBytes: number): boolean {
    if (this.contents === 0) return this.pieces.length >= SLOT_PIECES;
    return this.bytes >= packBytes || this.members.length >= PACK_MEMBERS || this.pieces.length >= PACK_SPAN;
  }

  add(found: Found, earlier: BaseEntry | undefined, rules: PlanRules): void {
    if (found.type === 'skipped') {
      rules.onSkipped(found);
      this.pieces.push({ entry: found });
    } else if (found.type !== 'file') {
      if (earlier !== undefined && isSameThing(found, earlier.entry)) this.#keep(earlier);
      else this.#addMember({ found, entry: undefined });
    } else this.#addFile(found, earlier, rules);
  }

  #addFile(found: FoundFile, earlier: BaseEntry | undefined, rules: PlanRules): void {
    const unchanged =
      earlier !== undefined && isUnchanged(found, earlier.entry) && rules.mayRefer(earlier.entry);
    if (unchanged && !(rules.hash && found.size > 0)) {
      rules.count('unchanged');
      this.#keep(earlier);
      return;
    }
    if (!unchanged) rules.count(earlier?.entry.type === 'file' ? 'changed' : 'new');
    if (found.known) {
      const { known: _, ...entry } = found;
      this.pieces.push({ entry: { ...entry, sha256: EMPTY_SHA256 } });
      return;
    }
    this.contents += 1;
    // What is only looked at again will most likely not be stored again.
    if (!unchanged) this.bytes += found.size;
    this.#addMember({ found, entry: undefined, ...(earlier ? { earlier: earlier.entry } : {}) });
  }

  #keep({ entry, line }: BaseEntry): void {
    this.pieces.push({ entry, line });
  }

  #addMember(member: Member): void {
    this.members.push(member);
    this.pieces.push(member);
  }
}
