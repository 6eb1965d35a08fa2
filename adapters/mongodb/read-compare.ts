/**
 * Reading a MongoDB backup to its end, and comparing what was read with what the manifest says. Promises: every byte
 * of every document was parsed; a difference is one line with both values; what only a restore proves is `notProven`.
 */
import { z } from 'zod';
import { HoldfastError } from '../../core/errors.ts';
import type { Component, Segment } from '../../core/manifest.ts';
import type { Comparison } from '../../core/ports/recovery.ts';
import { ComparisonBuilder } from '../comparison.ts';
import { readArchive } from './archive-stream.ts';
import { sourceCount } from './counts.ts';
import {
  type MongoArchiveContents,
  type MongodbFacts,
  mongoArchiveContentsSchema,
  mongodbFactsSchema,
  oplogNamespace,
} from './model.ts';
import { show, withoutBuckets } from './names.ts';
import { indexName, indexText } from './read-definitions.ts';

const readingSchema = z.object({
  contents: mongoArchiveContentsSchema,
  /** By `show`: each index by its name, as comparable text. */
  indexes: z.record(z.string(), z.record(z.string(), z.string())),
});
type Reading = z.infer<typeof readingSchema>;

/** @throws HoldfastError INTEGRITY_ARCHIVE, what `plain` throws, or the signal's reason */
export async function readSegment(
  segment: Segment,
  plain: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<Reading> {
  const indexes: Record<string, Record<string, string>> = {};
  const contents = await readArchive(plain, segment.encoding, {
    documents: 'whole',
    onAnnounced: (name, metadata) => {
      indexes[show(name)] = indexesOf(show(name), metadata);
    },
    ...(signal ? { signal } : {}),
  });
  return { contents, indexes };
}

const metadataSchema = z.object({
  indexes: z.array(z.record(z.string(), z.unknown())).nullish(),
});

function indexesOf(name: string, metadata: string): Record<string, string> {
  let value: unknown;
  try {
    value = metadata === '' ? {} : JSON.parse(metadata);
  } catch {
    value = undefined;
  }
  const parsed = metadataSchema.safeParse(value);
  if (!parsed.success)
    throw new HoldfastError('INTEGRITY_ARCHIVE', `what the archive says about ${name} cannot be read`);
  return Object.fromEntries((parsed.data.indexes ?? []).map((index) => [indexName(index), indexText(index)]));
}

export function compareReading(
  component: Component,
  readings: ReadonlyMap<Segment, Record<string, unknown>>,
): Comparison {
  const result = new ComparisonBuilder();
  const facts = mongodbFactsSchema.parse(component.facts);
  const differing = new Set<string>();
  const read = component.segments.flatMap((segment) => {
    const parsed = readingSchema.safeParse(readings.get(segment));
    if (!parsed.success) {
      result.difference(`segment ${segment.name} was not read`);
      return [];
    }
    compareContents(result, segment, parsed.data.contents, differing);
    return [parsed.data];
  });
  compareCounts(result, read, facts, differing);
  compareDefinitions(result, read, facts.collections);
  for (const { what, why } of facts.notCovered) result.notProven(what, `not in the backup: ${why}`);
  result.fact('sourceServerVersion', facts.serverVersion);
  result.fact('consistency', component.consistency);
  return result.build();
}

/** What passed on the way out must come back: documents, bytes and checksum of each collection. */
function compareContents(
  result: ComparisonBuilder,
  segment: Segment,
  read: MongoArchiveContents,
  differing: Set<string>,
): void {
  const noted = mongoArchiveContentsSchema.safeParse(segment.contents);
  if (!noted.success) {
    result.notProven(
      `contents of segment ${segment.name}`,
      'the manifest does not say what was dumped into it',
    );
    return;
  }
  const here = new Map(read.namespaces.map((one) => [show(one), one]));
  for (const there of noted.data.namespaces) {
    const one = here.get(show(there));
    if (one?.documents !== there.documents || one.crc64 !== there.crc64)
      differing.add(show(withoutBuckets(there)));
    if (one === undefined) result.difference(`${show(there)} is missing in segment ${segment.name}`);
    else if (one.documents !== there.documents || one.crc64 !== there.crc64) {
      result.difference(
        `${show(there)} has ${one.documents} documents with checksum ${one.crc64}, the dump had ${there.documents} with ${there.crc64}`,
      );
    } else result.count('checksums');
    here.delete(show(there));
  }
  for (const name of here.keys())
    result.difference(`${name} is in segment ${segment.name}, and was not dumped`);
}

function compareCounts(
  result: ComparisonBuilder,
  read: readonly Reading[],
  { collections, counts }: MongodbFacts,
  differing: ReadonlySet<string>,
): void {
  const found = new Map<string, number>();
  for (const { contents } of read) {
    for (const one of contents.namespaces) {
      if (show(one) === show(oplogNamespace)) continue;
      const name = show(withoutBuckets(one));
      found.set(name, (found.get(name) ?? 0) + one.documents);
    }
  }
  const types = new Map(collections.map((one) => [show(one), one.type]));
  for (const one of counts) {
    const name = show(one);
    const documents = found.get(name) ?? 0;
    if (documents !== one.dumped)
      result.difference(`${name} has ${documents} documents, the manifest says ${one.dumped}`);
    result.count('collections');
    result.count('documents', documents);
    result.item({
      ...{ name, type: types.get(name) ?? 'collection', ...sourceCount(one) },
      ...{ backup: { rows: documents }, same: documents === one.dumped && !differing.has(name) },
    });
  }
}

function compareDefinitions(
  result: ComparisonBuilder,
  read: readonly Reading[],
  collections: z.infer<typeof mongodbFactsSchema>['collections'],
): void {
  const announced = new Map(read.flatMap((one) => Object.entries(one.indexes)));
  for (const one of collections) {
    const indexes = announced.get(show(one));
    if (indexes === undefined) {
      // Since 100.8 the prelude may leave out what mongodump takes for the server's own.
      if (!one.collection.startsWith('system.')) result.difference(`${show(one)} is in no segment`);
      continue;
    }
    if (one.type === 'view') {
      result.count('views');
      continue;
    }
    for (const index of one.indexes) {
      const here = indexes[indexName(index)];
      if (here === undefined) result.difference(`index ${indexName(index)} of ${show(one)} is missing`);
      else if (here !== indexText(index))
        result.difference(
          `index ${indexName(index)} of ${show(one)} is ${here}, the manifest says ${indexText(index)}`,
        );
      else result.count('indexes');
    }
  }
}
