/**
 * What servers and the local AWS need on this machine, fetched and built all at once; nothing when it is there.
 * Mostly waiting for the network: `npm test` does it while it checks types.
 */
import { chromiumProgram } from './chromium.ts';
import { mongodProgram } from './mongo/mongod.ts';
import { mongoBinDir } from './mongo/tools.ts';
import { emulatorPython } from './python.ts';
import { postgresToolsRoot } from './tools.ts';

/** The prefix of the PostgreSQL programs. MongoDB's are left out where this machine can have none. */
export async function toolsAhead(): Promise<string> {
  const onProgress = (line: string) => console.warn(line);
  const [postgres] = await Promise.all([
    postgresToolsRoot({ onProgress }),
    mongoBinDir({ onProgress }),
    mongodProgram({ onProgress }),
    emulatorPython(onProgress),
    // Only the tests of the console need it, and say so themselves.
    chromiumProgram(onProgress).catch((error: Error) => onProgress(error.message)),
  ]);
  return postgres;
}
