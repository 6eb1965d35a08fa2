/** Backups that refer to earlier ones, read back: verified, rebuilt into a catalog, copied into another vault. */
import { setImmediate } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { memoryCatalog } from '../../../adapters/memory/catalog.ts';
import { memoryVault } from '../../../adapters/memory/vault.ts';
import { runBackup } from '../../../core/backup/run.ts';
import { backupIdFor, manifestKey } from '../../../core/format/layout.ts';
import type { Manifest, Segment } from '../../../core/manifest.ts';
import { planSchema } from '../../../core/plan.ts';
import type { BackupRow } from '../../../core/ports/catalog.ts';
import type { Vault } from '../../../core/ports/vault.ts';
import { copyBackups } from '../../../core/recovery/copy.ts';
import { rebuildCatalog } from '../../../core/recovery/rebuild.ts';
import { neededOf } from '../../../core/references.ts';
import {
  checkStored,
  fetchManifest,
  hashEverything,
  openSegment,
  partsOf,
} from '../../../core/verification/integrity.ts';
import { prove } from '../../../core/verification/prove.ts';
import { fakeFilesDriver, fakeFilesSource } from '../../support/fake-files.ts';
import { fakeRecovery } from '../../support/fake-recovery.ts';
import { memoryWorld } from '../../support/world.ts';

const live = () => new AbortController().signal;
const slots = ['2026-11-01T02:00:00Z', '2026-11-02T02:00:00Z', '2026-11-03T02:00:00Z'] as const;
const ids = slots.map((slot) => backupIdFor('site', slot)) as [string, string, string];

/** Three runs: all of it, one file changed, another one added; the last was asked for by a person. */
async function threeRuns() {
  const world = memoryWorld();
  const files = { uploads: { a: 'one', b: 'two', c: 'three' } as Record<string, string> };
  const plan = planSchema.parse({ id: 'site', sources: [fakeFilesSource('uploads')] });
  const driver = fakeFilesDriver(files);
  const rows: BackupRow[] = [];
  for (const [at, slot] of slots.entries()) {
    if (at === 1) files.uploads.b = 'TWO';
    if (at === 2) files.uploads.d = 'four';
    world.clock.set(new Date(Date.parse(slot) + 5000).toISOString());
    const deps = { ...world, driverFor: () => driver, categoryOf: () => 'files' as const };
    rows.push(
      await runBackup({ plan, slot, trigger: 'schedule', createdBy: 's', correlationId: 'c' }, deps, live()),
    );
  }
  return { world, rows };
}

let world: Awaited<ReturnType<typeof threeRuns>>['world'];
let rows: BackupRow[];
let manifest: Manifest;
beforeAll(async () => {
  ({ world, rows } = await threeRuns());
  ({ manifest } = await fetchManifest('site', ids[2], world.vault, world.keyRing));
});

