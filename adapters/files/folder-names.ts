/** The names in a folder, those too that are no UTF-8. */
import { isUtf8 } from 'node:buffer';
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';

/**
 * A name that is no UTF-8 comes with `\xNN` for each byte that is not ASCII, and a NUL (which no name has) before it.
 * All names of one folder are in memory: they cannot be sorted otherwise.
 */
export async function namesOf(folder: string): Promise<readonly Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  // What cannot be decoded became U+FFFD, which a name may also really hold.
  if (!entries.some(({ name }) => name.includes('\ufffd'))) return entries;
  const raw = await readdir(folder, { withFileTypes: true, encoding: 'buffer' });
  return raw.map((entry) => {
    const bytes = entry.name as unknown as Buffer;
    const name = isUtf8(bytes) ? bytes.toString('utf8') : `\0${spelled(bytes)}`;
    return Object.assign(Object.create(entry), { name }) as Dirent;
  });
}

function spelled(bytes: Buffer): string {
  return [...bytes]
    .map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`))
    .join('');
}
