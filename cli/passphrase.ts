/**
 * Where a passphrase comes from: a file, the environment, or the person at the keyboard. Never an argument, which
 * everybody on the machine can see.
 */
import { readFile, stat } from 'node:fs/promises';
import { HoldfastError } from '../core/errors.ts';
import { checkPassphrase } from '../core/keys/bundle.ts';
import type { Cli } from './context.ts';

export interface PassphraseOptions {
  readonly passphraseFile?: string | undefined;
}

type Asker = Pick<Cli, 'out' | 'questions'>;

const maxFileBytes = 4096;

/** The passphrase of a file that is there. INVALID_INPUT when it is given nowhere and nobody can be asked. */
export async function knownPassphrase(
  cli: Asker,
  { passphraseFile }: PassphraseOptions,
  what: string,
): Promise<string> {
  const given = await givenPassphrase(passphraseFile);
  if (given !== undefined) return given;
  return (await ask(cli, `Passphrase of ${what}:`)) ?? missing();
}

/** A passphrase for a file that is to be made: asked for twice, long enough. */
export async function newPassphrase(
  cli: Asker,
  { passphraseFile }: PassphraseOptions,
  what: string,
): Promise<string> {
  const given = await givenPassphrase(passphraseFile);
  if (given !== undefined) {
    // One that was left over from opening another file would seal this one without anybody noticing.
    if (passphraseFile === undefined)
      cli.out.note(`The passphrase of ${what} is the one in HOLDFAST_PASSPHRASE.`);
    return checkPassphrase(given);
  }
  const first = checkPassphrase(
    (await ask(cli, `New passphrase of ${what} (12 characters or more):`)) ?? missing(),
  );
  if ((await ask(cli, 'The same again:')) === first) return first;
  throw new HoldfastError('INVALID_INPUT', 'the two passphrases differ; nothing was written', {
    next: 'Repeat the command.',
  });
}

/** The first line of the file, or the variable. HOLDFAST_KEY_PASSPHRASE is the name of an earlier release. */
async function givenPassphrase(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return process.env.HOLDFAST_PASSPHRASE ?? process.env.HOLDFAST_KEY_PASSPHRASE;
  // Neither the path nor its cause, which names it: somebody may have typed the passphrase itself.
  const { size } = await stat(path).catch((thrown: NodeJS.ErrnoException) => {
    throw new HoldfastError('INVALID_INPUT', `the file of --passphrase-file cannot be read (${thrown.code})`);
  });
  const line = size > maxFileBytes ? '' : ((await readFile(path, 'utf8')).split(/\r?\n/)[0] ?? '');
  if (line !== '') return line;
  throw new HoldfastError(
    'INVALID_INPUT',
    'the file of --passphrase-file holds no passphrase in its first line',
  );
}

async function ask(cli: Asker, message: string): Promise<string | undefined> {
  return cli.out.terminal.interactive ? cli.questions.secret(message) : undefined;
}

function missing(): never {
  throw new HoldfastError('INVALID_INPUT', 'a passphrase is needed and was not given', {
    next: 'Run it in a terminal, or give --passphrase-file FILE or HOLDFAST_PASSPHRASE.',
  });
}
