/**
 * Which contents are stored already, in typed arrays: 24 bytes a content and its share of the slots, 30 MiB for a
 * million, at most 2 million contents in 62 MiB. Beyond that a content is simply stored again (docs/decisions/0104).
 * Of a SHA-256 it keeps a mark of 128 bits, made with a key that nobody knows and that lasts as long as the table: so
 * nobody can make two contents with one mark, and chance needs 2^87 runs of two million for it (docs/decisions/0122).
 */
import { hash, randomFillSync } from 'node:crypto';

export interface ContentPlace {
  readonly pack: number;
  readonly offset: number;
}

/** Contents, at most. */
export const CONTENTS_LIMIT = 2_000_000;

const BLOCK = 65_536;
/** Files too long to be read whole are looked for only where one of the same size is stored. */
const SIZES_LIMIT = 200_000;
/** Of 32 bits, of a mark. */
const WORDS = 4;
const SHA256_BYTES = 32;
/** Offsets are kept in 32 bits; what lies further in its pack is not found again. */
const OFFSET_LIMIT = 2 ** 32;

interface Block {
  readonly marks: Uint32Array;
  /** Positions in the list of packs: their ids grow by a million with each run on one base, and outgrow 32 bits. */
  readonly packs: Uint32Array;
  readonly offsets: Uint32Array;
}

export class StoredContents {
  readonly #limit: number;
  readonly #blocks: Block[] = [];
  readonly #sizes = new Set<number>();
  readonly #packIds: number[] = [];
  readonly #packsById = new Map<number, number>();
  /** The key, and the SHA-256 that it is to be hashed with. */
  readonly #keyed = randomFillSync(Buffer.alloc(2 * SHA256_BYTES));
  readonly #mark = new Uint32Array(WORDS);
  /** Position + 1 of a content, 0: free. Twice as many as contents at least, a power of two. */
  #slots = new Uint32Array(4096);
  #count = 0;

  constructor(limit: number = CONTENTS_LIMIT) {
    this.#limit = limit;
  }

  get count(): number {
    return this.#count;
  }

  find(sha256: Buffer): ContentPlace | undefined {
    const at = this.#slots[this.#slotOf(this.#markOf(sha256))] ?? 0;
    if (at === 0) return undefined;
    const block = this.#blockOf(at - 1);
    const inside = (at - 1) % BLOCK;
    const pack = this.#packIds[block.packs[inside] as number] as number;
    return { pack, offset: block.offsets[inside] as number };
  }

  /** Keeps the first place of a content. */
  add(sha256: Buffer, { pack, offset }: ContentPlace, longSize?: number): void {
    if (this.#count >= this.#limit || offset >= OFFSET_LIMIT) return;
    if (longSize !== undefined && this.#sizes.size < SIZES_LIMIT) this.#sizes.add(longSize);
    if ((this.#count + 1) * 2 > this.#slots.length) this.#grow();
    const mark = this.#markOf(sha256);
    const slot = this.#slotOf(mark);
    if (this.#slots[slot] !== 0) return;
    const block = this.#blockOf(this.#count);
    const inside = this.#count % BLOCK;
    block.marks.set(mark, inside * WORDS);
    block.packs[inside] = this.#positionOf(pack);
    block.offsets[inside] = offset;
    this.#count += 1;
    this.#slots[slot] = this.#count;
  }

  /** Whether it is worth hashing a long file before storing it. */
  hasLongSize(size: number): boolean {
    return this.#sizes.has(size);
  }

  #positionOf(pack: number): number {
    let position = this.#packsById.get(pack);
    if (position === undefined) {
      position = this.#packIds.push(pack) - 1;
      this.#packsById.set(pack, position);
    }
    return position;
  }

  /** Valid until the next call. */
  #markOf(sha256: Buffer): Uint32Array {
    this.#keyed.set(sha256, SHA256_BYTES);
    // A text of bytes: a buffer for each would take longer than the hash.
    const digest = hash('sha256', this.#keyed, 'binary');
    for (let word = 0; word < WORDS; word += 1) this.#mark[word] = wordAt(digest, word * 4);
    return this.#mark;
  }

  #blockOf(at: number): Block {
    const index = Math.floor(at / BLOCK);
    let block = this.#blocks[index];
    if (block === undefined) {
      block = {
        marks: new Uint32Array(BLOCK * WORDS),
        packs: new Uint32Array(BLOCK),
        offsets: new Uint32Array(BLOCK),
      };
      this.#blocks[index] = block;
    }
    return block;
  }

  /** Where this content is, or would be. */
  #slotOf(mark: Uint32Array): number {
    const mask = this.#slots.length - 1;
    for (let slot = (mark[0] as number) & mask; ; slot = (slot + 1) & mask) {
      const at = this.#slots[slot] as number;
      if (at === 0 || this.#equals(at - 1, mark)) return slot;
    }
  }

  #equals(at: number, mark: Uint32Array): boolean {
    const { marks } = this.#blockOf(at);
    const from = (at % BLOCK) * WORDS;
    for (let word = 0; word < WORDS; word += 1) if (marks[from + word] !== mark[word]) return false;
    return true;
  }

  #grow(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let at = 0; at < this.#count; at += 1) {
      const first = this.#blockOf(at).marks[(at % BLOCK) * WORDS] as number;
      let slot = first & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = at + 1;
    }
    this.#slots = slots;
  }
}

function wordAt(bytes: string, at: number): number {
  const byte = (offset: number) => bytes.charCodeAt(at + offset);
  return byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24);
}
