/** The server to restore onto without a stack. Its URL holds a password, so it is never an argument. */
import { readFile, stat } from 'node:fs/promises';
import { HoldfastError, InvalidInput } from '../../core/errors.ts';

export interface TargetOptions {
  readonly targetEnv?: string | undefined;
  readonly targetFile?: string | undefined;
}

const maxTargetBytes = 64 * 1024;

/** Its URL, or the JSON of a source's secret. */
export async function readTarget({ targetEnv, targetFile }: TargetOptions): Promise<string> {
  if ((targetEnv === undefined) === (targetFile === undefined)) {
    throw new InvalidInput('command line', [
      {
        field: '--target-env, --target-file',
        allowed:
          'exactly one: the variable or the file that holds the URL of the server to restore onto (postgres://…, mongodb://…)',
      },
    ]);
  }
  if (targetFile !== undefined) return fromFile(targetFile);
  // Somebody may have typed the URL itself, with its password: only what can be a name is repeated.
  const isName = /^[A-Za-z_]\w{0,99}$/.test(targetEnv ?? '');
  const value = isName ? process.env[targetEnv ?? ''] : undefined;
  if (value?.trim()) return value.trim();
  throw new InvalidInput('command line', [
    {
      field: '--target-env',
      ...(isName ? { value: JSON.stringify(targetEnv) } : {}),
      allowed: 'the name of a variable that is set',
    },
  ]);
}

async function fromFile(path: string): Promise<string> {
  // Neither the path nor its cause, which names it: it may be the URL that was meant for the file.
  const kind = await stat(path).catch((thrown: NodeJS.ErrnoException) => {
    throw new HoldfastError('INVALID_INPUT', `the file of --target-file cannot be read (${thrown.code})`);
  });
  const text = kind.isFile() && kind.size <= maxTargetBytes ? (await readFile(path, 'utf8')).trim() : '';
  if (text !== '') return text;
  throw new HoldfastError('INVALID_INPUT', 'what --target-file names is no file with a URL in it');
}
