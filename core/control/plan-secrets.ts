/**
 * A plan may name only secrets that the stack was given: below its prefixes. Otherwise whoever may write a plan could
 * have the stack read, or send somewhere, a secret that is none of its own; IAM refuses that too, but only at night,
 * when the backup runs.
 */
import { type InputIssue, InvalidInput } from '../errors.ts';
import type { Plan } from '../plan.ts';

export interface SecretPrefixes {
  /** Of sources, `holdfast/sources/`. */
  readonly source: string;
  /** Of further vaults. */
  readonly vault: string;
  /** Of channels. */
  readonly channel: string;
}

/** INVALID_INPUT naming each field and the prefix. */
export function requireOwnSecrets(plan: Plan, prefixes: SecretPrefixes): void {
  const issues: InputIssue[] = [];
  const check = (field: string, secret: unknown, prefix: string) => {
    if (typeof secret !== 'string' || isBelow(secret, prefix)) return;
    issues.push({ field, allowed: `a secret whose name begins with ${prefix}, or the ARN of one` });
  };
  plan.sources.forEach((source, at) => {
    check(`sources.${at}.secret`, source.secret, prefixes.source);
  });
  plan.vaults.forEach((vault, at) => {
    if ('secret' in vault) check(`vaults.${at}.secret`, vault.secret, prefixes.vault);
  });
  plan.notifications.channels.forEach(({ secret }, at) => {
    check(`notifications.channels.${at}.secret`, secret, prefixes.channel);
  });
  if (issues.length > 0) throw new InvalidInput('plan', issues.slice(0, 20));
}

/** The prefix itself names none. */
export function isBelow(secret: string, prefix: string): boolean {
  const name = secret.startsWith('arn:') ? nameOfArn(secret) : secret;
  return name?.startsWith(prefix) === true && name.length > prefix.length && !name.includes('..');
}

function nameOfArn(arn: string): string | undefined {
  return /^arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:(.+)$/.exec(arn)?.[1];
}
