/** A plan out of YAML, as `holdfast plan apply` reads it (cli/plan-files.ts): keys once, few aliases, one document. */
import type { parseDocument } from 'yaml';
import { type Fields, isFields } from './draft.ts';

/** A plan is a page of text. */
export const mostCharacters = 1024 * 1024;
/** A few lines of aliases can stand for gigabytes. */
const mostAliases = 100;

export type ReadFile = { readonly plan: Fields } | { readonly problem: string };

export function readFile(
  text: string,
  { parseDocument: parse }: { readonly parseDocument: typeof parseDocument },
): ReadFile {
  if (text.length > mostCharacters) return { problem: `${text.length} > ${mostCharacters}` };
  try {
    const document = parse(text, { uniqueKeys: true });
    const [error] = document.errors;
    if (error) return { problem: error.message };
    const value: unknown = document.toJS({ maxAliasCount: mostAliases });
    return isFields(value) ? { plan: value } : { problem: '{ id: …, sources: […] }' };
  } catch (thrown) {
    return { problem: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}
