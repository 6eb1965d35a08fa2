/** What watch and status ask of the world around: who hears alerts, which functions can be started, what is pinged. */

/** Starts a function of the stack with an event, without waiting for it. Throws ACCESS_DENIED, STACK_NOT_FOUND, INTERNAL. */
export interface FunctionStarter {
  start(target: 'backup' | 'restore' | 'cleanup' | 'adopt', event: unknown): Promise<void>;
}

export interface Recipient {
  /** `email`, `https`, `sqs` … */
  readonly protocol: string;
  readonly endpoint: string;
  readonly confirmed: boolean;
}

/** Who is subscribed to the alerts. Throws ALERT_FAILED when that cannot be told. */
export interface Recipients {
  list(): Promise<readonly Recipient[]>;
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
