/** What telling works with. */
import type { Catalog } from '../ports/catalog.ts';
import type { Alerts, Clock, Log } from '../ports/index.ts';
import type { ChannelSender, Mailer } from '../ports/notify.ts';
import type { Target } from './recipients.ts';
import type { StackNotifications } from './settings.ts';

export interface NotifyDeps {
  readonly catalog: Pick<
    Catalog,
    | 'getPlan'
    | 'listPlans'
    | 'getBackup'
    | 'listBackups'
    | 'listDays'
    | 'claimOnce'
    | 'noteOnce'
    | 'releaseOnce'
    | 'countUp'
    | 'noteDelivery'
    | 'getAlert'
    | 'saveAlert'
  >;
  /** Absent where the stack has no sender of mail. */
  readonly mailer?: Mailer;
  readonly channels: ChannelSender;
  /** The other way: for what could not be told. */
  readonly alerts: Alerts;
  readonly clock: Clock;
  readonly log: Log;
  /** Whom the whole stack tells. */
  readonly stack: StackNotifications;
  readonly stackName: string;
  /** Of the web console, without a slash at the end; absent where there is none. */
  readonly consoleUrl?: string;
}

/** Why this one is told, for people who wonder. */
export function reasonFor({ kind, planIds }: Target): string {
  const what = kind === 'mail' ? 'this address' : 'this channel';
  const [planId] = planIds;
  if (planId === undefined) return `The stack names ${what} in its options (\`notifications\`).`;
  const who = planIds.length === 1 ? `Plan ${planId} names` : `${planIds.length} plans name`;
  return `${who} ${what} in \`notifications\`.`;
}
