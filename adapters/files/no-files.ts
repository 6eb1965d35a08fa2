/** Places that look like folders and hold no files: a process's own secrets are in /proc. */
const places = ['/proc', '/sys', '/dev'];

/** An absolute path, with or without slashes too many; `/` itself is no such place either. */
export function isNoFolderForFiles(path: string): boolean {
  const folder = path.replaceAll(/\/+/g, '/').replace(/(?<=.)\/$/, '');
  return folder === '/' || places.some((one) => folder === one || folder.startsWith(`${one}/`));
}
