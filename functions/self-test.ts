/**
 * What the functions that work on sources can prove about themselves where they run: the tools start, the role may
 * do what it must, and what it must not is refused.
 */

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toolVersion } from '../adapters/mongodb/programs.ts';
import { connect, endQuietly } from '../adapters/postgres/connection.ts';
import { dumpVersion, programDir } from '../adapters/postgres/programs.ts';
import { withScratchServer } from '../adapters/postgres/scratch.ts';
import type { SelfTestReply } from '../core/events.ts';
import { type Check, runChecks } from '../core/self-test.ts';
import {
  cannotWrite,
  catalog,
  indexKeysOutOfReach,
  indexKeysReadable,
  privateKeysOutOfReach,
  privateKeysReadable,
  probes,
  publicKeys,
  signing,
} from './self-test-checks.ts';
import { filesToBackUp, filesToRestore } from './self-test-files.ts';
import { sealing } from './self-test-sealing.ts';
import { scratch, type Wiring } from './wiring.ts';

export function selfTestBackup(wiring: Wiring): Promise<SelfTestReply> {
  return runChecks([
    ...tools(wiring),
    publicKeys(wiring),
    signing(wiring, 'backup'),
    sealing(wiring),
    privateKeysOutOfReach(wiring),
    indexKeysReadable(wiring),
    ...probes(wiring, 'plans/self-test/'),
    ...cannotWrite(wiring, 'reports/self-test/'),
    ...filesToBackUp(wiring),
    catalog(wiring),
  ]);
}

export function selfTestVerify(wiring: Wiring): Promise<SelfTestReply> {
  return runChecks([
    ...tools(wiring),
    publicKeys(wiring),
    signing(wiring, 'verify'),
    sealing(wiring),
    privateKeysReadable(wiring),
    indexKeysOutOfReach(wiring),
    { name: 'a scratch server starts here', run: scratchServer },
    ...probes(wiring, 'reports/self-test/'),
    ...cannotWrite(wiring, 'plans/self-test/'),
    catalog(wiring),
  ]);
}

export function selfTestRestore(wiring: Wiring): Promise<SelfTestReply> {
  return runChecks([
    ...tools(wiring),
    publicKeys(wiring),
    privateKeysReadable(wiring),
    indexKeysOutOfReach(wiring),
    ...cannotWrite(wiring, 'plans/self-test/'),
    ...cannotWrite(wiring, 'reports/self-test/'),
    ...filesToRestore(wiring),
    catalog(wiring),
  ]);
}

/** Those of MongoDB only where the stack has them. */
function tools({ environment }: Wiring): Check[] {
  return [
    {
      name: 'PostgreSQL programs start',
      run: async () => `pg_dump ${await dumpVersion()} in ${programDir()}`,
    },
    ...(environment.HOLDFAST_MONGODB === undefined
      ? []
      : [
          {
            name: 'MongoDB programs start',
            run: async () =>
              `mongodump ${await toolVersion('mongodump')}, mongorestore ${await toolVersion('mongorestore')}`,
          },
        ]),
  ];
}

async function scratchServer(): Promise<string> {
  const { signal } = new AbortController();
  const began = performance.now();
  const options = { binDir: programDir(), workDir: join(tmpdir(), 'holdfast-self-test'), signal };
  const version = await withScratchServer(options, async (server) => {
    const client = await connect(server.superuser);
    try {
      const { rows } = await client.query<{ version: string }>('SELECT version()');
      return rows[0]?.version ?? '';
    } finally {
      await endQuietly(client);
    }
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  return `${version.split(' on ')[0]} in ${seconds} s; ${await scratch.freeBytes()} bytes of scratch space`;
}
