/**
 * Proof that keys open a real backup: with nothing but them, its manifest is opened and its signature checked, and
 * the first part of its smallest segment is decrypted to its end and compared with the manifest's length and hash.
 */
import { createHash } from 'node:crypto';
import { HoldfastError } from '../errors.ts';
import { contextOfKey } from '../format/context.ts';
import { manifestKey } from '../format/layout.ts';
import { IN_MEMORY_LIMIT_BYTES } from '../format/limits.ts';
import { open } from '../format/open.ts';
import { readManifest } from '../format/sealed-document.ts';
import type { Manifest } from '../manifest.ts';
import type { BackupRow, Catalog } from '../ports/catalog.ts';
import type { OpeningKey, SigningPublicKey } from '../ports/keys.ts';
import type { Vault } from '../ports/vault.ts';
import { requireKnownManifest } from '../verification/prove.ts';

export interface KeyProof {
  readonly planId: string;
  readonly backupId: string;
  /** Each of them alone opens the backup. */
  readonly proven: readonly string[];
  /** The backup is not sealed for these: it says nothing about them. */
  readonly notAsked: readonly string[];
  /** What was decrypted of the segment. */
  readonly plainBytes: number;
  readonly part: string;
}

/** The newest completed backup of all plans; BACKUP_NOT_FOUND when there is none. Looks at 1,000 plans. */
export async function newestBackup(catalog: Pick<Catalog, 'listPlans' | 'listBackups'>): Promise<BackupRow> {
  const { rows: plans } = await catalog.listPlans({ limit: 1000 });
  let newest: BackupRow | undefined;
  for (const { plan } of plans) {
    const { rows } = await catalog.listBackups(plan.id, { limit: 1, status: 'completed' });
    for (const row of rows) if (!newest || (row.completedAt ?? '') > (newest.completedAt ?? '')) newest = row;
  }
  if (newest) return newest;
  throw new HoldfastError('BACKUP_NOT_FOUND', 'there is no completed backup to prove a key with', {
    next: 'Make one: `holdfast backup PLAN`.',
  });
}

/**
 * Proves each key on its own. KEY_MISSING when the backup is sealed for none of them; INTEGRITY_SIGNATURE when
 * `signers` do not know who wrote it, and whatever opening it throws.
 */
export async function proveKeys(request: {
  readonly planId: string;
  readonly backupId: string;
  readonly keys: readonly OpeningKey[];
  readonly signers: readonly SigningPublicKey[];
  readonly vault: Pick<Vault, 'read'>;
  /** The catalog's row, where there is one: its manifest must be the one in the vault. */
  readonly row?: BackupRow;
}): Promise<KeyProof> {
  const { planId, backupId, keys, signers, vault, row } = request;
  const bytes = await readWhole(vault, manifestKey(planId, backupId));
  if (row) requireKnownManifest(row, createHash('sha256').update(bytes).digest('hex'));
  const proven: string[] = [];
  const notAsked: string[] = [];
  let missing: unknown;
  let plainBytes = 0;
  let part = '';
  for (const key of keys) {
    try {
      const manifest = await readManifest({ bytes, planId, backupId, privateKeys: [key], signers });
      const smallest = smallestPart(manifest);
      part = smallest.key;
      plainBytes = await openPart(vault, smallest, key);
      proven.push(key.id);
    } catch (thrown) {
      if (!(thrown instanceof HoldfastError) || thrown.code !== 'KEY_MISSING') throw thrown;
      missing = thrown;
      notAsked.push(key.id);
    }
  }
  if (proven.length === 0) throw missing ?? new HoldfastError('KEY_MISSING', 'no key was given');
  return { planId, backupId, proven, notAsked, plainBytes, part };
}

type Part = Manifest['components'][number]['segments'][number]['parts'][number];

function smallestPart(manifest: Manifest): Part {
  const first = manifest.components.flatMap(({ segments }) =>
    segments.flatMap(({ parts }) => parts.slice(0, 1)),
  );
  const [smallest] = first.sort((a, b) => a.lengthBytes - b.lengthBytes);
  if (smallest) return smallest;
  throw new HoldfastError('OBJECT_MISSING', `backup ${manifest.backupId} has no segment to prove a key with`);
}

async function openPart(vault: Pick<Vault, 'read'>, part: Part, key: OpeningKey): Promise<number> {
  let plainBytes = 0;
  const body = await vault.read(part.key);
  for await (const chunk of open(body, [key], contextOfKey(part.key), part)) plainBytes += chunk.length;
  return plainBytes;
}

async function readWhole(vault: Pick<Vault, 'read'>, key: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let lengthBytes = 0;
  for await (const chunk of await vault.read(key)) {
    lengthBytes += (chunk as Buffer).length;
    if (lengthBytes > IN_MEMORY_LIMIT_BYTES) {
      throw new HoldfastError('INTEGRITY_LENGTH', `${key} has more than ${IN_MEMORY_LIMIT_BYTES} bytes`);
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
