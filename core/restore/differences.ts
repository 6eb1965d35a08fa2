/** What a restore's comparison with the evidence found wrong. Pure. */

/** Of the result of a row, which another release may have written; empty where nothing was compared. */
export function differencesOf(result: object | undefined): readonly string[] {
  const { comparison } = (result ?? {}) as { readonly comparison?: { readonly differences?: unknown } };
  const { differences } = comparison ?? {};
  return Array.isArray(differences) ? differences.map(String) : [];
}
