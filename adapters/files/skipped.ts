/**
 * What could not be backed up: fails the backup or is told with it, as the plan says. What is no file at all (sockets,
 * devices) and other file systems are told, and fail nothing: no later try would find them otherwise.
 */
import { HoldfastError } from '../../core/errors.ts';
import { compareBytes } from './byte-order.ts';
import type { SkipCode, SkippedEntry } from './index-format.ts';
import { NAMED_SKIPPED_LIMIT } from './model.ts';

const byNature: ReadonlySet<SkipCode> = new Set(['special', 'other-file-system']);

/** So many files that cannot be read are no accident any more: the place or the permission is wrong. */
export const SKIPPED_LIMIT = 10_000;
/** Named in one warning. */
const NAMED_IN_WARNING = 5;

export class Skipped {
  readonly #policy: 'fail' | 'warn';
  readonly #title: string;
  readonly #first: SkippedEntry[] = [];
  readonly #counts = new Map<SkipCode, number>();
  total = 0;

  constructor(policy: 'fail' | 'warn', title: string) {
    this.#policy = policy;
    this.#title = title;
  }

  /** @throws HoldfastError where the plan does not tolerate it */
  note(entry: SkippedEntry): void {
    if (!byNature.has(entry.code)) this.#refuse(entry);
    this.total += 1;
    this.#counts.set(entry.code, (this.#counts.get(entry.code) ?? 0) + 1);
    if (this.#first.length < NAMED_SKIPPED_LIMIT) this.#first.push(entry);
  }

  named(): { path: string; code: SkipCode; why: string }[] {
    return this.#first
      .map(({ path, code, why }) => ({ path, code, why }))
      .sort((one, other) => compareBytes(one.path, other.path));
  }

  warnings(): string[] {
    return [...this.#counts].map(([code, count]) => {
      const some = this.#first.filter((entry) => entry.code === code).slice(0, NAMED_IN_WARNING);
      const names = some.map(({ path, why }) => `${JSON.stringify(path)} (${why})`).join(', ');
      const more = count > some.length ? ` and ${count - some.length} more` : '';
      return `${this.#title}: ${count} not backed up, ${code}: ${names}${more}`;
    });
  }

  #refuse({ path, code, why }: SkippedEntry): void {
    const what = `${this.#title}: ${JSON.stringify(path)} cannot be backed up: ${why}`;
    const changing = code === 'changed' || code === 'vanished';
    if (this.#policy === 'fail') throw new HoldfastError(changing ? 'FILE_CHANGED' : 'FILE_UNREADABLE', what);
    const tolerated = this.total - [...byNature].reduce((sum, one) => sum + (this.#counts.get(one) ?? 0), 0);
    if (tolerated >= SKIPPED_LIMIT) {
      throw new HoldfastError(
        'FILE_UNREADABLE',
        `${what}; ${SKIPPED_LIMIT} others could not be either, which onChangedFile: warn does not mean`,
      );
    }
  }
}
