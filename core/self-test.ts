/** Runs named checks one after the other: each must work, or must be refused, and says what it found. */
import { asHoldfastError, type ErrorCode } from './errors.ts';
import type { SelfTestReply } from './events.ts';

/** Of the functions that seal; `keys add-recovery --kms` looks for it. */
export const sealingCheck = 'objects can be sealed for every key';

export interface Check {
  readonly name: string;
  /** What it found, for people; throws when it does not work. */
  readonly run: () => Promise<string>;
  /** The check passes only if it is refused with one of these codes. Default: it must work. */
  readonly refusedAs?: readonly ErrorCode[];
}

export async function runChecks(checks: readonly Check[]): Promise<SelfTestReply> {
  const results = [];
  for (const { name, run, refusedAs } of checks) {
    try {
      const detail = await run();
      results.push({ name, ok: !refusedAs, detail: refusedAs ? `was allowed: ${detail}` : detail });
    } catch (thrown) {
      const error = asHoldfastError(thrown);
      const ok = refusedAs?.includes(error.code) ?? false;
      results.push({
        name,
        ok,
        detail: `${ok ? 'refused, as it must be: ' : ''}${error.code}: ${error.message}`,
      });
    }
  }
  return { ok: results.every((result) => result.ok), checks: results };
}
