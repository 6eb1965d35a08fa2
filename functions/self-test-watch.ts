/**
 * What watch can prove about itself where it runs: it sees what it watches, and may change none of it. It
 * does not send a heartbeat: a self-test must not stand in for a round.
 */
import type { SelfTestReply } from '../core/events.ts';
import { runChecks } from '../core/self-test.ts';
import {
  cannotWrite,
  catalog,
  indexKeysOutOfReach,
  privateKeysOutOfReach,
  publicKeys,
} from './self-test-checks.ts';
import type { WatchWiring } from './wiring-watch.ts';

export function selfTestWatch(wiring: WatchWiring): Promise<SelfTestReply> {
  return runChecks([
    publicKeys(wiring),
    privateKeysOutOfReach(wiring),
    indexKeysOutOfReach(wiring),
    { name: 'the schedules can be listed', run: () => schedules(wiring) },
    { name: 'who hears alerts can be listed', run: () => recipients(wiring) },
    { name: 'the alarms of the stack can be read', run: () => alarms(wiring) },
    ...cannotWrite(wiring, 'plans/self-test/'),
    ...cannotWrite(wiring, 'reports/self-test/'),
    catalog(wiring),
  ]);
}

async function schedules({ scheduler }: WatchWiring): Promise<string> {
  let found = 0;
  for await (const _ of scheduler.list()) {
    found += 1;
    if (found === 1000) break;
  }
  return `${found === 1000 ? 'at least ' : ''}${found} schedules`;
}

async function recipients({ recipients }: WatchWiring): Promise<string> {
  const found = await recipients.list();
  return `${found.filter(({ confirmed }) => confirmed).length} of ${found.length} confirmed`;
}

async function alarms({ alarms }: WatchWiring): Promise<string> {
  const raised = await alarms?.raised();
  return raised === undefined ? 'the stack does not name them' : `${raised.length} raised`;
}
