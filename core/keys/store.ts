/** Where the six key documents are kept, for those who may write them: deployment's first keys, and operators. */
import { HoldfastError } from '../errors.ts';

export const keySecretNames = [
  'public',
  'private',
  'signing-backup',
  'signing-verify',
  'signing-operator',
  'index',
] as const;
export type KeySecretName = (typeof keySecretNames)[number];

/** A value as it was read; `version` names exactly this writing of it. */
export interface KeySecret {
  readonly value: string;
  readonly version: string;
}

/** Failures: SECRET_NOT_FOUND (no such secret), ACCESS_DENIED, SECRETS_UNAVAILABLE. */
export interface KeySecretStore {
  /** The current value; undefined while it has none. */
  read(name: KeySecretName): Promise<KeySecret | undefined>;
  /** Sets the first value, atomically: returns whether this value is the one that is there. */
  create(name: KeySecretName, value: string): Promise<boolean>;
  /**
   * Replaces the value that was read by another, atomically: false, and the current value unchanged, when somebody
   * replaced it since. The value before stays readable as the store's previous version.
   */
  replace(name: KeySecretName, seen: KeySecret, value: string): Promise<boolean>;
}

/** Secrets Manager's limit for one value. A private half takes about 3.4 KB of it. */
export const KEY_DOCUMENT_LIMIT_BYTES = 65_536;

/** The document as it is stored, or KEY_INVALID when it would not fit. */
export function documentText(document: unknown, name: KeySecretName): string {
  const text = JSON.stringify(document);
  const bytes = Buffer.byteLength(text);
  if (bytes <= KEY_DOCUMENT_LIMIT_BYTES) return text;
  throw new HoldfastError(
    'KEY_INVALID',
    `${describeSecret(name)} would have ${bytes} bytes; ${KEY_DOCUMENT_LIMIT_BYTES} are allowed: it holds too many keys`,
    { next: 'See docs/operations.md, Keys: how many keys a ring can hold.' },
  );
}

export function describeSecret(name: KeySecretName): string {
  return `the key secret "${name}"`;
}
