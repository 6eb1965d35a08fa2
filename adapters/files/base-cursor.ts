/** An earlier index, read beside a listing: both are in byte order, so one pass and a batch of memory do. */
import type { BaseIndex } from '../../core/ports/source.ts';
import { compareBytes } from './byte-order.ts';
import { decodeIndex, type IndexBatch, IndexDecoder } from './index-decode.ts';
import type { IndexEntry } from './index-format.ts';

export interface BaseEntry {
  readonly entry: IndexEntry;
  readonly line: string;
}

export interface Whose {
  readonly planId: string;
  readonly component: string;
}

export class BaseCursor {
  readonly decoder: IndexDecoder;
  readonly #batches: AsyncIterator<IndexBatch>;
  #batch: IndexBatch = { entries: [], lines: [] };
  #at = 0;
  #ended = false;
  /** Files that were passed over: they are gone from the source. */
  gone = 0;

  constructor(base: BaseIndex, { planId, component }: Whose, signal: AbortSignal) {
    this.decoder = new IndexDecoder({ planId, component, backupId: base.backupId });
    this.#batches = decodeIndex(base.open(signal), this.decoder);
  }

  /**
   * The base's entry of that path, if it has one; paths are asked for in order. True instead of an answer: `more` has
   * to be awaited first. So that the million paths of one batch cost no promise each.
   */
  at(path: string): BaseEntry | undefined | true {
    const { entries, lines } = this.#batch;
    while (this.#at < entries.length) {
      const entry = entries[this.#at] as IndexEntry;
      const order = compareBytes(entry.path, path);
      if (order > 0) return undefined;
      const line = lines[this.#at] as string;
      this.#at += 1;
      if (order === 0) return { entry, line };
      if (entry.type === 'file') this.gone += 1;
    }
    return this.#ended ? undefined : true;
  }

  /** Until the head is read, and most often some entries with it. */
  async begin(): Promise<void> {
    while (this.decoder.head === undefined && !this.#ended) await this.more();
  }

  async more(): Promise<void> {
    const step = await this.#batches.next();
    this.#ended = step.done === true;
    this.#batch = step.done ? { entries: [], lines: [] } : step.value;
    this.#at = 0;
  }

  /** Reads what is left: then the base is known to be whole, and so is everything that was taken from it. */
  async finish(): Promise<void> {
    for (;;) {
      for (; this.#at < this.#batch.entries.length; this.#at += 1)
        if (this.#batch.entries[this.#at]?.type === 'file') this.gone += 1;
      if (this.#ended) return;
      await this.more();
    }
  }

  /** Never throws. */
  async close(): Promise<void> {
    await this.#batches.return?.().catch(() => {});
  }
}
