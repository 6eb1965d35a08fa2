/** How a failed command ends: what is printed, and which exit code says what class of failure it was. */
import { type ErrorClass, type ErrorCode, errorCodes, type HoldfastError } from '../core/errors.ts';
import type { RowError } from '../core/ports/catalog.ts';
import type { Output } from './output.ts';
import { printable } from './table.ts';

/** docs/cli.md, Exit codes. Scripts lean on these: never renumber. */
export const exitCodes: Readonly<Record<ErrorClass, number>> = {
  internal: 1,
  input: 2,
  missing: 3,
  conflict: 4,
  source: 5,
  vault: 6,
  integrity: 7,
  access: 8,
};

/** As shells count it: 128 + SIGINT. The work goes on in the account; only the watching ended. */
export const interruptedExitCode = 130;

export function exitCodeOf(error: HoldfastError): number {
  return exitCodes[errorCodes[error.code].class];
}

/** A failure as --json shows it on stdout. */
export function failureJson(error: HoldfastError, correlationId: string): Readonly<Record<string, unknown>> {
  return {
    error: {
      code: error.code,
      class: errorCodes[error.code].class,
      message: error.message,
      next: error.next,
      correlationId,
      ...(Object.keys(error.details).length > 0 ? { details: error.details } : {}),
    },
  };
}

/** Prints a failure: what failed and why, the causes, the next step, the correlation id. */
export function printFailure(out: Output, error: HoldfastError, correlationId: string): void {
  if (out.json) out.terminal.stdout.write(`${JSON.stringify(failureJson(error, correlationId))}\n`);
  const lines = [
    `${out.paint('bad', 'Failed:')} ${printable(error.message)}`,
    ...causes(error).map((cause) => `  Why:            ${printable(cause)}`),
    `  Code:           ${error.code}`,
    `  Next step:      ${printable(error.next)}`,
    `  Correlation id: ${correlationId}`,
  ];
  if (out.verbose && error.stack) lines.push(printable(error.stack));
  out.terminal.stderr.write(`${lines.join('\n')}\n`);
}

/** Messages of the causes that say more than the error itself; five at most, each cut at 500 characters. */
function causes(error: Error): readonly string[] {
  const found: string[] = [];
  let said = error.message;
  let at: unknown = error.cause;
  for (let depth = 0; depth < 5 && at !== undefined; depth += 1) {
    const message = at instanceof Error ? at.message : String(at);
    if (message !== '' && !said.includes(message)) found.push(message.slice(0, 500));
    said += message;
    at = at instanceof Error ? at.cause : undefined;
  }
  return found;
}

/** The code of a row or of a function's reply; a code that this release does not know counts as INTERNAL. */
export function knownCode(code: string): ErrorCode {
  return code in errorCodes ? (code as ErrorCode) : 'INTERNAL';
}

/** `CODE: message` for a line of a table or a fact. */
export function rowErrorText(error: RowError): string {
  return `${error.message} (${error.code})`;
}
