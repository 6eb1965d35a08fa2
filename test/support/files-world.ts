/**
 * Backups of files through the real core into a vault in memory, and everything that such a backup holds read back by
 * its index alone: each content cut out of its pack at its offset, and hashed.
 */
import { execFileSync } from 'node:child_process';
import { createHash, hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { type FilesDriverOptions, filesDriver } from '../../adapters/files/driver.ts';
import { decodeIndex, IndexDecoder } from '../../adapters/files/index-decode.ts';
import type { IndexEntry } from '../../adapters/files/index-format.ts';
import {
  type FilesEvidence,
  type FilesFacts,
  filesEvidenceSchema,
  filesFactsSchema,
  packContentsSchema,
} from '../../adapters/files/model.ts';
import { type FilesSource, filesSourceSchema } from '../../adapters/files/source.ts';

import { runBackup } from '../../core/backup/run.ts';
import { contextOfKey } from '../../core/format/context.ts';
import { manifestKey } from '../../core/format/layout.ts';
import { open } from '../../core/format/open.ts';
import { readManifest } from '../../core/format/sealed-document.ts';
import type { Component, Manifest, Segment } from '../../core/manifest.ts';
import { planSchema } from '../../core/plan.ts';
import type { BackupRow } from '../../core/ports/catalog.ts';
import type { Clock } from '../../core/ports/index.ts';
import type { SourceDriver } from '../../core/ports/source.ts';
import { memoryWorld } from './world.ts';

export interface Backup {
  readonly row: BackupRow;
  readonly manifest: Manifest;
  readonly component: Component;
  readonly facts: FilesFacts;
  readonly evidence: FilesEvidence;
  readonly entries: ReadonlyMap<string, IndexEntry>;
}

export type FilesWorld = ReturnType<typeof filesWorld>;

export function filesWorld(driverOptions: Partial<FilesDriverOptions> = {}) {
  const world = memoryWorld();
  const options = { allowLoopback: true, raceWindowMs: 0, ...driverOptions };
  let day = 0;

  /** One backup, a day after the last; its row, whatever came of it. */
  async function run(source: Record<string, unknown>, more: Partial<FilesDriverOptions> = {}) {
    day += 1;
    const slot = new Date(Date.UTC(2026, 10, day, 2)).toISOString().replace('.000', '');
    const parsed = filesSourceSchema.parse({ kind: 'files', name: 'uploads', ...source });
    const driver = filesDriver({ ...options, ...more }) as unknown as SourceDriver;
    return runBackup(
      {
        plan: planSchema.parse({ id: 'files', sources: [parsed satisfies FilesSource] }),
        slot,
        trigger: 'schedule',
        createdBy: 'test',
        correlationId: 'test',
      },
      {
        ...world,
        clock: hastyClock(slot),
        driverFor: () => driver,
        categoryOf: () => 'files' as const,
      },
      new AbortController().signal,
    );
  }

  async function unsealed(segment: Segment): Promise<Buffer> {
    const keys = await world.keyRing.privateKeys();
    const chunks: Uint8Array[] = [];
    for (const part of segment.parts) {
      const sealed = await world.vault.read(part.key);
      for await (const chunk of open(sealed, keys, contextOfKey(part.key), part)) chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  /** The tar of a pack. */
  async function tarOf(segment: Segment): Promise<Buffer> {
    const bytes = await unsealed(segment);
    if (segment.encoding === 'tar-zstd') return zstdDecompressSync(bytes);
    if (segment.encoding === 'tar-gzip') return gunzipSync(bytes);
    if (segment.encoding === 'tar') return bytes;
    if (segment.encoding !== 'tar-bzip2') throw new Error(`not known: ${segment.encoding}`);
    return execFileSync('bzip2', ['-dc'], { input: bytes, maxBuffer: 1024 ** 3 });
  }

  async function read(row: BackupRow): Promise<Backup> {
    const keys = await world.keyRing.privateKeys();
    const { signers } = await world.keyRing.publicKeys();
    const stored = await world.vault.read(manifestKey(row.planId, row.backupId));
    const bytes = Buffer.concat(await stored.toArray());
    const { planId, backupId } = row;
    const manifest = await readManifest({ bytes, planId, backupId, privateKeys: keys, signers });
    const component = manifest.components[0] as Component;
    const facts = filesFactsSchema.parse(component.facts);
    const evidence = filesEvidenceSchema.parse(component.evidence);
    const index = await unsealed(component.segments[0] as Segment);
    const decoder = new IndexDecoder({
      planId: row.planId,
      backupId: row.backupId,
      component: component.name,
    });
    const entries = new Map<string, IndexEntry>();
    const batches = decodeIndex(
      (async function* () {
        yield index;
      })(),
      decoder,
    );
    for await (const batch of batches) for (const entry of batch.entries) entries.set(entry.path, entry);
    if (decoder.end?.digest !== evidence.indexDigest) throw new Error('the evidence is of another index');
    await readContents(component, decoder, entries);
    return { row, manifest, component, facts, evidence, entries };
  }

  /** Every content by its place, hashed; every pack of this backup by its digest; references exactly those used. */
  async function readContents(
    component: Component,
    decoder: IndexDecoder,
    entries: ReadonlyMap<string, IndexEntry>,
  ): Promise<void> {
    const tars = new Map<number, Buffer>();
    for (const [id, segment] of decoder.packs) tars.set(id, await tarOf(segment));
    for (const entry of entries.values()) {
      if (entry.type !== 'file' || entry.at === undefined) continue;
      const [pack, offset] = entry.at;
      const content = tars.get(pack)?.subarray(offset, offset + entry.size);
      if (content?.length !== entry.size || hash('sha256', content) !== entry.sha256)
        throw new Error(`${entry.path}: its content is not at ${pack}, ${offset}`);
    }
    const keysOf = (segments: readonly Segment[]) => segments.map(({ parts }) => parts[0]?.key).sort();
    const own = new Set(component.segments.map(({ parts }) => parts[0]?.key));
    const foreign = [...decoder.packs.values()].filter(({ parts }) => !own.has(parts[0]?.key));
    if (JSON.stringify(keysOf(foreign)) !== JSON.stringify(keysOf(component.references ?? [])))
      throw new Error('the references are not the packs of the index');
  }

  return {
    ...world,
    run,
    read,
    tarOf,
    unsealed,
    async backup(source: Record<string, unknown>, more: Partial<FilesDriverOptions> = {}): Promise<Backup> {
      const row = await run(source, more);
      if (row.status !== 'completed') throw new Error(`${row.error?.code}: ${row.error?.message}`);
      return read(row);
    },
  };
}

/** Proves a pack alone, from the list of what its tar holds. */
export function packDigest(
  members: readonly { readonly path: string; readonly content: Buffer; readonly isVoid?: boolean }[],
): string {
  const digest = createHash('sha256');
  for (const { path, content, isVoid } of members)
    digest.update(`${path}\0${content.length}\0${hash('sha256', content)}${isVoid ? '\0void' : ''}\n`);
  return digest.digest('hex');
}

export function contentsOf(segment: Segment) {
  return packContentsSchema.parse(segment.contents);
}

/** Begins at that instant; who sleeps between two tries is woken soon. */
function hastyClock(from: string): Clock {
  const began = Date.now();
  return {
    now: () => new Date(Date.parse(from) + Date.now() - began),
    sleep: (milliseconds, signal) => sleep(Math.min(milliseconds, 50), undefined, signal ? { signal } : {}),
  };
}
