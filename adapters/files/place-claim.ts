/**
 * A folder taken for a restore: made, or claimed while it is empty, so that no other restore works in it meanwhile.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldfastError } from '../../core/errors.ts';
import { temporaryName } from './place.ts';
import { targetError } from './place-errors.ts';

/** Followed links would lead elsewhere; what Windows lacks is 0. */
export const newFile =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/** Lies in a folder that was there, and empty, while a restore is at work in it. No backup brings such a name. */
export const claimName = `${temporaryName}restoring`;

export async function makeRoot(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o700 });
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw targetError(thrown, folder);
  }
}

/** A folder that is there may be restored into. Only looks. @throws HoldfastError TARGET_EXISTS, TARGET_UNSUITABLE */
export async function requireSuitable(
  root: string,
  { overwrite }: { readonly overwrite: boolean },
): Promise<void> {
  await requireFolder(root);
  const names = await namesIn(root);
  if (!overwrite) requireEmpty(root, names);
}

/** @throws HoldfastError TARGET_UNSUITABLE */
export async function requireFolder(root: string): Promise<void> {
  const found = await lstat(root);
  if (!found.isDirectory()) throw new HoldfastError('TARGET_UNSUITABLE', `${root} is not a folder`);
}

export async function requireUsable(
  root: string,
  { overwrite }: { readonly overwrite: boolean },
): Promise<void> {
  await requireSuitable(root, { overwrite });
  if (overwrite) return;
  try {
    await (await open(join(root, claimName), newFile, 0o600)).close();
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') requireEmpty(root, [claimName]);
    throw targetError(thrown, root);
  }
  // Another restore may have begun and ended in between.
  const others = (await namesIn(root)).filter((name) => name !== claimName);
  if (others.length > 0) await unlink(join(root, claimName));
  requireEmpty(root, others);
}

async function namesIn(root: string): Promise<readonly string[]> {
  return readdir(root).catch((thrown) => {
    throw targetError(thrown, root);
  });
}

function requireEmpty(root: string, names: readonly string[]): void {
  if (names.length === 0) return;
  const claimed = names.includes(claimName);
  throw new HoldfastError(
    'TARGET_EXISTS',
    claimed
      ? `Another restore is at work in the folder ${root}, or broke off there (${claimName})`
      : `The folder ${root} is not empty`,
    { next: 'Choose a new folder (--to), or --overwrite to write over what is in it.' },
  );
}

export async function probeCase(root: string): Promise<boolean> {
  const name = `${temporaryName}${randomBytes(8).toString('hex')}x`;
  const path = join(root, name);
  try {
    await (await open(path, newFile, 0o600)).close();
    return await lstat(join(root, name.toUpperCase())).then(
      () => true,
      () => false,
    );
  } catch (thrown) {
    throw targetError(thrown, root);
  } finally {
    await unlink(path).catch(() => {});
  }
}
