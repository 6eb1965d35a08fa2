/** `plan test` of a set of files: reaches the place, lists its beginning and reads the first file; changes nothing. */
import { asHoldfastError, HoldfastError } from '../../core/errors.ts';
import type { SourceCheck } from '../../core/ports/source.ts';
import type { Reached } from './driver.ts';
import { wantedBy } from './globs.ts';
import type { Found, FoundFile, Origin } from './origin.ts';
import type { FilesSource } from './source.ts';

/** Looked at: the first page of a bucket, or so many of a folder. */
const LOOKED_AT = 1_000;

export async function checkSource(
  source: FilesSource,
  reach: () => Promise<Reached>,
  signal: AbortSignal,
): Promise<readonly SourceCheck[]> {
  const checks: SourceCheck[] = [];
  const check = async <T>(name: string, detail: (value: T) => string, run: () => Promise<T>) => {
    try {
      const value = await run();
      checks.push({ name, ok: true, detail: detail(value) });
      return value;
    } catch (thrown) {
      signal.throwIfAborted();
      const error = asHoldfastError(thrown);
      checks.push({ name, ok: false, detail: `${error.message} (${error.code})`, next: error.next });
      return undefined;
    }
  };
  const reached = await check('place', ({ origin }) => origin.title, reach);
  if (reached === undefined) return checks;
  const { origin } = reached;
  try {
    const first = await check('list', describe, () => beginning(origin, signal));
    if (first === undefined) return checks;
    const wanted = wantedBy(source);
    const files = first.found.filter((one): one is FoundFile => one.type === 'file');
    const meant = files.filter(({ path }) => wanted.wants(path));
    if (meant[0] !== undefined) {
      const file = meant[0];
      await check(
        'read',
        () => `${JSON.stringify(file.path)}, ${file.size} bytes`,
        () => readFirst(origin, file, signal),
      );
    }
    if (source.include.length + source.exclude.length > 0) {
      const of = `of the first ${files.length} files`;
      const idle = idleGlobs(source, files);
      const warning = idle.length > 0 ? `; warning: nothing is matched by ${idle.join(', ')}` : '';
      checks.push({ name: 'globs', ok: true, detail: `${meant.length} ${of} are meant${warning}` });
    }
    const not = first.found.filter((one) => one.type === 'skipped');
    if (not[0] !== undefined) {
      const { path, why } = not[0];
      checks.push({
        name: 'skipped',
        ok:
          source.onChangedFile === 'warn' ||
          not.every(({ code }) => code === 'special' || code === 'other-file-system'),
        detail: `${not.length} cannot be backed up, the first is ${JSON.stringify(path)}: ${why}`,
        next: 'Exclude it, or let the backup read it (docs/files.md).',
      });
    }
  } finally {
    await origin.close();
  }
  return checks;
}

interface Beginning {
  readonly found: readonly Found[];
  readonly more: boolean;
}

async function beginning(origin: Origin, signal: AbortSignal): Promise<Beginning> {
  const found: Found[] = [];
  for await (const batch of origin.list(signal)) {
    found.push(...batch);
    if (found.length >= LOOKED_AT) return { found, more: true };
  }
  return { found, more: false };
}

function describe({ found, more }: Beginning): string {
  const files = found.filter(({ type }) => type === 'file');
  if (files.length === 0) return 'warning: no file is there';
  const bytes = files.reduce((sum, one) => sum + (one as FoundFile).size, 0);
  return `${files.length} files${more ? ' at its beginning, and more' : ''}, ${bytes} bytes`;
}

async function readFirst(origin: Origin, file: FoundFile, signal: AbortSignal): Promise<void> {
  const result = await origin.read(file, 0, signal);
  if (result.kind === 'long') await result.close();
  // Files come and go; that this one went says nothing about permissions.
  if (result.kind === 'unread' && result.code === 'unreadable')
    throw new HoldfastError('FILE_UNREADABLE', `${JSON.stringify(file.path)}: ${result.why}`);
}

function idleGlobs(source: FilesSource, files: readonly FoundFile[]): string[] {
  const matches = (pattern: string, exclude: boolean) => {
    const one = exclude ? { include: [], exclude: [pattern] } : { include: [pattern], exclude: [] };
    const wanted = wantedBy(one);
    return files.some(({ path }) => wanted.wants(path) !== exclude);
  };
  return [
    ...source.include.filter((pattern) => !matches(pattern, false)).map((pattern) => `include ${pattern}`),
    ...source.exclude.filter((pattern) => !matches(pattern, true)).map((pattern) => `exclude ${pattern}`),
  ];
}
