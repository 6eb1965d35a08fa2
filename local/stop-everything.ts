/** Stops the local AWS, its console and the sample servers of this checkout, from whichever process started them. */
import { rm } from 'node:fs/promises';
import { stopConsoleProcess } from './console/process.ts';
import { stopEmulator } from './emulator.ts';
import { stopMailCatcher } from './mail.ts';
import { stopPostgresAt } from './postgres-server.ts';
import { runDir, stateFile } from './run-dir.ts';
import { stopSampleDocuments } from './sample/documents.ts';
import { sampleHome } from './sample/server.ts';

export async function stopEverything(): Promise<readonly string[]> {
  const stopped: string[] = [];
  // First, so that the command line says "not running" instead of knocking at a closed door.
  await rm(stateFile, { force: true });
  if (await stopConsoleProcess()) stopped.push('the console');
  if (await stopEmulator(runDir)) stopped.push('the local AWS');
  await stopMailCatcher();
  if (await stopSampleDocuments()) stopped.push('the sample document database');
  if (await stopPostgresAt(await sampleHome())) stopped.push('the sample database');
  return stopped;
}
