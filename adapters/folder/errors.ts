/** What the file system throws, as Holdfast's errors. */
import { HoldfastError } from '../../core/errors.ts';

const missing: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP']);
const refused: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS']);

export function errnoOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? '';
}

/** True when there is nothing under that name. */
export function isAbsent(error: unknown): boolean {
  return missing.has(errnoOf(error));
}

/** Not allowed: VAULT_REFUSED; everything else (full, broken): VAULT_UNAVAILABLE. */
export function fromFileSystem(thrown: unknown, doing: string, what: string): HoldfastError {
  if (thrown instanceof HoldfastError) return thrown;
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  const code = refused.has(errnoOf(thrown)) ? 'VAULT_REFUSED' : 'VAULT_UNAVAILABLE';
  return new HoldfastError(code, `${doing} ${what} failed (${why})`, {
    cause: thrown,
    details: { key: what },
    next: 'Look at the folder: its permissions, its free space, the health of its disk.',
  });
}
