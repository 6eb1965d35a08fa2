/**
 * Backups of files through the real core and the real format, into a vault that hashes what it gets and forgets it,
 * but for what the next run reads: indexes.
 */
import { createHash } from 'node:crypto';
import { systemClock } from '../adapters/clock.ts';
import { type FilesDriverOptions, filesDriver } from '../adapters/files/driver.ts';
import type { FilesFacts } from '../adapters/files/model.ts';
import { filesSourceSchema } from '../adapters/files/source.ts';
import { memoryVault } from '../adapters/memory/vault.ts';
import { runBackup } from '../core/backup/run.ts';
import { planSchema } from '../core/plan.ts';
import type { SourceDriver } from '../core/ports/source.ts';
import type { Vault } from '../core/ports/vault.ts';
import { memoryWorld } from '../test/support/world.ts';

export function filesBench(options: Partial<FilesDriverOptions> = {}) {
  const world = memoryWorld();
  const kept = memoryVault();
  let storedBytes = 0;
  const vault: Vault = {
    ...kept,
    async write(key, body, attributes, more) {
      if (attributes.role !== 'pack' && attributes.role !== 'segment')
        return kept.write(key, body, attributes, more);
      const hash = createHash('sha256');
      let lengthBytes = 0;
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        hash.update(chunk);
        lengthBytes += chunk.length;
      }
      storedBytes += lengthBytes;
      return { key, lengthBytes, sha256: hash.digest('hex'), versionId: undefined };
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
