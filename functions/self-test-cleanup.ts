/**
 * What the cleanup function can prove about itself where it runs: it sees everything, may mark what is there, and may
 * neither write, nor delete, nor read a key. The mark goes onto the day's probe object of the other self-tests, which
 * so does not stay for ever.
 */
import type { SelfTestReply } from '../core/events.ts';
import { type Check, runChecks } from '../core/self-test.ts';
import { cannotWrite, catalog } from './self-test-checks.ts';
import type { CleanupWiring } from './wiring-cleanup.ts';

const folder = 'plans/self-test/';

export function selfTestCleanup(wiring: CleanupWiring): Promise<SelfTestReply> {
  return runChecks([
    catalog(wiring),
    seesFolders(wiring),
    marks(wiring),
    seesVersions(wiring),
    seesUploads(wiring),
    ...cannotWrite(wiring, folder),
    ...cannotWrite(wiring, 'reports/self-test/'),
    ...cannotDelete(wiring),
  ]);
}

function seesFolders({ vault }: CleanupWiring): Check {
  return {
    name: 'the folders of the vault can be listed',
    run: async () => {
      for await (const name of vault.folders('plans/')) return `${name} and on`;
      return 'none yet';
    },
  };
}

/** Today's probe, or the newest of the last days. */
function marks({ vault, keeping }: CleanupWiring): Check {
  return {
    name: 'an object can be marked for expiry',
    run: async () => {
      for await (const { key } of vault.list(folder)) {
        if (!key.endsWith('-probe')) continue;
        const outcome = await keeping.mark(key);
        return `${key} ${outcome}, with ${(await vault.head(key))?.tags.expire ?? 'no'} as its mark`;
      }
      return `nothing to try it on: the self-test of the backup function writes a probe into ${folder}`;
    },
  };
}

function seesVersions({ keeping }: CleanupWiring): Check {
  return {
    name: 'versions can be listed',
    run: async () => {
      for await (const { key } of keeping.versions(folder)) return `${key} and on`;
      return 'none yet';
    },
  };
}

function seesUploads({ keeping }: CleanupWiring): Check {
  return {
    name: 'unfinished uploads can be listed',
    run: async () => {
      for await (const { key } of keeping.unfinishedUploads(folder)) return `${key} and on`;
      return 'none';
    },
  };
}

/** Nothing where the local AWS lets every role do everything. The version does not exist: refused before it matters. */
function cannotDelete({ keeping, iamEnforced }: CleanupWiring): Check[] {
  if (!iamEnforced) return [];
  return [
    {
      name: 'versions and delete markers cannot be removed',
      run: async () => {
        await keeping.probeRemoval(folder);
        return 'it was not refused';
      },
      refusedAs: ['VAULT_REFUSED', 'ACCESS_DENIED'],
    },
  ];
}