async function textOf(segment: Segment, of = manifest): Promise<string> {
  const [component] = of.components;
  if (!component) throw new Error('there was to be a component');
  const keys = await world.keyRing.privateKeys();
  const chunks: Uint8Array[] = [];
  for await (const chunk of openSegment(of, component, segment, world.vault, keys, new Map(), live()))
    chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('a backup that refers to others', () => {
  it('has their objects among its parts, and tells them apart', () => {
    const parts = partsOf(manifest);
    const owners = parts.map(({ part, isReference }) => [part.key.split('/')[2], isReference]);
    expect(owners.filter(([, isReference]) => isReference)).toHaveLength(3);
    for (const [owner, isReference] of owners) expect(owner !== ids[2]).toBe(isReference);
  });

  it('is read with what it refers to, each object as what it was sealed as', async () => {
    const [component] = manifest.components;
    const texts = await Promise.all((component?.references ?? []).map((segment) => textOf(segment)));
    expect(texts.sort()).toEqual(['TWO', 'one', 'three']);
    // Named by somebody else, an index for one: what counts is what the manifest says under that key.
    const copy = structuredClone(component?.references?.[0] as Segment);
    expect(await textOf({ ...copy, plainBytes: 99 })).toBe(await textOf(copy));
  });

  it('opened, and aborted before anybody reads it, tells its reader and does not end the process', async () => {
    const [component] = manifest.components;
    const [segment] = component?.segments ?? [];
    if (!component || !segment) throw new Error('there was to be a segment');
    const abort = new AbortController();
    const plain = openSegment(manifest, component, segment, world.vault, [], new Map(), abort.signal);
    abort.abort();
    await setImmediate();
    await expect(plain.toArray()).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('opens nothing that its manifest does not name, and nothing under another key', async () => {
    const [component] = manifest.components;
    const own = component?.segments.find(({ role }) => role === 'pack') as Segment;
    const first = (await fetchManifest('site', ids[0], world.vault, world.keyRing)).manifest;
    const elsewhere = first.components[0]?.segments.find(({ name }) => name === 'b') as Segment;
    await expect(textOf(elsewhere)).rejects.toMatchObject({ code: 'INTEGRITY_SEAL' });
    // A manifest that calls an own segment a reference, or the other way round, is not believed.
    const swapped = (change: object): Manifest => ({
      ...manifest,
      components: manifest.components.map((each) => ({ ...each, ...change })),
    });
    await expect(textOf(own, swapped({ segments: [], references: [own] }))).rejects.toMatchObject({
      code: 'INTEGRITY_SEAL',
    });
    const reference = component?.references?.[0] as Segment;
    await expect(textOf(reference, swapped({ segments: [reference], references: [] }))).rejects.toMatchObject(
      {
        code: 'INTEGRITY_SEAL',
      },
    );
  });

  it('is proven with what it refers to: read, hashed, and as it is stored', async () => {
    const { vault } = world;
    const row = rows[2] as BackupRow;
    const read: string[] = [];
    const recovery = fakeRecovery();
    const deps = {
      ...world,
      recoveryFor: () => ({
        ...recovery,
        async read(segment: Segment, plain: AsyncIterable<Uint8Array>) {
          for await (const _ of plain) read.push(segment.name);
          return {};
        },
        compareReading: (
          component: Manifest['components'][number],
          readings: ReadonlyMap<Segment, unknown>,
        ) => {
          const all = [...component.segments, ...(component.references ?? [])];
          expect(all.every((segment) => readings.has(segment))).toBe(true);
          return { compared: {}, differences: [], notProven: [], facts: {} };
        },
      }),
      parallelism: 2,
      workDir: 'unused',
      freeBytes: async () => 0,
    };
    const proof = await prove(manifest, 'readable', row, deps, live());
    expect(proof).toMatchObject({ level: 'readable', stored: { objects: 5, differences: [] } });
    expect(read.sort()).toEqual(['a', 'b', 'c', 'd', 'index']);
    const key = manifest.components[0]?.references?.[0]?.parts[0]?.key as string;
    await vault.mark(key);
    const check = await checkStored(manifest, vault, { versions: row.versions }, live());
    expect(check.differences).toEqual([`${key}: is marked for expiry`]);
    await vault.unmark(key);
    vault.hide(key);
    expect(await hashEverything(manifest, vault, new Map(), live())).toEqual([expect.stringContaining(key)]);
    for await (const version of vault.versions(key))
      if (version.deleteMarker) await vault.removeDeleteMarker(key, version.versionId);
  });
});

describe('a rebuild', () => {
  it('finds what each backup needs and what the next one can build upon', async () => {
    const catalog = memoryCatalog();
    await rebuildCatalog({ ...world, catalog }, { dryRun: false, by: 'ada' });
    for (const row of rows) {
      const found = await catalog.getBackup('site', row.backupId);
      expect(found?.needs).toEqual(row.needs?.length === 0 ? undefined : row.needs);
      const { fullBackupId: _, ...note } = row.indexes?.uploads ?? {};
      expect(found?.indexes?.uploads).toMatchObject(note);
    }
  });

  it('of some sources names these, as its run did', async () => {
    const partial = memoryWorld();
    const sources = [fakeFilesSource('uploads'), fakeFilesSource('media')];
    const plan = planSchema.parse({ id: 'site', sources });
    const driver = fakeFilesDriver({ uploads: { a: 'one' }, media: { b: 'two' } });
    const deps = { ...partial, driverFor: () => driver, categoryOf: () => 'files' as const };
    const request = {
      plan,
      slot: slots[0],
      trigger: 'manual',
      createdBy: 'ada',
      correlationId: 'c',
    } as const;
    const made = await runBackup({ ...request, token: 't', only: ['media'] }, deps, live());
    const catalog = memoryCatalog();
    await rebuildCatalog({ ...partial, catalog }, { dryRun: false, by: 'ada' });
    expect(await catalog.getBackup('site', made.backupId)).toMatchObject({
      source: made.source,
      only: ['media'],
    });
    expect(made.source).toBe('media');
  });

  it('counts a backup as failed when something that it refers to is gone', async () => {
    const { vault } = world;
    const key = manifest.components[0]?.references?.[0]?.parts[0]?.key as string;
    vault.hide(key);
    const catalog = memoryCatalog();
    const { backups } = await rebuildCatalog({ ...world, catalog }, { dryRun: false, by: 'ada' });
    expect(backups.lackingParts).toBeGreaterThan(0);
    const row = await catalog.getBackup('site', ids[2]);
    expect(row?.verification).toMatchObject({ status: 'failed', detail: expect.stringContaining(key) });
    for await (const version of vault.versions(key))
      if (version.deleteMarker) await vault.removeDeleteMarker(key, version.versionId);
  });
});

describe('a copy', () => {
  it('brings what a backup refers to, as what it is, also of backups that are gone', async () => {
    const to = memoryVault();
    const problems: unknown[] = [];
    // The first one went: of it there is what the others need.
    const first = manifestKey('site', ids[0]);
    const from: Vault = {
      ...world.vault,
      head: async (key, options) => (key === first ? undefined : world.vault.head(key, options)),
    };
    const deps = {
      from,
      to,
      keyRing: world.keyRing,
      clock: world.clock,
      onProblem: (problem: unknown) => problems.push(problem),
    };
    const copied = await copyBackups(deps);
    expect({ backups: copied.backups, problems }).toEqual({ backups: 2, problems: [] });
    for (const { part, segment } of partsOf(manifest)) {
      const state = await to.head(part.key);
      expect(state).toMatchObject({ storageClass: 'STANDARD', tags: { role: segment.role } });
    }
    expect(await hashEverything(manifest, to, new Map(), live())).toEqual([]);
    const needed = neededOf(manifest.components[0]?.references ?? []);
    expect(needed.map(({ backupId }) => backupId)).toEqual([ids[0], ids[1]]);
    expect(await to.head(manifestKey('site', ids[0]))).toBeUndefined();
  });
});
