/** A vault whose indexes lie in files, so that their length is not taken for Holdfast's memory; the rest in memory. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { memoryVault } from '../adapters/memory/vault.ts';
import type { Vault } from '../core/ports/vault.ts';

export async function vaultOfFiles(): Promise<{ readonly vault: Vault; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-million-'));
  const kept = memoryVault();
  const files = new Map<string, string>();
  const vault: Vault = {
    ...kept,
    async write(key, body, attributes, more) {
      if (attributes.role !== 'index') return kept.write(key, body, attributes, more);
      const file = join(folder, String(files.size));
      const hash = createHash('sha256');
      let lengthBytes = 0;
      const counted = async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          lengthBytes += chunk.length;
          yield chunk;
        }
      };
      await pipeline(Readable.from(body, { objectMode: true }), counted, createWriteStream(file));
      files.set(key, file);
      return { key, lengthBytes, sha256: hash.digest('hex') };
    },
    async read(key, more) {
      const file = files.get(key);
      return file === undefined
        ? kept.read(key, more)
        : createReadStream(file, { highWaterMark: 1024 * 1024 });
    },
  };
  return { vault, remove: () => rm(folder, { recursive: true, force: true }) };
}
