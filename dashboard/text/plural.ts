/** `plural('en', 3, { one: 'run', other: 'runs' })` → `3 runs`, by the language's own rules (Intl.PluralRules). */
const made = new Map<string, { readonly rules: Intl.PluralRules; readonly numbers: Intl.NumberFormat }>();

export function plural(
  language: string,
  count: number,
  forms: Readonly<Record<'one' | 'other', string>>,
): string {
  let found = made.get(language);
  if (!found) {
    found = { rules: new Intl.PluralRules(language), numbers: new Intl.NumberFormat(language) };
    made.set(language, found);
  }
  const form = found.rules.select(count) === 'one' ? forms.one : forms.other;
  return `${found.numbers.format(count)} ${form}`;
}
