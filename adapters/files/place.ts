/**
 * Whether what a backup holds may be placed below a target, judged by its path alone. Promises: nothing that passes
 * can come to lie outside of the target, whatever is in the path; what does not pass has a reason that a person
 * understands. What only the target's disk can tell (links that are there, names that differ in case) is place-folder.ts.
 */

/** Where things are put: a bucket, or a folder of a system that knows its own names. */
export type Ground = 'bucket' | 'posix' | 'windows';

/** The kinds of folder, by `process.platform`. */
export function groundOf(platform: NodeJS.Platform): Ground {
  return platform === 'win32' ? 'windows' : 'posix';
}

/** Linux and macOS: 255 bytes a name; 4,096 a path, of which the target itself needs some. */
const maxNameBytes = 255;
const maxPathBytes = 3_500;
/** S3's limit of a key; the target's prefix counts. */
const maxKeyBytes = 1_024;
/** NTFS counts UTF-16 units. */
const maxWindowsNameUnits = 255;

/** https://learn.microsoft.com/windows/win32/fileio/naming-a-file; with any ending they are devices too. */
const windowsDevices =
  /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(?:[ .].*)?$/i;

/** Files that are being written have such names in a target; a backup has none of its own to put there. */
export const temporaryName = '.holdfast-part-';

/**
 * Why this path is not restored there; undefined when it may be. `prefixBytes`: length of what a bucket puts before
 * it. A path that ends with a slash is a folder (or the marker of one in a bucket).
 */
export function placeRefusal(path: string, ground: Ground, prefixBytes = 0): string | undefined {
  if (path === '') return 'its name is empty';
  if (path.includes('\0')) return 'its name holds a NUL byte';
  if (!path.isWellFormed()) return 'its name is not valid Unicode';
  if (ground === 'bucket') return keyRefusal(path, prefixBytes);
  if (path.startsWith('/')) return 'its path is absolute';
  const names = (path.endsWith('/') ? path.slice(0, -1) : path).split('/');
  for (const name of names) {
    const why = nameRefusal(name) ?? (ground === 'windows' ? windowsRefusal(name) : undefined);
    if (why !== undefined) return why;
  }
  if (Buffer.byteLength(path) > maxPathBytes) return `its path is longer than ${maxPathBytes} bytes`;
  return undefined;
}

/** S3 itself keeps `..` as it is; what speaks S3 before a file system need not. */
function keyRefusal(key: string, prefixBytes: number): string | undefined {
  if (key.split('/').some((name) => name === '.' || name === '..')) return 'its path has . or .. in it';
  const total = Buffer.byteLength(key) + prefixBytes;
  return total > maxKeyBytes
    ? `its key would have ${total} bytes, and ${maxKeyBytes} is the most`
    : undefined;
}

function nameRefusal(name: string): string | undefined {
  if (name === '') return 'its path has two slashes in a row, which a folder cannot keep apart from one';
  if (name === '.' || name === '..') return 'its path has . or .. in it';
  if (Buffer.byteLength(name) > maxNameBytes) return `a name in it is longer than ${maxNameBytes} bytes`;
  if (name.startsWith(temporaryName))
    return `names that begin with ${temporaryName} are those of unfinished files`;
  return undefined;
}

function windowsRefusal(name: string): string | undefined {
  if (name.includes('\\')) return 'a backslash in it would be a folder on Windows';
  // A colon also is a drive letter (C:) or a stream of another file (a:b).
  if (/[<>:"|?*]|\p{Cc}/u.test(name)) return 'it has a character that Windows does not allow in names';
  if (/[. ]$/.test(name)) return 'Windows takes dots and spaces from the end of names';
  if (windowsDevices.test(name)) return 'Windows keeps that name for a device';
  if (name.length > maxWindowsNameUnits)
    return `a name in it is longer than ${maxWindowsNameUnits} characters`;
  return undefined;
}

/**
 * Why a link is left out; undefined when it cannot lead out of the folder. Only `../` at its beginning climbs, and no
 * higher than the folder: a `..` further on may climb from where another link leads.
 */
export function linkRefusal(path: string, target: string, ground: Ground): string | undefined {
  const shown = JSON.stringify(target.slice(0, 200));
  if (target === '' || target.includes('\0') || !target.isWellFormed())
    return 'it is a link without a usable target';
  if (target.startsWith('/')) return `it is a link to the absolute path ${shown}`;
  if (ground === 'windows' && /[\\:]/.test(target)) return `it is a link out of the folder, to ${shown}`;
  const names = target.split('/').filter((name) => name !== '' && name !== '.');
  const climbs = names.findIndex((name) => name !== '..');
  const up = climbs === -1 ? names.length : climbs;
  const depth = path.split('/').length - 1;
  if (up > depth) return `it is a link out of the folder, to ${shown}`;
  if (names.slice(up).includes('..'))
    return `it is a link that climbs on its way, to ${shown}, and may lead out of the folder`;
  return undefined;
}

/** Equal for two names that one file system of a laptop (APFS, NTFS) takes for the same. */
export function foldedName(path: string): string {
  return path.normalize('NFC').toLowerCase().toUpperCase().normalize('NFC');
}
