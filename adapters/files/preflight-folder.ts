/** A folder that files would be restored into: is it there or can it be made, is it empty, may we, is there room. */
import { constants } from 'node:fs';
import { access, lstat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { HoldfastError } from '../../core/errors.ts';
import type { Checks, Seen } from '../../core/restore/checks.ts';
import { isNoFolderForFiles } from './no-files.ts';
import { requireFolder, requireSuitable } from './place-claim.ts';
import { targetError } from './place-errors.ts';
import { requireSpace, rootOf } from './place-folder.ts';

export interface FolderLook {
  readonly folder: string;
  readonly overwrite: boolean;
  readonly needsBytes: number | undefined;
  /** Of the folder that was backed up, where it is known. */
  readonly owner: { readonly uid: number } | undefined;
}

export async function lookAtFolder(checks: Checks, look: FolderLook): Promise<void> {
  const { folder, overwrite, needsBytes } = look;
  const found = await checks.check(
    'reach',
    'The folder is there, or can be made',
    () => standing(folder),
    ({ isNew, at }) => (isNew ? `it will be made in ${at}` : `${at} is there`),
  );
  if (!found) return;
  const { isNew, at } = found.value;
  await checks.check(
    'name',
    'What is in its place',
    () => (isNew ? undefined : requireSuitable(at, { overwrite })),
    () => (overwrite ? 'files of the same names are written over, the others stay' : 'nothing'),
  );
  await checks.check(
    'rights',
    'It may be written to',
    () =>
      access(at, constants.W_OK | constants.X_OK).catch((thrown) => {
        throw targetError(thrown, at);
      }),
    () => ownersSeen(look),
  );
  await checks.check(
    'space',
    'Room at the target',
    () => roomAt(at, overwrite, needsBytes),
    (seen) => seen,
  );
}

/** The folder itself, or the one that it would be made in. */
async function standing(folder: string): Promise<{ readonly isNew: boolean; readonly at: string }> {
  const isNew = await lstat(folder).then(
    () => false,
    (thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'ENOENT') return true;
      throw targetError(thrown, folder);
    },
  );
  // Only the last name is made: a path that is mistyped further up must not become one.
  const at = await rootOf(isNew ? dirname(folder) : folder);
  await requireFolder(at);
  if (isNew && isNoFolderForFiles(join(at, basename(folder)))) {
    throw new HoldfastError('TARGET_UNSUITABLE', `${folder} cannot be made in ${at}`, {
      next: 'Choose another folder (--to).',
    });
  }
  return { isNew, at };
}

function ownersSeen({ owner }: FolderLook): Seen {
  const own = process.getuid?.();
  if (own === 0) return 'by root, who may also give files to their owners';
  if (owner === undefined || owner.uid === own) return `by the user ${own ?? 'who runs this'}`;
  return {
    state: 'warning',
    detail: `owners are not kept: only root may give files away, so all of them will belong to the user ${own ?? 'who runs this'}`,
    next: 'Restore as root from the command line (`holdfast restore --from`) where owners matter.',
  };
}

async function roomAt(at: string, overwrite: boolean, needsBytes: number | undefined): Promise<Seen> {
  if (needsBytes === undefined) {
    const next = 'Nothing: the restore looks at it before it writes.';
    return {
      state: 'unknown',
      detail: 'how much is selected is not known before the index can be read',
      next,
    };
  }
  if (!overwrite) return `${needsBytes} bytes are needed, ${await requireSpace(at, needsBytes)} are free`;
  try {
    return `${needsBytes} bytes at most, ${await requireSpace(at, needsBytes)} are free`;
  } catch (thrown) {
    if (!(thrown instanceof HoldfastError)) throw thrown;
    return {
      state: 'warning',
      detail: `${thrown.message}; what is there already as in the backup needs none`,
      next: thrown.next,
    };
  }
}
