/**
 * Lines on their way into the index, in the order of their paths. A slot is what was planned together: either entries
 * that are known, or a pack's members and what lies between them, which wait for the pack to be stored. Bounded: who
 * plans waits while too much is on its way.
 */
import type { IndexEntry } from './index-format.ts';
import { Bell, unlessAborted } from './waiting.ts';

export interface Piece {
  /** Undefined while its pack is being made. */
  entry: IndexEntry | undefined;
  /** The entry's line, where it is that of an earlier index. */
  readonly line?: string;
}

export interface Slot {
  readonly pieces: Piece[];
  /** Resolves when every piece has its entry and its pack is stored; undefined: at once. */
  readonly ready?: Promise<void>;
}

/** Pieces on their way at most, before planning waits: about 700 bytes each. */
export const QUEUED_LIMIT = 40_000;

export class IndexQueue {
  readonly #slots: Slot[] = [];
  readonly #bell = new Bell();
  #queued = 0;
  #closed = false;

  push(slot: Slot): void {
    if (slot.pieces.length === 0) return;
    this.#slots.push(slot);
    this.#queued += slot.pieces.length;
    this.#bell.ring();
  }

  /** Waits until there is room. Only to be called while nothing is held back that the head waits for. */
  async room(signal: AbortSignal): Promise<void> {
    while (this.#queued > QUEUED_LIMIT) await unlessAborted(this.#bell.next(), signal);
  }

  /** Nothing follows. */
  close(): void {
    this.#closed = true;
    this.#bell.ring();
  }

  /** The slots in order, each when it is ready. */
  async *slots(signal: AbortSignal): AsyncGenerator<Slot> {
    for (;;) {
      const slot = this.#slots.shift();
      if (slot === undefined) {
        if (this.#closed) return;
        await unlessAborted(this.#bell.next(), signal);
        continue;
      }
      if (slot.ready !== undefined) await unlessAborted(slot.ready, signal);
      yield slot;
      this.#queued -= slot.pieces.length;
      this.#bell.ring();
    }
  }
}
