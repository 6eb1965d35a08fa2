/** Opens a further vault of a plan: a folder that this machine sees, or a bucket at an endpoint of its own. */
import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { HoldfastError, InvalidInput } from '../core/errors.ts';
import type { FurtherVault, Plan } from '../core/plan.ts';
import type { Secrets } from '../core/ports/index.ts';
import type { Vault } from '../core/ports/vault.ts';
import { folderVault } from './folder/vault.ts';
import { endpointClient, endpointFields, parseEndpointSecret } from './s3/endpoint.ts';
import { s3Vault } from './s3/vault.ts';

const secretSchema = z.strictObject({
  ...endpointFields,
  bucket: z.string().regex(/^[a-z0-9][a-z0-9._-]{1,62}$/i, 'the name of a bucket'),
  prefix: z.string().max(500).default(''),
  /** False for stores that refuse object tags. */
  tags: z.boolean().default(true),
});

export interface FurtherVaultOptions {
  readonly secrets: Secrets;
  /** The local mode: endpoints on this machine are allowed. */
  readonly allowLoopback: boolean;
}

/** The further vault of that name, or InvalidInput naming those that there are. */
export function furtherVaultNamed(name: string, plan: Plan): FurtherVault {
  const found = plan.vaults.find((vault) => vault.name === name);
  if (found) return found;
  const known = plan.vaults.map((vault) => `vault:${vault.name}`).join(', ');
  throw new InvalidInput('copy', [
    {
      field: 'vault',
      value: JSON.stringify(`vault:${name}`),
      allowed: known === '' ? `none: plan ${plan.id} has no further vaults` : known,
    },
  ]);
}

/** Throws SECRET_NOT_FOUND, SECRET_INVALID, HOST_FORBIDDEN, VAULT_REFUSED (a folder that is not there). */
export async function openFurtherVault(vault: FurtherVault, options: FurtherVaultOptions): Promise<Vault> {
  if ('folder' in vault) {
    const found = await stat(vault.folder).catch(() => undefined);
    if (found?.isDirectory()) return folderVault(vault.folder);
    throw new HoldfastError(
      'VAULT_REFUSED',
      `the folder ${vault.folder} of vault ${vault.name} is not there`,
      {
        next: 'A disk may not be mounted. The folder must exist where the backup is made.',
      },
    );
  }
  const settings = parseEndpointSecret(secretSchema, await options.secrets.get(vault.secret), vault.secret);
  const { bucket, prefix, tags, ...endpoint } = settings;
  return s3Vault({ client: endpointClient(endpoint, options), bucket, prefix, tags });
}
