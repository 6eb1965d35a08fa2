/** How often an index is gone through, and for which packs each time, so that what is remembered stays bounded. Pure. */

/** What is remembered at a time. */
export interface Budget {
  readonly entries: number;
  /** Of the entries' lines in the index: their paths and metadata. */
  readonly lineBytes: number;
}

/** Of each pack of the pass: the wanted entries from the `from`-th on, up to and without the `to`-th, in index order. */
export type Pass = ReadonlyMap<number, { readonly from: number; readonly to: number }>;

/**
 * Packs in the order given, as many in a pass as fit; a pack of which more is wanted than fits (one content under very
 * many names) is read in several passes of its own.
 */
export function planPasses(
  counts: ReadonlyMap<number, { readonly entries: number; readonly lineBytes: number }>,
  budget: Budget,
): readonly Pass[] {
  const passes: Map<number, { from: number; to: number }>[] = [];
  let left = { entries: 0, lineBytes: 0 };
  for (const [pack, { entries, lineBytes }] of counts) {
    if (entries > budget.entries || lineBytes > budget.lineBytes) {
      // Lines of one pack differ in length: by the average, halved.
      const byBytes = Math.floor((budget.lineBytes / 2) * (entries / lineBytes));
      const step = Math.max(1, Math.min(budget.entries, byBytes));
      for (let from = 0; from < entries; from += step)
        passes.push(new Map([[pack, { from, to: Math.min(entries, from + step) }]]));
      left = { entries: 0, lineBytes: 0 };
      continue;
    }
    if (entries > left.entries || lineBytes > left.lineBytes) {
      passes.push(new Map());
      left = { ...budget };
    }
    passes.at(-1)?.set(pack, { from: 0, to: entries });
    left = { entries: left.entries - entries, lineBytes: left.lineBytes - lineBytes };
  }
  return passes;
}
