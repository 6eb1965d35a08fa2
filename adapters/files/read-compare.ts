/**
 * What reading found against what the manifest says, and the index against the packs. Pure. Proves, without restoring:
 * each pack holds what the manifest says, and each file of the index lies in its pack, at its offset, with its size
 * and its hash.
 */
import type { Component, Segment } from '../../core/manifest.ts';
import type { Comparison } from '../../core/ports/recovery.ts';
import type { IndexEnd } from './index-format.ts';
import { filesEvidenceSchema, filesFactsSchema, packContentsSchema } from './model.ts';
import { Findings } from './read-findings.ts';
import type { IndexReading, PackReading, Places } from './read-segment.ts';
import { identityOf } from './restore-index.ts';

type Readings = ReadonlyMap<Segment, Record<string, unknown>>;

export function compareReading(component: Component, readings: Readings): Comparison {
  const found = new Findings();
  const facts = filesFactsSchema.parse(component.facts);
  const known = [...component.segments, ...(component.references ?? [])];
  const read = new Map([...readings].map(([segment, reading]) => [identityOf(segment), reading]));
  const packs = new Map<string, PackReading>();
  let index: IndexReading | undefined;
  for (const segment of known) {
    const reading = read.get(identityOf(segment));
    if (reading === undefined) {
      found.notProven(`${segment.role} ${segment.name}`, 'it was not read');
    } else if (isPack(reading)) {
      packs.set(identityOf(segment), reading);
      comparePack(found, segment, reading);
    } else if (isIndex(reading)) index = reading;
  }
  if (index === undefined) found.difference('there is no index of files');
  else {
    compareEnd(found, index.end, component);
    countSides(found, component, { backup: index.end });
    const names = new Set(known.map(identityOf));
    for (const [identity, { name, places }] of index.packs) {
      if (!names.has(identity)) found.difference(`the index names pack ${name}, and the manifest does not`);
      comparePlaces(found, name, places, packs.get(identity));
    }
    if (index.beyond > 0) {
      found.notProven(
        `the place of ${index.beyond} files in their packs`,
        'only so many are remembered; a restore drill proves each',
      );
    }
  }
  found.fact('mode', facts.mode);
  found.skipped(facts);
  return found.build();
}

function isPack(reading: object): reading is PackReading {
  return (reading as Partial<PackReading>).what === 'pack';
}

function isIndex(reading: object): reading is IndexReading {
  return (reading as Partial<IndexReading>).what === 'index';
}

function comparePack(found: Findings, segment: Segment, reading: PackReading): void {
  found.count('packs');
  const said = packContentsSchema.safeParse(segment.contents);
  if (!said.success) {
    found.difference(`the manifest does not say what is in pack ${segment.name}`);
    return;
  }
  for (const field of ['members', 'bytes', 'digest'] as const) {
    if (said.data[field] === reading[field]) continue;
    found.difference(
      `pack ${segment.name} has ${field} ${reading[field]}, the manifest says ${said.data[field]}`,
    );
  }
}

/** The end of the index against the evidence. */
export function compareEnd(found: Findings, end: IndexEnd, component: Component): void {
  const evidence = filesEvidenceSchema.parse(component.evidence);
  for (const field of ['files', 'bytes', 'folders', 'links', 'skipped'] as const) {
    found.count(field, end[field]);
    if (end[field] !== evidence[field])
      found.difference(`the index has ${field} ${end[field]}, the evidence says ${evidence[field]}`);
  }
  if (end.digest !== evidence.indexDigest)
    found.difference(`the index has the digest ${end.digest}, the evidence says ${evidence.indexDigest}`);
}

const things = ['files', 'folders', 'links'] as const;
type Things = Readonly<Record<(typeof things)[number], number>>;

/** Files, folders and links of the place, each by number; none where there are none. */
export function countSides(
  found: Findings,
  component: Component,
  { backup, restored }: { readonly backup: Things; readonly restored?: Things },
  options: { readonly onlySome?: boolean; readonly excused?: boolean } = {},
): void {
  const evidence = filesEvidenceSchema.parse(component.evidence);
  for (const type of things) {
    const source = options.onlySome ? undefined : evidence[type];
    if ((source ?? 0) === 0 && backup[type] === 0) continue;
    const isWhole = source === undefined || source === backup[type];
    const isBack = restored === undefined || restored[type] === backup[type] || options.excused === true;
    found.item({
      ...{ name: component.title, type, ...(source !== undefined && { source: { rows: source } }) },
      ...{ backup: { rows: backup[type] }, ...(restored && { restored: { rows: restored[type] } }) },
      same: isWhole && isBack,
    });
  }
}

function comparePlaces(found: Findings, name: string, wanted: Places, pack: PackReading | undefined): void {
  if (pack === undefined) {
    if (wanted.offsets.length > 0)
      found.notProven(`${wanted.offsets.length} files in pack ${name}`, 'the pack was not read');
    return;
  }
  const { offsets, sizes, hashes } = pack.places;
  const at = new Map(offsets.map((offset, number) => [offset, number]));
  for (const [number, offset] of wanted.offsets.entries()) {
    const there = at.get(offset);
    const same =
      there !== undefined && sizes[there] === wanted.sizes[number] && hashes[there] === wanted.hashes[number];
    if (same) found.count('places');
    else
      found.difference(
        `the index says that a file of ${wanted.sizes[number]} bytes begins at byte ${offset} of pack ${name}, where ${there === undefined ? 'none does' : 'another one does'}`,
      );
  }
}
