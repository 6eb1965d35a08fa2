/** What notify can prove about itself where it runs, without telling anybody: what it reads, and what it must not. */
import type { SelfTestReply } from '../core/events.ts';
import { runChecks } from '../core/self-test.ts';
import { cannotWrite, catalog, indexKeysOutOfReach, privateKeysOutOfReach } from './self-test-checks.ts';
import type { NotifyWiring } from './wiring-notify.ts';

export function selfTestNotify(wiring: NotifyWiring): Promise<SelfTestReply> {
  const { mailFrom, stack } = wiring;
  return runChecks([
    privateKeysOutOfReach(wiring),
    indexKeysOutOfReach(wiring),
    ...cannotWrite(wiring, 'plans/self-test/'),
    ...cannotWrite(wiring, 'reports/self-test/'),
    catalog(wiring),
    {
      name: 'whom the stack tells is known',
      run: async () =>
        `mail ${mailFrom === undefined ? 'is not set up' : `from ${mailFrom}`}; ${stack.recipients.length} recipients, ${stack.channels.length} channels of the stack`,
    },
  ]);
}
