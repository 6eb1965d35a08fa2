/**
 * What pg_restore wrote on stderr, as a list of failed statements. Promises: a run counts as whole only when every
 * error in it is one that the caller accepts by name, and pg_restore itself says that it ignored exactly that many;
 * whatever stops it half-way (a truncated archive, a lost connection) has no such line and is never accepted.
 */
import { HoldfastError } from '../../core/errors.ts';
import type { ProgramResult } from './restore-program.ts';
import { encoded, type TocEntry } from './restore-toc.ts';

export interface StatementError {
  /** Dump id of the entry, when it happened within one. */
  readonly dumpId?: number;
  /** `ERROR: …`, one or more lines. */
  readonly message: string;
  /** The statement, cut by pg_restore. */
  readonly command: string;
}

/**
 * The errors of a run of pg_restore that went through to its end. The line that counts them is the last thing it
 * writes. Its number is exact for one connection; with -j the workers' numbers are added up wrongly (18.6 says 8
 * for 4), so that there only its presence counts.
 * @throws HoldfastError RESTORE_FAILED when pg_restore stopped half-way
 */
export function statementErrors(
  result: ProgramResult,
  what: string,
  jobs: number,
): readonly StatementError[] {
  const { errors, ignored } = parse(result.stderr);
  if (result.exitCode === 0 && errors.length === 0 && !result.stderrCut) return [];
  const whole = ignored > 0 && errors.length > 0 && (jobs > 1 || ignored === errors.length);
  if (result.exitCode === 1 && whole && !result.stderrCut) return errors;
  throw stopped(result, what, errors);
}

function stopped(result: ProgramResult, what: string, errors: readonly StatementError[]): HoldfastError {
  const ended = result.killedBy ? `was killed by ${result.killedBy}` : `ended with ${result.exitCode}`;
  const first =
    errors[0]?.message ?? (result.stderr.trim().split('\n').slice(-3).join(' ') || 'it said nothing');
  return new HoldfastError('RESTORE_FAILED', `pg_restore of ${what} ${ended}: ${first.slice(0, 1000)}`);
}

/**
 * The entry that an error belongs to: by its id, or with -j, where workers do not say the id, by its statement.
 * pg_restore cuts long statements with three dots.
 */
export function entryOf(error: StatementError, entries: readonly TocEntry[]): TocEntry | undefined {
  if (error.dumpId !== undefined) return entries.find((entry) => entry.dumpId === error.dumpId);
  const command = encoded(error.command.trim().replace(/\.\.\.$/, ''));
  if (command.length < 8) return undefined;
  return entries.find((entry) => (entry.defn ?? '').trim().startsWith(command));
}

/** The one statement that a server before 17 may refuse: pg_restore 18 sets it in its preamble. */
export function isPreambleOfOlderServer(error: StatementError): boolean {
  return error.dumpId === undefined && error.command.trim() === 'SET transaction_timeout = 0;';
}

function parse(stderr: string): { errors: StatementError[]; ignored: number } {
  const errors: { dumpId?: number; message: string; command: string }[] = [];
  let dumpId: number | undefined;
  let ignored = 0;
  let part: 'message' | 'command' | undefined;
  for (const line of stderr.split('\n')) {
    const current = errors.at(-1);
    const entry = /^pg_restore: from TOC entry (\d+);/.exec(line);
    const error = /^pg_restore: error: (.*)$/s.exec(line);
    const count = /^pg_restore: warning: errors ignored on restore: (\d+)$/.exec(line);
    if (entry) [dumpId, part] = [Number(entry[1]), undefined];
    else if (count) [ignored, part] = [ignored + Number(count[1]), undefined];
    else if (error) {
      errors.push({
        ...(dumpId === undefined ? {} : { dumpId }),
        message: cleaned(error[1] ?? ''),
        command: '',
      });
      part = 'message';
    } else if (/^pg_restore: (?!error)/.test(line)) part = undefined;
    else if (current && line.startsWith('Command was: ')) {
      current.command = line.slice('Command was: '.length);
      part = 'command';
    } else if (current && part) current[part] = `${current[part]}\n${line}`;
  }
  return { errors: errors.map((error) => ({ ...error, message: error.message.trim() })), ignored };
}

function cleaned(message: string): string {
  return message.replace(/^could not execute query: /, '');
}
