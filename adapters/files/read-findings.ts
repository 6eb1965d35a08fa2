/** Collects the parts of a comparison, bounded as the port says. */
import type { ComparedItem, Comparison } from '../../core/ports/recovery.ts';
import { ComparedItems } from '../compared-items.ts';
import type { FilesFacts } from './model.ts';

const maxLines = 200;
const maxCharacters = 500;

export class Findings {
  readonly #compared: Record<string, number> = {};
  readonly #differences: string[] = [];
  readonly #notProven: { readonly what: string; readonly why: string }[] = [];
  readonly #facts: Record<string, string | number> = {};
  readonly #items = new ComparedItems();
  #moreDifferences = 0;
  #moreNotProven = 0;

  count(kind: string, number = 1): void {
    this.#compared[kind] = (this.#compared[kind] ?? 0) + number;
  }

  difference(line: string): void {
    if (this.#differences.length < maxLines) this.#differences.push(cut(line));
    else this.#moreDifferences++;
  }

  /** `times`: how many things the line stands for. */
  notProven(what: string, why: string, times = 1): void {
    if (this.#notProven.length < maxLines) this.#notProven.push({ what: cut(what), why: cut(why) });
    else this.#moreNotProven += times;
  }

  fact(name: string, value: string | number): void {
    this.#facts[name] = value;
  }

  /** One row of the table of what each side has. */
  item(item: ComparedItem): void {
    this.#items.add(item);
  }

  /** What the backup itself says that it has not. */
  skipped({ skipped, skippedTotal }: FilesFacts): void {
    for (const { path, why } of skipped) this.notProven(path, `not in the backup: ${why}`);
    const more = skippedTotal - skipped.length;
    if (more > 0) this.notProven(`${more} more files`, 'not in the backup; its index says why', more);
  }

  build(): Comparison {
    const differences = [...this.#differences];
    if (this.#moreDifferences > 0) differences.push(`… and ${this.#moreDifferences} more`);
    const notProven = [...this.#notProven];
    if (this.#moreNotProven > 0)
      notProven.push({ what: `… and ${this.#moreNotProven} more`, why: 'the list is cut' });
    return {
      ...{ compared: { ...this.#compared }, differences, notProven, facts: { ...this.#facts } },
      ...this.#items.build(),
    };
  }
}

function cut(text: string): string {
  return text.length > maxCharacters ? `${text.slice(0, maxCharacters - 1)}…` : text;
}
