/**
 * A list of checks in the making. Each stands alone, so that a person sees all that is wrong at once; what it throws
 * fails it, in the words that the restore itself would be refused with. Only an abort ends the list.
 */
import { asHoldfastError } from '../errors.ts';
import type { PreflightCheck } from '../ports/recovery.ts';

/** What was seen: a text where all is well. */
export type Seen = string | Pick<PreflightCheck, 'state' | 'detail' | 'next'>;

/** Of a detail, and of a next step: a task holds so much and no more. */
const mostCharacters = 2000;

export class Checks {
  readonly list: PreflightCheck[] = [];
  readonly #signal: AbortSignal;
  readonly #named: (thrown: unknown, what: string) => unknown;

  /** `named` makes an error of the kind's own out of what a server says. */
  constructor(signal: AbortSignal, named: (thrown: unknown, what: string) => unknown = (thrown) => thrown) {
    this.#signal = signal;
    this.#named = named;
  }

  add(name: string, title: string, seen: Seen): void {
    const check: Exclude<Seen, string> = typeof seen === 'string' ? { state: 'ok', detail: seen } : seen;
    const { state, detail, next } = check;
    const short = next === undefined ? {} : { next: next.slice(0, mostCharacters) };
    this.list.push({ name, state, title, detail: detail.slice(0, mostCharacters), ...short });
  }

  /** What `run` gives, told by `tell` unless that says nothing; undefined when it threw, which is in the list then. */
  async check<T>(
    name: string,
    title: string,
    run: () => T | Promise<T>,
    tell: (value: T) => Seen | undefined,
  ): Promise<{ readonly value: T } | undefined> {
    try {
      const value = await run();
      const seen = tell(value);
      if (seen !== undefined) this.add(name, title, seen);
      return { value };
    } catch (thrown) {
      this.#signal.throwIfAborted();
      const { message, code, next } = asHoldfastError(this.#named(thrown, title));
      this.add(name, title, { state: 'failed', detail: `${message} (${code})`, next });
      return undefined;
    }
  }
}
