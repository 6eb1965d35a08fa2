/**
 * The end of a run: the manifest sealed and signed, what it will say noted in the catalog, then written, then the row
 * completed. In that order a crash leaves either no manifest, or one that a later attempt recognises as its own.
 */
import { createHash } from 'node:crypto';
import { manifestKey } from '../format/layout.ts';
import { sealManifest } from '../format/sealed-document.ts';
import type { Manifest } from '../manifest.ts';
import type { BackupRow, Completion, IndexNote } from '../ports/catalog.ts';
import type { ObjectAttributes } from '../ports/vault.ts';
import { type Attempt, beginStep } from './context.ts';
import { referencesOf } from './references.ts';
import { rowNotes } from './row-notes.ts';

export interface MadeBackup {
  readonly manifest: Manifest;
  /** Version ids by key, of this copy. */
  readonly versions: Readonly<Record<string, string>>;
  /** By component: what a later run may build upon. */
  readonly indexes: ReadonlyMap<string, IndexNote>;
  readonly attributes: Omit<ObjectAttributes, 'role' | 'storageClass'>;
}

export async function writeManifest(made: MadeBackup, attempt: Attempt): Promise<BackupRow> {
  const { manifest, versions, indexes, attributes } = made;
  const { owner, deps, signal } = attempt;
  const { recipients } = await deps.keyRing.publicKeys();
  const signer = await deps.keyRing.signingKey('backup');
  const sealed = await sealManifest({ manifest, signer, recipients });
  const { totals } = manifest;
  const storedBytes = totals.storedBytes + sealed.length;
  const completion: Completion = {
    sourceBytes: totals.sourceBytes,
    storedBytes,
    compressionRatio: Math.round((totals.sourceBytes / storedBytes) * 100) / 100,
    expiresAt: manifest.expiresAt,
    locations: [deps.vault.location],
    tools: manifest.tools,
    manifest: { lengthBytes: sealed.length, sha256: sha256(sealed) },
    warnings: manifest.warnings,
    madeBy: manifest.attempt,
    ...rowNotes(referencesOf(manifest.components), indexes, versions),
  };
  await beginStep(attempt, 'prepare');
  await deps.catalog.prepareCompletion(owner, completion);
  await beginStep(attempt, 'write-manifest');
  signal.throwIfAborted();
  await deps.vault.write(
    manifestKey(owner.planId, owner.backupId),
    [sealed],
    { ...attributes, role: 'manifest', storageClass: 'STANDARD' },
    { signal },
  );
  await beginStep(attempt, 'complete');
  return complete(attempt);
}

/** Last of all, with the steps that led to it. */
export function complete({ owner, deps, track, steps }: Attempt): Promise<BackupRow> {
  track.end();
  return deps.catalog.completeRun(owner, deps.clock.now().toISOString(), steps.notes());
}

/** True when the vault holds, byte for byte, the manifest that an earlier attempt said it would write. */
export async function manifestIsWhole({ row, owner, deps, signal }: Attempt): Promise<boolean> {
  if (!row.manifest) return false;
  const key = manifestKey(owner.planId, owner.backupId);
  const state = await deps.vault.head(key, { signal });
  if (!state || state.lengthBytes !== row.manifest.lengthBytes) return false;
  const hash = createHash('sha256');
  for await (const chunk of await deps.vault.read(key, { versionId: state.versionId, signal }))
    hash.update(chunk);
  return hash.digest('hex') === row.manifest.sha256;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
