/** What adopt can prove about itself where it runs: it may open what it reads, and write nothing into the vault. */
import type { SelfTestReply } from '../core/events.ts';
import { runChecks } from '../core/self-test.ts';
import {
  cannotWrite,
  catalog,
  indexKeysOutOfReach,
  privateKeysReadable,
  publicKeys,
} from './self-test-checks.ts';
import type { Wiring } from './wiring.ts';

export function selfTestAdopt(wiring: Wiring): Promise<SelfTestReply> {
  return runChecks([
    publicKeys(wiring),
    privateKeysReadable(wiring),
    indexKeysOutOfReach(wiring),
    { name: 'the vault can be listed', run: () => listed(wiring) },
    ...cannotWrite(wiring, 'plans/self-test/'),
    ...cannotWrite(wiring, 'reports/self-test/'),
    catalog(wiring),
  ]);
}

async function listed({ vault }: Wiring): Promise<string> {
  let plans = 0;
  for await (const _ of vault.folders('plans/')) {
    plans += 1;
    if (plans === 1000) break;
  }
  return `${plans === 1000 ? 'at least ' : ''}${plans} plans in ${vault.location}`;
}
