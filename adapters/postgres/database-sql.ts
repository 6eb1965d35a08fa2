/** Text that goes into SQL: every name and value from outside passes through here. */

/** @throws RangeError for a name with NUL, which no identifier has */
export function quoteIdentifier(name: string): string {
  if (name.includes('\0')) throw new RangeError('a name with a NUL character');
  return `"${name.replaceAll('"', '""')}"`;
}

/** Safe whatever standard_conforming_strings says. */
export function quoteLiteral(value: string): string {
  if (value.includes('\0')) throw new RangeError('a text with a NUL character');
  const quoted = value.replaceAll("'", "''");
  return quoted.includes('\\') ? ` E'${quoted.replaceAll('\\', '\\\\')}'` : `'${quoted}'`;
}
