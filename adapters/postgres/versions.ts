/** Which servers can be dumped: from the oldest that the catalogue queries know to pg_dump's own. */
import { HoldfastError } from '../../core/errors.ts';
import type { ServerFacts } from './facts.ts';

const oldestVersionNum = 100_000;

/** @throws HoldfastError SOURCE_TOO_NEW, SOURCE_TOO_OLD, naming both versions */
export function requireSupported(
  server: Pick<ServerFacts, 'version' | 'versionNum'>,
  dumpVersion: string,
): void {
  if (server.versionNum < oldestVersionNum) {
    throw new HoldfastError('SOURCE_TOO_OLD', `the server is PostgreSQL ${server.version}`);
  }
  const dumpMajor = Number.parseInt(dumpVersion, 10);
  if (Math.floor(server.versionNum / 10_000) > dumpMajor) {
    throw new HoldfastError(
      'SOURCE_TOO_NEW',
      `the server is PostgreSQL ${server.version}, pg_dump is ${dumpVersion}`,
    );
  }
}
