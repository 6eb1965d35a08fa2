/**
 * What the oplog of an archive says was written during the dump, by collection. Promise: only what it names counts,
 * so that a collection to which nobody wrote must have the count that it had.
 *
 * mongodump asks for the entries from the newest before the dump on: the first is always there and was over before the
 * dump began. A replica set adds a no-op every ten seconds, also when nobody writes.
 */
import { elementsOf, textAt } from './bson.ts';
import type { NamespaceName, Written } from './model.ts';

type Counts = { -readonly [field in 'inserted' | 'deleted' | 'updated']: number };

/** One that names more collections explains no more counts than these. */
const maxNamespaces = 100_000;
/** `applyOps` in `applyOps`: the server itself writes one level. */
const maxDepth = 8;
const bucketsPrefix = 'system.buckets.';
/** Never in a backup, whatever is written there. */
const ownDatabases: ReadonlySet<string> = new Set(['config', 'local']);

export class OplogEntries {
  readonly #counts = new Map<string, Counts & NamespaceName>();
  #isFirst = true;

  /** One entry, in the order of the archive; its bytes were proven to be BSON. */
  add(bytes: Uint8Array, from: number, to: number): void {
    if (!this.#isFirst) this.#entry(bytes, from, to, 0);
    this.#isFirst = false;
  }

  #entry(bytes: Uint8Array, from: number, to: number, depth: number): void {
    let operation = '';
    let namespace = '';
    let object: { readonly from: number; readonly to: number } | undefined;
    for (const { type, name, ...value } of elementsOf(bytes, from, to)) {
      if (type === 2 && name === 'op') operation = textAt(bytes, value.from + 4, value.to - 1);
      else if (type === 2 && name === 'ns') namespace = textAt(bytes, value.from + 4, value.to - 1);
      else if (type === 3 && name === 'o') object = value;
    }
    if (operation === 'i') this.#note(namespace, 'inserted');
    else if (operation === 'd') this.#note(namespace, 'deleted');
    else if (operation === 'u') this.#note(namespace, 'updated');
    else if (operation === 'c' && object !== undefined && depth < maxDepth)
      this.#command(bytes, object.from, object.to, depth);
  }

  /** A transaction, or several writes at once: the entries are in an array. */
  #command(bytes: Uint8Array, from: number, to: number, depth: number): void {
    for (const { type, name, ...list } of elementsOf(bytes, from, to)) {
      if (name !== 'applyOps' || type !== 4) continue;
      for (const one of elementsOf(bytes, list.from, list.to))
        if (one.type === 3) this.#entry(bytes, one.from, one.to, depth + 1);
    }
  }

  #note(namespace: string, field: keyof Counts): void {
    const name = collectionOf(namespace);
    if (name === undefined || ownDatabases.has(name.database)) return;
    const key = `${name.database}.${name.collection}`;
    let counts = this.#counts.get(key);
    if (counts === undefined) {
      if (this.#counts.size >= maxNamespaces) return;
      counts = { ...name, inserted: 0, deleted: 0, updated: 0 };
      this.#counts.set(key, counts);
    }
    counts[field] += 1;
  }

  written(): readonly Written[] {
    return [...this.#counts.values()];
  }
}

/** `shop.orders`; the buckets of a time series stand for it. */
function collectionOf(namespace: string): NamespaceName | undefined {
  const dot = namespace.indexOf('.');
  if (dot < 1) return undefined;
  const collection = namespace.slice(dot + 1);
  return {
    database: namespace.slice(0, dot),
    collection: collection.startsWith(bucketsPrefix) ? collection.slice(bucketsPrefix.length) : collection,
  };
}
