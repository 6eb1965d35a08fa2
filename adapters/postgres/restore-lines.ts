/** Lists for people that end up in a row of the catalog, which DynamoDB limits to 400 KB. */

/** As many lines as a comparison has. */
const maxLines = 200;
/** With all of them this long, 100 KB, or three times that in the longest UTF-8. */
const maxCharacters = 500;

/** At most 200 lines, each cut, then one that counts the others. */
export function boundedLines(lines: readonly string[]): readonly string[] {
  const shown = lines
    .slice(0, maxLines)
    .map((line) => (line.length > maxCharacters ? `${line.slice(0, maxCharacters - 1)}…` : line));
  const more = lines.length - shown.length;
  return more > 0 ? [...shown, `… and ${more} more`] : shown;
}
