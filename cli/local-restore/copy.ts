/** The copy of a vault that is restored from without a stack: a folder, or a bucket that the caller may read. */
import { folderVault } from '../../adapters/folder/vault.ts';
import { s3Client } from '../../adapters/s3/client.ts';
import { s3Vault } from '../../adapters/s3/vault.ts';
import { HoldfastError, InvalidInput } from '../../core/errors.ts';
import { backupIdSchema, manifestKey, planIdSchema } from '../../core/format/layout.ts';
import { HEADER_LIMIT_BYTES } from '../../core/format/limits.ts';
import type { Vault } from '../../core/ports/vault.ts';
import { readHeader } from '../decrypt/message-header.ts';
import { argument } from '../lookup.ts';

/** `s3://bucket`, `s3://bucket/prefix`, or the folder that `plans/` is in. */
export function openCopy(from: string, region: string | undefined): Vault {
  if (!from.startsWith('s3://')) return folderVault(from);
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9.-]{3,63})(?:\/(.*))?$/.exec(from) ?? [];
  if (bucket === undefined) {
    throw new InvalidInput('command line', [
      {
        field: '--from',
        value: JSON.stringify(from.slice(0, 100)),
        allowed: 'replica, a folder, or s3://bucket/prefix',
      },
    ]);
  }
  const endpoint = process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
  const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  return s3Vault({ client: s3Client({ region, endpoint }), bucket, prefix: folder });
}

export interface ChosenBackup {
  readonly planId: string;
  readonly backupId: string;
}

export interface Choice {
  readonly backup?: string | undefined;
  readonly latest?: string | undefined;
}

/** Names shown when there is more than one to choose from. */
const mostShown = 20;

/** The backup that was named, the newest of a plan, or the only one. Only a folder with a manifest is a backup. */
export async function chooseBackup(vault: Vault, { backup, latest }: Choice): Promise<ChosenBackup> {
  if (backup !== undefined && latest !== undefined) {
    throw new InvalidInput('command line', [
      { field: '--latest', allowed: 'not together with the id of a backup' },
    ]);
  }
  if (latest !== undefined) return newestOf(vault, argument(planIdSchema, latest, '--latest'));
  const backupId = backup === undefined ? undefined : argument(backupIdSchema, backup, 'BACKUP');
  const found: ChosenBackup[] = [];
  let plans = 0;
  for await (const planId of vault.folders('plans/')) {
    plans += 1;
    if (found.length > mostShown) break;
    for await (const chosen of backupsOf(vault, planId, backupId)) {
      if (backupId !== undefined) return chosen;
      if (found.push(chosen) > mostShown) break;
    }
  }
  const [only] = found;
  if (only && found.length === 1) return only;
  if (only) {
    const names = found.slice(0, mostShown).map((one) => `${one.planId}/${one.backupId}`);
    throw new HoldfastError('INVALID_INPUT', `${vault.location} holds several backups: ${names.join(', ')}`, {
      next: 'Name one, or take the newest of a plan with --latest PLAN.',
    });
  }
  throw missing(vault, backupId ? `no backup ${backupId}` : 'no backup', plans);
}

async function newestOf(vault: Vault, planId: string): Promise<ChosenBackup> {
  const ids: string[] = [];
  for await (const name of vault.folders(`plans/${planId}/`)) ids.push(name);
  for (const backupId of ids.reverse()) {
    for await (const chosen of backupsOf(vault, planId, backupId)) return chosen;
  }
  throw missing(vault, `no backup of plan ${planId}`, ids.length);
}

/** Those with a manifest, oldest first; with `wanted` that one or none. */
async function* backupsOf(
  vault: Vault,
  planId: string,
  wanted?: string,
): AsyncGenerator<ChosenBackup, void, void> {
  if (!planIdSchema.safeParse(planId).success) return;
  const names = wanted === undefined ? vault.folders(`plans/${planId}/`) : [wanted];
  for await (const backupId of names) {
    if (!backupIdSchema.safeParse(backupId).success) continue;
    if (await vault.head(manifestKey(planId, backupId))) yield { planId, backupId };
  }
}

function missing(vault: Vault, what: string, folders: number): HoldfastError {
  return new HoldfastError('BACKUP_NOT_FOUND', `${what} is below ${vault.location}`, {
    next:
      folders > 0
        ? 'Look whether the whole folder of the backup was copied, the file `manifest` included.'
        : 'Give --from the folder (or prefix) that the folder `plans` is in.',
  });
}

/** Ids of the keys that can open the manifest, as it says itself; proven only when one does. */
export async function keysOf(vault: Vault, { planId, backupId }: ChosenBackup): Promise<readonly string[]> {
  const key = manifestKey(planId, backupId);
  const stream = await vault.read(key);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= HEADER_LIMIT_BYTES) break;
  }
  return readHeader(Buffer.concat(chunks).subarray(0, HEADER_LIMIT_BYTES), key).keyIds;
}
