/** The index of a component as a restore reads it: selected entries in order, as often as they are asked for. */
import { HoldfastError } from '../../core/errors.ts';
import type { Component, Segment } from '../../core/manifest.ts';
import type { OpenSegment } from '../../core/ports/recovery.ts';
import { decodeIndex, IndexDecoder } from './index-decode.ts';
import type { IndexEnd } from './index-format.ts';
import { endWith } from './read-unpack.ts';
import { WantedPaths } from './restore-paths.ts';
import { type Selected, Selection, type SelectRules } from './restore-select.ts';

/** Selected, with the length of its line in the index: what it costs to remember it. */
export interface Listed extends Selected {
  readonly lineBytes: number;
}

export interface ReadIndex {
  readonly end: IndexEnd;
  /** By the index's own numbers; each is a segment of the manifest, or a reference in it. */
  readonly packs: ReadonlyMap<number, Segment>;
}

/** @throws HoldfastError INTEGRITY_ARCHIVE when there is none */
export function indexSegmentOf(component: Component): Segment {
  const [found, more] = component.segments.filter(({ role }) => role === 'index');
  if (found !== undefined && more === undefined) return found;
  throw new HoldfastError(
    'INTEGRITY_ARCHIVE',
    `${component.name} has ${more ? 'several indexes' : 'no index'} of files`,
  );
}

/**
 * Reads the index to its end and hands over what is selected, in order. Until it has returned, nothing of what was
 * handed over is proven.
 * @throws HoldfastError INTEGRITY_*; the signal's reason
 */
export async function readIndex(
  component: Component,
  open: OpenSegment,
  rules: SelectRules,
  signal: AbortSignal,
  take: (listed: Listed) => void | Promise<void>,
): Promise<ReadIndex> {
  const plain = open(indexSegmentOf(component));
  const release = endWith(plain, signal);
  const decoder = new IndexDecoder({ component: component.name });
  const selection = new Selection(rules);
  try {
    const batches = decodeIndex(plain, decoder);
    for (;;) {
      const batch = await batches.next();
      signal.throwIfAborted();
      if (batch.done) return { end: batch.value, packs: packsOf(component, decoder) };
      const { entries, lines } = batch.value;
      for (const [at, entry] of entries.entries()) {
        const lineBytes = lines[at]?.length ?? 0;
        for (const selected of selection.take(entry)) {
          const taken = take({ ...selected, lineBytes });
          if (taken !== undefined) await taken;
        }
      }
    }
  } catch (thrown) {
    signal.throwIfAborted();
    throw thrown;
  } finally {
    release();
    plain.destroy();
  }
}

/**
 * What a restore of these paths reads: the index, and the packs that hold what it selects. Everything: no more is
 * looked at, since a manifest names no pack that its index does not use.
 * @throws HoldfastError INVALID_INPUT for a path that selects nothing, INTEGRITY_*; the signal's reason
 */
export async function neededSegments(
  component: Component,
  open: OpenSegment,
  paths: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<readonly Segment[]> {
  if (paths === undefined) return [...component.segments, ...(component.references ?? [])];
  const wanted = new WantedPaths(paths);
  const ids = new Set<number>();
  // What its target will refuse is selected here too: a pack too many, and nothing of a target need be known.
  const rules = { paths: wanted, ground: 'bucket', prefixBytes: 0, foldsCase: false } as const;
  const { packs } = await readIndex(component, open, rules, signal, ({ entry }) => {
    if (entry.type === 'file' && entry.at !== undefined) ids.add(entry.at[0]);
  });
  wanted.requireAllFound();
  return [indexSegmentOf(component), ...[...ids].flatMap((id) => packs.get(id) ?? [])];
}

/** A pack that the signed manifest does not name is not opened. */
function packsOf(component: Component, { packs }: IndexDecoder): ReadonlyMap<number, Segment> {
  const known = new Map(
    [...component.segments, ...(component.references ?? [])].map((one) => [identityOf(one), one]),
  );
  return new Map(
    [...packs].map(([id, named]) => {
      const segment = known.get(identityOf(named));
      if (segment !== undefined) return [id, segment];
      throw new HoldfastError(
        'INTEGRITY_ARCHIVE',
        `The index names the pack ${named.name} (${named.parts[0]?.key}), and the manifest does not`,
      );
    }),
  );
}

/** What lies in the vault: names and numbers repeat from backup to backup. */
export function identityOf(segment: Segment): string {
  return segment.parts.map(({ key, sha256 }) => `${key} ${sha256}`).join('\n');
}
