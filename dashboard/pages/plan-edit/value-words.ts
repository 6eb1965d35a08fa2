/** A value of a plan in a table: texts as they are, all else as JSON, cut where it is long. Pure. */

const mostCharacters = 300;

export function valueWords(value: unknown): string {
  if (value === undefined) return '–';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > mostCharacters ? `${text.slice(0, mostCharacters)}…` : text;
}

/** As the API gives it: JSON, or nothing. */
export function jsonWords(json: string | undefined): string {
  if (json === undefined) return '–';
  try {
    return valueWords(JSON.parse(json));
  } catch {
    return valueWords(json);
  }
}
