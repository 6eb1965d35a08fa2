/**
 * Takes secrets out of text that is about to be written where people look: a second net, under code that does not
 * put them there. It rather hides too much than too little.
 */

export const redacted = '[redacted]';

/** Text beyond this is cut: a log line is no place for more, and it bounds the work of the patterns. */
const maxCharacters = 20_000;

const secretWord =
  '[\\w-]*(?:password|passwd|passphrase|secret_?access_?key|session_?token|private_?key(?:_?pem)?|secret_?string)';

const patterns: readonly (readonly [RegExp, string])[] = [
  // A private key in PEM, also one that was cut off.
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, redacted],
  // scheme://user:password@host; to the last @ of the word, since people forget to encode the ones in passwords.
  [/([a-z][a-z0-9+.-]{0,30}:\/\/[^\s:/@]{0,200}):\S{1,2000}@/gi, `$1:${redacted}@`],
  // "password": "…", and the same as JSON inside JSON: \"password\":\"…\".
  [new RegExp(`((?<!\\\\)"${secretWord}"\\s*:\\s*")(?:[^"\\\\]|\\\\.)*`, 'gi'), `$1${redacted}`],
  [new RegExp(`(\\\\+"${secretWord}\\\\+"\\s*:\\s*\\\\+")[^"]*?(?=\\\\+"|$)`, 'gi'), `$1${redacted}`],
  // password=…, PGPASSWORD='…', --password …
  [
    new RegExp(`(${secretWord}\\s*=\\s*)(?:'(?:[^'\\\\]|\\\\.)*'?|"(?:[^"\\\\]|\\\\.)*"?|[^\\s,;&]+)`, 'gi'),
    `$1${redacted}`,
  ],
  [/(--password\s+)\S+/gi, `$1${redacted}`],
  // A presigned URL or an RDS login token is good for as long as it lasts.
  [/(X-Amz-(?:Signature|Security-Token)=)[^&\s"']+/gi, `$1${redacted}`],
];

/** The text without passwords, private keys and signatures. */
export function redact(text: string): string {
  const whole = text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text;
  return patterns.reduce((so, [pattern, replacement]) => so.replace(pattern, replacement), whole);
}

const secretName = new RegExp(`^${secretWord}$|^authorization$`, 'i');

/** True when a field of that name holds a secret, whatever its value looks like. */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}
