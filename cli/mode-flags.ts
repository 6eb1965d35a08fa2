/** Flags that only mean something with a stack, or only without one: given in the other mode they are refused, never ignored. */
import { InvalidInput } from '../core/errors.ts';

/** What was typed for a flag; undefined where it was not. */
type Typed = Readonly<Record<string, unknown>>;

/** `--from FOLDER`, or `--from s3://…`: nothing of a stack is asked. */
export function requireWithoutStack(typed: Typed): void {
  refuse(typed, 'not with a folder or bucket in --from: this process does the work, and no stack is asked');
}

export function requireStack(typed: Typed): void {
  refuse(typed, 'only with a folder or bucket in --from, where no stack is asked');
}

function refuse(typed: Typed, allowed: string): void {
  const issues = Object.entries(typed).flatMap(([field, value]) =>
    value === undefined || value === false ? [] : [{ field, allowed }],
  );
  if (issues.length > 0) throw new InvalidInput('command line', issues);
}

/** The flags of an own key, alike in all commands. */
export function ownKeyFlags(options: {
  readonly key?: string | undefined;
  readonly passphraseFile?: string | undefined;
  readonly signers?: string | undefined;
}): Typed {
  return {
    '--key': options.key,
    '--passphrase-file': options.passphraseFile,
    '--signers': options.signers,
  };
}
