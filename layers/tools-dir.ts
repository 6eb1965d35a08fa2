/**
 * Where built tools are kept on this machine.
 *
 * As root they are outside the checkout: the server runs as another user, who must be able to read them although
 * the checkout may be closed to others.
 */
import { chmod, lstat, mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What this checkout keeps on the machine it runs on; never in git, safe to delete. */
export const LOCAL_DIR = resolve(dirname(fileURLToPath(import.meta.url)), '../.local');

/**
 * The directory in which tool artefacts are kept; made if need be.
 *
 * @throws Error when someone else could write to it: what is in there is run
 */
export async function toolsDir(): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  if (uid !== 0) {
    const dir = join(LOCAL_DIR, 'tools');
    await mkdir(dir, { recursive: true });
    return dir;
  }
  const base = `/var/tmp/holdfast-${uid}`;
  await mkdir(base, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const status = await lstat(base);
  // /var/tmp is everyone's: another user may have been there first.
  if (!status.isDirectory() || status.uid !== uid || (status.mode & 0o022) !== 0) {
    throw new Error(`${base} is not a directory that only root can write to. Remove it and try again.`);
  }
  const dir = join(base, 'tools');
  await mkdir(dir, { recursive: true });
  // Whatever the umask is: the server's user must get through.
  for (const path of [base, dir]) await chmod(path, 0o755);
  return dir;
}
