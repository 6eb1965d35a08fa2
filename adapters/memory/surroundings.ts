/** What watch asks of the world around, in memory: what was started, beaten and pinged; and failures when asked for. */
import { HoldfastError } from '../../core/errors.ts';
import type {
  Alarms,
  FunctionStarter,
  Heartbeat,
  Pinger,
  RaisedAlarm,
  Recipient,
  Recipients,
} from '../../core/ports/surroundings.ts';

export interface MemorySurroundings {
  readonly starter: FunctionStarter;
  readonly recipients: Recipients;
  readonly heartbeat: Heartbeat;
  readonly pinger: Pinger;
  readonly alarms: Alarms;
  readonly started: readonly { readonly target: string; readonly event: unknown }[];
  readonly beats: readonly string[];
  readonly pings: readonly string[];
  subscribe(...recipients: readonly Recipient[]): void;
  raise(...alarms: readonly RaisedAlarm[]): void;
  /** From now on that part fails as its port says, or works again. */
  breakDown(part: 'starter' | 'recipients' | 'heartbeat' | 'pinger' | 'alarms', broken: boolean): void;
}

/** Somebody who hears alerts. */
export const confirmedRecipient: Recipient = {
  protocol: 'email',
  endpoint: 'ops@example.org',
  confirmed: true,
};

export function memorySurroundings(
  recipients: readonly Recipient[] = [confirmedRecipient],
): MemorySurroundings {
  const started: { target: string; event: unknown }[] = [];
  const beats: string[] = [];
  const pings: string[] = [];
  const broken = new Set<string>();
  let subscribed = [...recipients];
  let raised: readonly RaisedAlarm[] = [];
  return {
    started,
    beats,
    pings,
    subscribe(...given) {
      subscribed = [...given];
    },
    raise(...given) {
      raised = given;
    },
    breakDown(part, isBroken) {
      if (isBroken) broken.add(part);
      else broken.delete(part);
    },
    starter: {
      async start(target, event) {
        if (broken.has('starter')) throw new HoldfastError('ACCESS_DENIED', `${target} cannot be started`);
        started.push({ target, event: structuredClone(event) });
      },
    },
    recipients: {
      async list() {
        if (broken.has('recipients')) throw new HoldfastError('ALERT_FAILED', 'the topic cannot be read');
        return subscribed;
      },
    },
    alarms: {
      async raised() {
        if (broken.has('alarms')) throw new HoldfastError('ACCESS_DENIED', 'the alarms cannot be read');
        return raised;
      },
    },
    heartbeat: {
      async beat(at) {
        if (broken.has('heartbeat')) throw new HoldfastError('INTERNAL', 'the heartbeat was not taken');
        beats.push(at);
      },
    },
    pinger: {
      async ping(url) {
        if (broken.has('pinger')) {
          throw new HoldfastError('PING_FAILED', `${new URL(url).hostname} did not answer`);
        }
        pings.push(url);
      },
    },
  };
}
