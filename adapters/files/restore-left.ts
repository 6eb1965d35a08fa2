/** What a restore left out, bounded: lists end up in a row of the catalog, which DynamoDB limits to 400 KB. */

const maxLines = 200;
const maxCharacters = 500;

export class LeftOutList {
  readonly #lines: string[] = [];
  #count = 0;

  add(line: string): void {
    this.#count++;
    if (this.#lines.length < maxLines)
      this.#lines.push(line.length > maxCharacters ? `${line.slice(0, maxCharacters - 1)}…` : line);
  }

  get count(): number {
    return this.#count;
  }

  lines(): readonly string[] {
    const more = this.#count - this.#lines.length;
    return more > 0 ? [...this.#lines, `… and ${more} more`] : [...this.#lines];
  }
}
