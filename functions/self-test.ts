/**
 * What each function can prove about itself where it runs: the tools start, the role may do what it must, and what it
 * must not is refused. The probe object has the same bytes all day, so that testing often writes one object.
 */

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, endQuietly } from '../adapters/postgres/connection.ts';
import { dumpVersion, programDir } from '../adapters/postgres/programs.ts';
import { withScratchServer } from '../adapters/postgres/scratch.ts';
import { HoldfastError } from '../core/errors.ts';
import type { SelfTestReply } from '../core/events.ts';
import type { SignerRole } from '../core/ports/keys.ts';
import type { ObjectAttributes } from '../core/ports/vault.ts';
import { type Check, runChecks } from '../core/self-test.ts';
import { scratch, type Wiring } from './wiring.ts';

export function selfTestBackup(wiring: Wiring): Promise<SelfTestReply> {
  return runChecks([
    tools,
    publicKeys(wiring),
    signing(wiring, 'backup'),
    { name: 'private keys are out of reach', run: privateKeys(wiring), refusedAs: ['ACCESS_DENIED'] },
    ...probes(wiring, 'plans/self-test/'),
    ...cannotWrite(wiring, 'reports/self-test/'),
    catalog(wiring),
  ]);
}

export function selfTestVerify(wiring: Wiring): Promise<SelfTestReply> {
  return runChecks([
    tools,
    publicKeys(wiring),
    signing(wiring, 'verify'),
    { name: 'private keys can be read', run: privateKeys(wiring) },
    { name: 'a scratch server starts here', run: scratchServer },
    ...probes(wiring, 'reports/self-test/'),
    ...cannotWrite(wiring, 'plans/self-test/'),
    catalog(wiring),
  ]);
}

export function selfTestRestore(wiring: Wiring): Promise<SelfTestReply> {
  return runChecks([
    tools,
    publicKeys(wiring),
    { name: 'private keys can be read', run: privateKeys(wiring) },
    ...cannotWrite(wiring, 'plans/self-test/'),
    ...cannotWrite(wiring, 'reports/self-test/'),
    catalog(wiring),
  ]);
}

const tools: Check = {
  name: 'PostgreSQL programs start',
  run: async () => `pg_dump ${await dumpVersion()} in ${programDir()}`,
};

function publicKeys({ keyRing }: Wiring): Check {
  return {
    name: 'public keys can be read',
    run: async () => {
      const { recipients, signers } = await keyRing.publicKeys();
      return `${recipients.map((key) => key.id).join(', ')}; ${signers.length} signers`;
    },
  };
}

function privateKeys({ keyRing }: Wiring) {
  return async () => (await keyRing.privateKeys()).map((key) => key.id).join(', ');
}

function signing({ keyRing }: Wiring, role: SignerRole): Check {
  return {
    name: `the signing key of ${role} can be read`,
    run: async () => (await keyRing.signingKey(role)).id,
  };
}

function catalog({ catalog }: Wiring): Check {
  return {
    name: 'the catalog answers',
    run: async () => `${(await catalog.listPlans({ limit: 1 })).rows.length > 0 ? 'there are' : 'no'} plans`,
  };
}

async function writeProbe(
  { vault, lockDays }: Wiring,
  folder: string,
  name: string,
  body = 'holdfast self-test\n',
): Promise<string> {
  const day = new Date().toISOString().slice(0, 10);
  const lockUntil =
    lockDays === undefined
      ? undefined
      : new Date(Date.parse(day) + (lockDays + 1) * 86_400_000).toISOString();
  const attributes: ObjectAttributes = {
    role: 'probe',
    tier: 'manual',
    planId: 'self-test',
    storageClass: 'STANDARD',
    lockUntil,
  };
  const { key } = await vault.write(`${folder}${day}-${name}`, [Buffer.from(body)], attributes);
  return key;
}

/** Nothing where the local AWS lets every role do everything. */
function cannotWrite(wiring: Wiring, folder: string): Check[] {
  if (!wiring.iamEnforced) return [];
  return [
    {
      name: `${folder} cannot be written`,
      run: () => writeProbe(wiring, folder, 'must-be-refused'),
      refusedAs: ['VAULT_REFUSED', 'ACCESS_DENIED'],
    },
  ];
}

/** A write with tags and lock, read back; and that it cannot be overwritten. */
function probes(wiring: Wiring, folder: string): Check[] {
  const { vault, lockDays } = wiring;
  return [
    {
      name: 'an object is stored with its tags and lock',
      run: async () => {
        const key = await writeProbe(wiring, folder, 'probe');
        const state = await vault.head(key);
        if (state?.tags.role !== 'probe')
          throw new HoldfastError('VAULT_REFUSED', `${key} came back without its tags`);
        if (lockDays !== undefined && !state.lock)
          throw new HoldfastError('VAULT_REFUSED', `${key} came back without its lock`);
        return `${key}, ${state.lock ? `locked (${state.lock.mode}) until ${state.lock.until}` : 'no lock asked for'}`;
      },
    },
    {
      name: 'an object cannot be overwritten',
      run: () => writeProbe(wiring, folder, 'probe', 'other content\n'),
      refusedAs: ['OBJECT_EXISTS'],
    },
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
