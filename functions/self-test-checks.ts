/**
 * Checks that the self-tests of several functions share: keys, catalog, and what may be written where. The probe
 * object has the same bytes all day, so that testing often writes one object.
 */
import { HoldfastError } from '../core/errors.ts';
import type { SignerRole } from '../core/ports/keys.ts';
import type { ObjectAttributes } from '../core/ports/vault.ts';
import type { Check } from '../core/self-test.ts';
import type { Wiring } from './wiring.ts';

export function publicKeys({ keyRing }: Wiring): Check {
  return {
    name: 'public keys can be read',
    run: async () => {
      const { recipients, signers } = await keyRing.publicKeys();
      return `${recipients.map((key) => key.id).join(', ')}; ${signers.length} signers`;
    },
  };
}

export function privateKeysReadable(wiring: Wiring): Check {
  return { name: 'private keys can be read', run: privateKeys(wiring) };
}

export function privateKeysOutOfReach(wiring: Wiring): Check {
  return { name: 'private keys are out of reach', run: privateKeys(wiring), refusedAs: ['ACCESS_DENIED'] };
}

export function indexKeysReadable({ keyRing }: Wiring): Check {
  return {
    name: 'index keys can be read',
    run: async () => (await keyRing.indexKeys()).map((key) => key.id).join(', '),
  };
}

export function indexKeysOutOfReach(wiring: Wiring): Check {
  return { ...indexKeysReadable(wiring), name: 'index keys are out of reach', refusedAs: ['ACCESS_DENIED'] };
}

function privateKeys({ keyRing }: Wiring) {
  return async () => (await keyRing.privateKeys()).map((key) => key.id).join(', ');
}

export function signing({ keyRing }: Wiring, role: SignerRole): Check {
  return {
    name: `the signing key of ${role} can be read`,
    run: async () => (await keyRing.signingKey(role)).id,
  };
}

export function catalog({ catalog }: Wiring): Check {
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
export function cannotWrite(wiring: Wiring, folder: string): Check[] {
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
export function probes(wiring: Wiring, folder: string): Check[] {
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
