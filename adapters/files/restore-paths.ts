/** Which of the paths of a backup a person asked for: exact ones (a folder brings what is in it) and globs. */
import picomatch from 'picomatch';
import { HoldfastError } from '../../core/errors.ts';

export class WantedPaths {
  readonly #patterns: readonly { readonly given: string; readonly matches: (path: string) => boolean }[];
  readonly #found: boolean[];
  readonly #whySkipped = new Map<number, string>();

  /** None: everything. */
  constructor(patterns: readonly string[] | undefined) {
    this.#patterns = (patterns ?? []).map((given) => ({ given, matches: matcherOf(given) }));
    this.#found = this.#patterns.map(() => false);
  }

  wants(path: string): boolean {
    if (this.#patterns.length === 0) return true;
    let wanted = false;
    for (const [index, { matches }] of this.#patterns.entries()) {
      if (!matches(path)) continue;
      wanted = true;
      this.#found[index] = true;
    }
    return wanted;
  }

  /** The same, of what the backup could not read: that alone is nothing to restore. */
  wantsSkipped(path: string, why: string): boolean {
    if (this.#patterns.length === 0) return true;
    let wanted = false;
    for (const [index, { matches }] of this.#patterns.entries()) {
      if (!matches(path)) continue;
      wanted = true;
      if (!this.#whySkipped.has(index)) this.#whySkipped.set(index, `${path}: ${why}`);
    }
    return wanted;
  }

  /** @throws HoldfastError INVALID_INPUT: a pattern that matched nothing is a mistake */
  requireAllFound(): void {
    const missing = this.#patterns.flatMap(({ given }, index) =>
      this.#found[index] ? [] : [`${JSON.stringify(given)}${this.#about(index)}`],
    );
    if (missing.length === 0) return;
    throw new HoldfastError(
      'INVALID_INPUT',
      `paths: nothing in the backup matches ${missing.slice(0, 10).join(', ')}`,
      {
        next: 'Paths are as in the source, without a slash at the beginning; * stays within a folder, ** goes through folders.',
      },
    );
  }

  #about(index: number): string {
    const why = this.#whySkipped.get(index);
    return why === undefined ? '' : ` (the backup could not read ${why})`;
  }
}

/** As in a plan (globs.ts): no extended globs, whose repetitions can make a matcher try for ever. */
const options: picomatch.PicomatchOptions = { dot: true, noextglob: true, nonegate: true, maxLength: 500 };

export function isGlob(pattern: string): boolean {
  return picomatch.scan(pattern).isGlob;
}

function matcherOf(pattern: string): (path: string) => boolean {
  const exact = pattern.endsWith('/') ? pattern.slice(0, -1) : pattern;
  const isThis = (path: string) => path === exact || path.startsWith(`${exact}/`);
  if (!isGlob(pattern)) return isThis;
  // Names may hold what globs are made of: `report[1].pdf` means that file too.
  const glob = picomatch(exact, options);
  return (path) => isThis(path) || glob(path.endsWith('/') ? path.slice(0, -1) : path);
}
