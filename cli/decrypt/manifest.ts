/** The manifest of a downloaded backup, with a plain statement of whether anybody vouches for it. */
import { HoldfastError } from '../../core/errors.ts';
import { openBytes } from '../../core/format/open.ts';
import { readManifest } from '../../core/format/sealed-document.ts';
import { type Manifest, manifestSchema } from '../../core/manifest.ts';
import { parse } from '../../core/parse.ts';
import type { OpeningKey, SigningPublicKey } from '../../core/ports/keys.ts';
import { type DownloadedBackup, expectedManifestContext, readWhole } from './folder.ts';

/**
 * With signing keys the signature must hold. Without them the manifest is opened and believed; the caller has made
 * sure that this was asked for.
 */
export async function openManifest(
  backup: DownloadedBackup,
  privateKeys: readonly OpeningKey[],
  signers: readonly SigningPublicKey[] | undefined,
): Promise<Manifest> {
  const bytes = await readWhole(backup.manifestPath);
  const { planId, backupId } = backup.header.context;
  if (signers) return readManifest({ bytes, planId, backupId, privateKeys, signers });
  const envelope = await openBytes(bytes, privateKeys, expectedManifestContext(backup));
  return parse(manifestSchema, payloadOf(envelope, backup.manifestPath), 'manifest');
}

/** What a DSSE envelope carries, whoever signed it. */
export function payloadOf(envelope: Uint8Array, name: string): unknown {
  try {
    const { payload } = JSON.parse(Buffer.from(envelope).toString('utf8')) as { payload: string };
    return JSON.parse(Buffer.from(payload, 'base64').toString('utf8'));
  } catch (thrown) {
    throw new HoldfastError('FORMAT_UNKNOWN', `${name} holds no signed document`, { cause: thrown });
  }
}
