/** What the file system of a target throws: either one name that it does not take, or the end of the restore. */
import { HoldfastError } from '../../core/errors.ts';

/** Of that one name. */
const ofTheName: Readonly<Record<string, string>> = {
  ENAMETOOLONG: 'its name is too long for the file system of the target',
  EILSEQ: 'the file system of the target does not take its name',
  EINVAL: 'the file system of the target does not take its name',
  EISDIR: 'a folder has its name in the target',
  ENOTDIR: 'a file in the target lies in its way',
  ELOOP: 'a link in the target lies in its way',
};

/** Why this one is left out. @throws HoldfastError as `targetError` for all that concerns the others as well */
export function refusalOf(thrown: unknown, what: string): string {
  const code = (thrown as NodeJS.ErrnoException | undefined)?.code ?? '';
  const why = Object.hasOwn(ofTheName, code) ? ofTheName[code] : undefined;
  if (why !== undefined) return why;
  throw targetError(thrown, what);
}

export function targetError(thrown: unknown, what: string): HoldfastError {
  if (thrown instanceof HoldfastError) return thrown;
  const { code = '', message = String(thrown) } = (thrown ?? {}) as NodeJS.ErrnoException;
  const options = { cause: thrown };
  const shown = JSON.stringify(what);
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new HoldfastError('TARGET_SPACE', `${shown} does not fit into the target (${message})`, options);
  if (['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'ELOOP'].includes(code))
    return new HoldfastError(
      'TARGET_UNSUITABLE',
      `${shown} cannot be written in the target (${message})`,
      options,
    );
  return new HoldfastError('RESTORE_FAILED', `writing ${shown} failed (${message})`, {
    ...options,
    next: 'Look at the disk of the target: its health, its free space, its permissions.',
  });
}
