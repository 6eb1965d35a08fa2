/**
 * Collects the parts of a comparison: what was restored, or read, against what the manifest says. Pure. Promise: no
 * list grows beyond its bound, and one that is cut says so.
 */
import type { ComparedItem, Comparison } from '../core/ports/recovery.ts';
import { ComparedItems } from './compared-items.ts';

const maxLines = 200;

export interface NotProven {
  readonly what: string;
  readonly why: string;
}

/** Collects the parts of a comparison. */
export class ComparisonBuilder {
  readonly #compared: Record<string, number> = {};
  readonly #differences: string[] = [];
  readonly #notProven: NotProven[] = [];
  readonly #facts: Record<string, string | number> = {};
  readonly #items = new ComparedItems();
  #moreDifferences = 0;
  #moreNotProven = 0;

  count(kind: string, number = 1): void {
    this.#compared[kind] = (this.#compared[kind] ?? 0) + number;
  }

  difference(line: string): void {
    if (this.#differences.length < maxLines) this.#differences.push(line);
    else this.#moreDifferences++;
  }

  notProven(what: string, why: string): void {
    if (this.#notProven.length < maxLines) this.#notProven.push({ what, why });
    else this.#moreNotProven++;
  }

  fact(name: string, value: string | number): void {
    this.#facts[name] = value;
  }

  /** One row of the table of what each side has. */
  item(item: ComparedItem): void {
    this.#items.add(item);
  }

  build(): Comparison {
    const more = (number: number) => `… and ${number} more`;
    return {
      compared: { ...this.#compared },
      differences: [
        ...this.#differences,
        ...(this.#moreDifferences > 0 ? [more(this.#moreDifferences)] : []),
      ],
      notProven: [
        ...this.#notProven,
        ...(this.#moreNotProven > 0 ? [{ what: more(this.#moreNotProven), why: 'the list is cut' }] : []),
      ],
      facts: { ...this.#facts },
      ...this.#items.build(),
    };
  }
}
