/** What must be agreed to before it is done: by a person at the keyboard, or by --yes. */
import { HoldfastError, InvalidInput } from '../core/errors.ts';
import type { Cli } from './context.ts';

export interface Agreement {
  readonly yes: boolean;
  readonly question: string;
  /** What is so after a no: `nothing was changed`. */
  readonly otherwise: string;
}

/** CANCELLED after a no; INVALID_INPUT where nobody can be asked and --yes was not given. */
export async function requireAgreement(cli: Cli, { yes, question, otherwise }: Agreement): Promise<void> {
  if (yes) return;
  if (!cli.out.terminal.interactive) {
    throw new InvalidInput('command line', [
      { field: '--yes', allowed: 'given, or a terminal to ask: this takes something away' },
    ]);
  }
  if (await cli.questions.confirm(question)) return;
  throw new HoldfastError('CANCELLED', otherwise, { next: 'Nothing: repeat it when you mean it.' });
}
