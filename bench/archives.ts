/** Writes the archives of a backup as plain files, so that pg_restore can be timed over the very same bytes. */
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { memorySecrets } from '../adapters/memory/secrets.ts';
import { s3Client } from '../adapters/s3/client.ts';
import { s3Vault } from '../adapters/s3/vault.ts';
import { backupIdFor } from '../core/format/layout.ts';
import { keyRing } from '../core/keys/ring.ts';
import { fetchManifest, openSegment } from '../core/verification/integrity.ts';

export async function exportArchives(
  endpoint: string,
  keysFile: string,
  slot: string,
  directory: string,
): Promise<void> {
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  const vault = s3Vault({
    client: s3Client({ endpoint, region: 'us-east-1', credentials }),
    bucket: 'bench',
  });
  const keys = JSON.parse(await readFile(keysFile, 'utf8')) as Record<string, string>;
  const ring = keyRing(memorySecrets(keys), { public: 'public', private: 'private' });
  const { manifest } = await fetchManifest('bench', backupIdFor('bench', slot), vault, ring);
  const privateKeys = await ring.privateKeys();
  const { signal } = new AbortController();
  for (const component of manifest.components) {
    for (const segment of component.segments.filter((one) => one.encoding === 'pg-custom')) {
      const plain = openSegment(manifest, component, segment, vault, privateKeys, new Map(), signal);
      await pipeline(plain, createWriteStream(join(directory, `${component.name}-${segment.index}.dump`)));
    }
  }
}
