/**
 * Collects what a comparison has side by side. Pure. Promise: at most 500 things and 80 KB, those that differ first, and
 * the number of the rest, however many were compared.
 */
import type { ComparedItem, Comparison } from '../core/ports/recovery.ts';

const mostItems = 500;
const mostBytes = 80_000;

export class ComparedItems {
  readonly #differing: ComparedItem[] = [];
  readonly #same: ComparedItem[] = [];
  #count = 0;

  add(item: ComparedItem): void {
    this.#count += 1;
    const list = item.same ? this.#same : this.#differing;
    if (list.length < mostItems) list.push(item);
  }

  build(): Pick<Comparison, 'items' | 'itemsLeft'> {
    if (this.#count === 0) return {};
    const items: ComparedItem[] = [];
    let bytes = 0;
    for (const item of [...this.#differing, ...this.#same]) {
      bytes += Buffer.byteLength(JSON.stringify(item)) + 1;
      if (items.length === mostItems || bytes > mostBytes) break;
      items.push(item);
    }
    const left = this.#count - items.length;
    return { items, ...(left > 0 && { itemsLeft: left }) };
  }
}
