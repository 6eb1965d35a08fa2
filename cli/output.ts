/**
 * What a command prints. Results go to stdout, everything else to stderr, so that a pipe sees results only; with
 * --json stdout holds exactly one JSON value. No colour where nobody sees it, or where NO_COLOR asks for none.
 */
import { printable } from './table.ts';

/** A place to write text to; process.stdout and a test's buffer are both one. */
export interface TextSink {
  write(text: string): unknown;
}

export interface Terminal {
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  /** Characters a line; Infinity where stdout is not a terminal, so that a pipe gets whole values. */
  readonly widthColumns: number;
  readonly colour: boolean;
  /** stderr is a terminal: a progress line may redraw itself. */
  readonly live: boolean;
  /** A person is at the keyboard: questions may be asked. */
  readonly interactive: boolean;
}

export type Tone = 'good' | 'bad' | 'warn' | 'dim' | 'bold';

const codes: Record<Tone, number> = { good: 32, bad: 31, warn: 33, dim: 2, bold: 1 };

export class Output {
  readonly terminal: Terminal;
  readonly json: boolean;
  readonly verbose: boolean;

  constructor(terminal: Terminal, options: { readonly json: boolean; readonly verbose: boolean }) {
    this.terminal = terminal;
    this.json = options.json;
    this.verbose = options.verbose;
  }

  /** The command's result, once: as JSON, or as `text` makes it. */
  result(value: unknown, text: () => string): void {
    this.terminal.stdout.write(`${this.json ? JSON.stringify(value) : text()}\n`);
  }

  /** A line for the person who watches. */
  note(text: string): void {
    this.terminal.stderr.write(`${printable(text)}\n`);
  }

  /** A line that is only wanted with --verbose. */
  detail(text: string): void {
    if (this.verbose) this.note(text);
  }

  warn(text: string): void {
    this.terminal.stderr.write(`${this.paint('warn', 'Warning:')} ${printable(text)}\n`);
  }

  paint(tone: Tone, text: string): string {
    return this.terminal.colour ? `\u001b[${codes[tone]}m${text}\u001b[0m` : text;
  }
}

interface Stream extends TextSink {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** The terminal of this process. https://no-color.org: any non-empty NO_COLOR switches colour off. */
export function terminalOf(
  streams: { readonly stdin: { readonly isTTY?: boolean }; readonly stdout: Stream; readonly stderr: Stream },
  env: Readonly<Record<string, string | undefined>>,
): Terminal {
  const both = streams.stdout.isTTY === true && streams.stderr.isTTY === true;
  return {
    stdout: streams.stdout,
    stderr: streams.stderr,
    widthColumns: streams.stdout.isTTY
      ? Math.max(40, streams.stdout.columns ?? 80)
      : Number.POSITIVE_INFINITY,
    colour: both && !env.NO_COLOR && env.TERM !== 'dumb',
    live: streams.stderr.isTTY === true && env.TERM !== 'dumb',
    interactive: streams.stdin.isTTY === true && streams.stderr.isTTY === true,
  };
}
