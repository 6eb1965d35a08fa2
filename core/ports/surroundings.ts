/** What watch and status ask of the world around: who hears alerts, which functions can be started, what is pinged. */

export type StartTarget = 'backup' | 'verify' | 'restore' | 'cleanup' | 'adopt' | 'notify';

/** Starts a function of the stack with an event, without waiting for it. Throws ACCESS_DENIED, STACK_NOT_FOUND, INTERNAL. */
export interface FunctionStarter {
  start(target: StartTarget, event: unknown): Promise<void>;
}

/**
 * Has a function of the stack do something and waits for what it answers. Throws ACCESS_DENIED, STACK_NOT_FOUND, INTERNAL,
 * and what the function threw under its own code, CRASHED where it has none.
 */
export interface FunctionCaller {
  call(target: StartTarget, event: unknown): Promise<unknown>;
}

export interface Recipient {
  /** `email`, `https`, `sqs` … */
  readonly protocol: string;
  readonly endpoint: string;
  readonly confirmed: boolean;
  /** It has a filter, so that some alerts may pass it by. Absent: not known, or none. */
  readonly filtered?: boolean;
}

/** Who is subscribed to the alerts. Throws ALERT_FAILED when that cannot be told. */
export interface Recipients {
  list(): Promise<readonly Recipient[]>;
}

/** Something that speaks for the stack where no function of it may be able to. */
export interface RaisedAlarm {
  /** The same for as long as it lasts; at most 255 characters. */
  readonly name: string;
  /** What it means, and what to do. */
  readonly description: string;
  /** ISO 8601 UTC. */
  readonly since?: string;
}

/** The alarms of the stack that are raised, and failures that nobody could be told of. Throws ACCESS_DENIED, INTERNAL. */
export interface Alarms {
  raised(): Promise<readonly RaisedAlarm[]>;
}

/** Says that watch has done its round; an alarm speaks when it falls silent. */
export interface Heartbeat {
  beat(at: string): Promise<void>;
}

/**
 * Pings an external dead-man URL: one GET, 5 s, no redirects, https only, never a private or link-local address.
 * Throws HOST_FORBIDDEN, PING_FAILED; neither names the URL beyond its host, since the rest is a secret.
 */
export interface Pinger {
  ping(url: string): Promise<void>;
}
