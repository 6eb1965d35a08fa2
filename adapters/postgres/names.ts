/** SQL names: quoting them, and telling tables apart. */
import type { QualifiedName } from './model.ts';

/** `we"ird` → `"we""ird"`. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteName(name: QualifiedName): string {
  return `${quoteIdentifier(name.schema)}.${quoteIdentifier(name.name)}`;
}

/** As a literal that needs no setting to be read rightly. */
export function quoteLiteral(text: string): string {
  const quoted = text.replaceAll("'", "''");
  return text.includes('\\') ? `E'${quoted.replaceAll('\\', '\\\\')}'` : `'${quoted}'`;
}

/** One text for one name: NUL is in no name. */
export function nameKey(name: QualifiedName): string {
  return `${name.schema}\0${name.name}`;
}

/** For people: `public.orders`; at most 20 of a list, then how many more. */
export function listNames(names: readonly QualifiedName[]): string {
  const shown = names.slice(0, 20).map((name) => `${name.schema}.${name.name}`);
  return names.length > 20 ? `${shown.join(', ')} and ${names.length - 20} more` : shown.join(', ');
}
