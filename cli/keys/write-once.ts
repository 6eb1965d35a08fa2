/** Writes a file that only its owner may read, whole or not at all, and never over another. */
import { randomBytes } from 'node:crypto';
import { link, open, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { HoldfastError } from '../../core/errors.ts';

/** Before keys are made or a passphrase is asked for. INVALID_INPUT. */
export async function requireNew(path: string): Promise<void> {
  const there = await stat(path).then(
    () => true,
    () => false,
  );
  if (there) throw exists(path);
  const folder = await stat(dirname(path)).catch((cause: unknown) => {
    throw new HoldfastError('INVALID_INPUT', `--out ${path}: its folder cannot be read`, { cause });
  });
  if (!folder.isDirectory()) throw new HoldfastError('INVALID_INPUT', `--out ${path}: it is in no folder`);
}

export async function writeOnce(path: string, text: string): Promise<void> {
  const draft = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}`);
  await writeNew(draft, text);
  try {
    // A link is refused when the name is taken, unlike a rename.
    await link(draft, path);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw exists(path);
    // A stick with FAT knows no links.
    await writeNew(path, text);
  } finally {
    await unlink(draft);
  }
}

async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EEXIST') throw exists(path);
    throw new HoldfastError('INVALID_INPUT', `${path} cannot be written`, { cause });
  });
  try {
    await file.writeFile(text);
    await file.sync();
  } catch (thrown) {
    await unlink(path).catch(() => undefined);
    throw new HoldfastError('INVALID_INPUT', `${path} could not be written whole`, { cause: thrown });
  } finally {
    await file.close();
  }
}

function exists(path: string): HoldfastError {
  return new HoldfastError('INVALID_INPUT', `--out ${path} exists already`, {
    next: 'Name a file that does not exist: an export is never written over another.',
  });
}
