/**
 * Reads an index or a pack of files to its end: every rule of their formats is checked, every file in a pack hashed.
 * What comes back says exactly which contents lie where, so that index and packs can be compared without being read
 * again (read-compare.ts).
 */
import { createHash, type Hash } from 'node:crypto';
import { HoldfastError } from '../../core/errors.ts';
import type { Segment } from '../../core/manifest.ts';
import { decodeIndex, IndexDecoder } from './index-decode.ts';
import type { IndexEnd } from './index-format.ts';
import { type PackContents, packContentsSchema } from './model.ts';
import { damaged, type TarMember, TarReader, type TarSink } from './read-tar.ts';
import { unpack } from './read-unpack.ts';
import { identityOf } from './restore-index.ts';

/**
 * Contents of one pack, by the offset: three numbers each, so that a million files cost 24 MB. The hash is the first
 * 52 bits of the SHA-256; what is compared was hashed whole on both sides, a chance of 1 in 10^15 for each is enough.
 */
export class Places {
  readonly offsets: number[] = [];
  readonly sizes: number[] = [];
  readonly hashes: number[] = [];

  add(offset: number, size: number, sha256: string): void {
    this.offsets.push(offset);
    this.sizes.push(size);
    this.hashes.push(Number.parseInt(sha256.slice(0, 13), 16));
  }
}

/** Files of one index whose places are remembered: 48 MB; those beyond are counted only. */
export const maxPlaces = 2_000_000;

export interface IndexReading {
  readonly what: 'index';
  readonly end: IndexEnd;
  /** By what lies in the vault (`identityOf`). */
  readonly packs: ReadonlyMap<string, { readonly name: string; readonly places: Places }>;
  /** Files whose places were not remembered. */
  readonly beyond: number;
}

export interface PackReading extends Pick<PackContents, 'members' | 'bytes' | 'digest'> {
  readonly what: 'pack';
  readonly places: Places;
}

/** @throws HoldfastError INTEGRITY_ARCHIVE, FORMAT_UNKNOWN, TOOLS_MISSING; what `plain` throws; the signal's reason */
export async function readSegment(
  segment: Segment,
  plain: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
  limit = maxPlaces,
): Promise<IndexReading | PackReading> {
  return segment.role === 'index' ? readIndexSegment(plain, limit, signal) : readPack(segment, plain, signal);
}

async function readIndexSegment(
  plain: AsyncIterable<Uint8Array>,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<IndexReading> {
  const decoder = new IndexDecoder();
  const places = new Map<number, Places>();
  let remembered = 0;
  let beyond = 0;
  const batches = decodeIndex(plain, decoder);
  for (;;) {
    signal?.throwIfAborted();
    const batch = await batches.next();
    if (batch.done) {
      const named = [...decoder.packs].map(
        ([id, segment]) =>
          [identityOf(segment), { name: segment.name, places: places.get(id) ?? new Places() }] as const,
      );
      return { what: 'index', end: batch.value, packs: new Map(named), beyond };
    }
    for (const entry of batch.value.entries) {
      if (entry.type !== 'file' || entry.at === undefined) continue;
      const [pack, offset] = entry.at;
      if (remembered >= limit) {
        beyond++;
        continue;
      }
      remembered++;
      let known = places.get(pack);
      if (known === undefined) {
        known = new Places();
        places.set(pack, known);
      }
      known.add(offset, entry.size, entry.sha256);
    }
  }
}

async function readPack(
  segment: Segment,
  plain: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<PackReading> {
  const contents = packContentsSchema.safeParse(segment.contents);
  if (!contents.success)
    throw new HoldfastError('INTEGRITY_ARCHIVE', `The manifest does not say what is in pack ${segment.name}`);
  const sink = new PackSink(contents.data);
  const tar = new TarReader(sink);
  for await (const chunk of unpack(segment.encoding, plain, signal)) tar.push(chunk);
  tar.finish();
  return sink.reading();
}

class PackSink implements TarSink {
  readonly #limit: number;
  readonly #voids: ReadonlySet<number>;
  readonly #digest = createHash('sha256');
  readonly #places = new Places();
  #members = 0;
  #bytes = 0;
  #member: TarMember | undefined;
  #hash: Hash | undefined;

  constructor(contents: PackContents) {
    this.#limit = contents.members;
    this.#voids = new Set(contents.voids);
  }

  begin(member: TarMember): void {
    if (this.#members === this.#limit)
      throw damaged(`it has more than the ${this.#limit} members that the manifest says`);
    this.#member = member;
    this.#hash = createHash('sha256');
  }

  content(bytes: Uint8Array): void {
    this.#hash?.update(bytes);
  }

  end(): void {
    if (this.#member === undefined || this.#hash === undefined) return;
    const { path, type, sizeBytes, offset } = this.#member;
    const sha256 = this.#hash.digest('hex');
    const isVoid = this.#voids.has(this.#members);
    this.#digest.update(`${path}\0${sizeBytes}\0${sha256}${isVoid ? '\0void' : ''}\n`);
    if (type === 'file' && sizeBytes > 0 && !isVoid) this.#places.add(offset, sizeBytes, sha256);
    this.#members++;
    this.#bytes += sizeBytes;
  }

  reading(): PackReading {
    const digest = this.#digest.digest('hex');
    return { what: 'pack', members: this.#members, bytes: this.#bytes, digest, places: this.#places };
  }
}
