/**
 * Which files a source means. A glob is matched against the whole path below the source's folder or prefix: `*` is
 * anything within one name, `**` is any depth, `{a,b}` either; a dot is a character like any other, upper and lower
 * case differ. What lies in an excluded folder is excluded, and such a folder of a file system is not even entered.
 */
import picomatch from 'picomatch';

export interface Wanted {
  /** A file, a link or (with its slash) a folder. */
  wants(path: string): boolean;
  /** False: nothing below that folder (with its slash) is wanted. */
  mayEnter(folder: string): boolean;
}

/** No extended globs: their repetitions of repetitions can make a matcher try for ever. */
const options: picomatch.PicomatchOptions = { dot: true, noextglob: true, maxLength: 500 };

export function wantedBy(globs: {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}): Wanted {
  const include = matcher(globs.include);
  const exclude = matcher(globs.exclude);
  // Paths come in order, so those of one folder come one after the other.
  let lastFolder = '';
  let lastEntered = true;
  const mayEnter = (folder: string): boolean => {
    if (exclude === undefined || folder === '') return true;
    if (folder === lastFolder) return lastEntered;
    const own = folder.slice(0, -1);
    const above = own.slice(0, own.lastIndexOf('/') + 1);
    const entered = mayEnter(above) && !exclude(own);
    lastFolder = folder;
    lastEntered = entered;
    return entered;
  };
  return {
    mayEnter,
    wants(path) {
      const name = path.endsWith('/') ? path.slice(0, -1) : path;
      const folder = path.endsWith('/') ? path : path.slice(0, path.lastIndexOf('/') + 1);
      if (!mayEnter(folder)) return false;
      if (exclude?.(name)) return false;
      return include === undefined || include(name);
    },
  };
}

function matcher(patterns: readonly string[]): ((path: string) => boolean) | undefined {
  if (patterns.length === 0) return undefined;
  const each = patterns.map((pattern) => picomatch(pattern.replace(/\/$/, ''), options));
  return (path) => each.some((matches) => matches(path));
}
