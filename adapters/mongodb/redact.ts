/**
 * Text of MongoDB's tools and driver without anything secret: newer builds of mongodump print the connection string,
 * password and all, when it does not lead anywhere.
 */

const maxMessageCharacters = 600;

/** On one line, at most 600 characters. `secrets`: exact values, which go in whatever way they are encoded. */
export function redact(text: string, secrets: readonly string[] = []): string {
  return redactLines(text, secrets).replaceAll(/\s+/g, ' ').trim().slice(0, maxMessageCharacters);
}

/** The same with its lines, whole. */
export function redactLines(text: string, secrets: readonly string[] = []): string {
  let safe = text;
  // The longest first: one may be part of another.
  for (const secret of spellings(secrets)) safe = safe.replaceAll(secret, '***');
  return safe
    .replaceAll(/mongodb(\+srv)?:\/\/[^\s"'`]+/g, 'mongodb$1://***')
    .replaceAll(/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, '***')
    .replaceAll(/((?:password|passphrase|pwd)["']?\s*[=:]\s*)(?:"[^"]*"|'[^']*'|[^\s"',;]+)/gi, '$1***');
}

/** As it is, percent-encoded in both ways in use, and as it stands in JSON, YAML and Go's quotes. */
function spellings(secrets: readonly string[]): readonly string[] {
  const all = new Set<string>();
  for (const secret of secrets) {
    if (secret === '') continue;
    const percent = encodeURIComponent(secret);
    all.add(secret).add(percent).add(encodeURI(secret));
    all.add(percent.replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`));
    all.add(percent.replaceAll('%20', '+')).add(JSON.stringify(secret).slice(1, -1));
    all.add(percent.replaceAll(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()));
  }
  return [...all].sort((a, b) => b.length - a.length);
}
