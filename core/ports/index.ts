/** The small ports: clock, log, secrets, alerts. Larger ones have files of their own beside this one. */
import type { Alert } from '../alerts.ts';

export interface Clock {
  now(): Date;
  /** Resolves after that long, or rejects with the signal's reason. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Structured log. Messages are constants; what varies is in `fields`. Never a secret. */
export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** The same log with fields added to every line. */
  with(fields: Readonly<Record<string, unknown>>): Log;
}

/** Reads a secret's current string value. Throws SECRET_NOT_FOUND, ACCESS_DENIED. The value is never logged. */
export interface Secrets {
  get(secretId: string): Promise<string>;
}

/** Publishes an alert to whoever listens. Throws ALERT_FAILED after bounded retries. */
export interface Alerts {
  publish(alert: Alert): Promise<void>;
}
