/** What a backup of MongoDB holds, as its manifest says: collections and views, with documents and checksums. Pure. */
import type { Component } from '../../core/manifest.ts';
import type { HeldItem } from '../../core/ports/recovery.ts';
import { mongoArchiveContentsSchema, mongodbFactsSchema } from './model.ts';
import { show, withoutBuckets } from './names.ts';

export function heldOf(component: Component): readonly HeldItem[] {
  const facts = mongodbFactsSchema.parse(component.facts);
  const counts = new Map(facts.counts.map((one) => [show(one), one.dumped]));
  const checksums = checksumsOf(component);
  return facts.collections.map((one) => {
    const name = show(one);
    const [rows, checksum] = [counts.get(name), checksums.get(name)];
    return {
      ...{ name, type: one.type },
      ...(one.type !== 'view' && { bytes: one.sizeBytes }),
      ...(rows !== undefined && { rows }),
      ...(checksum !== undefined && { checksum }),
    };
  });
}

export function measure(component: Component): { readonly sourceBytes: number; readonly items: number } {
  const { sizeBytes, collections } = mongodbFactsSchema.parse(component.facts);
  return { sourceBytes: sizeBytes, items: collections.length };
}

/** Of the documents as they were dumped, by the name of their collection; of a time series its buckets. */
function checksumsOf({ segments }: Component): ReadonlyMap<string, string> {
  return new Map(
    segments.flatMap(({ contents }) => {
      const archive = mongoArchiveContentsSchema.safeParse(contents);
      return (archive.data?.namespaces ?? []).map((one) => [show(withoutBuckets(one)), one.crc64] as const);
    }),
  );
}
