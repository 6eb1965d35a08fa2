/**
 * Which contents are stored already, by SHA-256, in typed arrays: 48 bytes a content and its share of the slots, at
 * most 2 million contents in 112 MiB. Beyond that a content is simply stored again (docs/decisions/0104).
 */

export interface ContentPlace {
  readonly pack: number;
  readonly offset: number;
}

/** Contents, at most. */
export const CONTENTS_LIMIT = 2_000_000;

const BLOCK = 65_536;
/** Files too long to be read whole are looked for only where one of the same size is stored. */
const SIZES_LIMIT = 200_000;
const WORDS = 8;
/** Offsets are kept in 32 bits; what lies further in its pack is not found again. */
const OFFSET_LIMIT = 2 ** 32;

interface Block {
  readonly hashes: Uint32Array;
  /** Ids of packs grow by a million with each run on one base, and outgrow 32 bits. */
  readonly packs: Float64Array;
  readonly offsets: Uint32Array;
}

export class StoredContents {
  readonly #limit: number;
  readonly #blocks: Block[] = [];
  readonly #sizes = new Set<number>();
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
    const at = this.#slots[this.#slotOf(wordsOf(sha256))] ?? 0;
    if (at === 0) return undefined;
    const block = this.#blockOf(at - 1);
    const inside = (at - 1) % BLOCK;
    return { pack: block.packs[inside] as number, offset: block.offsets[inside] as number };
  }

  /** Keeps the first place of a content. */
  add(sha256: Buffer, { pack, offset }: ContentPlace, longSize?: number): void {
    if (this.#count >= this.#limit || offset >= OFFSET_LIMIT) return;
    if (longSize !== undefined && this.#sizes.size < SIZES_LIMIT) this.#sizes.add(longSize);
    if ((this.#count + 1) * 2 > this.#slots.length) this.#grow();
    const words = wordsOf(sha256);
    const slot = this.#slotOf(words);
    if (this.#slots[slot] !== 0) return;
    const block = this.#blockOf(this.#count);
    const inside = this.#count % BLOCK;
    block.hashes.set(words, inside * WORDS);
    block.packs[inside] = pack;
    block.offsets[inside] = offset;
    this.#count += 1;
    this.#slots[slot] = this.#count;
  }

  /** Whether it is worth hashing a long file before storing it. */
  hasLongSize(size: number): boolean {
    return this.#sizes.has(size);
  }

  #blockOf(at: number): Block {
    const index = Math.floor(at / BLOCK);
    let block = this.#blocks[index];
    if (block === undefined) {
      block = {
        hashes: new Uint32Array(BLOCK * WORDS),
        packs: new Float64Array(BLOCK),
        offsets: new Uint32Array(BLOCK),
      };
      this.#blocks[index] = block;
    }
    return block;
  }

  /** Where this content is, or would be. */
  #slotOf(words: Uint32Array): number {
    const mask = this.#slots.length - 1;
    for (let slot = (words[0] as number) & mask; ; slot = (slot + 1) & mask) {
      const at = this.#slots[slot] as number;
      if (at === 0 || this.#equals(at - 1, words)) return slot;
    }
  }

  #equals(at: number, words: Uint32Array): boolean {
    const { hashes } = this.#blockOf(at);
    const from = (at % BLOCK) * WORDS;
    for (let word = 0; word < WORDS; word += 1) if (hashes[from + word] !== words[word]) return false;
    return true;
  }

  #grow(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let at = 0; at < this.#count; at += 1) {
      const first = this.#blockOf(at).hashes[(at % BLOCK) * WORDS] as number;
      let slot = first & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = at + 1;
    }
    this.#slots = slots;
  }
}

const scratch = new Uint32Array(WORDS);

/** Valid until the next call. */
function wordsOf(sha256: Buffer): Uint32Array {
  for (let word = 0; word < WORDS; word += 1) scratch[word] = sha256.readUInt32LE(word * 4);
  return scratch;
}
