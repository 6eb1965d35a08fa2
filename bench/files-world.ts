/**
 * Backups of files through the real core and the real format, into a vault that hashes what it gets and forgets it,
 * but for what the next run reads: indexes.
 */
import { systemClock } from '../adapters/clock.ts';
import { copyBytes } from '../adapters/copy-bytes.ts';
import { type FilesDriverOptions, filesDriver } from '../adapters/files/driver.ts';
import type { FilesFacts } from '../adapters/files/model.ts';
import { filesSourceSchema } from '../adapters/files/source.ts';
import { sharedHashing } from '../adapters/hashing.ts';
import { memoryVault } from '../adapters/memory/vault.ts';
import { sharedPool } from '../adapters/s3/buffers.ts';
import { runBackup } from '../core/backup/run.ts';
import { planSchema } from '../core/plan.ts';
import type { SourceDriver } from '../core/ports/source.ts';
import type { Vault } from '../core/ports/vault.ts';
import { memoryWorld } from '../test/support/world.ts';

export function filesBench(options: Partial<FilesDriverOptions> = {}, kept: Vault = memoryVault()) {
  const world = memoryWorld();
  let storedBytes = 0;
  const vault: Vault = {
    ...kept,
    async write(key, body, attributes, more) {
      if (attributes.role !== 'pack' && attributes.role !== 'segment')
        return kept.write(key, body, attributes, more);
      const written = await hashAndForget(body);
      storedBytes += written.lengthBytes;
      return { key, ...written, versionId: undefined };
    },
  };
  let day = 0;
  return {
    storedBytes: () => storedBytes,
    async backup(source: Record<string, unknown>): Promise<FilesFacts & { readonly sourceBytes: number }> {
      day += 1;
      const slot = new Date(Date.UTC(2026, 0, day, 2)).toISOString().replace('.000', '');
      const parsed = filesSourceSchema.parse({ kind: 'files', name: 'bench', ...source });
      const driver = filesDriver({
        allowLoopback: true,
        raceWindowMs: 0,
        ...options,
      }) as unknown as SourceDriver;
      let facts: FilesFacts | undefined;
      const watched: SourceDriver = {
        ...driver,
        async open(...given) {
          const session = await driver.open(...given);
          const { confirm } = session;
          return Object.defineProperties(Object.create(session), {
            confirm: {
              value: async (...made: Parameters<typeof confirm>) => {
                const confirmed = await confirm.apply(session, made);
                facts = confirmed.facts as unknown as FilesFacts;
                return confirmed;
              },
            },
          });
        },
      };
      const row = await runBackup(
        {
          plan: planSchema.parse({ id: 'bench', sources: [parsed] }),
          slot,
          trigger: 'schedule',
          createdBy: 'bench',
          correlationId: 'bench',
        },
        {
          ...world,
          vault,
          clock: systemClock,
          driverFor: () => watched,
          categoryOf: () => 'files' as const,
        },
        new AbortController().signal,
      );
      if (row.status !== 'completed' || facts === undefined)
        throw new Error(`backup ${row.status}: ${row.error?.message}`);
      return { ...facts, sourceBytes: row.sourceBytes ?? 0 };
    },
  };
}

const BUFFER_BYTES = 1024 * 1024;

/** As the writer to S3 does, in the same thread, but in smaller buffers, and without the hash that a part has of its own. */
async function hashAndForget(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
  const pool = sharedPool(BUFFER_BYTES);
  const { signal } = new AbortController();
  const whole = sharedHashing().whole();
  let buffer = await pool.acquire(signal);
  let filled = 0;
  let lengthBytes = 0;
  let hashed: Promise<unknown> | undefined;
  for await (const chunk of body) {
    lengthBytes += chunk.length;
    for (let from = 0; from < chunk.length; ) {
      if (filled === buffer.length) {
        const full = buffer;
        // One being hashed, one being filled.
        await hashed;
        hashed = whole.update(full).then(() => pool.release(full));
        buffer = await pool.acquire(signal);
        filled = 0;
      }
      const piece = chunk.subarray(from, from + buffer.length - filled);
      copyBytes(piece, buffer, filled);
      filled += piece.length;
      from += piece.length;
    }
  }
  const sha256 = await whole.end(buffer.subarray(0, filled));
  await hashed;
  pool.release(buffer);
  return { lengthBytes, sha256: sha256.toString('hex') };
}
