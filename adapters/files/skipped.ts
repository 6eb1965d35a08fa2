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

/** A share of what was to be read that is no accident either, once it is more than a few. */
const SHARE_LIMIT = { files: 100, of: 0.1 };
/** Of the file itself, whatever place it lies in: these do not count in the share. */
const byItself: ReadonlySet<SkipCode> = new Set([...byNature, 'archived', 'name']);

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

  /**
   * At the end, with the number of files that were read or kept.
   * @throws HoldfastError FILE_UNREADABLE where a backup of what is left would only look like one
   */
  requireMost(files: number): void {
    const [first] = this.#first.filter(({ code }) => !byNature.has(code));
    const all = this.#countOf((code) => !byNature.has(code));
    const shared = this.#countOf((code) => !byItself.has(code));
    if (first === undefined || all === 0) return;
    const nothing = files === 0;
    if (!nothing && !(shared > SHARE_LIMIT.files && shared > SHARE_LIMIT.of * (files + shared))) return;
    const what = nothing ? `none of ${all} files` : `${shared} of ${files + shared} files not`;
    throw new HoldfastError(
      'FILE_UNREADABLE',
      `${this.#title}: ${what} could be read, which onChangedFile: warn does not mean; the first is ${JSON.stringify(first.path)}: ${first.why}`,
    );
  }

  #countOf(counts: (code: SkipCode) => boolean): number {
    return [...this.#counts].reduce((sum, [code, count]) => sum + (counts(code) ? count : 0), 0);
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
    if (this.#countOf((one) => !byNature.has(one)) >= SKIPPED_LIMIT) {
      throw new HoldfastError(
        'FILE_UNREADABLE',
        `${what}; ${SKIPPED_LIMIT} others could not be either, which onChangedFile: warn does not mean`,
      );
    }
  }
}
